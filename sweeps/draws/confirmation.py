"""Draws of `ConfirmationKeys`."""

from __future__ import annotations

from .drawing import Draw, between, one_of

DRAWS: dict[str, Draw] = {
    # Where entries wait for a turn little happens.
    "v_shape": one_of(*["off"] * 5, "soft", "hard"),
    "v_window": one_of(10, 20, 40),
    "v_recovered": between(0.05, 0.5, 2),
    "v_high": one_of(2, 5, 10),
    "v_entry": one_of("now", "recent"),
    "momentum": one_of(*["off"] * 5, "soft", "hard"),
    "momentum_window": one_of(20, 60, 120),
    "momentum_floor": between(-0.3, 0.05, 2),
    "tightness": one_of("off"),  # its series are not in every market; its own proof has them
}

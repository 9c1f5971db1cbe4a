"""Draws of `LeavingKeys`."""

from __future__ import annotations

from .drawing import Draw, between, one_of, whole

DRAWS: dict[str, Draw] = {
    "capture": between(0.2, 1.2, 2),
    "stop_multiple": one_of(0.0, 0.3, 0.8, 2.5),
    "time_stop_multiple": one_of(0.5, 1.0, 2.0),
    "time_stop_min": whole(1, 20),
    "time_stop_max": whole(20, 90),
    "cool_down": whole(0, 12),
    "gap_exit": one_of(*["captured"] * 2, "z", "either"),
    "z_out": between(0.0, 0.8, 2),
    "regime_exit": one_of(*["none"] * 3, "immediate", "trail"),
    "trail_multiple": one_of(0.3, 1.0, 2.5),
    "event_exit": one_of(False, True),
}

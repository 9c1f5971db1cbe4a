"""Draws of `ModeKeys`. Thirds go with some parameters only, and are proven apart."""

from __future__ import annotations

from .drawing import Draw, one_of

DRAWS: dict[str, Draw] = {
    "mode": one_of(*["long_only"] * 3, "cross_sectional"),
    "cross_top": one_of(1, 2, 3),
    "tranches": one_of("single"),
}

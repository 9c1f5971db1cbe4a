"""Draws of `CarryKeys`."""

from __future__ import annotations

from .drawing import Draw, one_of

DRAWS: dict[str, Draw] = {
    "borrow_bps": one_of(0.0, 40.0, 500.0),
    "financing_bps": one_of(*[0.0] * 2, 150.0),
}

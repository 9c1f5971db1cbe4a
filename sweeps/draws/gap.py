"""Draws of `GapKeys`."""

from __future__ import annotations

from .drawing import Draw, one_of

DRAWS: dict[str, Draw] = {
    "gap_window": one_of(20, 40, 63, 126),
}

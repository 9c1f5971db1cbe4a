"""Draws of `GapKeys`."""

from __future__ import annotations

from .drawing import Draw, one_of

DRAWS: dict[str, Draw] = {
    "gap_window": one_of(20, 40, 63, 126),
    # Early enough that most markets of the proofs know the date.
    "anchor_date": one_of("2014-03-31", "2014-12-31", "2015-06-30"),
    "gap_needs": one_of(*["metal"] * 5, "market", "any", "both"),
    # It wants another window of history.
    "winsorise": one_of(*[0.0] * 6, 3.0, 5.0),
}

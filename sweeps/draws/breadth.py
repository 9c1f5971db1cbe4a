"""Draws of `BreadthKeys`."""

from __future__ import annotations

from .drawing import Draw, between, one_of

#: Where entries wait for the sector or for neglect little happens, and next to nothing in a market
#: of fewer than three names.
SWITCH = one_of(*["off"] * 22, "soft", "hard")

DRAWS: dict[str, Draw] = {
    "breadth": SWITCH,
    "breadth_share": between(0.1, 0.6, 2),
    "breadth_window": one_of(10, 20, 50),
    "neglect": SWITCH,
    "neglect_percentile": between(0.2, 0.45, 2),
    "neglect_window": one_of(63, 126),
    "neglect_past": one_of(252, 504),
    "neglect_volume": one_of(252, 504),
}

"""Draws of `FilterKeys`: filters that need no data beside a market's own."""

from __future__ import annotations

from .drawing import Draw, one_of

DRAWS: dict[str, Draw] = {
    "filters": one_of("", "", "markov"),
    "vote_share": one_of(0.3, 0.5, 1.0),
    "markov_on": one_of(0.5, 0.7, 0.9),
    "reinforced_size": one_of(1.0, 1.25, 2.0),
    "reinforce_days": one_of(60, 200),
}

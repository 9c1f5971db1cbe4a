"""Draws of `SeriesKeys`: off, because a market drawn at random holds no known series."""

from __future__ import annotations

from .drawing import Draw, one_of

DRAWS: dict[str, Draw] = {"series_mode": one_of("off")}

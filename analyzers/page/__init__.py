"""The page of one run: numbers, panels and page order, kept apart."""

from .baserates import base_rates
from .contract import RecordLike
from .facts import rows
from .numbers import headline, hit_rate, null_figures
from .sheet import render, write

__all__ = [
    "RecordLike",
    "base_rates",
    "headline",
    "hit_rate",
    "null_figures",
    "render",
    "rows",
    "write",
]

"""The page of one run: numbers, panels and page order, kept apart."""

from .banners import Caution, cautions, warnings
from .baserates import base_rates, entry_condition
from .numbers import CURVES, first_decisions, headline, hit_rate, null_figures
from .sheet import render, write

__all__ = [
    "CURVES",
    "Caution",
    "base_rates",
    "cautions",
    "entry_condition",
    "first_decisions",
    "headline",
    "hit_rate",
    "null_figures",
    "render",
    "warnings",
    "write",
]

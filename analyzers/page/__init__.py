"""The page of one run: numbers, panels and page order, kept apart."""

from .banners import Caution, cautions, warnings
from .baserates import base_rates, entry_condition
from .numbers import CURVES, first_decisions, headline, hit_rate, null_figures
from .pyfolio_process import Draw, draw_beside, draw_here, draw_nothing
from .sheet import render, write

__all__ = [
    "CURVES",
    "Caution",
    "Draw",
    "base_rates",
    "cautions",
    "draw_beside",
    "draw_here",
    "draw_nothing",
    "entry_condition",
    "first_decisions",
    "headline",
    "hit_rate",
    "null_figures",
    "render",
    "warnings",
    "write",
]

"""The page of one run: numbers, panels and page order, kept apart."""

from .baserates import base_rates
from .contract import RecordLike
from .numbers import headline, hit_rate
from .sheet import render, write

__all__ = ["RecordLike", "base_rates", "headline", "hit_rate", "render", "write"]

"""Runs that the tests of explanations share."""

from __future__ import annotations

from functools import lru_cache

from orebound.analyzers import RunRecord
from orebound.sweeps import execute
from orebound.sweeps.config import from_names
from tests.markets import small_sample


@lru_cache(maxsize=1)
def three_currencies() -> RunRecord:
    """Eighteen years of a London, an Oslo and a New York name, with interest on cash."""
    names = {"start": "2008-01-02", "null_draws": 10, "cash_rate": 0.02}
    market = small_sample("FCX", "RIO.L", "NHY.OL")
    return execute(from_names(names), market=market, command="test")

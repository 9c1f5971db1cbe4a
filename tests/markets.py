"""Markets that many tests share, made once a session."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

from orebound.feeds import Market

PRICES = Path(__file__).resolve().parents[2] / "shared" / "data" / "prices"


@lru_cache(maxsize=1)
def sample() -> Market:
    return Market.sample()


@lru_cache(maxsize=1)
def real() -> Market:
    return Market.csv(PRICES, "nyse-miners", skip_missing=True)

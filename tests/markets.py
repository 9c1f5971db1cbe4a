"""Markets that many tests share, made once a session."""

from __future__ import annotations

from dataclasses import replace
from functools import lru_cache
from pathlib import Path

from orebound.feeds import Market, load_universe
from orebound.feeds.universe_reference import shipped_issuers, shipped_listings

PRICES = Path(__file__).resolve().parents[2] / "shared" / "data" / "prices"


@lru_cache(maxsize=1)
def sample() -> Market:
    return Market.sample()


@lru_cache(maxsize=1)
def real() -> Market:
    return Market.csv(PRICES, "nyse-miners", skip_missing=True)


@lru_cache(maxsize=4)
def small_sample(*symbols: str) -> Market:
    """The sample with a few of its names only, for tests that run many backtests."""
    names = symbols or ("FCX", "RIO", "B")
    listings = [
        listing
        for universe in ("nyse-miners", "europe-2025", "gold-2025")
        for listing in load_universe(universe).listings
    ]
    chosen = {one.symbol("csv"): one for one in listings if one.symbol("csv") in names}
    universe = load_universe("nyse-miners")
    issuers = universe.issuers | load_universe("europe-2025").issuers
    listed = tuple(chosen[name] for name in names)
    return Market.sample(replace(universe, listings=listed, issuers=issuers))


@lru_cache(maxsize=1)
def real_late_listings() -> Market:
    """Ten names of two exchanges on real history, two of which list after the others."""
    shipped = shipped_listings()
    ids = ("fcx-xnys", "bhp-xnys", "aa-xnys", "nem-xnys", "au-xnys", "b-xnys", "vale-xnys")
    listed = tuple(shipped[one] for one in (*ids, "anto-xlon", "hoc-xlon", "rio-xlon"))
    universe = replace(
        load_universe("nyse-miners"), listings=listed, issuers=shipped_issuers(), vetoes=()
    )
    return Market.csv(PRICES, universe)

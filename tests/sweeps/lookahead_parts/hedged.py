"""Modes with hedge legs: a leg's market may be in session when its line closes."""

from __future__ import annotations

from dataclasses import replace
from functools import lru_cache
from typing import Any

from orebound.feeds import Market, load_universe
from tests.sweeps.lookahead_parts.rows import Row


@lru_cache(maxsize=1)
def _two_exchanges() -> Market:
    """Return miners of New York and London that are hedged in New York, in part not from the start.

    Before a hedge is listed its weight goes to the others, and a cut market has no line of it.
    """
    base, europe = load_universe("nyse-miners"), load_universe("europe-2025")
    every = (*base.listings, *europe.listings)
    listed = tuple(one for one in every if one.symbol("csv") in ("FCX", "NEM", "ANTO.L"))
    universe = replace(base, listings=listed, issuers=base.issuers | europe.issuers)
    market = Market.sample(universe, hedges=("metals", "market"))
    begins = {"GLD": "2015-06-01", "SPY": "2015-03-02"}
    hedges = {
        symbol: (hedge, replace(series, frame=series.frame.loc[begins.get(symbol) :]))
        for symbol, (hedge, series) in market.parts.hedges.items()
    }
    parts = replace(market.parts, hedges=hedges)
    return Market._of("sample", universe, parts, False, market.latency, None)


def _row(in_ci: bool = False, **keys: Any) -> Row:
    keys = {"z_in": 0.8, "when_off": "ignore"} | keys
    return Row(keys, _two_exchanges, start="2015-01-02", end="2016-03-31", in_ci=in_ci)


ROWS: dict[str, Row] = {
    "two_factor": _row(mode="two_factor", in_ci=True),
    "hedged_metal, thirds": _row(mode="hedged_metal", tranches="thirds", tranche_step=0.2),
    "hedged_bench, caps": _row(mode="hedged_bench", gross_cap=0.3, sizing="inverse_volatility"),
}

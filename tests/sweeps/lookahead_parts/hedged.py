"""Modes with hedge legs, on two exchanges: a leg's market may be in session when its line closes."""

from __future__ import annotations

from dataclasses import replace
from functools import lru_cache
from typing import Any

from orebound.feeds import Market, load_universe
from tests.sweeps.lookahead_parts.rows import Row


@lru_cache(maxsize=1)
def _two_exchanges() -> Market:
    """Return miners of New York and London that are hedged in New York."""
    base, europe = load_universe("nyse-miners"), load_universe("europe-2025")
    every = (*base.listings, *europe.listings)
    listed = tuple(one for one in every if one.symbol("csv") in ("FCX", "NEM", "ANTO.L"))
    universe = replace(base, listings=listed, issuers=base.issuers | europe.issuers)
    return Market.sample(universe, hedges=("metals", "market"))


def _row(in_ci: bool = False, **keys: Any) -> Row:
    keys = {"z_in": 0.8, "when_off": "ignore"} | keys
    return Row(keys, _two_exchanges, start="2015-01-02", end="2016-03-31", in_ci=in_ci)


ROWS: dict[str, Row] = {
    "two_factor": _row(mode="two_factor", in_ci=True),
    "hedged_metal, thirds": _row(mode="hedged_metal", tranches="thirds", tranche_step=0.2),
    "hedged_bench, caps": _row(mode="hedged_bench", gross_cap=0.3, sizing="inverse_volatility"),
}

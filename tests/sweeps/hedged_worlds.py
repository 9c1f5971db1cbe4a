"""Directed worlds with a fund that is sold against the names, and what a run of them does."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from orebound.feeds import Hedge, Market
from orebound.sweeps import Parameters, backtest, from_names
from orebound.sweeps.cerebro_run import Outcome
from tests.sweeps.directed_worlds import FREE, RULE, Name, _series, day, sessions, world

HEDGED: dict[str, Any] = {**RULE, **FREE, "mode": "hedged_metal"}


def hedged_world(
    *names: Name, fund: Name | None = None, mic: str = "XNYS", days: int = 40, **facts: Any
) -> Market:
    """Return a world of one exchange in which a fund of New York hedges copper.

    `facts` are fields of its `Hedge`.
    """
    market = world(*names, mic=mic, days=days)
    hedge = Hedge("fund", "", "XNYS", "USD", "USD", {"csv": "FUND"}, 5.0, of=("copper",), **facts)
    bars = _series("FUND", "XNYS", "USD", fund or Name({}), sessions("XNYS", days))
    return with_hedges(market, FUND=(hedge, bars))


def with_hedges(market: Market, **hedges: Any) -> Market:
    """Return a market that has these hedges as well."""
    parts = replace(market.parts, hedges=hedges, hedges_asked=("metals", "market"))
    return Market._of("frames", market.universe, parts, True, market.latency, None)


def run(market: Market, **keys: Any) -> Outcome:
    """Return what backtrader makes of the directed rule with a hedge."""
    config = from_names(HEDGED | keys)
    return backtest(market, Parameters(config.rule, config.regime, config.sizing, config.costs))


def story(found: Outcome) -> list[tuple[Any, ...]]:
    """Return symbol, side, reason, status and the days of decision and fill of each order."""
    number = {day(k): k for k in range(-5, 60)}
    return [
        (one["symbol"], one["side"], one["reason"], number[one["session"]])
        + (number.get(one["fill_session"]),)
        for one in found.orders.to_dict("records")
    ]

"""Acceptance case 3: who closes the gap decides who earns, long alone or hedged.

Miner and metal part by an Ornstein-Uhlenbeck path of half-life 60 and deviation .12; nothing costs
anything. Where the miner reverts to a metal that walks, the capture ratio is 1. With the roles
swapped the miner walks: long alone earns nothing on average, the hedge earns, the capture is 0.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
import pytest

from orebound.analyzers import joined_trades
from orebound.analyzers.study import capture_efficiency, capture_ratio
from orebound.feeds import Hedge, Market
from orebound.sweeps import Parameters, backtest, from_names
from orebound.sweeps.cerebro_run import Outcome
from tests.sweeps.directed_worlds import FREE

from .made_markets import VENUE, days, market_of, reverting, series, walk

SESSIONS, WORLDS = 2_500, 8
RULE: dict[str, Any] = {
    **FREE, "gap": "ratio", "gap_window": 126, "lag_in": 0.12, "market_factor": False,
    "half_life_window": 252, "regime": "none", "overhang": "ignore", "stop_multiple": 0.0,
    "hedge": "fixed",
    "max_weight": 1.0, "cool_down": 5,
}  # fmt: skip


def hedged(market: Market, metal: np.ndarray) -> Market:
    """Return a market in which a fund that is the metal may be sold."""
    fund = series("FUND", metal, days(len(metal)))
    hedge = Hedge("fund", "", VENUE, "USD", "USD", {"csv": "FUND"}, 0.0, of=("copper",))
    parts = replace(market.parts, hedges={"FUND": (hedge, fund)}, hedges_asked=("metals",))
    return Market._of("frames", market.universe, parts, True, market.latency, None)


def traded(market: Market, mode: str) -> Outcome:
    config = from_names(RULE | {"mode": mode})
    return backtest(market, Parameters(config.rule, config.regime, config.sizing, config.costs))


def profit(found: Outcome) -> float:
    return float(found.equity["value"].iloc[-1] / 1e6 - 1.0)


@pytest.fixture(scope="module")
def miners_revert() -> Outcome:
    """Six miners that revert to one walking metal, each hedged."""
    generator = np.random.default_rng(3)
    metal = walk(generator, SESSIONS, 0.10)
    gaps = [reverting(generator, SESSIONS, half_life=60.0, deviation=0.12) for _ in range(6)]
    miners = metal[:, None] + np.column_stack(gaps)
    return traded(hedged(market_of(miners, metal), metal), "hedged_metal")


@pytest.fixture(scope="module")
def metals_revert() -> list[tuple[Outcome, Outcome]]:
    """Long alone and hedged, in worlds in which the metal comes back to a walking miner."""
    out = []
    for seed in range(WORLDS):
        generator = np.random.default_rng(30 + seed)
        miner = walk(generator, SESSIONS, 0.10)
        metal = miner + reverting(generator, SESSIONS, half_life=60.0, deviation=0.12)
        market = hedged(market_of(miner[:, None], metal), metal)
        out.append((traded(market, "long_only"), traded(market, "hedged_metal")))
    return out


def test_miners_that_revert_capture_their_gaps_themselves(miners_revert: Outcome) -> None:
    trades = joined_trades(miners_revert.trades)
    ratio = capture_ratio(trades)
    assert ratio.n >= 40
    assert ratio.pooled == pytest.approx(1.0, abs=0.15)
    assert abs(ratio.mean - 1.0) < 2.0 * ratio.error < 0.3
    assert profit(miners_revert) > 0.1
    # The hedge earns most of what gaps promised: 80 % is left at the target, less at a time stop.
    earned = capture_efficiency(trades)
    assert 0.3 < earned.mean() < 1.0


def test_metals_that_revert_pay_the_hedge_and_not_the_miner(
    metals_revert: list[tuple[Outcome, Outcome]],
) -> None:
    alone, both = (np.array([profit(pair[k]) for pair in metals_revert]) for k in (0, 1))
    error = alone.std(ddof=1) / np.sqrt(WORLDS)
    assert abs(alone.mean()) < 2.0 * error
    assert both.mean() > 3.0 * both.std(ddof=1) / np.sqrt(WORLDS)
    assert (both > alone).all()


def test_metals_that_revert_leave_the_miners_no_capture(
    metals_revert: list[tuple[Outcome, Outcome]],
) -> None:
    trades = pd.concat([joined_trades(pair[1].trades) for pair in metals_revert])
    ratio = capture_ratio(trades)
    assert ratio.n >= 40
    assert ratio.pooled == pytest.approx(0.0, abs=0.15)
    assert abs(ratio.mean) < 2.0 * ratio.error < 0.3

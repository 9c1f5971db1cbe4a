"""Sweep metrics are the analyzers' own figures, and monthly sums add up to them."""

from __future__ import annotations

import numpy as np
import pytest

from orebound.analyzers import summary, trade_summary
from orebound.feeds import Market
from orebound.strategies import Costs, Regime, Rule, numbers_of
from orebound.sweeps import Parameters, backtest
from orebound.sweeps.replay.arrays import market_arrays, row_calendar, rule_rows
from orebound.sweeps.replay.many import ManyResult, replay_many
from orebound.sweeps.replay.totals import METRICS
from tests.markets import sample, small_sample

START, END = "2014-06-02", "2017-06-30"
SAME_NAME = {
    "average_days_held": "days_held",
    "expectancy_return": "mean_net_return",
}
CASES = {
    "default": (sample, Parameters()),
    "busy": (sample, Parameters(rule=Rule(z_in=0.8, capture=0.4), regime=Regime(regime="none"))),
    "mixed exchanges": (
        lambda: small_sample("FCX", "ANTO.L", "NHY.OL"),
        Parameters(rule=Rule(z_in=0.6), regime=Regime(regime="none")),
    ),
    "fills that slip": (
        lambda: small_sample("FCX", "ANTO.L", "NHY.OL"),
        Parameters(Rule(z_in=0.6), Regime(regime="none"), costs=Costs(slippage_bps=30.0)),
    ),
    "no trade": (sample, Parameters(rule=Rule(z_in=6.0))),
}


def swept(market: Market, parameters: Parameters) -> ManyResult:
    """Return what a sweep stores of one combination."""
    panel = market.panel
    window = (panel.first_row(START), panel.row_after(END))
    numbers = numbers_of(parameters.rule, parameters.sizing, panel.n_declared)
    return replay_many(
        market_arrays(panel, parameters.costs, window),
        rule_rows(parameters.rule.arrays(panel, parameters.regime), window),
        np.array([numbers]),
        row_calendar(panel, window),
        engine="scalar",
    )


@pytest.mark.parametrize("case", CASES)
def test_metrics_equal_those_of_the_backtest(case: str) -> None:
    make, parameters = CASES[case]
    market = make()
    result = swept(market, parameters)
    mine = dict(zip(METRICS, result.metrics[0], strict=True))
    outcome = backtest(market, parameters, start=START, end=END)
    theirs = summary(outcome.equity, orders=outcome.orders) | trade_summary(outcome.trades)
    compared = 0
    for name, metric in theirs.items():
        key = SAME_NAME.get(name, name)
        if key in mine:
            expected = np.nan if metric.value is None else metric.value
            assert mine[key] == pytest.approx(expected, rel=1e-9, nan_ok=True), key
            compared += 1
    assert compared > 15
    kinds = outcome.costs.groupby("kind")["amount"].sum()
    for kind in ("commission", "spread", "stamp_duty", "ptm_levy", "fx", "impact"):
        assert mine[kind] == pytest.approx(kinds.get(kind, 0.0), rel=1e-9, abs=1e-9), kind
    assert mine["final_value"] == outcome.equity["value"].iloc[-1]
    assert mine["costs"] == pytest.approx(outcome.orders["cost"].sum())
    returns = outcome.equity.set_index("date")["value"].pct_change().dropna()
    by_month = returns.groupby(returns.index.to_period("M"))
    sums = result.monthly[0][: len(by_month)]
    np.testing.assert_allclose(sums[:, 0], by_month.sum(), rtol=1e-6, atol=1e-9)
    np.testing.assert_allclose(
        sums[:, 1], (returns**2).groupby(returns.index.to_period("M")).sum(), rtol=1e-6, atol=1e-12
    )


@pytest.mark.parametrize("slippage", [0.0, 20.0])
def test_break_even_is_where_costs_eat_the_gross_profit(slippage: float) -> None:
    # Gross profit is that of the fill prices: what slipped is lost already and not counted again.
    market, parameters = sample(), Parameters(costs=Costs(slippage_bps=slippage))
    result = swept(market, parameters)
    mine = dict(zip(METRICS, result.metrics[0], strict=True))
    outcome = backtest(market, parameters, start=START, end=END)
    traded = outcome.orders.loc[outcome.orders["status"] == "Filled", "value"].sum()
    gross = outcome.trades["gross"].sum()
    assert mine["break_even_bps"] == pytest.approx(gross / traded * 1e4)

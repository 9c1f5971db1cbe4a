"""Slippage is the broker's own: each fill moves, ends with the bar's range and hides nowhere."""

from __future__ import annotations

import backtrader as bt
import numpy as np
import pytest

from orebound.feeds import ConfigError
from orebound.strategies import CatchUp, Costs, Rule, fill_prices
from orebound.sweeps import Parameters, backtest
from tests.markets import sample, small_sample

WINDOW = {"start": "2014-06-02", "end": "2016-12-30"}
OPEN = np.array([100.0, 100.0, 100.0, np.nan])
HIGH = np.array([102.0, 100.3, 100.0, np.nan])
LOW = np.array([98.0, 99.9, 100.0, np.nan])


def test_fills_move_by_the_share_and_end_with_the_range() -> None:
    # 50 bp: whole inside the range, capped at both ends of a narrow one, none where it is a point.
    buy, sell = fill_prices(OPEN, HIGH, LOW, Costs(slippage_bps=50.0))
    np.testing.assert_array_equal(buy, [100.0 * (1 + 0.005), 100.3, 100.0, np.nan])
    np.testing.assert_array_equal(sell, [99.5, 99.9, 100.0, np.nan])


def test_without_slippage_the_range_is_not_looked_at() -> None:
    # An exchange rate may put an open a rounding beyond the day's range.
    buy, sell = fill_prices(OPEN, HIGH - 5.0, LOW + 5.0, Costs())
    np.testing.assert_array_equal(buy, OPEN)
    np.testing.assert_array_equal(sell, OPEN)


def test_every_fill_of_a_backtest_is_worse_by_the_share_or_at_the_end_of_its_bar() -> None:
    panel, parameters = sample().panel, Parameters(costs=Costs(slippage_bps=40.0))
    orders = backtest(sample(), parameters, **WINDOW).orders
    filled = orders[orders["status"] == "Filled"]
    assert len(filled) > 4
    for order in filled.to_dict("records"):
        name = panel.names.index(order["symbol"])
        (row,) = np.flatnonzero(panel.opened_at[:, name] == np.datetime64(order["filled"], "ns"))
        opened = panel.open[row, name]
        if order["side"] == "buy":
            expected = min(opened * 1.004, panel.high[row, name])
        else:
            expected = max(opened * 0.996, panel.low[row, name])
        assert order["price"] == pytest.approx(expected, rel=1e-12)


def test_slippage_is_in_gross_profit_and_in_no_line_of_costs() -> None:
    plain, slipped = (
        backtest(sample(), Parameters(Rule(stop_multiple=0.0), costs=costs), **WINDOW)
        for costs in (Costs(), Costs(slippage_bps=20.0))
    )
    assert set(slipped.costs["kind"]) == set(plain.costs["kind"])
    assert slipped.trades["gross"].sum() < plain.trades["gross"].sum()
    assert slipped.costs["amount"].sum() == pytest.approx(plain.costs["amount"].sum(), rel=0.05)


def cerebro(**slip: float) -> bt.Cerebro:
    made = bt.Cerebro(stdstats=False)
    made.broker.setcash(1e6)
    for kind, size in slip.items():
        getattr(made.broker, f"set_slippage_{kind}")(size)
    return made


def test_a_plain_cerebro_slips_in_and_out_of_the_fast_lane_alike() -> None:
    values = []
    for fast in (True, False):
        made = cerebro()
        small_sample().add_to(made, costs=Costs(slippage_bps=25.0), fast=fast)
        made.addstrategy(CatchUp, z_in=0.8)
        made.run()
        values.append(made.broker.getvalue())
    plain = cerebro()
    small_sample().add_to(plain)
    plain.addstrategy(CatchUp, z_in=0.8)
    plain.run()
    assert values[0] == values[1] < plain.broker.getvalue()


def test_costs_without_slippage_leave_the_brokers_own() -> None:
    made = cerebro(perc=0.001)
    small_sample().add_to(made, costs=Costs())
    assert made.broker.p.slip_perc == 0.001


@pytest.mark.parametrize("own", [{"perc": 0.001}, {"fixed": 0.05}])
def test_two_slippages_of_one_broker_are_refused(own: dict[str, float]) -> None:
    with pytest.raises(ConfigError, match=r"slippage_bps = 25: the broker slips already, by slip_"):
        small_sample().add_to(cerebro(**own), costs=Costs(slippage_bps=25.0))


def test_the_same_slippage_twice_is_one() -> None:
    made = cerebro(perc=0.0025)
    small_sample().add_to(made, costs=Costs(slippage_bps=25.0))
    assert made.broker.p.slip_perc == 0.0025


def test_a_broker_that_cannot_slip_is_named() -> None:
    class Own(bt.BrokerBase):
        pass

    made = bt.Cerebro(stdstats=False)
    made.broker = Own()
    with pytest.raises(ConfigError, match=r"slippage_bps = 25: a Own has no slippage to set"):
        small_sample().add_to(made, costs=Costs(slippage_bps=25.0))

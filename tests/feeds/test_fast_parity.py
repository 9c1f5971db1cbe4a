"""In the fast lane orders, trades, notices and values equal stock feeds and broker bit by bit."""

from __future__ import annotations

from collections import Counter
from typing import Any

import backtrader as bt
import pytest

from orebound.analyzers import CostLines, Episodes, Equity, Orders, Positions
from orebound.feeds import fast_lane
from orebound.feeds.fast_proof import StockFeed
from orebound.strategies import CatchUp
from tests.feeds.fast_worlds import (
    BarFeed,
    Everything,
    assert_same,
    cerebro_of,
    frames,
    told,
)
from tests.markets import small_sample

BARS = ("datetime", "open", "high", "low", "close", "volume")
SEEDS = range(10)
#: Those of every run of the tests; the others are full-size proofs.
FEW = range(4)


@pytest.fixture(autouse=True)
def entered(monkeypatch: pytest.MonkeyPatch) -> list[bool]:
    """Which of our runs were in the lane, so that no test compares stock with stock."""
    seen: list[bool] = []
    really = fast_lane.leave

    def leave(cerebro: Any) -> None:
        if isinstance(cerebro.datas[0], BarFeed) and cerebro.datas[0]._started:
            seen.append(fast_lane.is_open(cerebro))
        really(cerebro)

    monkeypatch.setattr("orebound.feeds.bulk_feed.leave", leave)
    return seen


@pytest.mark.parametrize("runonce", [True, False])
@pytest.mark.parametrize(
    "seed", [seed if seed in FEW else pytest.param(seed, marks=pytest.mark.slow) for seed in SEEDS]
)
def test_random_markets_and_orders_are_told_alike(
    seed: int, runonce: bool, entered: list[bool]
) -> None:
    bars = frames(seed)
    both = (told(bars, stock=stock, seed=seed, runonce=runonce) for stock in (True, False))
    assert_same(*both)
    assert entered == [True]


def test_the_random_orders_meet_every_fate() -> None:
    fates: Counter[str] = Counter()
    sizes: set[bool] = set()
    for seed in SEEDS:
        for event in told(frames(seed), stock=False, seed=seed):
            if isinstance(event, tuple) and len(event) == 4 and isinstance(event[3], list):
                fates[event[2]] += 1
                sizes |= {bit["psize"] < 0 for bit in event[3]}
    for fate in ("Completed", "Margin", "Canceled", "Expired", "Rejected"):
        assert fates[fate] > 3, fates
    assert sizes == {True, False}


SETUPS = {
    "slippage": lambda broker: broker.set_slippage_perc(0.01),
    "cheat on close": lambda broker: broker.set_coc(True),
    "partial fills": lambda broker: broker.set_filler(bt.fillers.FixedBarPerc(perc=5.0)),
    "short cash": lambda broker: broker.set_shortcash(False),
    "no check": lambda broker: broker.set_checksubmit(False),
    "fund": lambda broker: broker.set_fundmode(True, 50.0),
    "leverage": lambda broker: broker.setcommission(0.001, leverage=3.0, name="n0"),
    "multiplier": lambda broker: broker.setcommission(0.001, mult=2.0, name="n3"),
}


@pytest.mark.parametrize("name", SETUPS)
@pytest.mark.parametrize("cash", [1_000, 50_000.0])
def test_every_setting_of_the_broker_is_told_alike(
    name: str, cash: float, entered: list[bool]
) -> None:
    def setup(cerebro: bt.Cerebro) -> None:
        SETUPS[name](cerebro.broker)

    both = (told(frames(3), stock=stock, setup=setup, cash=cash) for stock in (True, False))
    assert_same(*both)
    assert entered == [True]


@pytest.mark.parametrize(
    "midway",
    [
        lambda one: one.broker.add_cash(500.0),
        lambda one: one.broker.setcommission(0.001, interest=0.2, name="n0"),
        lambda one: one.broker.setcommission(2.0, margin=300.0, mult=5.0, name="n3"),
        lambda one: one.broker.set_slippage_fixed(0.05),
        lambda one: one.cerebro.runstop(),
    ],
    ids=["cash", "interest", "future", "slippage", "stop"],
)
def test_what_a_strategy_changes_midway_is_told_alike(midway: Any) -> None:
    both = (told(frames(4), stock=stock, midway=midway) for stock in (True, False))
    assert_same(*both)


@pytest.mark.parametrize(
    "options",
    [
        {"stdstats": True},
        {"quicknotify": True},
        {"tradehistory": True},
        {"objcache": True},
        {"tz": "Europe/London"},
    ],
    ids=str,
)
def test_every_covered_option_of_cerebro_is_told_alike(
    options: dict[str, Any], entered: list[bool]
) -> None:
    both = (told(frames(5), stock=stock, **options) for stock in (True, False))
    assert_same(*both)
    assert entered == [True]


def test_feeds_of_equal_times_are_told_alike() -> None:
    whole = frames(6)["n0"]
    bars = {f"n{number}": whole * (1.0 + number / 7) for number in range(3)}
    assert_same(*(told(bars, stock=stock) for stock in (True, False)))


def test_two_strategies_and_order_history_are_told_alike(entered: list[bool]) -> None:
    def setup(cerebro: bt.Cerebro) -> None:
        cerebro.add_order_history([["2020-02-01", 5, 20.0], ["2020-02-20", -3, 22.0]])
        cerebro.addstrategy(Everything, seed=9)

    def run(stock: bool) -> list[Any]:
        cerebro = cerebro_of(frames(7), stock=stock, setup=setup)
        setup(cerebro)
        return [event for one in cerebro.run() for event in one.told]

    assert_same(run(True), run(False))
    assert entered == [True]


def test_running_one_cerebro_twice_tells_the_same_twice() -> None:
    bars = frames(8)
    runs = []
    for stock in (True, False):
        cerebro = cerebro_of(bars, stock=stock)
        cerebro.addstrategy(Everything)
        runs += [one.told for _ in range(2) for one in cerebro.run()]
    assert_same(runs[0], runs[2])
    assert_same(runs[1], runs[3])


@pytest.mark.parametrize("runonce", [True, False])
def test_a_users_strategy_with_stock_indicators_is_told_alike_on_a_market(runonce: bool) -> None:
    names = ("FCX", "ANTO.L", "B")  # two exchanges, three closing times
    ends = []
    for stock in (True, False):
        cerebro = bt.Cerebro(stdstats=False, runonce=runonce)
        cerebro.broker.setcash(20_000.0)
        source = cerebro if not stock else bt.Cerebro()
        feeds = small_sample(*names).add_to(source, start="2015-01-05", end="2015-06-30")
        cerebro.broker.comminfo = {None: bt.CommissionInfo(commission=0.001)}
        for feed in feeds if stock else ():
            bars = {name: feed.columns[name] for name in BARS}
            cerebro.adddata(StockFeed(bars=bars), name=feed._name)
        cerebro.addstrategy(Everything, size=300)
        ends.append(cerebro.run()[0].told)
    assert len(ends[0]) > 1_000
    assert_same(*ends)


def test_the_default_rule_with_its_dated_costs_is_the_same_in_and_out_of_the_lane() -> None:
    found = []
    for fast in (True, False):
        cerebro = bt.Cerebro(stdstats=False)
        cerebro.broker.setcash(1e6)
        market = small_sample("FCX", "ANTO.L", "B")
        market.add_to(cerebro, start="2014-06-02", end="2016-12-30", fast=fast)
        cerebro.addstrategy(CatchUp, regime="none", z_in=0.8)
        for analyzer in (Equity, Orders, CostLines, Episodes, Positions):
            cerebro.addanalyzer(analyzer, _name=analyzer.__name__)
        (run,) = cerebro.run()
        found.append([analyzer.frame() for analyzer in run.analyzers])
    assert len(found[0][1]) > 20
    assert all(inside.equals(outside) for inside, outside in zip(*found, strict=True))

"""In the fast lane orders, trades, notices and values equal stock feeds and broker bit by bit."""

from __future__ import annotations

from collections import Counter
from typing import Any

import backtrader as bt
import pytest

from orebound.feeds import fast_lane
from tests.feeds.fast_worlds import (
    BarFeed,
    Everything,
    assert_same,
    cerebro_of,
    frames,
    told,
)

SEEDS = range(12)


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
@pytest.mark.parametrize("seed", SEEDS)
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
        assert fates[fate] > 5, fates
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
@pytest.mark.parametrize("cash", [1_000.0, 50_000.0])
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

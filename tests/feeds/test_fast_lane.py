"""Which runs take the fast lane, what the others are told, and that nothing is left behind."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from typing import Any

import backtrader as bt
import numpy as np
import pandas as pd
import pytest

from orebound.feeds import fast_broker, fast_lane
from tests.feeds.fast_worlds import BarFeed, Everything, assert_same, cerebro_of, frames, told
from tests.markets import small_sample

BARS = frames(2, n_days=40)


@pytest.fixture
def proves_anew() -> Iterator[None]:
    fast_lane.fault.cache_clear()
    yield
    fast_lane.fault.cache_clear()


def in_lane(cerebro: bt.Cerebro) -> bool:
    """Run and return whether it took the lane."""
    seen = []

    class Look(bt.Strategy):
        def start(self) -> None:
            seen.append(fast_lane.is_open(self.cerebro))

    cerebro.addstrategy(Look)
    cerebro.run()
    return seen[0]


def test_a_market_added_to_a_plain_cerebro_takes_the_lane_and_may_be_asked_not_to() -> None:
    for fast in (True, False):
        cerebro = bt.Cerebro(stdstats=False)
        small_sample().add_to(cerebro, start="2015-01-05", end="2015-03-31", fast=fast)
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            assert in_lane(cerebro) is fast


def test_preload_off_takes_backtraders_own_way_without_a_word() -> None:
    options = {"preload": False, "runonce": False}
    both = (told(BARS, stock=stock, **options) for stock in (True, False))
    assert_same(*both)
    assert not in_lane(cerebro_of(BARS, stock=False, **options))


def resampled(cerebro: bt.Cerebro) -> None:
    cerebro.resampledata(cerebro.datas[0], timeframe=bt.TimeFrame.Weeks)


def filtered(cerebro: bt.Cerebro) -> None:
    cerebro.datas[0].addfilter(lambda data: False)


def own_broker(cerebro: bt.Cerebro) -> None:
    class Own(bt.brokers.BackBroker):
        pass

    cerebro.broker = Own(cash=9_000.0)


class Live(BarFeed):
    def islive(self) -> bool:
        return True


UNCOVERED = {
    r"feed 'n0' is filtered": filtered,
    r"its broker is a Own": own_broker,
    r"cheat_on_open=True": lambda cerebro: setattr(cerebro.p, "cheat_on_open", True),
    r"oldsync=True": lambda cerebro: setattr(cerebro.p, "oldsync", True),
    r"has a timer": lambda cerebro: cerebro.add_timer(bt.timer.SESSION_START),
    r"has a writer": lambda cerebro: cerebro.addwriter(bt.WriterFile, out="/dev/null"),
    r"costs of 'n1' are not those of a share": lambda cerebro: cerebro.broker.setcommission(
        1.0, margin=100.0, name="n1"
    ),
    r"costs of every other asset are not": lambda cerebro: cerebro.broker.setcommission(
        0.001, interest=0.05
    ),
}


@pytest.mark.parametrize("reason", UNCOVERED)
def test_what_the_lane_does_not_do_is_named_and_told_alike(reason: str) -> None:
    setup = UNCOVERED[reason]
    expected = told(BARS, stock=True, setup=setup)
    with pytest.warns(RuntimeWarning, match=reason) as found:
        ours = told(BARS, stock=False, setup=setup)
    assert len(found) == 1
    assert_same(expected, ours)


def in_lane_with(setup: Any, reason: str) -> bool:
    with pytest.warns(RuntimeWarning, match=reason):
        return in_lane(cerebro_of(BARS, stock=False, setup=setup))


@pytest.mark.parametrize("exactbars", [1, -1, -2])
def test_with_exactbars_the_feeds_are_told_alike(exactbars: int) -> None:
    # Two feeds: with more, exactbars=1 of stock backtrader fails by itself.
    bars = {name: BARS[name] for name in ("n0", "n1")}
    ends = []
    for stock in (True, False):
        cerebro = cerebro_of(bars, stock=stock, exactbars=exactbars)
        cerebro.addstrategy(Everything)
        with warnings.catch_warnings(record=True) as said:
            warnings.simplefilter("always", RuntimeWarning)
            (strategy,) = cerebro.run()
        ends.append(strategy.told)
    assert [f"exactbars={exactbars}" in str(one.message) for one in said] == [True]
    assert_same(*ends)


def test_lookahead_and_live_feeds_keep_backtraders_own_way() -> None:
    # Analyzers of stock fail with a lookahead, so that only the strategy is compared.
    ends = []
    for stock in (True, False):
        cerebro = cerebro_of(BARS, stock=stock, lookahead=2)
        cerebro.addstrategy(Everything)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", RuntimeWarning)
            ends.append(cerebro.run()[0].told)
    assert_same(*ends)
    assert in_lane_with(lambda cerebro: setattr(cerebro.p, "lookahead", 2), "lookahead=2") is False
    live = bt.Cerebro(stdstats=False)
    live.adddata(Live(frame=BARS["n0"], fast=True), name="n0")
    with pytest.warns(RuntimeWarning, match="a feed is live"):
        assert not in_lane(live)


def test_a_resampled_feed_beside_its_source_is_told_alike() -> None:
    # Stock's PyFolio asks for a value before the first week is over and fails: no analyzers.
    ends = []
    for stock in (True, False):
        cerebro = cerebro_of(BARS, stock=stock, setup=resampled)
        cerebro.addstrategy(Everything)
        with warnings.catch_warnings(record=True) as said:
            warnings.simplefilter("always", RuntimeWarning)
            ends.append(cerebro.run()[0].told)
    assert ["feed 5 is a DataClone and not a Market's" in str(one.message) for one in said] == [1]
    assert_same(*ends)


def test_weekly_bars_made_of_our_feed_equal_those_made_of_stocks() -> None:
    closes = []
    for stock in (True, False):
        cerebro = cerebro_of({"n0": BARS["n0"]}, stock=stock)
        source = cerebro.datas.pop()
        cerebro.resampledata(source, timeframe=bt.TimeFrame.Weeks, name="n0")
        seen: list[Any] = []

        class Read(bt.Strategy):
            def next(self, seen: list[Any] = seen) -> None:
                data = self.data
                seen.append((data.datetime[0], data.open[0], data.high[0], data.close[0]))

        cerebro.addstrategy(Read)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", RuntimeWarning)
            cerebro.run()
        closes.append(seen)
    assert len(closes[0]) > 3
    assert closes[0] == closes[1]


class Alarm(Everything):
    def __init__(self) -> None:
        super().__init__()
        self.add_timer(bt.timer.SESSION_START)

    def notify_timer(self, timer: Any, when: Any, *args: Any, **kwargs: Any) -> None:
        self.told.append(("timer", when))


def test_a_timer_that_a_strategy_adds_itself_rings() -> None:
    runs = []
    for stock in (True, False):
        cerebro = cerebro_of(BARS, stock=stock)
        cerebro.addstrategy(Alarm)
        runs.append(cerebro.run()[0].told)
    assert sum(event[0] == "timer" for event in runs[0] if isinstance(event, tuple)) > 20
    assert_same(*runs)


def test_another_backtrader_is_not_trusted(
    monkeypatch: pytest.MonkeyPatch, proves_anew: None
) -> None:
    monkeypatch.setattr(bt, "__version__", "1.9.99")
    assert in_lane_with(None, r"backtrader is 1.9.99 and the lane is proven on 1.9.78.123") is False


def test_a_lane_that_adds_up_differently_finds_itself_out(
    monkeypatch: pytest.MonkeyPatch, proves_anew: None
) -> None:
    def wrong(self: Any, datas: Any = None, lever: bool = False) -> float:
        value = bt.brokers.BackBroker._get_value(self, datas, lever)
        self._value = np.nextafter(self._value, np.inf)
        return float(value)

    monkeypatch.setattr(fast_broker.FastBroker, "_get_value", wrong)
    expected = told(BARS, stock=True)
    with pytest.warns(RuntimeWarning, match=r"its trial gives .* where backtrader gives"):
        ours = told(BARS, stock=False)
    assert_same(expected, ours)


def test_the_trial_is_run_once_a_process(proves_anew: None) -> None:
    told(BARS, stock=False)
    told(BARS, stock=False)
    assert fast_lane.fault.cache_info().misses == 1


def test_after_a_run_cerebro_and_broker_are_as_they_were() -> None:
    cerebro = cerebro_of(BARS, stock=False)
    assert in_lane(cerebro)
    assert type(cerebro.broker) is bt.brokers.BackBroker
    stock = cerebro_of(BARS, stock=True)
    stock.addstrategy(bt.Strategy)
    stock.run()
    assert set(vars(cerebro)) == set(vars(stock))
    assert set(vars(cerebro.broker)) == set(vars(stock.broker))


def test_after_a_run_that_failed_the_next_one_is_right() -> None:
    cerebro = cerebro_of(BARS, stock=False)
    fails = [True]

    class Fails(bt.Strategy):
        def next(self) -> None:
            if fails and len(self) > 10:
                fails.clear()
                raise ZeroDivisionError

    cerebro.addstrategy(Fails)
    with pytest.raises(ZeroDivisionError):
        cerebro.run()
    cerebro.broker.setcommission(0.001, interest=0.05)
    with pytest.warns(RuntimeWarning, match="without interest"):
        (second,) = cerebro.run()
    assert type(cerebro.broker) is bt.brokers.BackBroker
    assert len(second) > 30


def test_lines_read_after_a_run_end_on_the_last_bar() -> None:
    cerebro = cerebro_of(BARS, stock=False)
    assert in_lane(cerebro)
    for data, frame in zip(cerebro.datas, BARS.values(), strict=True):
        assert len(data) == len(frame) == len(data.close)
        assert data.close[0] == frame["close"].iloc[-1]
        assert list(data.close.plot()) == list(frame["close"])


@pytest.mark.parametrize("cpus", [1, 2])
def test_optstrategy_gives_the_same_in_this_and_in_other_processes(cpus: int) -> None:
    found = []
    for stock in (True, False):
        cerebro = cerebro_of(BARS, stock=stock, maxcpus=cpus)
        cerebro.optstrategy(Everything, seed=[1, 2])
        cerebro.addanalyzer(bt.analyzers.TimeReturn, _name="returns")
        found.append([run[0].analyzers.returns.get_analysis() for run in cerebro.run()])
    assert len(found[0]) == 2
    assert found[0] == found[1]


def test_a_users_subclass_of_cerebro_keeps_its_own_loop() -> None:
    rows = []

    class Own(bt.Cerebro):
        def _brokernotify(self) -> None:
            rows.append(1)
            super()._brokernotify()

    cerebro = Own(stdstats=False)
    cerebro.adddata(BarFeed(frame=BARS["n0"], fast=True), name="n0")
    assert in_lane(cerebro)
    assert len(rows) == len(BARS["n0"])


def test_a_strategy_that_stands_in_for_a_row_itself_is_asked() -> None:
    rows = []

    class Own(bt.Strategy):
        def _oncepost(self, dt: float) -> None:
            rows.append(dt)
            super()._oncepost(dt)

    cerebro = cerebro_of({"n0": BARS["n0"]}, stock=False)
    cerebro.addstrategy(Own)
    cerebro.run()
    assert len(rows) == len(BARS["n0"])


def test_analyzers_that_listen_to_cash_are_told_each_row() -> None:
    heard = []

    class Inner(bt.Analyzer):
        def notify_cashvalue(self, cash: float, value: float) -> None:
            heard.append(value)

    class Outer(bt.Analyzer):
        def __init__(self) -> None:
            self.inner = Inner()

    cerebro = cerebro_of({"n0": BARS["n0"]}, stock=False)
    cerebro.addstrategy(bt.Strategy)
    cerebro.addanalyzer(Outer)
    cerebro.run()
    assert heard == [9_000.0] * len(BARS["n0"])


def test_a_feed_with_an_unpriced_close_stays_out_of_the_lane() -> None:
    frame = BARS["n0"].copy()
    frame.iloc[5, frame.columns.get_loc("close")] = np.nan
    cerebro = bt.Cerebro(stdstats=False)
    cerebro.adddata(BarFeed(frame=frame, fast=True), name="n0")
    with pytest.warns(RuntimeWarning, match="feed 'n0'"):
        assert not in_lane(cerebro)


def test_a_feed_of_the_users_own_beside_a_market_keeps_backtraders_way() -> None:
    cerebro = bt.Cerebro(stdstats=False)
    small_sample().add_to(cerebro, start="2015-01-05", end="2015-03-31")
    days = pd.date_range("2015-01-05", periods=30)
    frame = pd.DataFrame({"open": 1.0, "high": 1.0, "low": 1.0, "close": 1.0}, index=days)
    cerebro.adddata(bt.feeds.PandasData(dataname=frame), name="own")
    with pytest.warns(RuntimeWarning, match="feed 'own' is a PandasData and not a Market's"):
        assert not in_lane(cerebro)

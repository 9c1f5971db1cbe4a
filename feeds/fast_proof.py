"""The trial by which the fast lane proves itself in each process before its first use."""

from __future__ import annotations

from random import Random
from typing import Any, ClassVar

import backtrader as bt
import numpy as np
from numpy.typing import NDArray

from .bulk_feed import BulkFeed

N_BARS = 50
CASH = 3_000.0
Bars = dict[str, NDArray[np.float64]]


class TrialFeed(BulkFeed):
    """The trial's bars in the fast lane."""

    params: Any = (("bars", None),)
    is_trial = True

    def __init__(self) -> None:
        super().__init__()
        self.columns = self.p.bars


class StockFeed(bt.feed.DataBase):
    """The same bars as backtrader reads them by itself: one by one."""

    params = (("bars", None), ("timeframe", bt.TimeFrame.Days), ("compression", 1))

    def start(self) -> None:
        super().start()
        self._rows = zip(*(values.tolist() for values in self.p.bars.values()), strict=True)

    def _load(self) -> bool:
        row = next(self._rows, None)
        if row is None:
            return False
        for name, value in zip(self.p.bars, row, strict=True):
            getattr(self.lines, name)[0] = value
        return True


class Trial(bt.Strategy):
    """Orders of every kind at random, and a diary of all that backtrader tells of them."""

    KINDS: ClassVar = ("Market", "Limit", "Stop", "StopLimit", "StopTrail", "Close")

    def __init__(self) -> None:
        self.random = Random(11)  # noqa: S311
        self.diary: list[Any] = []
        self.waiting: list[Any] = []
        self.means = [bt.indicators.SMA(data.close, period=3) for data in self.datas]
        self.first_ref: int | None = None

    def prenext(self) -> None:
        self.next()

    def next(self) -> None:
        self.diary.append((self.datetime[0], [len(data) for data in self.datas]))
        for data, mean in zip(self.datas, self.means, strict=True):
            if len(data) > 3 and self.random.random() < 0.4:
                self._send(data, mean[0])
        if self.waiting and self.random.random() < 0.1:
            self.cancel(self.waiting.pop(0))

    def _send(self, data: Any, price: float) -> None:
        kind = self.random.choice(self.KINDS)
        side = self.random.choice((self.buy, self.sell))
        wanted: dict[str, Any] = {"size": self.random.randint(1, 60)}
        if kind == "StopTrail":
            wanted["trailpercent"] = 0.01
        elif kind != "Market":
            wanted["price"] = price
        if kind == "StopLimit":
            wanted["plimit"] = price * 1.01
        order = side(data=data, exectype=getattr(bt.Order, kind), **wanted)
        self.first_ref = self.first_ref or order.ref
        self.waiting.append(order)

    def notify_order(self, order: Any) -> None:
        done = order.executed
        number = order.ref - (self.first_ref or 0)
        position = self.getposition(order.data)
        self.diary.append(
            (number, order.data._name, order.getstatusname(), done.dt, done.size, done.price)
            + (done.value, done.comm, done.pnl, position.size, position.price)
        )

    def notify_trade(self, trade: Any) -> None:
        self.diary.append((trade.data._name, trade.size, trade.pnl, trade.pnlcomm, trade.barlen))

    def notify_cashvalue(self, cash: float, value: float) -> None:
        self.diary.append((cash, value, self.broker.fundvalue, self.broker.get_leverage()))


def trial_bars() -> list[Bars]:
    """Return bars of three feeds: one whole, one with absent bars, one that begins late."""
    random = np.random.default_rng(5)
    days = 738_000.0 + np.arange(N_BARS) + 0.875
    kept = [np.ones(N_BARS, bool), random.random(N_BARS) > 0.2, days > days[9]]
    return [_bars(random, days[one]) for one in kept]


def _bars(random: np.random.Generator, days: NDArray[np.float64]) -> Bars:
    close = 50.0 * np.exp(np.cumsum(random.normal(0.0, 0.02, len(days))))
    opened = close * np.exp(random.normal(0.0, 0.01, len(days)))
    return {
        "datetime": days,
        "open": opened,
        "high": np.maximum(opened, close) * 1.01,
        "low": np.minimum(opened, close) * 0.99,
        "close": close,
        "volume": np.full(len(days), 1e6),
        "openinterest": np.zeros(len(days)),
    }


def diary(feeds: list[Any]) -> list[Any]:
    """Return what one run of the trial tells."""
    cerebro = bt.Cerebro(stdstats=False)
    cerebro.broker.setcash(CASH)
    cerebro.broker.setcommission(commission=0.001)
    for number, feed in enumerate(feeds):
        cerebro.adddata(feed, name=f"feed {number}")
    cerebro.addstrategy(Trial)
    (strategy,) = cerebro.run()
    strategy.diary.append((cerebro.broker.getvalue(), [len(data) for data in feeds]))
    found: list[Any] = strategy.diary
    return found


def difference() -> str | None:
    """Return the first thing on which lane and backtrader differ, None where there is nothing."""
    bars = trial_bars()
    # backtrader's metaclass takes the params before __init__ is called.
    stock = diary([StockFeed(bars=one) for one in bars])
    fast = diary([TrialFeed(bars=one, fast=True) for one in bars])  # type: ignore[call-arg]
    if stock == fast:
        return None
    pairs = zip(stock, fast, strict=False)
    expected, found = next((pair for pair in pairs if pair[0] != pair[1]), ("an end", "an end"))
    return f"its trial gives {found} where backtrader gives {expected}"

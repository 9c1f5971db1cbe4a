"""Small synthetic markets and scripted strategies for the tests of the analyzers."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import backtrader as bt
import numpy as np
import pandas as pd


def bars(opens: Any, closes: Any, dates: Any) -> pd.DataFrame:
    """Return OHLCV rows from opens and closes."""
    opens, closes = np.asarray(opens, float), np.asarray(closes, float)
    low, high = np.minimum(opens, closes), np.maximum(opens, closes)
    columns = {"open": opens, "high": high, "low": low, "close": closes, "volume": 1e6}
    return pd.DataFrame(columns, index=pd.DatetimeIndex(dates))


def random_bars(seed: int, dates: Any, vol: float = 0.02) -> pd.DataFrame:
    """Return a random walk with a gap between each close and the next open."""
    generator = np.random.default_rng(seed)
    steps = generator.normal(0.0, vol, size=2 * len(dates))
    path = 50.0 * np.exp(np.cumsum(steps))
    return bars(path[0::2], path[1::2], dates)


def two_exchanges(seed: int, sessions: int = 60) -> dict[str, pd.DataFrame]:
    """Return three names on two closing times; one holiday each, one listed late."""
    # 2024-01-01 is no session anywhere; the first Monday is not special.
    days = pd.bdate_range("2024-01-02", periods=sessions)
    london = days.delete(7) + pd.Timedelta("16:35:00")
    york = days.delete(11) + pd.Timedelta("21:00:00")
    return {
        "LON": random_bars(seed, london),
        "NYC": random_bars(seed + 1, york),
        "LATE": random_bars(seed + 2, york[20:]),
    }


class Scripted(bt.Strategy):
    """Send the orders of a script: (row number, name, signed size, order info)."""

    params = (("script", ()), ("warm", 0))

    def __init__(self) -> None:
        self.sent: list[Any] = []
        self.row = -1
        self.values: dict[Any, float] = {}

    def prenext(self) -> None:
        self.next()

    def next(self) -> None:
        self.row += 1
        self.values[bt.num2date(self.lines.datetime[0]).date()] = self.broker.getvalue()
        for row, name, size, info in self.p.script:
            if row == self.row:
                send = self.buy if size > 0 else self.sell
                self.sent.append(send(data=self.getdatabyname(name), size=abs(size), **info))


class Gambler(bt.Strategy):
    """Buy, sell, cancel and pay in at random; knows its own account of every cash flow."""

    params = (("seed", 0),)

    def __init__(self) -> None:
        self.dice = np.random.default_rng(self.p.seed)
        self.flows: list[tuple[datetime, float]] = []
        self.values: dict[Any, float] = {}
        self.pending_flow = 0.0

    def prenext(self) -> None:
        self.next()

    def next(self) -> None:
        date = bt.num2date(self.lines.datetime[0]).date()
        if self.pending_flow:
            self.flows.append((date, self.pending_flow))
        self.pending_flow = 0.0
        self.values[date] = self.broker.getvalue()
        for data in (data for data in self.datas if len(data)):
            if self.dice.uniform() < 0.25:
                self._order(data)
        if self.dice.uniform() < 0.05:
            self.pending_flow = float(self.dice.integers(-500, 500))
            self.broker.add_cash(self.pending_flow)

    def _order(self, data: Any) -> None:
        send = self.buy if self.dice.uniform() < 0.5 else self.sell
        kind = [bt.Order.Market, bt.Order.Limit, bt.Order.Stop][self.dice.integers(3)]
        price = data.close[0] * self.dice.uniform(0.97, 1.03)
        order = send(data=data, size=int(self.dice.integers(1, 900)), exectype=kind, price=price)
        if self.dice.uniform() < 0.1:
            self.cancel(order)


def run(
    frames: dict[str, pd.DataFrame],
    strategy: Any,
    *analyzers: Any,
    cash: float = 100_000.0,
    commission: Any = 0.0,
    runonce: bool = True,
    **parameters: Any,
) -> Any:
    """Run a plain Cerebro and return the strategy; each analyzer under its class's name."""
    cerebro = bt.Cerebro(stdstats=False, runonce=runonce)
    for name, frame in frames.items():
        cerebro.adddata(bt.feeds.PandasData(dataname=frame), name=name)
    cerebro.broker.setcash(cash)
    if isinstance(commission, bt.CommInfoBase):
        cerebro.broker.addcommissioninfo(commission)
    else:
        cerebro.broker.setcommission(commission)
    cerebro.addstrategy(strategy, **parameters)
    for analyzer in analyzers:
        cerebro.addanalyzer(analyzer, _name=analyzer.__name__)
    (result,) = cerebro.run()
    return result


def frame_of(result: Any, analyzer: Any) -> pd.DataFrame:
    """Return an analyzer's frame by its class."""
    frame: pd.DataFrame = result.analyzers.getbyname(analyzer.__name__).frame()
    return frame

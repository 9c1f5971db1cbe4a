"""Random bars, a strategy that tries every order, and both ways to run it."""

from __future__ import annotations

import re
from datetime import timedelta
from random import Random
from typing import Any

import backtrader as bt
import numpy as np
import pandas as pd

from orebound.feeds.bulk_feed import BulkFeed

Frames = dict[str, pd.DataFrame]


class BarFeed(BulkFeed):
    """Bars of a frame in our feed."""

    params = (("frame", None),)

    def __init__(self) -> None:
        super().__init__()
        frame = self.p.frame
        self.columns = {name: frame[name].to_numpy(float) for name in frame} | {
            "datetime": np.array([bt.date2num(time) for time in frame.index.to_pydatetime()])
        }


def frames(seed: int, n_days: int = 90, n: int = 4) -> Frames:
    """Feeds of two closing times with absent bars; one begins late, one ends early."""
    random = np.random.default_rng(seed)
    days = pd.date_range("2020-01-01", periods=n_days, freq="D")
    out = {}
    for number in range(n):
        times = days + pd.Timedelta(hours=16 if number % 2 else 21)
        kept = random.random(n_days) > random.choice([0.0, 0.1, 0.3])
        if number == 1:
            kept[: random.integers(5, 30)] = False
        if number == 2:
            kept[random.integers(50, 80) :] = False
        out[f"n{number}"] = _bars(random, times[kept])
    return out


def _bars(random: np.random.Generator, times: pd.DatetimeIndex) -> pd.DataFrame:
    n = len(times)
    close = random.uniform(5, 90) * np.exp(np.cumsum(random.normal(0, 0.03, n)))
    opened = close * np.exp(random.normal(0, 0.02, n))
    bars = {"open": opened, "high": np.maximum(opened, close) * 1.012}
    bars |= {"low": np.minimum(opened, close) * 0.985, "close": close}
    bars |= {"volume": random.integers(0, 900, n), "openinterest": 0.0}
    return pd.DataFrame(bars, index=times)


class Everything(bt.Strategy):
    """Orders of every kind at random, decided with stock indicators, and all that is told."""

    params = (("seed", 1), ("size", 60), ("midway", None))

    def __init__(self) -> None:
        self.random = Random(self.p.seed)
        self.told: list[Any] = []
        self.orders: list[Any] = []
        self.base = None
        self.mean = {data: bt.indicators.SMA(data.close, period=4) for data in self.datas}
        self.strength = {
            data: bt.indicators.RSI(data, period=3, safediv=True) for data in self.datas
        }
        self.slope = {data: data.close - data.close(-2) for data in self.datas}

    def prenext(self) -> None:
        self._row("prenext")

    def nextstart(self) -> None:
        self._row("nextstart")

    def next(self) -> None:
        self._row("next")

    def _row(self, phase: str) -> None:
        broker = self.broker
        self.told.append((phase, len(self), self.datetime.datetime(), broker.getvalue()))
        self.told.append((broker.getcash(), broker.fundvalue, broker.get_leverage()))
        for data in self.datas:
            self.told.append((len(data), self.mean[data][0] if len(self.mean[data]) else None))
            if len(data) > 6 and self.random.random() < 0.35:
                self.told.append((data.close[0], data.close[-1], list(data.low.get(size=3))))
                self._send(data)
        if len(self) == 40 and self.p.midway is not None:
            self.p.midway(self)
        if self.orders and self.random.random() < 0.15:
            self.cancel(self.orders.pop(0))

    def _send(self, data: Any) -> None:
        pick, price = self.random.random(), data.close[0]
        size = self.random.randint(1, self.p.size)
        is_up = self.slope[data][0] > 0 if len(self.slope[data]) else True
        side = self.buy if is_up is (self.strength[data][0] < 60) else self.sell
        if pick < 0.25:
            orders = [side(data=data, size=size)]
        elif pick < 0.4:
            orders = [self.order_target_percent(data, target=self.random.uniform(-0.3, 0.5))]
        elif pick < 0.5:
            orders = [self.close(data)]
        elif pick < 0.6:
            orders = self.buy_bracket(
                data=data, size=size, price=price, stopprice=price * 0.95, limitprice=price * 1.04
            )
        elif pick < 0.7:
            first = side(data=data, size=size, exectype=bt.Order.Limit, price=price * 0.98)
            orders = [first]
            if first is not None:
                orders.append(
                    side(data=data, size=size, exectype=bt.Order.Stop, price=price, oco=first)
                )
        elif pick < 0.8:
            kind = self.random.choice([bt.Order.StopTrail, bt.Order.StopTrailLimit])
            limit = {"plimit": price * 1.01} if kind == bt.Order.StopTrailLimit else {}
            orders = [
                side(data=data, size=size, exectype=kind, price=price, trailpercent=0.02, **limit)
            ]
        else:
            kind = self.random.choice([bt.Order.Limit, bt.Order.Stop, bt.Order.Close])
            valid = self.random.choice([None, timedelta(days=3), timedelta()])
            orders = [side(data=data, size=size, exectype=kind, price=price, valid=valid)]
        self.orders += [order for order in orders if order is not None]

    def notify_order(self, order: Any) -> None:
        self.base = self.base or order.ref
        done = order.executed
        bits = [vars(bit) for bit in done.getpending()]
        self.told.append((order.ref - self.base, order.data._name, order.getstatusname(), bits))
        self.told.append((order.dteos, order.created.price, done.dt, done.size, done.price))
        self.told.append((done.comm, done.pnl, done.remsize, order.triggered, order.plen))

    def notify_trade(self, trade: Any) -> None:
        self.told.append((trade.data._name, trade.size, trade.price, trade.pnl, trade.pnlcomm))
        self.told.append((trade.barlen, trade.dtopen, trade.dtclose, trade.status))

    def notify_fund(self, cash: float, value: float, fundvalue: float, shares: float) -> None:
        self.told.append((cash, value, fundvalue, shares))


ANALYZERS = ("DrawDown", "TimeReturn", "TradeAnalyzer", "Transactions", "PyFolio", "SQN")


def cerebro_of(
    bars: Frames, *, stock: bool, cash: float = 9_000.0, setup: Any = None, **options: Any
) -> bt.Cerebro:
    """Return a Cerebro over stock's `PandasData` or over our feeds."""
    cerebro = bt.Cerebro(**{"stdstats": False, **options})
    cerebro.broker.setcash(cash)
    cerebro.broker.setcommission(commission=0.002)
    for name, frame in bars.items():
        if stock:
            feed = bt.feeds.PandasData(dataname=frame, openinterest="openinterest")
        else:
            feed = BarFeed(frame=frame, fast=True)
        cerebro.adddata(feed, name=name)
    if setup is not None:
        setup(cerebro)
    return cerebro


def told(
    bars: Frames, *, stock: bool, seed: int = 1, midway: Any = None, **options: Any
) -> list[Any]:
    """Return all that backtrader tells a strategy and its analyzers in one run."""
    cerebro = cerebro_of(bars, stock=stock, **options)
    cerebro.addstrategy(Everything, seed=seed, midway=midway)
    for name in ANALYZERS:
        cerebro.addanalyzer(getattr(bt.analyzers, name), _name=name)
    (strategy,) = cerebro.run()
    found = strategy.told
    found.append((cerebro.broker.getvalue(), cerebro.broker.getcash()))
    for data in cerebro.datas:
        position = cerebro.broker.getposition(data)
        if position.size:
            found.append((position.size, position.price, position.adjbase, position.datetime))
    found += [_plain(getattr(strategy.analyzers, name).get_analysis()) for name in ANALYZERS]
    return found


def _plain(analysis: Any) -> Any:
    if isinstance(analysis, dict):
        return {str(key): _plain(value) for key, value in analysis.items()}
    return analysis


def assert_same(stock: list[Any], ours: list[Any]) -> None:
    for place, (expected, found) in enumerate(zip(stock, ours, strict=False)):
        assert _bits(expected) == _bits(found), f"event {place} of {len(stock)}"
    assert len(stock) == len(ours)


def _bits(event: Any) -> str:
    """Return every bit of an event's numbers; where bars are kept as they came, stock's are
    numpy's floats."""
    return re.sub(r"np\.float64\(([^)]*)\)", r"\1", repr(event))

"""The reference rule of the benchmarks: invented prices, stock's strategy and ours.

Twelve miners, eight metals, one benchmark, three currencies, 5,000 daily bars. For each miner

* basket = sum of weight x ln(metal), gap = ln(close) + ln(fx) - basket,
* z = (gap - mean) / standard deviation of the last `window` gaps, today's included,
* regime: the benchmark is above its mean of 200 days,
* momentum: basket now less basket `lag` days ago.

At each close a miner without a live order is bought for 1/12 of the account when flat, z < -z_in,
regime and momentum > 0; it is sold when z > -z_out, z < -z_stop or more than `hold` bars have
passed since the fill. Market orders fill at the next open, commission is 10 bp, cash 1,000,000.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import backtrader as bt
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from orebound.feeds import Listing, Panel, PanelFeed, clock

Array = NDArray[np.float64]
N_MINERS, N_METALS, N_CURRENCIES, REGIME_WINDOW = 12, 8, 3, 200
CASH, COMMISSION = 1_000_000.0, 0.001
RULE: dict[str, Any] = {
    "window": 60,
    "z_in": 1.5,
    "z_out": 0.3,
    "z_stop": 4.0,
    "hold": 40,
    "lag": 20,
}
COLUMNS = ("open", "high", "low", "close", "volume")


@dataclass(frozen=True)
class Prices:
    """Invented prices: bars by kind of shape (n_days, n), weights (n_miners, n_metals)."""

    days: NDArray[np.datetime64]
    miners: dict[str, Array]
    metals: dict[str, Array]
    benchmark: dict[str, Array]
    currencies: dict[str, Array]
    weights: Array
    currency: NDArray[np.int64]  # of each miner, -1 for the base currency


def invent(n_days: int = 5_000, seed: int = 1) -> Prices:
    """Return miners that wander around their metals' baskets, all from one seed."""
    random = np.random.default_rng(seed)
    weights = _weights(random)
    currency = random.integers(-1, N_CURRENCIES, N_MINERS)
    common = random.normal(0.0, 0.006, (n_days, 1))

    def walk(n: int, drift: float, size: float, share: float, start: Array) -> Array:
        steps = share * common + random.normal(drift, size, (n_days, n))
        return np.asarray(start * np.exp(np.cumsum(steps, axis=0)))

    metals = walk(N_METALS, 1e-4, 0.011, 1.0, random.uniform(5.0, 500.0, N_METALS))
    rates = walk(N_CURRENCIES, 0.0, 0.005, 0.0, random.uniform(0.6, 1.4, N_CURRENCIES))
    index = walk(1, 4e-4, 0.008, 0.5, np.array([100.0]))
    basket = np.log(metals) @ weights.T
    ln_rate = _ln_rate(rates, currency)
    paths = basket - basket[0] + _reverting(random, n_days) - (ln_rate - ln_rate[0])
    miners = np.exp(paths) * random.uniform(4.0, 80.0, N_MINERS)
    # Sessions of an exchange: our feeds refuse bars on days on which it was closed.
    days = clock("XNYS").sessions("2004-01-02", "2026-06-30")[:n_days]
    return Prices(
        days=days.astype("datetime64[ns]"),
        miners=_bars(random, miners),
        metals=_bars(random, metals),
        benchmark=_bars(random, index),
        currencies=_bars(random, rates),
        weights=weights,
        currency=currency,
    )


def _weights(random: np.random.Generator) -> Array:
    weights = np.zeros((N_MINERS, N_METALS))
    for own in weights:
        chosen = random.choice(N_METALS, random.integers(1, 4), replace=False)
        shares = random.uniform(0.2, 1.0, len(chosen))
        own[chosen] = shares / shares.sum()
    return weights


def _reverting(random: np.random.Generator, n_days: int) -> Array:
    shocks = random.normal(0.0, 1.0, (n_days, N_MINERS)) * random.uniform(0.012, 0.022, N_MINERS)
    pull = random.uniform(0.01, 0.05, N_MINERS)
    gap = np.zeros_like(shocks)
    for day in range(1, n_days):
        gap[day] = gap[day - 1] * (1.0 - pull) + shocks[day]
    return gap


def _ln_rate(rates: Array, currency: NDArray[np.int64]) -> Array:
    return np.where(currency >= 0, np.log(rates)[:, np.maximum(currency, 0)], 0.0)


def _bars(random: np.random.Generator, close: Array) -> dict[str, Array]:
    shape = close.shape
    opened = close.copy()
    opened[1:] = close[:-1] * np.exp(random.normal(0.0, 0.006, close[1:].shape))
    above, below = np.exp(np.abs(random.normal(0.0, 0.005, (2, *shape))))
    high, low = np.maximum(opened, close) * above, np.minimum(opened, close) / below
    prices = {"open": opened, "high": high, "low": low, "close": close}
    return {name: np.round(values, 4) for name, values in prices.items()} | {
        "volume": np.round(random.lognormal(13.0, 0.5, shape))
    }


# -- stock backtrader ------------------------------------------------------------------------


class LogGap(bt.Indicator):
    """ln(miner) less its basket, plus ln(exchange rate) where it has one."""

    lines: Any = ("gap", "basket")
    params: Any = (("weights", ()), ("has_rate", False))

    def next(self) -> None:
        n = len(self.p.weights)
        pairs = zip(self.p.weights, self.datas[1 : n + 1], strict=True)
        basket = sum(weight * math.log(metal[0]) for weight, metal in pairs)
        gap = math.log(self.datas[0][0]) - basket
        if self.p.has_rate:
            gap += math.log(self.datas[n + 1][0])
        self.lines.gap[0], self.lines.basket[0] = gap, basket


class Diary(bt.Strategy):
    """What both strategies keep: the account on each bar and every fill."""

    params: Any = tuple(RULE.items())

    def __init__(self) -> None:
        self.equity: list[float] = []
        self.fills: list[tuple[Any, ...]] = []
        self.miners = self.datas[:N_MINERS]
        self.order: dict[Any, Any] = dict.fromkeys(self.miners)
        self.filled_at: dict[Any, int] = dict.fromkeys(self.miners, 0)

    def prenext(self) -> None:
        self.equity.append(self.broker.getvalue())

    def notify_order(self, order: Any) -> None:
        if order.alive():
            return
        data, done = order.data, order.executed
        self.order[data] = None
        if order.status == order.Completed and order.isbuy():
            self.filled_at[data] = len(self)
        self.fills.append((done.dt, data._name, order.getstatusname(), done.size, done.price))


class StockRule(Diary):
    """The rule as a user of stock backtrader writes it: native indicators over 24 feeds."""

    params: Any = (("weights", ()), ("currency", ()))

    def __init__(self) -> None:
        super().__init__()
        n = N_MINERS + N_METALS
        metals, index, rates = self.datas[N_MINERS:n], self.datas[n], self.datas[n + 1 :]
        self.regime = index.close > bt.indicators.SMA(index.close, period=REGIME_WINDOW)
        self.z, self.momentum = [], []
        # backtrader's standard deviation divides by n, the rule's by n - 1.
        sample = math.sqrt(self.p.window / (self.p.window - 1))
        for miner, own, rate in zip(self.miners, self.p.weights, self.p.currency, strict=True):
            held = [place for place, weight in enumerate(own) if weight > 0]
            sources = [miner.close, *(metals[place].close for place in held)]
            if rate >= 0:
                sources.append(rates[rate].close)
            weights = tuple(float(own[place]) for place in held)
            gap = LogGap(*sources, weights=weights, has_rate=bool(rate >= 0))
            mean = bt.indicators.SMA(gap.gap, period=self.p.window)
            spread = bt.indicators.StandardDeviation(gap.gap, period=self.p.window)
            self.z.append((gap.gap - mean) / (spread * sample))
            self.momentum.append(gap.basket - gap.basket(-self.p.lag))

    def next(self) -> None:
        self.equity.append(self.broker.getvalue())
        for place, miner in enumerate(self.miners):
            size = self.getposition(miner).size
            if self.order[miner] is not None:
                continue
            z = self.z[place][0]
            if not size:
                if z < -self.p.z_in and self.regime[0] and self.momentum[place][0] > 0:
                    self.order[miner] = self.order_target_percent(miner, target=1.0 / N_MINERS)
            elif (
                z > -self.p.z_out
                or z < -self.p.z_stop
                or len(self) - self.filled_at[miner] > self.p.hold
            ):
                self.order[miner] = self.order_target_percent(miner, target=0.0)


def stock_frames(prices: Prices) -> list[pd.DataFrame]:
    """Return one frame a feed, as a user of `PandasData` has them."""
    index = pd.DatetimeIndex(prices.days)
    kinds = (prices.miners, prices.metals, prices.benchmark, prices.currencies)
    return [
        pd.DataFrame({name: kind[name][:, place] for name in COLUMNS}, index=index)
        for kind in kinds
        for place in range(kind["close"].shape[1])
    ]


def stock_cerebro(
    prices: Prices, frames: list[pd.DataFrame], *, rule: Mapping[str, Any] = RULE, **options: Any
) -> bt.Cerebro:
    """Return a Cerebro of stock feeds and indicators, ready to run."""
    cerebro = stock_account(frames, **options)
    own = {"weights": prices.weights.tolist(), "currency": prices.currency}
    cerebro.addstrategy(StockRule, **own, **rule)
    return cerebro


def stock_account(frames: list[pd.DataFrame], **options: Any) -> bt.Cerebro:
    """Return a Cerebro of stock feeds without a strategy."""
    cerebro = _account(**options)
    for place, frame in enumerate(frames):
        cerebro.adddata(bt.feeds.PandasData(dataname=frame), name=f"feed {place}")
    return cerebro


def swapped_cerebro(
    prices: Prices, panel: Panel, *, rule: Mapping[str, Any] = RULE, **options: Any
) -> bt.Cerebro:
    """Return stock's own strategy and indicators over our feeds of every series."""
    cerebro = _account(**options)
    for place, name in enumerate(panel.names):
        # backtrader's metaclass takes the params before __init__ is called.
        cerebro.adddata(PanelFeed(panel=panel, column=place, fast=True), name=name)  # type: ignore[call-arg]
    own = {"weights": prices.weights.tolist(), "currency": prices.currency}
    cerebro.addstrategy(StockRule, **own, **rule)
    return cerebro


def _account(**options: Any) -> bt.Cerebro:
    cerebro = bt.Cerebro(stdstats=False, **options)
    cerebro.broker.setcash(CASH)
    cerebro.broker.setcommission(commission=COMMISSION)
    return cerebro


# -- the same on our feeds -------------------------------------------------------------------


class SignalFeed(PanelFeed):
    """A market's feed that carries the reference rule's own signals beside the price."""

    lines: Any = ("momentum", "regime")


class LineRule(Diary):
    """The same rule, reading lines that were computed before the run."""

    def __init__(self) -> None:
        super().__init__()
        self.held: set[Any] = set()
        self.lines_read = [(miner, miner.z, miner.momentum) for miner in self.miners]
        self.regime = self.miners[0].regime

    def start(self) -> None:
        # The order in which positions are first asked for is the order in which they are summed.
        for miner in self.miners:
            self.getposition(miner)

    def notify_order(self, order: Any) -> None:
        super().notify_order(order)
        if order.status == order.Completed:
            change = self.held.add if order.isbuy() else self.held.discard
            change(order.data)

    def next(self) -> None:
        self.equity.append(self.broker.getvalue())
        low, out, stop = -self.p.z_in, -self.p.z_out, -self.p.z_stop
        is_on = self.regime[0]
        held, order, now = self.held, self.order, len(self)
        for miner, z_line, momentum in self.lines_read:
            if miner in held:
                if order[miner] is None:
                    z = z_line[0]
                    if z > out or z < stop or now - self.filled_at[miner] > self.p.hold:
                        order[miner] = self.order_target_percent(miner, target=0.0)
            elif is_on and z_line[0] < low and momentum[0] > 0 and order[miner] is None:
                order[miner] = self.order_target_percent(miner, target=1.0 / N_MINERS)


def panel_of(prices: Prices, *, with_all: bool = False) -> Panel:
    """Return the miners, or every series, as a panel; what only our own rule reads is empty."""
    kinds = (prices.miners, prices.metals, prices.benchmark, prices.currencies)
    kept = kinds if with_all else kinds[:1]
    bars = {name: np.concatenate([kind[name] for kind in kept], axis=1) for name in COLUMNS}
    n_days, n = bars["close"].shape
    listings = tuple(
        Listing(f"m{place}", f"m{place}", "XNYS", "USD", "USD", {"csv": f"feed {place}"}, 0.0)
        for place in range(n)
    )
    whole = np.ones((n_days, n))
    session = np.repeat(prices.days.astype("datetime64[D]")[:, None], n, axis=1)
    nothing: Any = None
    return Panel(
        closes=prices.days,
        names=tuple(listing.symbol("csv") for listing in listings),
        listings=listings,
        session=session,
        opened_at=session.astype("datetime64[ns]"),
        **bars,
        known_close=bars["close"],
        value_traded=whole,
        rate=whole,
        has_bar=whole > 0,
        is_settlement=whole < 0,
        segment=np.zeros((n_days, n), dtype=np.int64),
        rate_stale=np.zeros((n_days, n), dtype=np.int64),
        metals=(),
        metal=(),
        market=None,
        exposure=nothing,
        vetoed=whole < 0,
        n_declared=n,
        latency=np.timedelta64(0, "ns"),
        base_currency="USD",
    )


def signals(prices: Prices, rule: Mapping[str, Any] = RULE) -> dict[str, Array]:
    """Return the rule's lines on the panel's rows, NaN where stock has no indicator yet."""
    basket = np.log(prices.metals["close"]) @ prices.weights.T
    rates = _ln_rate(prices.currencies["close"], prices.currency)
    windows = pd.DataFrame(np.log(prices.miners["close"]) + rates - basket)
    rolling = windows.rolling(rule["window"])
    z = ((windows - rolling.mean()) / rolling.std(ddof=1)).to_numpy()
    momentum = np.full_like(basket, np.nan)
    lag = rule["lag"]
    momentum[lag:] = basket[lag:] - basket[:-lag]
    index = pd.Series(prices.benchmark["close"][:, 0])
    is_on = (index > index.rolling(REGIME_WINDOW).mean()).to_numpy(dtype=float)
    is_on[: REGIME_WINDOW - 1] = 0.0
    return {"z": z, "momentum": momentum, "regime": np.repeat(is_on[:, None], N_MINERS, axis=1)}


def our_cerebro(
    panel: Panel,
    lines: dict[str, Array],
    *,
    fast: bool = True,
    rule: Mapping[str, Any] = RULE,
    **options: Any,
) -> bt.Cerebro:
    """Return a Cerebro of our feeds with the rule's lines, ready to run."""
    cerebro = _account(**options)
    for place, name in enumerate(panel.names):
        # backtrader's metaclass takes the params before __init__ is called.
        feed = SignalFeed(panel=panel, column=place, fast=fast)  # type: ignore[call-arg]
        feed.write_signals(**lines)
        cerebro.adddata(feed, name=name)
    cerebro.addstrategy(LineRule, **rule)
    return cerebro

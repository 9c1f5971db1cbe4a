"""The rule in backtrader_next, a fork: stock's own program with the fork's names."""

from __future__ import annotations

import math
from typing import Any

import backtrader_next as bt
import numpy as np
import pandas as pd
from common import (
    CASH,
    COLUMNS,
    COMMISSION,
    KINDS,
    N_MINERS,
    REGIME_WINDOW,
    Contestant,
    Outcome,
    Prices,
    Rule,
    judged,
)

N_METALS = 8


class LogGap(bt.Indicator):  # type: ignore[misc]
    """ln(miner) less its basket, plus ln(exchange rate) where it has one."""

    lines = ("gap", "basket")
    params = (("weights", ()), ("has_rate", False))

    def next(self) -> None:
        metals = self.datas[1 : 1 + len(self.p.weights)]
        held = zip(self.p.weights, metals, strict=True)
        basket = sum(weight * math.log(metal[0]) for weight, metal in held)
        rate = math.log(self.datas[-1][0]) if self.p.has_rate else 0.0
        self.lines.basket[0] = basket
        self.lines.gap[0] = math.log(self.datas[0][0]) - basket + rate


class Reference(bt.Strategy):  # type: ignore[misc]
    """The rule as a user of stock backtrader writes it."""

    params = (
        *(("weights", ()), ("currency", ()), ("window", 60), ("z_in", 1.5), ("z_out", 0.3)),
        *(("z_stop", 4.0), ("hold", 40), ("lag", 20)),
    )

    def __init__(self) -> None:
        n = N_MINERS + N_METALS
        self.miners, metals = self.datas[:N_MINERS], self.datas[N_MINERS:n]
        index, rates = self.datas[n], self.datas[n + 1 :]
        self.regime = index.close > bt.indicators.SMA(index.close, period=REGIME_WINDOW)
        self.z, self.momentum = [], []
        # The standard deviation divides by n, the rule's by n - 1.
        sample = math.sqrt(self.p.window / (self.p.window - 1))
        for miner, own, rate in zip(self.miners, self.p.weights, self.p.currency, strict=True):
            held = [place for place, weight in enumerate(own) if weight > 0]
            sources = [miner.close, *(metals[place].close for place in held)]
            sources += [rates[rate].close] if rate >= 0 else []
            weights = tuple(float(own[place]) for place in held)
            gap = LogGap(*sources, weights=weights, has_rate=bool(rate >= 0))
            mean = bt.indicators.SMA(gap.gap, period=self.p.window)
            spread = bt.indicators.StandardDeviation(gap.gap, period=self.p.window)
            self.z.append((gap.gap - mean) / (spread * sample))
            self.momentum.append(gap.basket - gap.basket(-self.p.lag))
        self.order: dict[Any, Any] = dict.fromkeys(self.miners)
        self.filled_at = dict.fromkeys(self.miners, 0)
        self.equity: list[float] = []
        self.fills = 0

    def prenext(self) -> None:
        self.equity.append(self.broker.getvalue())

    def notify_order(self, order: Any) -> None:
        if order.alive():
            return
        self.order[order.data] = None
        if order.status == order.Completed:
            self.fills += 1
            if order.isbuy():
                self.filled_at[order.data] = len(self)

    def next(self) -> None:
        self.equity.append(self.broker.getvalue())
        if math.isnan(self.regime[0]):  # NaN is true: it would trade before the regime is known
            return
        p = self.p
        for place, miner in enumerate(self.miners):
            if self.order[miner] is not None:
                continue
            z = self.z[place][0]
            if not self.getposition(miner).size:
                if z < -p.z_in and self.regime[0] and self.momentum[place][0] > 0:
                    self.order[miner] = self.order_target_percent(miner, target=1.0 / N_MINERS)
            elif z > -p.z_out or z < -p.z_stop or len(self) - self.filled_at[miner] > p.hold:
                self.order[miner] = self.order_target_percent(miner, target=0.0)


class Next(Contestant):
    """The fork with its own feeds and indicators."""

    how = "24 PandasData feeds and native indicators, one Cerebro a combination, no observers"
    lacks = (
        "the wait for the slowest indicator: `next` is called from the second bar on, when the "
        "comparison behind the regime is still NaN; the strategy has to look itself",
    )
    packages = ("backtrader_next", "numpy", "pandas")

    def __init__(self, prices: Prices) -> None:
        super().__init__(prices)
        index = pd.DatetimeIndex(prices.days)
        kinds = [getattr(prices, kind) for kind in KINDS]
        self.frames = [
            pd.DataFrame({name: kind[name][:, place] for name in COLUMNS}, index=index)
            for kind in kinds
            for place in range(kind["close"].shape[1])
        ]

    def run(self, rule: Rule) -> Outcome:
        cerebro = bt.Cerebro(stdstats=False)
        cerebro.broker.setcash(CASH)
        cerebro.broker.setcommission(commission=COMMISSION)
        for place, frame in enumerate(self.frames):
            cerebro.adddata(bt.feeds.PandasData(dataframe=frame), name=f"feed {place}")
        own = {"weights": self.prices.weights.tolist(), "currency": self.prices.currency}
        cerebro.addstrategy(Reference, **own, **rule)
        (strategy,) = cerebro.run()
        return judged(np.array(strategy.equity), strategy.fills)

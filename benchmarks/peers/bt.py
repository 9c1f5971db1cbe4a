"""The rule in bt: one Algo that fills yesterday's decisions and takes today's."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import bt
import numpy as np
import pandas as pd
from common import (
    CASH,
    COMMISSION,
    N_MINERS,
    Contestant,
    Outcome,
    Prices,
    Rule,
    Signals,
    Swept,
    judged,
    swept,
)


class Rebalance(bt.Algo):  # type: ignore[misc]
    """Called once a day after bt has marked the tree at the close."""

    def __init__(self, entries: Any, exits: Any, prices: Any, hold: int) -> None:
        super().__init__()
        self.entries, self.exits, self.hold = entries, exits, hold
        self.opens, self.closes = prices
        self.day, self.fills = 0, 0
        self.orders: list[tuple[int, float]] = []
        self.filled_at: dict[int, int] = {}

    def __call__(self, target: Any) -> bool:
        miners = target.securities
        for place, size in self.orders:
            self._fill(target, miners[place], place, size)
        self.orders = self._decided(target, miners)
        self.day += 1
        return True

    def _fill(self, target: Any, miner: Any, place: int, size: float) -> None:
        price = self.opens[self.day][place]
        # bt lets cash go negative; backtrader refuses the order.
        if size > 0 and target.capital < size * price * (1.0 + COMMISSION):
            return
        miner.transact(size, price=price)
        self.fills += 1
        if size > 0:
            self.filled_at[place] = self.day
        else:
            del self.filled_at[place]

    def _decided(self, target: Any, miners: Any) -> list[tuple[int, float]]:
        today, out = self.day, []
        entries, exits = self.entries[today], self.exits[today]
        for place in range(N_MINERS):
            since = self.filled_at.get(place)
            if since is None:
                if entries[place]:
                    size = target.value / N_MINERS // self.closes[today][place]
                    out.append((place, size))
            elif exits[place] or today - since > self.hold:
                out.append((place, -miners[place].position))
        return out


class Bt(Contestant):
    """A Strategy of twelve securities with one Algo."""

    how = (
        "one custom Algo over twelve securities. bt trades at the day's one price; fills at the "
        "next open go through its bespoke transaction price, which it books as bid-offer cost"
    )
    lacks = (
        "no orders, and so no waiting, rejected or partly checked ones: the Algo keeps its own "
        "list of decisions until the next day and its own check of cash",
        "no check of cash at submission",
        "its statistics come with every run and cannot be switched off",
    )
    packages = ("bt", "ffn", "numpy", "pandas")

    def __init__(self, prices: Prices) -> None:
        super().__init__(prices)
        self.names = [f"m{place}" for place in range(N_MINERS)]
        days = pd.DatetimeIndex(prices.days)
        self.closes = pd.DataFrame(prices.miners["close"], index=days, columns=self.names)
        self.nothing = {"bidoffer": self.closes * 0.0}
        self.rows = prices.miners["open"].tolist(), prices.miners["close"].tolist()

    def run(self, rule: Rule) -> Outcome:
        return self._run(Signals(self.prices), rule)

    def sweep(self, rules: Sequence[Rule]) -> Swept:
        signals = Signals(self.prices)
        return swept([self._run(signals, rule) for rule in rules])

    def _run(self, signals: Signals, rule: Rule) -> Outcome:
        entries, exits = signals.entries(rule).tolist(), signals.exits(rule).tolist()
        algo = Rebalance(entries, exits, self.rows, rule["hold"])
        children = [bt.Security(name) for name in self.names]
        test = bt.Backtest(
            bt.Strategy("rule", [algo], children),
            self.closes,
            initial_capital=CASH,
            commissions=lambda size, price: abs(size) * price * COMMISSION,
            additional_data=self.nothing,
        )
        test.run()
        (kept,) = test.strategy.stack.algos
        return judged(np.asarray(test.strategy.values)[1:], kept.fills)

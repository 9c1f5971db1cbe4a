"""The rule in backtesting.py: twelve accounts of one share each."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
from backtesting import Backtest, Strategy
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


class OneMiner(Strategy):  # type: ignore[misc]
    """Buy and sell one share by arrays; plain arrays are faster than its indicators."""

    entries: Any = None
    exits: Any = None
    hold = 40

    def init(self) -> None:
        pass

    def next(self) -> None:
        today = len(self.data) - 1
        if self.orders:
            return
        if not self.position:
            if self.entries[today]:
                self.buy()
        elif self.exits[today] or today - self.trades[0].entry_bar > self.hold:
            self.position.close()


class Single(Contestant):
    """Twelve runs whose equity curves are added."""

    how = "one Backtest a miner, each with a twelfth of the cash; the curves are added"
    lacks = (
        "one account: every miner trades its own twelfth of the cash, which profits of the "
        "others never reach, so positions are not a twelfth of the whole",
        "sizes are set at the fill from the cash there is, not at the decision's close",
        "no order is ever rejected for cash; its statistics come with every run",
    )
    packages = ("backtesting", "numpy", "pandas")

    def __init__(self, prices: Prices) -> None:
        super().__init__(prices)
        index = pd.DatetimeIndex(prices.days)
        names = ("open", "high", "low", "close", "volume")
        self.frames = [
            pd.DataFrame(
                {name.capitalize(): prices.miners[name][:, place] for name in names}, index=index
            )
            for place in range(N_MINERS)
        ]

    def run(self, rule: Rule) -> Outcome:
        return self._run(Signals(self.prices), rule)

    def sweep(self, rules: Sequence[Rule]) -> Swept:
        signals = Signals(self.prices)
        return swept([self._run(signals, rule) for rule in rules])

    def _run(self, signals: Signals, rule: Rule) -> Outcome:
        entries, exits = signals.entries(rule), signals.exits(rule)
        equity, fills = np.zeros(len(entries)), 0
        for place, frame in enumerate(self.frames):
            test = Backtest(frame, OneMiner, cash=CASH / N_MINERS, commission=COMMISSION)
            own = {"entries": entries[:, place], "exits": exits[:, place]}
            found = test.run(**own, hold=rule["hold"])
            equity += found["_equity_curve"]["Equity"].to_numpy()
            # A trade is a buy and a sale; what is open at the end was only bought.
            fills += 2 * len(found["_trades"]) + len(found["_strategy"].trades)
        return judged(equity, fills)

"""The rule in PyBroker: signals as registered columns, one function called a bar and symbol."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
import pybroker
from common import (
    CASH,
    COLUMNS,
    COMMISSION,
    N_MINERS,
    SESSIONS_A_YEAR,
    Contestant,
    Outcome,
    Prices,
    Rule,
    Signals,
    Swept,
    judged,
    swept,
)


def decide(ctx: Any, hold: int) -> None:
    """Decide on one symbol's close; orders fill at its next open."""
    held = ctx.long_pos()
    if held is None:
        if ctx.entry[-1]:
            ctx.buy_shares = ctx.calc_target_shares(1.0 / N_MINERS)
            ctx.buy_fill_price = pybroker.PriceType.OPEN
    elif ctx.exit[-1] or held.bars > hold:
        ctx.sell_all_shares()
        ctx.sell_fill_price = pybroker.PriceType.OPEN


class PyBroker(Contestant):
    """Strategy.backtest over one long frame."""

    how = "registered columns for entry and exit, one execution over twelve symbols"
    lacks = (
        "an order that cash does not cover is cut to what it covers, where backtrader rejects it",
        "no check of cash at submission",
        "money is kept as decimals, so the last digits differ",
    )
    packages = ("lib-pybroker", "numba", "numpy", "pandas")
    compiles = True

    def __init__(self, prices: Prices) -> None:
        super().__init__(prices)
        pybroker.register_columns("entry", "exit")
        pybroker.disable_logging()
        pybroker.disable_progress_bar()
        names = [f"m{place:02d}" for place in range(N_MINERS)]
        columns = {name: prices.miners[name].ravel(order="F") for name in COLUMNS}
        self.frame = pd.DataFrame(
            {"symbol": np.repeat(names, len(prices.days)), "date": np.tile(prices.days, N_MINERS)}
            | columns
        )
        self.names = names
        self.settings = pybroker.StrategyConfig(
            initial_cash=CASH,
            fee_mode=pybroker.FeeMode.ORDER_PERCENT,
            fee_amount=100.0 * COMMISSION,
            round_fill_price=False,
            round_test_result=False,
            bars_per_year=SESSIONS_A_YEAR,
        )

    def run(self, rule: Rule) -> Outcome:
        return self._run(Signals(self.prices), rule)

    def sweep(self, rules: Sequence[Rule]) -> Swept:
        signals = Signals(self.prices)
        return swept([self._run(signals, rule) for rule in rules])

    def _run(self, signals: Signals, rule: Rule) -> Outcome:
        frame = self.frame.assign(
            entry=signals.entries(rule).ravel(order="F"), exit=signals.exits(rule).ravel(order="F")
        )
        days = self.prices.days
        first, last = pd.Timestamp(days[0]), pd.Timestamp(days[-1])
        strategy = pybroker.Strategy(frame, first, last, self.settings)
        strategy.add_execution(decide, self.names, hold=rule["hold"])
        found = strategy.backtest(calc_bootstrap=False)
        return judged(found.portfolio["market_value"].to_numpy(), len(found.orders))

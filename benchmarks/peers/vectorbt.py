"""The rule in vectorbt: every combination is a group of columns of one simulation."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import vectorbt
from common import (
    CASH,
    COMMISSION,
    N_MINERS,
    Contestant,
    Outcome,
    Rule,
    Signals,
    Swept,
    sharpe_and_drawdown,
)
from numba import njit
from vectorbt.portfolio.enums import NoOrder
from vectorbt.portfolio.nb import order_nb


@njit
def _order(
    c: Any, entries: Any, exits: Any, opens: Any, closes: Any, hold: Any, filled_at: Any, at: Any
) -> Any:
    """Send at the open what the close before decided: the next miner of the group that trades."""
    if c.call_idx == 0:
        at[c.group] = c.from_col if c.i > 0 else c.to_col
    day = c.i - 1
    for col in range(at[c.group], c.to_col):
        at[c.group] = col + 1
        size, price = c.last_position[col], opens[c.i, col]
        if size > 0:
            if exits[day, col] or day - filled_at[col] > hold[col]:
                return col, order_nb(size=-size, price=price, fees=COMMISSION)
        elif entries[day, col]:
            # Without `update_value` the account is that of the close before, as the rule sizes.
            size = np.floor(c.last_value[c.group] / N_MINERS / closes[day, col])
            filled_at[col] = c.i
            return col, order_nb(size=size, price=price, fees=COMMISSION, allow_partial=False)
    return -1, NoOrder


@njit
def _keep_value(c: Any, equity: Any) -> None:
    equity[c.i, c.group] = c.last_value[c.group]


class VectorBt(Contestant):
    """Portfolio.from_order_func over groups with shared cash."""

    how = (
        "Portfolio.from_order_func with a flexible order function in numba: groups with shared "
        "cash, all combinations in one call, equity kept inside the simulation. from_signals "
        "knows no limit on bars held and sizes by free cash, not by the account"
    )
    lacks = (
        "one check of cash, at the fill; backtrader's first check, at submission with the "
        "decision bar's close and a running sum that stays negative, does not exist",
        "no order is ever waiting: a decision and its fill are one call",
        "position values are summed in another order, so the last bits differ",
    )
    packages = ("vectorbt", "numba", "numpy", "pandas")
    compiles = True

    def run(self, rule: Rule) -> Outcome:
        return self._simulated(Signals(self.prices), [rule])

    def sweep(self, rules: Sequence[Rule]) -> Swept:
        return Swept(len(rules), self._simulated(Signals(self.prices), rules))

    def _simulated(self, signals: Signals, rules: Sequence[Rule]) -> Outcome:
        n, miners = len(rules), self.prices.miners
        entries = np.hstack([signals.entries(rule) for rule in rules])
        exits = np.hstack([signals.exits(rule) for rule in rules])
        opens, closes = np.tile(miners["open"], n), np.tile(miners["close"], n)
        hold = np.repeat([rule["hold"] for rule in rules], N_MINERS)
        equity = np.empty((len(closes), n))
        portfolio = vectorbt.Portfolio.from_order_func(
            closes,
            _order,
            *(entries, exits, opens, closes, hold),
            *(np.zeros(n * N_MINERS, dtype=np.int64), np.zeros(n, dtype=np.int64)),
            flexible=True,
            init_cash=CASH,
            cash_sharing=True,
            group_by=np.repeat(np.arange(n), N_MINERS),
            post_segment_func_nb=_keep_value,
            post_segment_args=(equity,),
            fill_pos_record=False,
            # Room for the records of all columns; the default of one a bar fills the memory.
            max_orders=n * len(closes),
            freq="1D",
        )
        sharpe, drawdown = sharpe_and_drawdown(equity)
        fills = int((portfolio.order_records["col"] < N_MINERS).sum())
        return Outcome(float(equity[-1, 0]), fills, float(sharpe[0]), float(drawdown[0]))

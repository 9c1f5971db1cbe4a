"""The rule in vectorbt: every combination is a group of columns of one simulation.

Three times: order arrays made before the simulation, as its documentation writes them and tuned,
and an order function.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
import vectorbt
from common import (
    CASH,
    COMMISSION,
    N_MINERS,
    SESSIONS_A_YEAR,
    Contestant,
    Outcome,
    Rule,
    Signals,
    Swept,
    sharpe_and_drawdown,
    widened,
)
from numba import njit
from vectorbt.portfolio.enums import NoOrder
from vectorbt.portfolio.nb import order_nb

#: Combinations in one call: both forms are fastest from 12 to 24, measured from 1 to 128.
BATCH = 16


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


class OrderFunction(Contestant):
    """Portfolio.from_order_func over groups with shared cash, the fastest form."""

    how = (
        "Portfolio.from_order_func with a flexible order function in numba: groups with shared "
        f"cash, {BATCH} combinations a call, equity kept inside the simulation, Sharpe and "
        "drawdown by a few lines of numpy"
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
        return Swept(BATCH, self._simulated(Signals(self.prices), widened(rules, BATCH)))

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


@njit
def _enter(first: int, end: int, col: int, entries: Any, found: Any) -> Any:
    """Choose the first close from `first` on at which a flat miner is to be bought."""
    for day in range(first, end):
        if entries[day, col]:
            found[0] = day
            return found
    return found[:0]


@njit
def _leave(first: int, end: int, col: int, exits: Any, hold: Any, found: Any) -> Any:
    """Choose the first close at which it is to be sold; `first` is the day of its fill."""
    for day in range(first, end):
        if exits[day, col] or day - first > hold[col]:
            found[0] = day
            return found
    return found[:0]


class OrderArrays(Contestant):
    """Portfolio.from_orders over arrays of target percents, metrics by the library."""

    how = (
        "the library's idiom: entries and exits by its signals accessor, shifted by a bar; "
        "Portfolio.from_orders with targetpercent at the open, a group of columns with shared "
        "cash for each combination; Sharpe and drawdown by its returns accessor; its optional "
        f"engine in Rust; {BATCH} combinations a call. from_signals cannot size by the account"
    )
    lacks = (
        "signals are made before the account is simulated: no decision can depend on cash, on a "
        "rejected order or on another position",
        "no argument limits the bars held: the signals are chosen by functions of ours in numba",
        "whole shares only where orders may be cut: what cash does not cover is bought in part "
        "instead of rejected, and nothing is checked at submission",
        "its Sharpe ratio counts one more return: none, on the first day",
    )
    packages = ("vectorbt", "vectorbt-rust", "numba", "numpy", "pandas")
    compiles = True

    def run(self, rule: Rule) -> Outcome:
        return self._simulated([rule])

    def sweep(self, rules: Sequence[Rule]) -> Swept:
        return Swept(BATCH, self._simulated(widened(rules, BATCH)))

    def _simulated(self, rules: Sequence[Rule]) -> Outcome:
        n, miners = len(rules), self.prices.miners
        portfolio = vectorbt.Portfolio.from_orders(
            # A frame that copies its array would turn it, and the simulation goes by rows.
            pd.DataFrame(np.tile(miners["close"], n), index=self.prices.days, copy=False),
            self._targets(rules),
            size_type="targetpercent",
            direction="longonly",
            price=np.tile(miners["open"], n),
            val_price=-np.inf,  # sizes by the close before; its default is the fill's own price
            size_granularity=1.0,
            fees=COMMISSION,
            init_cash=CASH,
            cash_sharing=True,
            group_by=np.repeat(np.arange(n), N_MINERS),
            fillna_close=False,
            freq="1D",
        )
        return self._outcome(portfolio)

    def _outcome(self, portfolio: Any) -> Outcome:
        """Return what the library's own metrics say of the first combination, made for all."""
        returns = portfolio.returns().vbt.returns(freq="1D", year_freq=f"{SESSIONS_A_YEAR}D")
        sharpe, drawdown = returns.sharpe_ratio(), returns.max_drawdown()
        final = portfolio.value().iloc[-1]
        fills = int((portfolio.order_records["col"] < N_MINERS).sum())
        of_first = [float(np.atleast_1d(found)[0]) for found in (sharpe, drawdown, final)]
        return Outcome(of_first[2], fills, of_first[0], -of_first[1])

    def _targets(self, rules: Sequence[Rule]) -> np.ndarray:
        """Return the share of the account to hold from each open on, NaN where nothing changes."""
        signals = Signals(self.prices)
        wanted = np.hstack([signals.entries(rule) for rule in rules])
        unwanted = np.hstack([signals.exits(rule) for rule in rules])
        hold = np.repeat([rule["hold"] for rule in rules], N_MINERS)
        found = np.empty(1, dtype=np.int64)
        chosen = pd.DataFrame.vbt.signals.generate_both(
            wanted.shape, _enter, (wanted, found), _leave, (unwanted, hold, found)
        )
        entries, exits = (frame.to_numpy() for frame in chosen)
        targets = np.full(wanted.shape, np.nan)
        targets[1:][entries[:-1]] = 1.0 / N_MINERS
        targets[1:][exits[:-1]] = 0.0
        return targets


class PlainArrays(OrderArrays):
    """The same arrays with the arguments that the library's documentation gives them."""

    how = (
        "as its documentation writes it: the same target percents to Portfolio.from_orders as "
        "frames, groups with shared cash, call_seq='auto' (what is sold goes before what is "
        "bought), its default engine (numba), fractions of shares; Sharpe and drawdown by the "
        f"portfolio's own methods; {BATCH} combinations a call"
    )
    lacks = (
        *OrderArrays.lacks,
        "whole shares, as it is written here: the final value is another one",
    )
    packages = ("vectorbt", "numba", "numpy", "pandas")

    def _simulated(self, rules: Sequence[Rule]) -> Outcome:
        n, miners = len(rules), self.prices.miners
        index = self.prices.days
        columns = pd.MultiIndex.from_product([range(n), range(N_MINERS)], names=["set", "miner"])
        opens, closes = (
            pd.DataFrame(np.tile(miners[kind], n), index, columns) for kind in ("open", "close")
        )
        portfolio = vectorbt.Portfolio.from_orders(
            closes,
            pd.DataFrame(self._targets(rules), index, columns),
            size_type="targetpercent",
            price=opens,
            fees=COMMISSION,
            init_cash=CASH,
            cash_sharing=True,
            group_by="set",
            call_seq="auto",
            freq="1D",
            engine="numba",
        )
        return self._outcome(portfolio)

    def _outcome(self, portfolio: Any) -> Outcome:
        year = f"{SESSIONS_A_YEAR}D"
        sharpe = portfolio.sharpe_ratio(year_freq=year)
        drawdown, final = portfolio.max_drawdown(), portfolio.final_value()
        fills = int((portfolio.order_records["col"] < N_MINERS).sum())
        of_first = [float(np.atleast_1d(found)[0]) for found in (final, sharpe, drawdown)]
        return Outcome(of_first[0], fills, of_first[1], -of_first[2])

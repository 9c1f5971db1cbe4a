"""What the replay reads: a market and a rule on the rows of one window, and how it logs orders."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

# How an order ended, as logged.
FILLED, MARGIN_ON_SUBMISSION, MARGIN_ON_FILL, WAITING = 1, 2, 3, 4
#: Why it was sent, if to enter; exits as in `strategies.exits`.
ENTRY = 0
# Columns of the order log.
(LOG_DECIDED, LOG_NAME, LOG_SIZE, LOG_STATUS, LOG_ROW, LOG_PRICE, LOG_COST, LOG_REASON) = range(8)
LOG_COLUMNS = 8
# Columns of the path: the log indices and the run.
LN_EQUITY, LN_BASKET, LN_MARKET, RUN = range(4)
PATH = 4


class MarketArrays(NamedTuple):
    """Prices and costs of a run's rows; shape (n_rows, n_names) unless stated.

    `close`, `known` and the cost rates repeat a name's last bar on rows where it has none.
    """

    bars: NDArray[np.int32]  # own bars up to and including the row
    has_bar: NDArray[np.bool_]
    is_settlement: NDArray[np.bool_]
    buy_price: Floats  # fill of a buy at the bar's open, slippage included
    sell_price: Floats
    close: Floats  # what the broker marks with
    known: Floats  # the close at the exchange rate known at the decision
    buy_rate: Floats
    sell_rate: Floats
    levy: Floats
    levy_above: Floats
    impact: Floats
    cost_class: NDArray[np.int32]  # which row of `class_rates` a fill is charged by
    close_sum: Floats  # closes of the sessions that ended before a row; shape (n_rows + 1, n_names)
    short_rate: Floats  # what a short owes of its value a year; shape (n_names,)
    long_rate: Floats  # and a long
    class_rates: Floats  # commission, spread, duty of a buy, conversion; shape (n_classes, 4)
    days: Ints  # UTC calendar day of each row, shape (n_rows,)


class RuleRows(NamedTuple):
    """What a rule declares, on a run's rows; shape (n_rows, n_names) unless stated."""

    measure: Floats  # compared with the thresholds; NaN meets none
    free_measure: Floats  # the same where nothing but the threshold stands against an entry
    lowest: Floats  # the least free measure of a row, NaN where there is none; shape (n_rows,)
    multiplier: Floats  # of a full position
    most_value: Floats  # of an entry, in base currency; infinite for no cap
    direction: Floats  # 1 bought, -1 sold short; shape (n_names,)
    gap: Floats
    path: Floats  # what an exit reads, side by side; shape (n_rows, n_names, PATH)
    beta_metal: Floats
    beta_market: Floats
    half_life: Floats
    volatility: Floats
    spell: Ints  # number of the regime episode from 0, -1 outside
    n_spells: int
    needs_legs: bool = False  # traded as `LegRows` says: `replay_many` refuses to go without


class RowCalendar(NamedTuple):
    """What turns rows into sessions and months.

    Attributes
    ----------
    session_rows : ndarray of shape (n_sessions,), int
        The last row of each UTC date: where a session's equity is read.
    month_ends : ndarray of shape (n_months,), int
        Sessions up to and including each calendar month; months without one repeat the last.
    periods : float
        Sessions a year.
    risk_free : float
        A session, simple.
    """

    session_rows: Ints
    month_ends: Ints
    periods: float
    risk_free: float

"""When a position ends: pure functions that the strategy calls and the replay compiles.

Plain arithmetic of numpy on scalars or arrays, so that one definition serves backtrader, the
compiled replay and the columns of a record.
"""

from __future__ import annotations

from enum import IntEnum
from typing import Any

import numpy as np

# Plain integers: the compiled replay takes these, readers take the names below.
STAY, CAPTURED, STOP, TIME_STOP, DATA_HOLE, THRESHOLD, REGIME, EVENT = range(8)


class Exit(IntEnum):
    """Why a position is closed.

    Engines know a forced exit as ``THRESHOLD``; ``REGIME`` and ``EVENT`` are the record's words
    for what forced it (`RuleArrays.leave_reason`).
    """

    STAY = STAY
    CAPTURED = CAPTURED
    STOP = STOP
    TIME_STOP = TIME_STOP
    DATA_HOLE = DATA_HOLE
    THRESHOLD = THRESHOLD
    REGIME = REGIME
    EVENT = EVENT


def exit_reason(
    anchored_gap: float,
    entry_gap: float,
    trade_return: float,
    held: float,
    measure: float,
    stop: float,
    time_stop: float,
    capture: float,
    leave_above: float,
    leave_below: float,
) -> int:
    """Return why to leave now, or ``STAY``.

    The gap is **anchored**: frozen at entry with its hedge ratios and moved by returns since, so
    that a rolling window dropping an old loss closes nothing. A NaN gap (an input lapsed since
    entry, so that returns cannot be joined) keeps the other exits only.

    Parameters
    ----------
    anchored_gap, entry_gap : float
        Logs; the entry gap is negative.
    trade_return : float
        Last known price over fill price, less 1, times the direction: a short gains by a fall.
    held : float
        The listing's own sessions since the fill.
    measure : float
        The rule's measure now.
    stop : float
        Loss that ends the trade, as a positive fraction; inf or NaN for none.
    time_stop : float
        Sessions after which it ends.
    capture : float
        Share of the entry gap that must have closed; NaN for none.
    leave_above, leave_below : float
        Measures beyond which the trade ends; NaN for none.
    """
    if anchored_gap >= entry_gap * (1.0 - capture):
        return CAPTURED
    if trade_return <= -stop:
        return STOP
    if held >= time_stop:
        return TIME_STOP
    if measure > leave_above or measure < leave_below:
        return THRESHOLD
    return STAY


def time_stop_of(half_life: Any, multiple: float, shortest: float, longest: float) -> Any:
    """Return the sessions a trade may last: half-lives within bounds, NaN where unknown.

    An infinite half-life gets the longest. Rounded to 1e-6 before it is raised to a whole
    number, so that 2 x 31.5 is 63 on every processor.
    """
    sessions = np.ceil(np.rint(multiple * half_life * 1e6) / 1e6)
    return np.minimum(np.maximum(sessions, shortest), longest)


def stop_of(volatility: Any, half_life: Any, multiple: float) -> Any:
    """Return the loss that ends a trade, as a fraction of its fill price, rounded to 1e-10.

    Infinite where the half-life is. NaN, which stops nothing, for a multiple of 0 times that.
    """
    return np.rint(multiple * volatility * np.sqrt(half_life) * 1e10) / 1e10


def anchored_gap(
    entry_gap: float,
    equity: float,
    basket: float,
    market: float,
    beta_metal: float,
    beta_market: float,
) -> float:
    """Return the gap frozen at entry moved by the log returns since, rounded to 1e-10."""
    gap = entry_gap + equity - beta_metal * basket - beta_market * market
    rounded: float = np.rint(gap * 1e10) / 1e10
    return rounded

"""When a position ends: one pure function for the strategy and for the replay."""

from __future__ import annotations

from enum import IntEnum


class Exit(IntEnum):
    """Why a position is closed."""

    STAY = 0
    CAPTURED = 1
    STOP = 2
    TIME_STOP = 3
    DATA_HOLE = 4


def exit_reason(
    *,
    anchored_gap: float,
    entry_gap: float,
    capture: float,
    trade_return: float,
    stop: float,
    sessions_held: int,
    time_stop: float,
) -> int:
    """Return why to leave now, or ``Exit.STAY``.

    The gap is **anchored**: frozen at entry with its hedge ratios and moved by returns since, so
    that a rolling window dropping an old loss closes nothing. A NaN gap (an input lapsed since
    entry, so that returns cannot be joined) keeps the stop and the time stop only.

    Parameters
    ----------
    anchored_gap, entry_gap : float
        Logs; the entry gap is negative.
    capture : float
        Share of the entry gap that must have closed.
    trade_return : float
        Last known price over fill price, less 1.
    stop : float
        Loss that ends the trade, as a positive fraction; inf for none.
    sessions_held, time_stop : int, float
        The listing's own sessions since the fill.
    """
    if anchored_gap >= entry_gap * (1.0 - capture):
        return Exit.CAPTURED
    if trade_return <= -stop:
        return Exit.STOP
    if sessions_held >= time_stop:
        return Exit.TIME_STOP
    return Exit.STAY

"""Missing sessions: what a source owed and did not deliver."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from .clocks import Clock, Times
from .series import Series

#: More missing sessions than this in a row split a series: no return spans them.
HOLE = 5


def missed_before(series: Series) -> NDArray[np.int64]:
    """Return, by row, how many sessions of its clock are missing since the row before.

    Rows the audit masked do not count as missing. The first row has none.
    """
    dates = series.sessions
    calendar = series.clock.sessions(dates[0], dates[-1])
    masked = series.masked.to_numpy().astype("datetime64[D]")
    out = np.zeros(len(dates), dtype=np.int64)
    for sessions, sign in ((calendar, 1), (masked, -1)):
        before = np.searchsorted(sessions, dates[1:], side="left")
        after = np.searchsorted(sessions, dates[:-1], side="right")
        out[1:] += sign * (before - after)
    return np.maximum(out, 0)


def segments(series: Series) -> NDArray[np.int64]:
    """Return the number of holes before each row: returns may join rows of one segment only."""
    return np.cumsum(missed_before(series) > HOLE)


def settlement_sessions(series: Series, end: np.datetime64) -> Times:
    """Return the 6th and 7th missed session of every hole that is known to exist by `end`.

    A position is closed there at the last price: on the first of the two it is decided, on the
    second it fills. Whether the data resume later plays no part, so that the future cannot
    change what happened.
    """
    dates = series.sessions
    clock = series.clock
    masked = series.masked.to_numpy().astype("datetime64[D]")
    last_known = sessions_known_by(clock, dates[-1], end)
    found: list[Times] = []
    for place in np.flatnonzero(missed_before(series) > HOLE):
        gap = clock.sessions(dates[place - 1] + 1, dates[place] - 1)
        found.append(np.setdiff1d(gap, masked)[HOLE : HOLE + 2])
    found.append(np.setdiff1d(last_known, masked)[HOLE : HOLE + 2])
    return np.concatenate(found)


def sessions_known_by(clock: Clock, after: np.datetime64, end: np.datetime64) -> Times:
    """Return the sessions after a date whose close is known by the moment `end`."""
    if end.astype("datetime64[D]") <= after:
        return np.array([], dtype="datetime64[D]")
    sessions = clock.sessions(after + 1, end.astype("datetime64[D]"))
    return sessions[clock.known_at(sessions) <= end]

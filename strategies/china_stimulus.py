"""The China-stimulus regime as a backtrader indicator on any stock feed's own clock."""

from __future__ import annotations

from datetime import datetime, time
from functools import lru_cache
from typing import Any, ClassVar, cast

import backtrader as bt
import numpy as np

from orebound.feeds import china_events, clock

from .parameters import Regime, build, native_params
from .regime import LONG_AGO, ON, Walk, warm_walk

# backtrader's CSV feeds stamp a daily bar with the last moment of its date, frame feeds with the
# first: both are session dates, not times.
END_OF_DAY = time(23, 59, 59)


class ChinaStimulus(bt.Indicator):
    """Say on each bar whether China stimulates, from announcements public by then.

    A bar stamped with a time (UTC) is known at that time. A bar stamped with a date alone is known
    at that session's close on the exchange `mic`. Without `mic` its own stamp is taken at its
    word: a bar at midnight counts only what was public before its date began in UTC, a day late
    for most announcements but never early. Bars of one UTC date form one session.

    Lines
    -----
    score : decayed score, or the sum of the window for ``regime="impulse"``
    state : 1 ON, 0 OFF, -1 TIGHT
    is_on : 1 while ON, else 0

    Examples
    --------
    >>> self.china = ChinaStimulus(self.data)          # doctest: +SKIP
    >>> if self.china.is_on[0]:                        # doctest: +SKIP
    ...     self.buy()
    """

    lines: Any = ("score", "state", "is_on")
    params = (
        *native_params("regime"),
        ("mic", None),  # exchange whose close dates a bar that carries no time, as "XLON"
    )
    plotinfo: ClassVar[dict[str, Any]] = {"subplot": True, "plotname": "China stimulus"}
    plotlines: ClassVar[dict[str, Any]] = {"is_on": {"_plotskip": True}}

    def __init__(self) -> None:
        values = dict(self.p._getkwargs())
        self._mic: str | None = values.pop("mic")
        if self._mic is not None:
            clock(self._mic)
        self._regime = cast(Regime, build("regime", values))
        self._walk: Walk | None = None

    def next(self) -> None:
        score, state = self._step(self.data.datetime[0])
        self.lines.score[0] = score
        self.lines.state[0] = state
        self.lines.is_on[0] = float(state == ON)

    def once(self, start: int, end: int) -> None:
        stamps = self.data.datetime.array
        for place in range(start, end):
            score, state = self._step(stamps[place])
            self.lines.score.array[place] = score
            self.lines.state.array[place] = state
            self.lines.is_on.array[place] = float(state == ON)

    def _step(self, stamp: float) -> tuple[float, int]:
        known_at = known_time(bt.num2date(stamp), self._mic)
        if self._walk is None:
            self._walk = warm_walk(known_at, self._regime, china_events(), self._mic)
        return self._walk.step(known_at)


def known_time(stamp: datetime, mic: str | None) -> np.datetime64:
    """Return the UTC moment at which a bar with this stamp is known."""
    is_date = stamp.time() == time(0) or stamp.time() >= END_OF_DAY
    if mic is None or not is_date:
        return np.datetime64(stamp, "ns")
    date = np.datetime64(stamp.date(), "D")
    known = _closes(mic).get(date)
    return clock(mic).known_at(np.array([date]))[0] if known is None else known


@lru_cache(maxsize=8)
def _closes(mic: str) -> dict[Any, np.datetime64]:
    """Return when each session's close is known, by session date."""
    venue = clock(mic)
    sessions = venue.sessions(LONG_AGO, venue.horizon)
    return dict(zip(sessions, venue.known_at(sessions), strict=True))

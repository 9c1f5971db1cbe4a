"""When each number exists: sessions, opens and closes of exchanges, rings and fixings, in UTC.

Sources: exchange_calendars for session dates, half days and regular hours; the closing auctions,
metal settlement times and fixing times are those of the venues' own rule books.
"""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from functools import cache
from typing import Any

import exchange_calendars
import numpy as np
import pandas as pd
from numpy.typing import NDArray
from pandas.errors import Pandas4Warning

from .errors import ConfigError, unknown_name

FIRST_SESSION = pd.Timestamp("1998-01-01")
NS = "datetime64[ns]"
Times = NDArray[np.datetime64]


@dataclass(frozen=True)
class ClockRule:
    """One venue: whose sessions it keeps, and at which local time its number is known."""

    calendar: str
    timezone: str
    opens: str
    known: str
    auction_minutes: int = 0


# An exchange's own hours come from its calendar, so `known` is only the fallback for rows on days
# that the calendar does not list; `auction_minutes` is the closing auction after its close.
RULES: dict[str, ClockRule] = {
    "XNYS": ClockRule("XNYS", "America/New_York", "09:30", "16:00"),
    "XNAS": ClockRule("XNYS", "America/New_York", "09:30", "16:00"),
    "ARCX": ClockRule("XNYS", "America/New_York", "09:30", "16:00"),
    "XTSE": ClockRule("XTSE", "America/Toronto", "09:30", "16:00"),
    "XLON": ClockRule("XLON", "Europe/London", "08:00", "16:35", 5),
    "XOSL": ClockRule("XOSL", "Europe/Oslo", "09:00", "16:25", 5),
    "XSTO": ClockRule("XSTO", "Europe/Stockholm", "09:00", "17:30"),
    "XETR": ClockRule("XETR", "Europe/Berlin", "09:00", "17:35", 5),
    "XASX": ClockRule("XASX", "Australia/Sydney", "10:00", "16:10", 10),
    "XJSE": ClockRule("XJSE", "Africa/Johannesburg", "09:00", "17:00"),
    "XHKG": ClockRule("XHKG", "Asia/Hong_Kong", "09:30", "16:10", 10),
    "XSHG": ClockRule("XSHG", "Asia/Shanghai", "09:30", "15:00"),
    # LME keeps UK bank holidays; the official prices of all metals are out by the end of the
    # second ring, 13:25 London.
    "LME official": ClockRule("XLON", "Europe/London", "11:40", "13:25"),
    # One conservative time for all COMEX metals: gold settles last, at 13:30 New York.
    "COMEX settlement": ClockRule("XNYS", "America/New_York", "08:20", "13:30"),
    "China day close": ClockRule("XSHG", "Asia/Shanghai", "09:00", "15:00"),
    "Europe close": ClockRule("XETR", "Europe/Berlin", "09:00", "17:40"),
    "FX day end 22:00 UTC": ClockRule("weekdays", "UTC", "00:00", "22:00"),
    "ECB reference 16:00 CET": ClockRule("weekdays", "Europe/Berlin", "16:00", "16:00"),
}

# Oslo traded to 17:20 (auction to 17:30) until Friday 2012-08-03.
OSLO_SHORTER_DAY = np.datetime64("2012-08-06")
OSLO_LONG_DAY_EXTRA = np.timedelta64(65, "m").astype("timedelta64[ns]")


def _local_to_utc(sessions: Times, clock_time: str, timezone: str) -> Times:
    """Return the UTC moment of a local wall-clock time on each session date."""
    dates = pd.DatetimeIndex(sessions.astype(NS)) + pd.Timedelta(f"{clock_time}:00")
    utc = dates.tz_localize(timezone, ambiguous=True, nonexistent="shift_forward").tz_convert("UTC")
    return utc.tz_localize(None).as_unit("ns").to_numpy().copy()


class Clock:
    """The sessions of one venue and the UTC times at which its day opens and its number is known.

    Past the last session that the calendar library knows (``horizon``), all weekdays are taken to
    be sessions; `assumed` says so in words, and a market that comes to it says them once.
    """

    def __init__(self, name: str, rule: ClockRule) -> None:
        self.name = name
        self.rule = rule
        self._dates, self._opens, self._closes = _schedule(rule.calendar)
        self.horizon: np.datetime64 = self._dates[-1]

    def __repr__(self) -> str:
        return f"Clock({self.name!r})"

    @property
    def is_exchange(self) -> bool:
        """Whether the venue's own open and close come from an exchange calendar."""
        return self.name == self.rule.calendar or self.name in ("XNAS", "ARCX")

    def sessions(self, first: Any, last: Any) -> Times:
        """Return the session dates from `first` to `last`, both included, as datetime64[D]."""
        first, last = np.datetime64(first, "D"), np.datetime64(last, "D")
        lo, hi = np.searchsorted(self._dates, [first, last + 1])
        dates = self._dates[lo:hi]
        if last > self.horizon:
            tail = np.arange(max(first, self.horizon + 1), last + 1)
            dates = np.concatenate([dates, tail[np.is_busday(tail)]])
        return dates

    def assumed(self, last: Any) -> str:
        """Return the words for sessions up to `last` that no calendar knows, empty where none."""
        last = np.datetime64(last, "D")
        if last <= self.horizon:
            return ""
        return (
            f"the {self.rule.calendar} calendar ends on {self.horizon}: all weekdays after it, up "
            f"to {last}, are taken to be sessions (a newer exchange_calendars may know better)"
        )

    def today(self) -> np.datetime64:
        """Return the date that the venue's own wall clock shows now."""
        now = pd.Timestamp.now(self.rule.timezone)
        return np.datetime64(f"{now:%Y-%m-%d}", "D")

    def opened_at(self, sessions: Times) -> Times:
        """Return the UTC open of each session; a fixing opens when it is known."""
        fallback = _local_to_utc(sessions, self.rule.opens, self.rule.timezone)
        return self._own(sessions, self._opens, fallback) if self.is_exchange else fallback

    def known_at(self, sessions: Times) -> Times:
        """Return the UTC moment at which each session's closing number exists."""
        known = _local_to_utc(sessions, self.rule.known, self.rule.timezone)
        if self.is_exchange:
            auction = np.timedelta64(self.rule.auction_minutes, "m").astype("timedelta64[ns]")
            known = self._own(sessions, self._closes + auction, known)
        if self.name == "XOSL":
            known[sessions < OSLO_SHORTER_DAY] += OSLO_LONG_DAY_EXTRA
        return known

    def is_session(self, dates: Times) -> NDArray[np.bool_]:
        """Tell which dates are sessions; dates outside the calendar count as weekdays do."""
        dates = dates.astype("datetime64[D]")
        place = np.clip(np.searchsorted(self._dates, dates), 0, len(self._dates) - 1)
        listed = self._dates[place] == dates
        outside = (dates < self._dates[0]) | (dates > self.horizon)
        return np.where(outside, np.is_busday(dates), listed)

    def _own(self, sessions: Times, times: Times, fallback: Times) -> Times:
        dates = sessions.astype("datetime64[D]")
        place = np.clip(np.searchsorted(self._dates, dates), 0, len(self._dates) - 1)
        return np.where(self._dates[place] == dates, times[place], fallback)


@cache
def _schedule(calendar: str) -> tuple[Times, Times, Times]:
    """Return session dates with their UTC opens and closes, ascending."""
    if calendar == "weekdays":
        days = np.arange(FIRST_SESSION.to_datetime64().astype("datetime64[D]"), "2040-01-01")
        dates = days[np.is_busday(days)]
        return dates, dates.astype(NS), dates.astype(NS)
    factory = exchange_calendars.calendar_utils._default_calendar_factories[calendar]
    last = factory.bound_max() or pd.Timestamp("2030-12-31")
    first = max(FIRST_SESSION, factory.bound_min() or FIRST_SESSION)
    schedule = _built(calendar, first, last)
    dates = schedule.index.to_numpy().astype("datetime64[D]")
    opens, closes = (
        schedule[side].dt.tz_convert("UTC").dt.tz_localize(None).to_numpy().astype(NS)
        for side in ("open", "close")
    )
    return dates, opens, closes


def _built(calendar: str, first: pd.Timestamp, last: pd.Timestamp) -> pd.DataFrame:
    """Return the library's own schedule of a calendar."""
    with warnings.catch_warnings():
        # exchange_calendars 4.13 calls what pandas 4 will drop; what it gets from them is right.
        for call in ("Series.values returning an ndarray that drops", "DatetimeIndex.weekday is"):
            warnings.filterwarnings("ignore", call, Pandas4Warning)
        schedule: pd.DataFrame = exchange_calendars.get_calendar(
            calendar, start=first, end=last
        ).schedule
    return schedule


@cache
def clock(name: str) -> Clock:
    """Return the clock of a venue by MIC or by the name of its fixing.

    Raises
    ------
    ConfigError
        If no such clock is known; the message lists the close names.
    """
    if name not in RULES:
        raise ConfigError(unknown_name("exchange or clock", name, RULES))
    return Clock(name, RULES[name])

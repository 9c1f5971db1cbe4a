"""Dates on which a decision was expected, as they stood at each moment.

A date counts from the moment it became public, and until it passed or was withdrawn; that it
passed says nothing of what was decided (on 2025-04-02 the awaited clarity was a shock). What was
decided is an event of the trade table.
"""

from __future__ import annotations

import csv
from dataclasses import dataclass, fields, replace
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..clocks import NS, Clock, Times
from ..errors import DataRefused
from .events import REFERENCE

COLUMNS = ("id", "known_utc", "date", "withdrawn_utc", "scope", "confidence", "source", "desc")
NEVER = np.datetime64("NaT", "ns")
#: Another future has its decisions so many days later.
MOVED = np.timedelta64(45, "D")


@dataclass(frozen=True, eq=False)
class ScheduledEvents:
    """Expected decisions, ascending by `known_at`.

    Attributes
    ----------
    ids, scope, confidence, description : tuple of str
        `scope` as of trade events: steel, aluminium, copper, china, all, comma between several.
    known_at : ndarray of datetime64[ns]
        UTC moment at which the date became public.
    date : ndarray of datetime64[D]
        Local day of the expected decision.
    withdrawn_at : ndarray of datetime64[ns]
        UTC moment from which it was expected no more; NaT where it never was withdrawn.
    """

    ids: tuple[str, ...]
    known_at: Times
    date: Times
    withdrawn_at: Times
    scope: tuple[str, ...]
    confidence: tuple[str, ...]
    description: tuple[str, ...]

    def __len__(self) -> int:
        return len(self.ids)

    def until(self, time: Any) -> ScheduledEvents:
        """Return what was public at a UTC time: later dates unknown, later withdrawals too."""
        moment = np.datetime64(time, "ns")
        kept = self.where(self.known_at <= moment)
        is_gone = kept.withdrawn_at <= moment
        return replace(kept, withdrawn_at=np.where(is_gone, kept.withdrawn_at, NEVER))

    def where(self, chosen: NDArray[np.bool_]) -> ScheduledEvents:
        """Return the chosen dates, in order."""
        places = np.flatnonzero(chosen)
        parts: dict[str, Any] = {}
        for field in fields(self):
            values = getattr(self, field.name)
            is_array = isinstance(values, np.ndarray)
            parts[field.name] = values[places] if is_array else tuple(values[i] for i in places)
        return replace(self, **parts)

    def reversed_after(self, time: Any) -> ScheduledEvents:
        """Return another future: later dates are others, and what is withdrawn later is not.

        A date that was public by then and never was withdrawn is withdrawn a second later.
        """
        moment = np.datetime64(time, "ns")
        later = self.known_at > moment
        is_gone = self.withdrawn_at <= moment  # NaT is never
        is_kept = np.isnat(self.withdrawn_at) & ~later
        moved = np.where(is_kept, moment + np.timedelta64(1, "s"), NEVER)
        return replace(
            self,
            date=np.where(later, self.date + MOVED, self.date),
            withdrawn_at=np.where(is_gone, self.withdrawn_at, moved),
        )


def read_scheduled(path: Path) -> ScheduledEvents:
    """Return the expected decisions of a table in the form of the shipped one.

    Raises
    ------
    DataRefused
        If a column is absent, a cell cannot be read, or a date lies before the day on which it
        became public; the message names file, row and column.
    """
    with path.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    for line, row in enumerate(rows, 2):
        for column in COLUMNS:
            if row.get(column) is None:
                raise DataRefused(f"{path.name}, row {line}: column {column!r} is missing")
    known = np.array([_time(path, row, i, "known_utc") for i, row in enumerate(rows, 2)], dtype=NS)
    gone = np.array(
        [_time(path, row, i, "withdrawn_utc") for i, row in enumerate(rows, 2)], dtype=NS
    )
    dates = np.array(
        [_time(path, row, i, "date") for i, row in enumerate(rows, 2)], dtype="datetime64[D]"
    )
    for place in np.flatnonzero(dates < known.astype("datetime64[D]")):
        raise DataRefused(
            f"{path.name}, row {place + 2}, column 'date': {dates[place]} lies before the day on "
            f"which it became public ({known[place].astype('datetime64[D]')})"
        )
    order = np.argsort(known, kind="stable")
    return ScheduledEvents(
        ids=tuple(rows[i]["id"] for i in order),
        known_at=known[order],
        date=dates[order],
        withdrawn_at=gone[order],
        scope=tuple(rows[i]["scope"] for i in order),
        confidence=tuple(rows[i]["confidence"] for i in order),
        description=tuple(rows[i]["desc"] for i in order),
    )


@lru_cache(maxsize=1)
def scheduled_events() -> ScheduledEvents:
    """Return the dates on which US trade decisions on metals were expected, since 2018."""
    return read_scheduled(REFERENCE / "scheduled_events.csv")


def awaited(
    scheduled: ScheduledEvents, clock: Clock, sessions: Times, days_before: int
) -> NDArray[np.bool_]:
    """Return on which sessions each expected decision is near, shape (n_sessions, n_dates).

    Near is: known by the session's close, not withdrawn by it, the day itself not over, and at
    most `days_before` sessions left up to and including the day. The day itself is near, because
    its news may come after the close; the first session after it is not.

    Parameters
    ----------
    sessions : ndarray of datetime64[D]
        Sessions of the clock.
    """
    near = np.zeros((len(sessions), len(scheduled)), dtype=bool)
    if not len(sessions) or not len(scheduled) or days_before < 1:
        return near
    days = sessions.astype("datetime64[D]")
    # Exchanges announce their holidays years ahead: the sessions left are known.
    ahead = clock.sessions(days[0], max(days[-1], scheduled.date.max()))
    closes = clock.known_at(days)
    place = np.searchsorted(ahead, days, side="right")
    for column in range(len(scheduled)):
        left = np.searchsorted(ahead, scheduled.date[column], side="right") - place
        is_known = closes >= scheduled.known_at[column]
        is_gone = closes >= scheduled.withdrawn_at[column]  # NaT compares as never
        is_ahead = days <= scheduled.date[column]
        near[:, column] = is_known & ~is_gone & is_ahead & (left <= days_before)
    return near


def _time(path: Path, row: dict[str, str], line: int, column: str) -> np.datetime64:
    text = row[column]
    if column == "withdrawn_utc" and not text:
        return NEVER
    try:
        return np.datetime64(text.removesuffix("Z"), "D" if column == "date" else "ns")
    except ValueError:
        accepted = "2025-04-02" if column == "date" else "2025-02-15T04:59Z"
        raise DataRefused(
            f"{path.name}, row {line}, column {column!r}: expected a time such as {accepted}, "
            f"got {text!r}"
        ) from None

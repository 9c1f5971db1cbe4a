"""Dates on which a decision was due, as they were known beforehand."""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..clocks import NS, Times

#: Another future has its decisions so many days later.
MOVED = np.timedelta64(45, "D")


@dataclass(frozen=True, eq=False)
class ScheduledEvents:
    """Scheduled decisions, ascending by `known_at`; a date is used only from then on.

    Attributes
    ----------
    ids, scope, confidence, description : tuple of str
    known_at : ndarray of datetime64[ns]
        UTC moment at which the date became public.
    date : ndarray of datetime64[D]
        When the decision is due.
    """

    ids: tuple[str, ...]
    known_at: Times
    date: Times
    scope: tuple[str, ...]
    confidence: tuple[str, ...]
    description: tuple[str, ...]

    def __len__(self) -> int:
        return len(self.ids)

    def until(self, time: Any) -> ScheduledEvents:
        """Return the dates that were public at a UTC time, that moment included."""
        return self.where(self.known_at <= np.datetime64(time, "ns"))

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
        """Return the dates with those published later moved, as another future has them."""
        later = self.known_at > np.datetime64(time, "ns")
        return replace(self, date=np.where(later, self.date + MOVED, self.date))


@lru_cache(maxsize=1)
def scheduled_events() -> ScheduledEvents:
    """Return the scheduled decisions that are shipped: none yet."""
    nothing: tuple[str, ...] = ()
    days = np.array([], dtype="datetime64[D]")
    return ScheduledEvents(nothing, np.array([], dtype=NS), days, nothing, nothing, nothing)

"""What is compared of a known series: its level, changes and ranks, in the vintage of each day."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable
from functools import lru_cache
from itertools import pairwise
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from orebound.feeds import KnownSeries

from ..rolling import Array

DECIMALS = 10


class History(NamedTuple):
    """What was known of a series at one moment: each period's last vintage, ascending."""

    months: list[int]
    values: list[float]
    step: int  # months from one period to the next; 0 where a month holds several

    def back(self, count: int) -> float:
        """Return the value `count` observations before the last one, NaN where there is none.

        Of a monthly or slower series the period that many steps earlier must itself be known: a
        hole is no shorter past.
        """
        if len(self.values) <= count:
            return np.nan
        if not self.step:
            return self.values[-1 - count]
        return self.at(self.months[-1] - count * self.step)

    def at(self, month: int) -> float:
        """Return the last value of a month counted from 1970, NaN where there is none."""
        place = bisect_left(self.months, month + 1) - 1
        return self.values[place] if place >= 0 and self.months[place] == month else np.nan

    def last(self, count: int) -> Array:
        """Return the last `count` values, NaN where one is missing."""
        if self.step:
            return np.array([self.back(k) for k in range(count - 1, -1, -1)])
        missing = max(count - len(self.values), 0)
        return np.array([np.nan] * missing + self.values[len(self.values) - count + missing :])


def _level(past: History, _count: int) -> float:
    return past.values[-1]


def _change(past: History, count: int) -> float:
    return past.values[-1] - past.back(count)


def _yoy(past: History, _count: int) -> float:
    before = past.at(past.months[-1] - 12)
    return past.values[-1] / before - 1.0 if before > 0.0 else np.nan


def _percentile(past: History, count: int) -> float:
    """Share of the other values of the window that lie below the last one; ties count half."""
    window = past.last(count)
    if np.isnan(window).any():
        return np.nan
    below, ties = np.sum(window < window[-1]), np.sum(window == window[-1]) - 1
    return float((below + 0.5 * ties) / (count - 1))


def _z(past: History, count: int) -> float:
    window = past.last(count)
    deviation = float(np.std(window, ddof=1))
    return float((window[-1] - window.mean()) / deviation) if deviation > 0.0 else np.nan


def _impulse(past: History, _count: int) -> float:
    """Change over 12 months of the sum of 12 months, over that sum before (Biggs 2008)."""
    window = past.last(24)
    before, now = float(window[:12].sum()), float(window[12:].sum())
    return (now - before) / before if past.step == 1 and before > 0.0 else np.nan


FORMS: dict[str, Callable[[History, int], float]] = {
    "level": _level,
    "change": _change,
    "percentile": _percentile,
    "z": _z,
    "yoy": _yoy,
    "impulse": _impulse,
}
#: Forms that take a number of observations, with the least of each.
WITH_COUNT = {"change": 1, "percentile": 2, "z": 3}


@lru_cache(maxsize=256)
def by_release(
    series: KnownSeries, form: str, count: int = 0
) -> tuple[NDArray[np.datetime64], Array]:
    """Return a form of a series at each moment of release, from what was public by then.

    ==============  =================================================================
    ``level``       the last period's value
    ``changeN``     less the value N observations before
    ``percentileN`` share of the other N - 1 last values below it, ties half
    ``zN``          distance from the mean of the last N, in standard deviations
    ``yoy``         over the value of the month a year before, less 1
    ``impulse``     change over 12 months of the sum of 12 months, as a share of it
    ==============  =================================================================

    A revision changes what is seen from its own release on, in every place that the form reads,
    and nothing before.

    Returns
    -------
    times : ndarray of datetime64[ns], shape (n_moments,)
        Distinct, ascending.
    values : ndarray of shape (n_moments,)
        NaN where the past is too short or a period it needs is missing; rounded to 1e-10.
    """
    times, out = at_releases(series, lambda past: FORMS[form](past, count))
    return times, np.round(out, DECIMALS)


def at_releases(
    series: KnownSeries, of: Callable[[History], float]
) -> tuple[NDArray[np.datetime64], Array]:
    """Return a figure of a series at each distinct moment of release, from what was public then.

    Parameters
    ----------
    of : callable
        Of the history as it stood; it must not keep it.
    """
    times = np.unique(series.release_utc)
    ends = np.searchsorted(series.release_utc, times, side="right")
    days = series.ref_period.astype("datetime64[D]")
    periods: list[int] = []
    months: list[int] = []
    values: list[float] = []
    month_of = days.astype("datetime64[M]").astype(np.int64).tolist()
    day_of, value_of = days.astype(np.int64).tolist(), series.value.tolist()
    out = np.full(len(times), np.nan)
    begin, step = 0, 0
    for k, end in enumerate(ends.tolist()):
        for row in range(begin, end):
            place = bisect_left(periods, day_of[row])
            if place < len(periods) and periods[place] == day_of[row]:
                values[place] = value_of[row]
                continue
            periods.insert(place, day_of[row])
            months.insert(place, month_of[row])
            values.insert(place, value_of[row])
            step = _step(months, place, step)
        begin = end
        out[k] = of(History(months, values, step))
    return times, out


def _step(months: list[int], place: int, before: int) -> int:
    """Return the least distance of two periods in months, one having joined; 0 if within one."""
    if len(months) < 2:
        return 0
    around = months[max(place - 1, 0) : place + 2]
    nearest = min(after - earlier for earlier, after in pairwise(around))
    return nearest if len(months) == 2 else min(before, nearest)

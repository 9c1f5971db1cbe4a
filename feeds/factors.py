"""Series joined as of a moment: metals, the market factor and exchange rates."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .clocks import NS, Times
from .errors import DataRefused
from .holes import segments
from .series import Series

Array = NDArray[np.float64]
#: A closed market is not stale, but nothing older than this is fresh.
MAX_AGE = np.timedelta64(10, "D").astype("timedelta64[ns]")
#: Stands for the sessions missed by an input that is older than that.
TOO_OLD = 999
LONG_AGO = np.datetime64("1900-01-01", "ns")


@dataclass(frozen=True)
class AsOf:
    """One series as it was known at each of a list of moments.

    Attributes
    ----------
    value : ndarray of shape (n_rows,)
        Last close known, NaN before the first.
    known_at : ndarray of shape (n_rows,), datetime64[ns]
        When it became known; NaT before the first.
    missed : ndarray of shape (n_rows,), int
        Sessions of its own clock that should have been known since; a closed market misses none.
    is_old : ndarray of shape (n_rows,), bool
        More than 10 calendar days have passed.
    segment : ndarray of shape (n_rows,), int
        Holes so far; -1 before the first row. A return may not join two segments.
    """

    value: Array
    known_at: Times
    missed: NDArray[np.int64]
    is_old: NDArray[np.bool_]
    segment: NDArray[np.int64]


def as_of(series: Series, times: Times) -> AsOf:
    """Return what was known of a series at each moment, its own clock deciding."""
    clock, dates = series.clock, series.sessions
    known = clock.known_at(dates)
    place = np.searchsorted(known, times, side="right") - 1
    has = place >= 0
    row = np.maximum(place, 0)
    close = series.frame["close"].to_numpy()
    calendar = clock.sessions(dates[0], times[-1].astype("datetime64[D]"))
    due = np.searchsorted(clock.known_at(calendar), times, side="right")
    seen = np.searchsorted(calendar, dates, side="right")[row]
    return AsOf(
        value=np.where(has, close[row], np.nan),
        known_at=np.where(has, known[row], np.datetime64("NaT", "ns")),
        missed=np.where(has, np.maximum(due - seen, 0), 0),
        is_old=has & (times - known[row] > MAX_AGE),
        segment=np.where(has, segments(series)[row], -1),
    )


class ExchangeRates:
    """Base currency per unit of another, from pairs quoted either way round.

    A pair is found under its plain name (``GBPUSD``: USD per GBP; ``USDNOK``: NOK per USD).
    """

    def __init__(self, pairs: dict[str, Series], base: str) -> None:
        self.pairs = pairs
        self.base = base

    def pair_of(self, currency: str) -> tuple[Series, bool]:
        """Return the pair that converts a currency and whether it must be inverted."""
        for name, inverted in ((f"{currency}{self.base}", False), (f"{self.base}{currency}", True)):
            if name in self.pairs:
                return self.pairs[name], inverted
        raise DataRefused(
            f"no exchange rate from {currency} to {self.base}: "
            f"a series {currency}{self.base} or {self.base}{currency} is needed"
        )

    def known(self, currency: str, times: Times) -> AsOf:
        """Return the rate last known at each moment."""
        if currency == self.base:
            return _constant(times)
        pair, inverted = self.pair_of(currency)
        found = as_of(pair, times)
        value = 1.0 / found.value if inverted else found.value
        return AsOf(value, found.known_at, found.missed, found.is_old, found.segment)

    def of_session(self, currency: str, sessions: Times) -> Array:
        """Return the rate of each session date, the last one before where it has none."""
        if currency == self.base:
            return np.ones(len(sessions))
        pair, inverted = self.pair_of(currency)
        place = np.searchsorted(pair.sessions, sessions, side="right") - 1
        close = pair.frame["close"].to_numpy()
        rate = np.where(place >= 0, close[np.maximum(place, 0)], np.nan)
        return 1.0 / rate if inverted else rate


def in_base(series: Series, rates: ExchangeRates, times: Times) -> AsOf:
    """Return a series as of each moment in base currency, at the rate known at that moment.

    The exchange rate's own holes, age and missed sessions count as the series' own.
    """
    own = as_of(series, times)
    rate = rates.known(series.facts.currency, times)
    return AsOf(
        value=own.value * rate.value,
        known_at=np.maximum(own.known_at, rate.known_at),
        missed=np.maximum(own.missed, rate.missed),
        is_old=own.is_old | rate.is_old,
        segment=np.where((own.segment < 0) | (rate.segment < 0), -1, own.segment + rate.segment),
    )


def _constant(times: Times) -> AsOf:
    n = len(times)
    return AsOf(
        value=np.ones(n),
        known_at=np.full(n, LONG_AGO, dtype=NS),
        missed=np.zeros(n, dtype=np.int64),
        is_old=np.zeros(n, dtype=bool),
        segment=np.zeros(n, dtype=np.int64),
    )

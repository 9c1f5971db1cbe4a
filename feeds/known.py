"""Series whose numbers became public later than the period they speak of."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .clocks import Times

Array = NDArray[np.float64]
DAY = np.timedelta64(1, "D").astype("timedelta64[ns]")
#: Joins the name of a series and of the issuer whose numbers it holds.
OF_ISSUER = "@"


@dataclass(frozen=True, eq=False)
class KnownSeries:
    """Numbers with the moment at which each became public, ascending by it.

    Attributes
    ----------
    name : str
        ``NAME@ISSUER`` of a file that holds several issuers.
    ref_period : ndarray of datetime64[D]
        What the number speaks of; a later row of the same period is a revision.
    release_utc : ndarray of datetime64[ns]
    value : ndarray of float
    sha256, file : str
    blanks : int
        Rows of the file that hold a period and no number.
    release_rule : str
        Rule that dated the rows, empty where the file did.
    """

    name: str
    ref_period: Times
    release_utc: Times
    value: Array
    sha256: str = ""
    file: str = ""
    blanks: int = 0
    release_rule: str = ""

    def __len__(self) -> int:
        return len(self.value)

    def until(self, time: Any) -> KnownSeries:
        """Return what was public at a UTC time, that moment included."""
        return self.where(self.release_utc <= np.datetime64(time, "ns"))

    def where(self, chosen: NDArray[np.bool_]) -> KnownSeries:
        """Return the chosen rows, in order."""
        return replace(
            self,
            ref_period=self.ref_period[chosen],
            release_utc=self.release_utc[chosen],
            value=self.value[chosen],
        )

    def other_after(self, time: Any, generator: np.random.Generator) -> KnownSeries:
        """Return another future: what became public later is drawn anew around what was."""
        later = self.release_utc > np.datetime64(time, "ns")
        scale = float(np.std(self.value)) or 1.0
        drawn = self.value + generator.normal(0.0, 3.0 * scale, len(self))
        return replace(self, value=np.where(later, drawn, self.value))


@dataclass(frozen=True, eq=False)
class KnownAsOf:
    """What was public of a series at each of a list of moments; shape (n_rows,).

    Attributes
    ----------
    value : ndarray of float
        Of the latest period released, in its last vintage; NaN before the first.
    ref_period : ndarray of datetime64[D]
        NaT before the first.
    released : ndarray of datetime64[ns]
    age_days : ndarray of float
        Days since the release.
    history : KnownSeries
        Every row with its release: what was known at a moment is ``history.until(moment)``.
    """

    value: Array
    ref_period: Times
    released: Times
    age_days: Array
    history: KnownSeries


def known_as_of(series: KnownSeries, times: Times) -> KnownAsOf:
    """Return what was public of a series at each moment, ascending."""
    n = len(times)
    place = np.full(n, -1, np.int64)
    latest, row = np.datetime64("NaT", "D"), -1
    due = np.searchsorted(times, series.release_utc, side="left")
    for k in range(len(series)):
        # A revision of an older period moves nothing that is looked at.
        if np.isnat(latest) or series.ref_period[k] >= latest:
            latest, row = series.ref_period[k], k
        place[due[k] :] = row
    has = place >= 0
    at = np.maximum(place, 0)
    nothing = len(series) == 0
    value = np.full(n, np.nan) if nothing else np.where(has, series.value[at], np.nan)
    nat = np.datetime64("NaT", "ns")
    released = np.full(n, nat) if nothing else np.where(has, series.release_utc[at], nat)
    never = np.datetime64("NaT", "D")
    period = np.full(n, never) if nothing else np.where(has, series.ref_period[at], never)
    return KnownAsOf(value, period, released, (times - released) / DAY, series)

"""Series whose numbers became public later than the period they speak of."""

from __future__ import annotations

import csv
import io
from dataclasses import dataclass, replace
from hashlib import sha256
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .clocks import NS, Times
from .errors import ConfigError, DataRefused, unknown_name
from .sources.door import read_regular

Array = NDArray[np.float64]
COLUMNS = ("ref_period", "release_utc", "value")
#: Rules by which a file without `release_utc` says when its numbers became public; none yet.
RELEASE_RULES: tuple[str, ...] = ()
DAY = np.timedelta64(1, "D").astype("timedelta64[ns]")


@dataclass(frozen=True, eq=False)
class KnownSeries:
    """Numbers with the moment at which each became public, ascending by it.

    Attributes
    ----------
    name : str
    ref_period : ndarray of datetime64[D]
        What the number speaks of; a later row of the same period is a revision.
    release_utc : ndarray of datetime64[ns]
    value : ndarray of float
    sha256, file : str
    """

    name: str
    ref_period: Times
    release_utc: Times
    value: Array
    sha256: str = ""
    file: str = ""

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


def read_known(path: str | Path, name: str, *, column: str = "", release: str = "") -> KnownSeries:
    """Return a series from a CSV file with the columns ``ref_period, release_utc, value``.

    Parameters
    ----------
    column : str
        Column of the values, ``value`` where empty.
    release : str
        Rule by which a file without ``release_utc`` dates its numbers.

    Raises
    ------
    ConfigError, DataRefused
        Naming file, row and column.
    """
    path = Path(path)
    if release:
        raise ConfigError(unknown_name(f"rule of release of {name}", release, RELEASE_RULES))
    payload = read_regular(path)
    rows = list(csv.DictReader(io.StringIO(payload.decode("utf-8-sig"))))
    wanted = (*COLUMNS[:2], column or COLUMNS[2])
    for needed in wanted:
        if rows and needed not in rows[0]:
            raise DataRefused(
                f"{path.name}: column {needed!r} is missing; accepted: {','.join(wanted)}"
            )
    if not rows:
        raise DataRefused(
            f"{path.name}: no rows; accepted: a header and rows of {','.join(wanted)}"
        )
    period, release_utc, value = (
        [_parsed(path, line, name, row[name]) for line, row in enumerate(rows, 2)]
        for name in wanted
    )
    times = np.array(release_utc, NS)
    order = np.argsort(times, kind="stable")
    return KnownSeries(
        name=name,
        ref_period=np.array(period, "datetime64[D]")[order],
        release_utc=times[order],
        value=np.array(value, np.float64)[order],
        sha256=sha256(payload).hexdigest(),
        file=path.name,
    )


def _parsed(path: Path, line: int, column: str, text: str | None) -> Any:
    text = (text or "").strip()
    try:
        if column == "ref_period":
            found: Any = np.datetime64(text, "D")
        elif column == "release_utc":
            found = np.datetime64(text.removesuffix("Z"), "ns")
        else:
            found = float(text)
    except ValueError:
        found = np.datetime64("NaT")
    is_bad = not np.isfinite(found)
    if is_bad:
        kind = {"ref_period": "a date", "release_utc": "a UTC time"}.get(column, "a finite number")
        raise DataRefused(
            f"{path.name}, row {line}, column {column!r}: accepted: {kind}, got {text!r}"
        )
    return found

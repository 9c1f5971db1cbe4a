"""Policy events as arrays, ordered by the moment at which each became public.

The two tables under ``feeds/reference`` are compiled from public announcements. Their intensities
were assigned in 2026, so any result that uses them is in-sample; the column ``mechanical`` holds
what a fixed rule gives without judgement: reserve ratio bp/50 (targeted cuts half), benchmark rate
bp/25, repo or lending facility bp/10, loan prime rate bp/15 when it moves alone, fiscal measures
of stated size as new % of GDP (refinancing a quarter), and 0 for stance, property, liquidity,
commodity and regulatory news and for plans without a size.
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
from ..errors import ConfigError, DataRefused

REFERENCE = Path(__file__).resolve().parent.parent / "reference"

#: Names that the two tables give to the same thing; columns not listed are never read, above all
#: the effective date: a cut counts when it is announced.
COLUMNS: dict[str, dict[str, str]] = {
    "china": {"kind": "kind", "intensity": "intensity", "mechanical": "mechanical", "size": "size"},
    "trade": {"kind": "stage", "intensity": "d_overhang", "mechanical": "d_overhang"}
    | {"size": "scope"},
}
Weights = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class PolicyEvents:
    """Announcements, ascending by `known_at`.

    Attributes
    ----------
    ids, kind, size, description, confidence : tuple of str
        For trade events `kind` is the stage and `size` the scope (which metals, china or all).
    known_at : ndarray of datetime64[ns]
        UTC moment of publication; where the hour is unknown, the last minute of the local day.
    intensity, mechanical : ndarray of float
        Signed strength, with and without judgement.
    """

    ids: tuple[str, ...]
    known_at: Times
    kind: tuple[str, ...]
    size: tuple[str, ...]
    intensity: Weights
    mechanical: Weights
    confidence: tuple[str, ...]
    description: tuple[str, ...]

    def __len__(self) -> int:
        return len(self.ids)

    def until(self, time: Any) -> PolicyEvents:
        """Return the events that were public at a UTC time, that moment included."""
        return self.where(self.known_at <= np.datetime64(time, "ns"))

    def where(self, chosen: NDArray[np.bool_]) -> PolicyEvents:
        """Return the chosen events, in order."""
        places = np.flatnonzero(chosen)
        parts: dict[str, Any] = {}
        for field in fields(self):
            values = getattr(self, field.name)
            is_array = isinstance(values, np.ndarray)
            parts[field.name] = values[places] if is_array else tuple(values[i] for i in places)
        return replace(self, **parts)

    def reversed_after(self, time: Any) -> PolicyEvents:
        """Return the events with the intensities of those published later reversed."""
        later = self.known_at > np.datetime64(time, "ns")
        return replace(
            self,
            intensity=np.where(later, -self.intensity, self.intensity),
            mechanical=np.where(later, -self.mechanical, self.mechanical),
        )

    def weights(self, judgement: bool) -> Weights:
        """Return the intensities with judgement, or by the mechanical rule alone."""
        return self.intensity if judgement else self.mechanical


def read_events(path: Path, table: str = "china") -> PolicyEvents:
    """Return the events of a table in the form of the shipped ones (``china`` or ``trade``).

    Raises
    ------
    DataRefused
        If a column is absent or a cell cannot be read; the message names file, row and column.
    """
    names = COLUMNS[table]
    with path.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    times = np.array([_time(path, row, line) for line, row in enumerate(rows, 2)], dtype=NS)
    order = np.argsort(times, kind="stable")
    return PolicyEvents(
        ids=_texts(path, rows, "id", order),
        known_at=times[order],
        kind=_texts(path, rows, names["kind"], order),
        size=_texts(path, rows, names["size"], order),
        intensity=_numbers(path, rows, names["intensity"], order),
        mechanical=_numbers(path, rows, names["mechanical"], order),
        confidence=_texts(path, rows, "confidence", order),
        description=_texts(path, rows, "desc", order),
    )


@lru_cache(maxsize=1)
def china_events() -> PolicyEvents:
    """Return China's easing (+) and tightening (-) announcements since December 2007."""
    return read_events(REFERENCE / "china_policy_events.csv", "china")


@lru_cache(maxsize=1)
def trade_events() -> PolicyEvents:
    """Return US trade policy announcements on metals since 2017; + adds overhang, - lifts it."""
    return read_events(REFERENCE / "trade_policy_events.csv", "trade")


def first_session(events: PolicyEvents, clock: Clock) -> Times:
    """Return the session at whose close each event first counts, as datetime64[D].

    That is the first session of the clock whose number is known at or after the announcement, so
    an event between two closes belongs to the later one.

    Raises
    ------
    ConfigError
        If the clock's calendar begins after the first event.
    """
    if not len(events):
        return np.array([], dtype="datetime64[D]")
    days = events.known_at.astype("datetime64[D]")
    # A month covers the longest closure of any exchange in the rules.
    sessions = clock.sessions(days[0] - 31, days[-1] + 31)
    if not len(sessions) or sessions[0] > days[0]:
        raise ConfigError(f"the sessions of {clock.name} begin after the first event ({days[0]})")
    return sessions[np.searchsorted(clock.known_at(sessions), events.known_at, side="left")]


def _cell(path: Path, row: dict[str, str], line: int, column: str) -> str:
    if row.get(column) is None:
        raise DataRefused(f"{path.name}, row {line}: column {column!r} is missing")
    return row[column]


def _time(path: Path, row: dict[str, str], line: int) -> np.datetime64:
    text = _cell(path, row, line, "avail_utc")
    try:
        return np.datetime64(text.removesuffix("Z"), "ns")
    except ValueError:
        raise DataRefused(
            f"{path.name}, row {line}, column 'avail_utc': expected a UTC time such as "
            f"2024-09-24T01:00Z, got {text!r}"
        ) from None


def _texts(
    path: Path, rows: list[dict[str, str]], column: str, order: NDArray[np.intp]
) -> tuple[str, ...]:
    return tuple(_cell(path, rows[i], int(i) + 2, column) for i in order)


def _numbers(
    path: Path, rows: list[dict[str, str]], column: str, order: NDArray[np.intp]
) -> Weights:
    values = []
    for place, text in zip(order, _texts(path, rows, column, order), strict=True):
        try:
            values.append(float(text))
        except ValueError:
            raise DataRefused(
                f"{path.name}, row {int(place) + 2}, column {column!r}: expected a number, "
                f"got {text!r}"
            ) from None
        if not np.isfinite(values[-1]):
            raise DataRefused(
                f"{path.name}, row {int(place) + 2}, column {column!r}: expected a finite number"
            )
    return np.array(values, dtype=float)

"""Published views on the sector: when each was public, what it said and which names it picked."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np

from ..errors import ConfigError, DataRefused, unknown_name
from .events import REFERENCE

COLUMNS = ("id", "known_utc", "before", "stance", "universe", "confidence", "source", "desc")
STANCES = ("overweight", "neutral", "underweight")


@dataclass(frozen=True)
class ViewEvent:
    """One view.

    Attributes
    ----------
    id : str
    known_at : datetime64[ns]
        UTC moment from which it could be acted on.
    before, stance : str
        overweight, neutral or underweight; `before` is empty for a first view.
    universe : str
        The list of its picks.
    confidence, source, description : str
    """

    id: str
    known_at: np.datetime64
    before: str
    stance: str
    universe: str
    confidence: str
    source: str
    description: str


def read_views(path: Path) -> tuple[ViewEvent, ...]:
    """Return the views of a table in the form of the shipped one, ascending by moment.

    Raises
    ------
    DataRefused
        If a column is absent or a cell cannot be read; the message names file, row and column.
    """
    with path.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    found = [_view(path, line, row) for line, row in enumerate(rows, 2)]
    return tuple(sorted(found, key=lambda view: (view.known_at, view.id)))


@lru_cache(maxsize=1)
def view_events() -> tuple[ViewEvent, ...]:
    """Return the shipped views."""
    return read_views(REFERENCE / "views.csv")


def view_named(name: str, views: tuple[ViewEvent, ...] | None = None) -> ViewEvent:
    """Return the view of an id.

    Raises
    ------
    ConfigError
        If there is none; the message lists the close ones.
    """
    known = {view.id: view for view in (view_events() if views is None else views)}
    if name not in known:
        raise ConfigError(unknown_name("view", name, known))
    return known[name]


def _view(path: Path, line: int, row: dict[str, str]) -> ViewEvent:
    for column in COLUMNS:
        if row.get(column) is None:
            raise DataRefused(f"{path.name}, row {line}: column {column!r} is missing")
    for column in ("before", "stance"):
        if row[column] not in STANCES and (column == "stance" or row[column]):
            raise DataRefused(
                f"{path.name}, row {line}, column {column!r}: accepted: {', '.join(STANCES)}, got "
                f"{row[column]!r}"
            )
    said = {column: row[column] for column in ("id", "before", "stance", "universe")}
    return ViewEvent(
        **said,
        known_at=_moment(path, line, row["known_utc"]),
        confidence=row["confidence"],
        source=row["source"],
        description=row["desc"],
    )


def _moment(path: Path, line: int, text: str) -> np.datetime64:
    try:
        if "T" in text:
            return np.datetime64(text.removesuffix("Z"), "ns")
    except ValueError:
        pass
    raise DataRefused(
        f"{path.name}, row {line}, column 'known_utc': accepted: a UTC time as 2025-03-24T07:00Z, "
        f"got {text!r}"
    )

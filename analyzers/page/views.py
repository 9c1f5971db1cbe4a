"""What the template prints: tables, pictures, notes and sections, already in words and digits."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

import pandas as pd
from markupsafe import Markup

from .text import MISSING, NUMERIC, Kind, show


@dataclass(frozen=True)
class Column:
    """One column of a printed table: the frame's key, its head, its kind and its unit."""

    key: str
    head: str
    kind: Kind = "text"
    unit: str = ""
    is_gain: bool = False
    missing: str = MISSING

    @property
    def is_number(self) -> bool:
        return self.kind in NUMERIC


@dataclass(frozen=True)
class Cell:
    """One printed value; `key` names it for those who read figures back from the page."""

    text: str
    style: str = ""
    key: str = ""


@dataclass(frozen=True)
class Table:
    """A printed table; the first cell of a row is its heading."""

    caption: str
    columns: Sequence[Column]
    rows: Sequence[Sequence[Cell]]
    note: str = ""
    empty: str = "Nothing to list."
    style: str = ""
    summary: str = ""
    block: Literal["table"] = "table"


@dataclass(frozen=True)
class Legend:
    """A curve's name beside a piece of its line."""

    style: str
    text: str
    mark: Literal["line", "band", "entry", "exit"] = "line"


@dataclass(frozen=True)
class Figure:
    """One or more pictures under one heading, with the table behind them.

    `absent` says why there is no picture.
    """

    caption: str
    pictures: Sequence[Markup]
    legend: Sequence[Legend] = ()
    table: Table | None = None
    head: str = ""
    style: str = ""
    absent: str = ""
    block: Literal["figure"] = "figure"


@dataclass(frozen=True)
class Beside:
    """Small tables side by side where there is room."""

    tables: Sequence[Table]
    block: Literal["beside"] = "beside"


@dataclass(frozen=True)
class Grid:
    """Small multiples."""

    figures: Sequence[Figure]
    legend: Sequence[Legend] = ()
    style: str = ""
    block: Literal["grid"] = "grid"


@dataclass(frozen=True)
class Facts:
    """Pairs of a name and a value; `keys` name the values for those who read them back."""

    pairs: Sequence[tuple[str, str]]
    style: str = ""
    keys: Sequence[str] = ()
    block: Literal["facts"] = "facts"


@dataclass(frozen=True)
class Section:
    """One part of the page."""

    id: str
    title: str
    lead: str
    blocks: Sequence[Any] = field(default_factory=tuple)


def table(
    frame: pd.DataFrame,
    columns: Sequence[Column],
    caption: str,
    *,
    note: str = "",
    empty: str = "Nothing to list.",
    keys: tuple[str, str] = ("", ""),
    summary: str = "",
    style: str = "",
) -> Table:
    """Return a printed table of a frame; a column that the frame lacks is left out.

    `keys` are the table's name and the frame's column that names a row: a cell's ``data-key`` is
    ``table.row.column``. `summary` folds the table away behind that line.
    """
    kept = [column for column in columns if column.key in frame]
    rows = [
        [_cell(row, column, keys) for column in kept]
        for row in frame.astype(object).to_dict("records")
    ]
    return Table(caption, kept, rows, note=note, empty=empty, summary=summary, style=style)


def _cell(row: dict[Any, Any], column: Column, keys: tuple[str, str]) -> Cell:
    text = show(row[column.key], column.kind)
    style = "missing" if text == MISSING else _sign(text, column)
    name, of_row = keys
    key = f"{name}.{show(row[of_row], 'text')}.{column.key}" if name else ""
    return Cell(column.missing if text == MISSING else text, style, key)


def _sign(text: str, column: Column) -> str:
    return "below" if column.is_gain and text.startswith("\u2212") else ""

"""The rows of a list design: a CSV table or tables in the sweep file."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from orebound.feeds import ConfigError

from .axes import LARGEST, Axis, checked_level, place_of, typed_text
from .config import RunConfig

LARGEST_TABLE = 1_000_000_000
Codes = NDArray[np.int64]


def listed_axes(
    columns: Mapping[str, Sequence[Any]], base: RunConfig, where: str, *, is_text: bool
) -> tuple[tuple[Axis, ...], tuple[Codes, ...]]:
    """Return one axis a column, and by column the place of each row's value in its levels."""
    axes, rows = [], []
    for key, cells in columns.items():
        section, name = place_of(key, base)
        value_of: dict[Any, Any] = {}
        for line, cell in enumerate(cells, start=1):
            if cell not in value_of:
                try:
                    typed = typed_text(section, name, cell, base) if is_text else cell
                    value_of[cell] = checked_level(section, name, typed, base)
                except ConfigError as error:
                    raise ConfigError(f"{where}, row {line}: {error}") from None
        levels = tuple(sorted(set(value_of.values())))
        place = {level: k for k, level in enumerate(levels)}
        axes.append(Axis(name, section, levels=levels, n_given=len(levels)))
        rows.append(np.array([place[value_of[cell]] for cell in cells], np.int64))
    return tuple(axes), tuple(rows)


def row_columns(rows: Any) -> dict[str, list[Any]]:
    """Return ``[[sweep.rows]]`` by column; every row names the same parameters."""
    if not isinstance(rows, Sequence) or not all(isinstance(row, Mapping) for row in rows):
        raise ConfigError("sweep.rows: accepted: tables [[sweep.rows]] of parameters")
    names = dict.fromkeys(name for row in rows for name in row)
    for place, row in enumerate(rows, start=1):
        lacking = names.keys() - row.keys()
        if lacking:
            raise ConfigError(f"sweep.rows, row {place}: lacks {', '.join(sorted(lacking))}")
        if any(isinstance(value, list | dict) for value in row.values()):
            raise ConfigError(f"sweep.rows, row {place}: accepted: one value a parameter")
    return {name: [row[name] for row in rows] for name in names}


def csv_columns(path: Path) -> dict[str, list[str]]:
    """Return the texts of a table by its header of flat or dotted parameter names."""
    if not path.is_file():
        raise ConfigError(f"{path}: no such table")
    if path.stat().st_size > LARGEST_TABLE:
        raise ConfigError(f"{path}: accepted: at most {LARGEST_TABLE:,} bytes")
    with path.open(encoding="utf-8-sig", newline="") as file:
        lines = csv.reader(file)
        header = [name.strip() for name in next(lines, [])]
        columns: list[list[str]] = [[] for _ in header]
        for row in _data_rows(lines, path, len(header)):
            for column, cell in zip(columns, row, strict=True):
                column.append(cell.strip())
    if not header or not columns[0]:
        raise ConfigError(f"{path}: no row; accepted: a header of parameter names and rows")
    if len(set(header)) < len(header):
        raise ConfigError(f"{path}: a column stands twice in {', '.join(header)}")
    return dict(zip(header, columns, strict=True))


def _data_rows(lines: Iterable[list[str]], path: Path, width: int) -> Iterable[list[str]]:
    for number, row in enumerate(lines, start=2):
        if number - 1 > LARGEST:
            raise ConfigError(f"{path}: accepted: at most {LARGEST:,} rows")
        if row and len(row) != width:
            raise ConfigError(f"{path}, row {number}: {len(row)} cells, the header has {width}")
        if row:
            yield row

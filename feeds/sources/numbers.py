"""Numbers as vendors write them, and the cell that is none."""

from __future__ import annotations

import re
from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from ..refusal import refuse
from .text import Table

BLANKS = frozenset({"", "null", "none", "n/a", "na", "nan", "-", "--", "#n/a", "."})
NUMBER = re.compile(r"[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?|[+-]?inf(?:inity)?", re.IGNORECASE)


def parse_numbers(table: Table, place: int, column: str) -> NDArray[np.float64]:
    """Return one column as floats; blanks and their vendor spellings become NaN.

    Raises
    ------
    AuditRefused
        Naming line, column and the cell that is no number.
    """
    cells = [row[place] for row in table.rows]
    if table.decimal == ",":
        cells = [cell.replace(".", "").replace(",", ".") for cell in cells]
    try:
        # float() is exact and fast, but reads 1_000 and non-Latin digits, which no vendor means.
        if table.is_plain:
            read = map(float, cells) if all(cells) else _or_nan(cells)
            return np.fromiter(read, dtype=np.float64, count=len(cells))
    except ValueError:
        pass
    return np.array([_number(table, i, place, column, cell) for i, cell in enumerate(cells)])


def _or_nan(cells: list[str]) -> Iterator[float]:
    return (float(cell) if cell else np.nan for cell in cells)


def _number(table: Table, index: int, place: int, column: str, cell: str) -> float:
    cell = cell.strip()
    if cell.lower() in BLANKS:
        return float("nan")
    if not NUMBER.fullmatch(cell):
        found = table.rows[index][place]
        hint = "; thousands commas are not read" if "," in found else ""
        detail = f"{found[:40]!r} is no number{hint}"
        raise refuse(table.file, "number", detail, row=table.lines[index], column=column)
    return float(cell)

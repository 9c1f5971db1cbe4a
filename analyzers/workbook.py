"""A workbook written row by row, in which no cell can run.

openpyxl is imported where it is used: no other command needs it.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from .record_tables import FORMULA_STARTS

if TYPE_CHECKING:
    from openpyxl import Workbook

#: What one sheet and one cell hold (Microsoft, "Excel specifications and limits").
MOST_ROWS, MOST_CHARACTERS = 1_048_576, 32_767
#: Characters that XML 1.0 cannot hold, and halves of a pair that no encoding can.
UNWRITABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
#: The escape of a character in a workbook: the same letters as plain text must be escaped.
ESCAPE = re.compile("_(?=x[0-9A-Fa-f]{4}_)")
DAY, MOMENT = "yyyy-mm-dd", "yyyy-mm-dd hh:mm:ss"


class Sheet(NamedTuple):
    """One sheet: its title, its columns with their formats, and its rows."""

    title: str
    columns: Sequence[tuple[str, str]]
    rows: Iterable[Sequence[Any]]
    widths: Sequence[int]


def new_book(title: str) -> Workbook:
    """Return an empty workbook whose rows go to disk as they come."""
    from openpyxl import Workbook

    book = Workbook(write_only=True)
    book.properties.creator = "Orebound"
    book.properties.title = title
    return book


def write_sheet(book: Workbook, sheet: Sheet) -> None:
    """Write a sheet: a bold head that stays in sight, then its rows."""
    from openpyxl.utils import get_column_letter

    made = book.create_sheet(sheet.title)
    made.freeze_panes = "B2"
    for place, width in enumerate(sheet.widths, start=1):
        made.column_dimensions[get_column_letter(place)].width = width
    pens = [_Pen(made, form) for _, form in sheet.columns]
    made.append([_Pen(made, "", bold=True).cell(name) for name, _ in sheet.columns])
    for row in sheet.rows:
        made.append([pen.cell(value) for pen, value in zip(pens, row, strict=True)])


class _Pen:
    """Writes the cells of one column; a row is on its way to disk before the next one is made.

    A cell's value and type are set past openpyxl's own reading of a value, which would take a
    text that begins with ``=`` for a formula, and each style is looked up once.
    """

    def __init__(self, sheet: Any, form: str, *, bold: bool = False) -> None:
        from openpyxl.cell import WriteOnlyCell
        from openpyxl.styles import Font

        self.new_cell, self.font = WriteOnlyCell, Font(bold=True) if bold else None
        self.sheet, self.form, self.bold = sheet, form, bold
        self.cells: dict[tuple[str, bool], Any] = {}

    def cell(self, value: Any) -> Any:
        """Return what stands in a cell: a typed value with its format, or a text."""
        form = self.form
        if isinstance(value, tuple):
            value, form = value
        if isinstance(value, np.generic):
            value = value.item()
        if value is None or (isinstance(value, float) and math.isnan(value)):
            return None
        if isinstance(value, bool):
            return self._made("", "b", value)
        if isinstance(value, int | float) and math.isfinite(value):
            # As its shortest text: openpyxl writes 16 digits, and some doubles need 17.
            return self._made(form, "n", repr(value))
        if isinstance(value, datetime):
            return self._made(form or MOMENT, "d", value)
        text = str(value)
        is_risky = text.lstrip("'").startswith((*FORMULA_STARTS, "\n"))
        return self._made("", "s", written(text), is_quoted=is_risky)

    def _made(self, form: str, kind: str, value: Any, *, is_quoted: bool = False) -> Any:
        key = (form, is_quoted)
        # The head's cells stand in one row, so they cannot be one cell.
        cell = None if self.bold else self.cells.get(key)
        if cell is None:
            cell = self.cells[key] = self.new_cell(self.sheet)
            if form:
                cell.number_format = form
            if is_quoted:
                cell.quotePrefix = True
            if self.font is not None:
                cell.font = self.font
        cell._value, cell.data_type = value, kind
        return cell


def written(text: str) -> str:
    """Return a text as a cell can hold it: no control characters, no escapes, not too long."""
    clean = UNWRITABLE.sub("\ufffd", text.replace("\r\n", "\n").replace("\r", "\n"))
    clean = ESCAPE.sub("_x005F_", clean)
    if len(clean) <= MOST_CHARACTERS:
        return clean
    end = f" ... ({len(text):,} characters, all of them in the run directory)"
    return clean[: MOST_CHARACTERS - len(end)] + end

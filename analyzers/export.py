"""A run as a workbook for the desk: typed sheets in which no cell can run.

A text that a spreadsheet would take for a formula stands as an inline string with the quote
prefix, so that it stays a text even when a user edits the cell (CWE-1236).
"""

from __future__ import annotations

import json
import math
import os
import re
import tempfile
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.styles import Font
from openpyxl.utils import get_column_letter

from orebound.feeds import ConfigError, unknown_name

from .record import RunRecord
from .record_tables import DATES, FORMULA_STARTS, TIMES

SUFFIX = ".xlsx"
#: What one sheet and one cell hold (Microsoft, "Excel specifications and limits").
MOST_ROWS, MOST_CHARACTERS = 1_048_576, 32_767
#: Characters that XML 1.0 cannot hold, and halves of a pair that no encoding can.
UNWRITABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
#: The escape of a character in a workbook: the same letters as plain text must be escaped.
ESCAPE = re.compile("_(?=x[0-9A-Fa-f]{4}_)")
WIDEST, NARROWEST, SAMPLED = 48, 8, 200
DAY, MOMENT = "yyyy-mm-dd", "yyyy-mm-dd hh:mm:ss"
WHOLE, MONEY, PRICE, SHARE, NUMBER = "#,##0", "#,##0.00", "#,##0.0000", "0.00%", "0.0000"
FORMATS = {
    **dict.fromkeys(("size", "days_held", "missed", "blocked", "run", "n"), WHOLE),
    **dict.fromkeys(("value", "cash", "cost", "costs", "amount", "gross", "net"), MONEY),
    **dict.fromkeys(("price", "entry_price", "exit_price", "known_close"), PRICE),
    **dict.fromkeys(("net_return", "equity_share", "metal_share", "market_share"), SHARE),
    **dict.fromkeys(("fx_share", "lag", "volatility", "coverage"), SHARE),
}
#: Exposures in equity.csv are money; the same words in trades.csv are too. Index curves are not.
CURVES = "baselines"
#: The beginning of a metric's unit that makes its figure a share.
SHARES = ("fraction", "share of", "net return")
#: Titles of the sheets in their order: four about the run, then one a table of its record.
SHEETS = (
    *("metrics", "run", "settings", "data", "trades", "orders", "costs", "equity"),
    *("positions", "cash", "baselines", "signals", "inputs"),
)


class Sheet(NamedTuple):
    """One sheet: its title, its columns with their formats, and its rows."""

    title: str
    columns: Sequence[tuple[str, str]]
    rows: Iterable[Sequence[Any]]
    widths: Sequence[int]


def export_run(
    record: RunRecord,
    path: str | Path,
    *,
    force: bool = False,
    only: Collection[str] = (),
    progress: Callable[[str], None] = lambda _sheet: None,
) -> Path:
    """Write a run as a workbook, whole or not at all; return its path.

    One sheet of metrics with their units, one each of the run's facts, its settings and its data,
    and one a table of the record. Dates are dates, times are UTC, numbers are numbers to the last
    bit; NaN is an empty cell and infinity the text ``inf``. A table of more rows than a sheet
    holds goes on in the next.

    Parameters
    ----------
    path : str or Path
        Ends in ``.xlsx``.
    force : bool
        Replace an existing file.
    only : collection of str
        Titles of `SHEETS` to write; all where empty. The signals of 15 years and 10 names are
        more than a million cells and take most of the time.
    progress : callable
        Called with each sheet's title before it is written.

    Raises
    ------
    ConfigError
        If a title is none, or the path ends otherwise, is no plain file, exists and `force` is
        not set, or its folder is not there.
    """
    for title in only:
        if title not in SHEETS:
            raise ConfigError(unknown_name("sheet", title, SHEETS))
    path = _checked(Path(path), force=force)
    book = Workbook(write_only=True)
    book.properties.creator = "Orebound"
    book.properties.title = f"{record.name} {record.info['id']}"
    for sheet in _sheets(record, only or SHEETS):
        progress(sheet.title)
        _write(book, sheet)
    handle, building = tempfile.mkstemp(prefix=".", suffix=SUFFIX, dir=path.parent)
    try:
        with os.fdopen(handle, "wb") as file:
            book.save(file)
            file.flush()
            os.fsync(file.fileno())
        _put(Path(building), path, force=force)
    finally:
        Path(building).unlink(missing_ok=True)
    return path


def _sheets(record: RunRecord, wanted: Collection[str]) -> Iterator[Sheet]:
    info = record.info
    facts = [(key, said) for key, said in info.items() if key not in ("metrics", "config", "data")]
    made = {
        "metrics": lambda: _metrics(info["metrics"]),
        "run": lambda: _pairs("run", ("key", "value"), facts),
        "settings": lambda: _pairs("settings", ("parameter", "value"), list(_flat(info["config"]))),
        "data": lambda: _data(info["data"]),
    }
    for title in SHEETS:
        if title in wanted and title in made:
            yield made[title]()
        elif title in wanted:
            yield from _pages(title, getattr(record, title))


def _pages(table: str, frame: pd.DataFrame) -> Iterator[Sheet]:
    step = MOST_ROWS - 1
    for number, start in enumerate(range(0, max(len(frame), 1), step), start=1):
        title = table if number == 1 else f"{table} {number}"
        yield _frame(title, table, frame.iloc[start : start + step])


def _checked(path: Path, *, force: bool) -> Path:
    path = Path(os.path.abspath(path))
    if path.suffix.lower() != SUFFIX:
        raise ConfigError(f"{path}: accepted: a file that ends in {SUFFIX}")
    if not path.parent.is_dir():
        raise ConfigError(f"{path.parent}: no such folder")
    if path.is_symlink() or (path.exists() and not path.is_file()):
        raise ConfigError(f"{path} is no plain file; name another")
    if path.exists() and not force:
        raise ConfigError(_exists(path))
    return path


def _exists(path: Path) -> str:
    return f"{path} exists already; --force (force=True) replaces it"


def _put(building: Path, path: Path, *, force: bool) -> None:
    if force:
        os.replace(building, path)
        return
    try:
        # A link, unlike a rename, never replaces what came into being meanwhile.
        os.link(building, path)
    except FileExistsError:
        raise ConfigError(_exists(path)) from None


def _metrics(metrics: Mapping[str, Any]) -> Sheet:
    rows = []
    for name, found in metrics.items():
        said = found if isinstance(found, Mapping) else {"value": found}
        unit = str(said.get("unit") or "")
        rows.append((name, (said.get("value"), _unit_format(unit)), said.get("n"), unit,
                     said.get("note") or ""))  # fmt: skip
    names = ("metric", "value", "n", "unit", "note")
    return _sheet("metrics", [(name, FORMATS.get(name, NUMBER)) for name in names], rows)


def _unit_format(unit: str) -> str:
    if unit.startswith(SHARES):
        return SHARE
    if unit.startswith("base currency"):
        return MONEY
    return WHOLE if unit.startswith(("sessions", "episodes")) else NUMBER


def _pairs(title: str, names: tuple[str, str], rows: Sequence[tuple[str, Any]]) -> Sheet:
    return _sheet(title, [(names[0], ""), (names[1], "")], [(k, _plain(v)) for k, v in rows])


def _plain(value: Any) -> Any:
    """Return a nested value as JSON text; what is cut off stands in run.json."""
    if isinstance(value, Mapping | list | tuple):
        return json.dumps(value, ensure_ascii=False, allow_nan=False)
    return value


def _flat(values: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, Any]]:
    for name, value in values.items():
        if isinstance(value, Mapping) and value:
            yield from _flat(value, f"{prefix}{name}.")
        else:
            yield f"{prefix}{name}", value


def _data(data: Mapping[str, Any]) -> Sheet:
    rows = [row if isinstance(row, Mapping) else {} for row in data.values()]
    names = list(dict.fromkeys(("symbol", *(name for row in rows for name in row))))
    lines = [
        [row.get(name, symbol if name == "symbol" else None) for name in names]
        for symbol, row in zip(data, rows, strict=True)
    ]
    formats = {"rows": WHOLE, "masked": WHOLE, "findings": WHOLE}
    return _sheet("data", [(name, formats.get(name, "")) for name in names], lines)


def _sheet(title: str, columns: Sequence[tuple[str, str]], rows: Sequence[Sequence[Any]]) -> Sheet:
    widths = [
        _width([name, *(row[place] for row in rows[:SAMPLED])])
        for place, (name, _) in enumerate(columns)
    ]
    return Sheet(title, columns, rows, widths)


def _frame(title: str, table: str, frame: pd.DataFrame) -> Sheet:
    columns = [(str(name), _format(table, str(name), frame[name])) for name in frame]
    cells = [_cells(frame[name]) for name in frame]
    widths = [_width([name, *own[:SAMPLED]]) for (name, _), own in zip(columns, cells, strict=True)]
    heads = [(f"{name} (UTC)" if name in TIMES else name, form) for name, form in columns]
    return Sheet(title, heads, zip(*cells, strict=True), widths)


def _format(table: str, name: str, values: pd.Series[Any]) -> str:
    if name in DATES | TIMES:
        return DAY if name in DATES else MOMENT
    if not pd.api.types.is_numeric_dtype(values) or pd.api.types.is_bool_dtype(values):
        return ""
    if table == CURVES:
        return NUMBER
    if table == "inputs" and name == "value":
        return PRICE
    return FORMATS.get(name, NUMBER)


def _cells(values: pd.Series[Any]) -> list[Any]:
    if pd.api.types.is_datetime64_any_dtype(values):
        return [None if pd.isna(moment) else moment.to_pydatetime() for moment in values]
    return [None if value is None else value for value in values.tolist()]


def _width(cells: Sequence[Any]) -> int:
    longest = max(len(_shown(cell)) for cell in cells)
    return min(max(longest + 2, NARROWEST), WIDEST)


def _shown(cell: Any) -> str:
    value = cell[0] if isinstance(cell, tuple) else cell
    if isinstance(value, datetime):
        return "2000-01-01 00:00" if value.time() != datetime.min.time() else "2000-01-01"
    return f"{value:,.4f}" if isinstance(value, float) else str(value)


def _write(book: Workbook, sheet: Sheet) -> None:
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
            cell = self.cells[key] = WriteOnlyCell(self.sheet)
            if form:
                cell.number_format = form
            if is_quoted:
                cell.quotePrefix = True
            if self.bold:
                cell.font = Font(bold=True)
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

"""A run as a workbook for the desk: typed sheets in which no cell can run.

A text that a spreadsheet would take for a formula stands as an inline string with the quote
prefix, so that it stays a text even when a user edits the cell (CWE-1236).
"""

from __future__ import annotations

import json
import os
import tempfile
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

import pandas as pd

from orebound.feeds import ConfigError, unknown_name

from .record import RunRecord
from .record_tables import DATES, TIMES
from .workbook import DAY, MOMENT, MOST_ROWS, Sheet, new_book, write_sheet

SUFFIX = ".xlsx"
WIDEST, NARROWEST, SAMPLED = 48, 8, 200
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
    book = new_book(f"{record.name} {record.info['id']}")
    for sheet in _sheets(record, only or SHEETS):
        progress(sheet.title)
        write_sheet(book, sheet)
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
        [_fact(name, row.get(name, symbol if name == "symbol" else None)) for name in names]
        for symbol, row in zip(data, rows, strict=True)
    ]
    formats = {"rows": WHOLE, "masked": WHOLE, "findings": WHOLE, "first": DAY, "last": DAY}
    return _sheet("data", [(name, formats.get(name, "")) for name in names], lines)


def _fact(name: str, value: Any) -> Any:
    """Return a fact of a series; its first and last session, which are ISO text, as dates."""
    if name not in ("first", "last") or not isinstance(value, str):
        return value
    try:
        return datetime.fromisoformat(value)
    except ValueError:
        return value  # of a series without a row there is none


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

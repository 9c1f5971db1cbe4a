"""The tables of a run: which columns each file has, and how a cell is written so nothing is lost.

Numbers are written as the shortest text that reads back to the same double. Text cells that a
spreadsheet would run as a formula get a leading apostrophe, and lose it again when read.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterable
from typing import Any

import numpy as np
import pandas as pd

from orebound.feeds import DataRefused


def columns(names: str) -> tuple[str, ...]:
    """Return the names in a text, as the tables are written down below."""
    return tuple(names.split())


COLUMNS: dict[str, tuple[str, ...]] = {
    "equity": ("date", "value", "cash", "gross", "net"),
    "orders": columns(
        "submitted filled symbol side size price value cost status reason session fill_session"
    ),
    "costs": ("date", "symbol", "side", "kind", "amount"),
    "trades": columns(
        "symbol entry_decision entry_date exit_decision exit_date size entry_price exit_price "
        "entry_gap exit_gap anchored_gap entry_z exit_z half_life days_held gross costs net "
        "net_return exit_reason entry_regime exit_regime closing equity_share metal_share "
        "market_share roll_off status"
    ),
    "positions": ("date", "symbol", "size", "price", "value"),
    "cash": ("date", "kind", "symbol", "amount"),
    "baselines": ("date",),
    "signals": columns(
        "date symbol time known_close gap z lag beta_metal beta_market half_life volatility "
        "coverage score state size_multiplier blocked reason"
    ),
    "inputs": ("time", "series", "kind", "value", "known_at", "missed", "age_days"),
}
PARQUET = ("signals", "inputs")
CSV = tuple(table for table in COLUMNS if table not in PARQUET)

DATES = {"date", "session", "fill_session", "entry_date", "exit_date"}
TIMES = {"submitted", "filled", "entry_decision", "exit_decision", "time", "known_at"}
INTEGERS = {"size", "days_held"}
TEXTS = {
    *("symbol", "side", "kind", "status", "reason", "series"),
    *("exit_reason", "entry_regime", "exit_regime"),
    *("entry_overhang", "exit_overhang", "leg_of"),
}
#: What pandas makes of `astype(str)`.
TEXT = pd.Series([""]).astype(str).dtype
FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")


def file_name(table: str) -> str:
    """Return the name of a table's file in the run directory."""
    return f"{table}.parquet" if table in PARQUET else f"{table}.csv"


def conform(table: str, frame: pd.DataFrame) -> pd.DataFrame:
    """Return the table with its columns in order and in their one type, in memory as on disk.

    Dates are naive midnights, times naive UTC, both in nanoseconds; further columns follow.

    Raises
    ------
    DataRefused
        Naming the file and the column that is missing or holds something else.
    """
    wanted = COLUMNS[table]
    if frame.index.name in wanted and frame.index.name not in frame:
        frame = frame.reset_index()
    missing = [column for column in wanted if column not in frame]
    if missing:
        raise DataRefused(
            f"{file_name(table)}: column {missing[0]} is missing; "
            f"accepted: {','.join(wanted)}, got {','.join(map(str, frame.columns))}"
        )
    names = [*wanted, *(str(column) for column in frame.columns if column not in wanted)]
    ordered = frame.rename(columns=str)[names].reset_index(drop=True)
    return ordered.assign(**{name: _typed(table, ordered, name) for name in names})


def to_csv(frame: pd.DataFrame) -> str:
    """Return the table as CSV text that `from_csv` reads back bit by bit."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(_guarded(str(column)) for column in frame.columns)
    writer.writerows(zip(*(_cells(frame[column]) for column in frame.columns), strict=True))
    return text.getvalue()


def from_csv(table: str, text: str) -> pd.DataFrame:
    """Return the table that `to_csv` wrote.

    Raises
    ------
    DataRefused
        Naming the file, row and column of the first cell that cannot be read.
    """
    try:
        rows = list(csv.reader(io.StringIO(text)))
    except csv.Error as error:
        raise DataRefused(f"{file_name(table)}: cannot be read: {error}") from None
    if not rows:
        raise DataRefused(f"{file_name(table)}: the file is empty; accepted: a header line")
    header, body = [_unguarded(name) for name in rows[0]], rows[1:]
    for number, row in enumerate(body, start=2):
        if len(row) != len(header):
            raise DataRefused(
                f"{file_name(table)}, row {number}: accepted: {len(header)} cells, got {len(row)}"
            )
    columns = {
        name: _parsed(table, name, [row[place] for row in body])
        for place, name in enumerate(header)
    }
    return conform(table, pd.DataFrame(columns))


def _typed(table: str, frame: pd.DataFrame, column: str) -> pd.Series[Any]:
    values = frame[column]
    try:
        if column in DATES | TIMES:
            return _moments(values, must_be_midnight=column in DATES)
        if column in TEXTS:
            is_done = values.dtype == TEXT and not values.hasnans
            return (
                values if is_done else values.astype(object).where(values.notna(), "").astype(str)
            )
        if table in PARQUET:
            return values
        return values.astype("int64" if column in INTEGERS else "float64")
    except (TypeError, ValueError) as error:
        raise DataRefused(f"{file_name(table)}, column {column}: {error}") from None


def _moments(values: pd.Series[Any], *, must_be_midnight: bool) -> pd.Series[Any]:
    moments = pd.to_datetime(values)
    if moments.dt.tz is not None:
        moments = moments.dt.tz_convert("UTC").dt.tz_localize(None)
    moments = moments.dt.as_unit("ns")
    if must_be_midnight:
        times = moments.to_numpy()
        days = times.astype("datetime64[D]")
        if (times[~np.isnat(times)] != days[~np.isnat(days)]).any():
            raise ValueError("accepted: session dates without a time of day")
    return moments


def _cells(values: pd.Series[Any]) -> Iterable[str]:
    name = str(values.name)
    if name in DATES | TIMES:
        return _moment_cells(values, with_time=name in TIMES)
    if name in TEXTS:
        return [_guarded(text) for text in values]
    if name in INTEGERS:
        return [str(int(number)) for number in values]
    return ["" if np.isnan(number) else repr(float(number)) for number in values]


def _moment_cells(values: pd.Series[Any], *, with_time: bool) -> list[str]:
    moments = values.to_numpy().astype("datetime64[ns]")
    whole = (moments == moments.astype("datetime64[s]")) | np.isnat(moments)
    unit = ("s" if whole.all() else "ns") if with_time else "D"
    written = moments.astype(f"datetime64[{unit}]").astype(str)
    suffix = "Z" if with_time else ""
    return ["" if text == "NaT" else f"{text}{suffix}" for text in written]


def _parsed(table: str, column: str, cells: list[str]) -> pd.Series[Any]:
    if column in TEXTS:
        return pd.Series([_unguarded(cell) for cell in cells], dtype=str)
    if column in DATES | TIMES:
        return pd.Series(_each(table, column, cells, _moment), dtype="datetime64[ns]")
    if column in INTEGERS:
        return pd.Series(_each(table, column, cells, int), dtype="int64")
    return pd.Series(_each(table, column, cells, _number), dtype="float64")


def _each(table: str, column: str, cells: list[str], parse: Callable[[str], Any]) -> list[Any]:
    parsed = []
    for row, cell in enumerate(cells, start=2):
        try:
            parsed.append(parse(cell))
        except ValueError:
            kind = "an ISO date" if parse is _moment else "a number"
            place = f"{file_name(table)}, row {row}, column {column}"
            raise DataRefused(f"{place}: accepted: {kind}, got {cell!r}") from None
    return parsed


def _number(cell: str) -> float:
    return float(cell) if cell else float("nan")


def _moment(cell: str) -> np.datetime64:
    return np.datetime64(cell.removesuffix("Z") or "NaT", "ns")


def _guarded(text: str) -> str:
    return f"'{text}" if text.lstrip("'").startswith(FORMULA_STARTS) else text


def _unguarded(text: str) -> str:
    risky = text.startswith("'") and text.lstrip("'").startswith(FORMULA_STARTS)
    return text[1:] if risky else text

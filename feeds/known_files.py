"""Reading series with dates of release: what cannot be dated is refused, never guessed."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Mapping
from hashlib import sha256
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from .clocks import NS, Times
from .errors import ConfigError, DataRefused
from .known import OF_ISSUER, KnownSeries
from .release_rules import released, rule_of_series
from .sources.door import MAX_COLUMNS, read_regular

#: What a cell of a value says where a period has no number (FRED writes a dot on holidays).
BLANK = ("", ".")
#: From so many months on, rows that are all stamped with their own month's first day are a leak.
LEAST_STAMPED = 3
DATE = re.compile(r"\d{4}-\d{2}(-\d{2})?")
#: A day alone is no time: midnight would be before most releases of it.
UTC_TIME = re.compile(r"\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}(:\d{2}(\.\d{1,9})?)?Z?")


class Row(NamedTuple):
    """One row of a file."""

    line: int
    period: np.datetime64
    release: np.datetime64
    vintage: np.datetime64
    issuer: str
    value: float


def read_known(path: str | Path, name: str, *, column: str = "", release: str = "") -> KnownSeries:
    """Return a series from a CSV file with the columns ``ref_period, release_utc, value``.

    ``ref_period`` may be called ``date``. A row of the same period released later is a revision.

    Parameters
    ----------
    column : str
        Column of the values, ``value`` where empty.
    release : str
        Rule by which a file without ``release_utc`` dates its numbers; ``pmi``, ``m1``, ``m2``,
        ``loans`` and ``tsf`` have theirs by name.

    Raises
    ------
    ConfigError, DataRefused
        Naming file, row and column.
    """
    found = read_by_issuer(path, name, column=column, release=release)
    if set(found) != {name}:
        file, held = Path(path).name, ", ".join(sorted(found))
        raise ConfigError(f"{file}: accepted: one series, got one by issuer: {held}")
    return found[name]


def read_by_issuer(
    path: str | Path, name: str, *, column: str = "", release: str = ""
) -> dict[str, KnownSeries]:
    """Return the series of a file by name: one, or ``NAME@ISSUER`` of each in ``issuer``.

    A column ``vintage`` (a day of publication) holds back what a rule would have public before
    that day's end; a ``release_utc`` before it is refused.

    Raises
    ------
    ConfigError, DataRefused
        Naming file, row and column.
    """
    path = Path(path)
    payload = read_regular(path)
    rows, blanks, rule = _rows(path, payload, name, column or "value", release)
    digest = sha256(payload).hexdigest()
    out: dict[str, KnownSeries] = {}
    for issuer in sorted({row.issuer for row in rows}):
        own = [row for row in rows if row.issuer == issuer]
        key = f"{name}{OF_ISSUER}{issuer}" if issuer else name
        out[key] = _series(path, key, own, rule, (digest, blanks))
    return out


def _rows(
    path: Path, payload: bytes, name: str, column: str, release: str
) -> tuple[list[Row], int, str]:
    """Return the rows that hold a number, how many do not, and the rule that dates them."""
    table = _table(path, payload)
    header = table[0]
    is_date = "date" in header and "ref_period" not in header
    period = "date" if is_date else "ref_period"
    rule = _rule(path, header, name, release)
    for needed in (period, *([] if rule else ["release_utc"]), column):
        if needed not in header:
            accepted = f"ref_period,release_utc,{column}"
            why = ""
            if needed == "release_utc":
                why = "; or name a rule of release: data.releases." + name
            raise DataRefused(
                f"{path.name}: column {needed!r} is missing, got {','.join(header)}; accepted: "
                f"{accepted}{why}"
            )
    if len(table) == 1:
        raise DataRefused(f"{path.name}: no rows; accepted: a header and rows below it")
    rows: list[Row] = []
    blanks = 0
    for line, cells in enumerate(table[1:], 2):
        if len(cells) != len(header):
            raise DataRefused(
                f"{path.name}, row {line}: accepted: {len(header)} cells, got {len(cells)}"
            )
        row = dict(zip(header, (cell.strip() for cell in cells), strict=True))
        if row[column] in BLANK:
            blanks += 1
            continue
        rows.append(
            Row(
                line,
                _day(path, line, period, row),
                _nat("ns") if rule else _time(path, line, row),
                _day(path, line, "vintage", row) if row.get("vintage") else _nat("D"),
                row.get("issuer", ""),
                _number(path, line, column, row),
            )
        )
    if not rows:
        raise DataRefused(f"{path.name}, column {column!r}: no numbers")
    if rule:
        vintages = np.array([row.vintage for row in rows], "datetime64[D]")
        times = released(_periods(rows), rule, vintages)
        rows = [row._replace(release=time) for row, time in zip(rows, times, strict=True)]
    return rows, blanks, rule


def _table(path: Path, payload: bytes) -> list[list[str]]:
    try:
        text = payload.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise DataRefused(f"{path.name}: accepted: UTF-8 text; {error}") from None
    try:
        table = [row for row in csv.reader(io.StringIO(text), strict=True) if row]
    except csv.Error as error:
        raise DataRefused(f"{path.name}: not a CSV file: {error}") from None
    if not table:
        raise DataRefused(f"{path.name}: empty; accepted: a header and rows below it")
    table[0] = [name.strip() for name in table[0]]
    header = table[0]
    if len(header) > MAX_COLUMNS:
        raise DataRefused(f"{path.name}: accepted: at most {MAX_COLUMNS} columns")
    twice = sorted({name for name in header if header.count(name) > 1})
    if twice:
        raise DataRefused(f"{path.name}: column {twice[0]!r} stands twice in the header")
    return table


def _rule(path: Path, header: list[str], name: str, release: str) -> str:
    """Return the rule that dates a file's rows, empty where the file does."""
    if "release_utc" not in header:
        return release or rule_of_series(name)
    if release:
        raise ConfigError(
            f"data.releases.{name}: {path.name} has a column release_utc; accepted: one of the two"
        )
    return ""


def _series(
    path: Path, key: str, rows: list[Row], rule: str, facts: tuple[str, int]
) -> KnownSeries:
    """Return the rows of one series by release, within one moment by period."""
    rows = sorted(rows, key=lambda row: (row.release, row.period))
    if not rule:
        _check_dates(path, rows)
    seen: dict[Any, int] = {}
    for row in rows:
        # Rows that a rule dates alike are vintages that the file does not tell apart.
        same = seen.setdefault((row.period, row.release), row.line)
        if same != row.line:
            raise DataRefused(
                f"{path.name}, row {row.line}: {row.period} was released at {row.release} in row "
                f"{same} already; accepted: one row a period and release"
            )
    digest, blanks = facts
    return KnownSeries(
        name=key,
        ref_period=_periods(rows),
        release_utc=np.array([row.release for row in rows], NS),
        value=np.array([row.value for row in rows], np.float64),
        sha256=digest,
        file=path.name,
        blanks=blanks,
        release_rule=rule,
    )


def _check_dates(path: Path, rows: list[Row]) -> None:
    """Refuse releases that cannot be releases."""
    for row in rows:
        place = f"{path.name}, row {row.line}, column 'release_utc'"
        if row.release < row.period.astype(NS) - np.timedelta64(1, "D"):
            raise DataRefused(
                f"{place}: {row.release}Z lies before the period it speaks of, {row.period}"
            )
        if row.vintage.astype(NS) - np.timedelta64(1, "D") > row.release:
            raise DataRefused(f"{place}: {row.release}Z lies before its vintage, {row.vintage}")
    periods = _periods(rows)
    months = np.unique(periods.astype("datetime64[M]"))
    days = np.array([row.release for row in rows], NS).astype("datetime64[D]")
    begins = months.astype("datetime64[D]")
    is_monthly = len(months) >= LEAST_STAMPED and bool(np.isin(periods, begins).all())
    if is_monthly and bool((np.abs((days - periods).astype(np.int64)) <= 1).all()):
        raise DataRefused(
            f"{path.name}, column 'release_utc': every month is released on its own first day, "
            "before it has passed: a stamp, not a release; state the releases, or leave the column "
            "out and name a rule of release"
        )


def _periods(rows: list[Row]) -> Times:
    return np.array([row.period for row in rows], "datetime64[D]")


def _nat(unit: Any) -> np.datetime64:
    return np.datetime64("NaT", unit)


def _day(path: Path, line: int, column: str, row: Mapping[str, str]) -> np.datetime64:
    text = row[column]
    try:
        if DATE.fullmatch(text):
            return np.datetime64(text if len(text) == 10 else f"{text}-01", "D")
    except ValueError:
        pass
    raise _refused(path, line, column, "a date as YYYY-MM-DD or YYYY-MM", text)


def _time(path: Path, line: int, row: Mapping[str, str]) -> np.datetime64:
    text = row["release_utc"]
    try:
        if UTC_TIME.fullmatch(text):
            return np.datetime64(text.removesuffix("Z"), "ns")
    except ValueError:
        pass
    raise _refused(path, line, "release_utc", "a UTC time as 2024-01-31T01:30Z", text)


def _number(path: Path, line: int, column: str, row: Mapping[str, str]) -> float:
    try:
        found = float(row[column])
    except ValueError:
        found = np.nan
    if not np.isfinite(found):
        raise _refused(path, line, column, "a finite number", row[column])
    return found


def _refused(path: Path, line: int, column: str, accepted: str, text: str) -> DataRefused:
    return DataRefused(
        f"{path.name}, row {line}, column {column!r}: accepted: {accepted}, got {text!r}"
    )

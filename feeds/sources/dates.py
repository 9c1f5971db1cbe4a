"""Dates as vendors write them, read only where they can mean one thing."""

from __future__ import annotations

import re

import numpy as np
import pandas as pd

from ..refusal import AuditRefused, refuse
from ..series import Finding

ISO = re.compile(r"\d{4}-\d{2}-\d{2}")
ISO_TIME = re.compile(
    r"(\d{4}-\d{2}-\d{2})[ T]\d{2}:\d{2}(?::\d{2}(?:\.\d+)?)?(Z|[+-]\d{2}:?\d{2})?"
)
COMPACT = re.compile(r"\d{8}")
PARTS = re.compile(r"(\d{1,2})([/.-])(\d{1,2})\2(\d{4})")
FIRST_DAY, LAST_DAY = np.datetime64("1678-01-01"), np.datetime64("2262-01-01")
ACCEPTED = "accepted: 2024-03-28, with or without a time, 20240328, or 28/03/2024 throughout"


def parse_dates(
    file: str, cells: list[str], lines: list[int], timezone: str
) -> tuple[pd.Series, list[Finding]]:
    """Return naive session dates, one a cell, and what had to be repaired.

    A time of day is cut off: local times keep their own date, UTC times take the date in the
    venue's `timezone`.

    Raises
    ------
    AuditRefused
        Naming the line and the cell that is no date, or why the order of day and month is open.
    """
    first = cells[0].strip()
    if ISO.fullmatch(first) and all(len(cell) == 10 for cell in cells):
        return _iso(file, cells, lines), []
    cells = [cell.strip() for cell in cells]
    if COMPACT.fullmatch(first):
        return _exact(file, cells, lines, "%Y%m%d"), [_repaired(file, "compact dates read")]
    if PARTS.fullmatch(first):
        return _day_and_month(file, cells, lines)
    return _timed(file, cells, lines, timezone)


def _repaired(file: str, detail: str) -> Finding:
    return Finding(file, "date format", "repaired", detail, column="date")


def _bad(file: str, line: int, cell: str) -> AuditRefused:
    return refuse(
        file, "date format", f"{cell[:40]!r} is no date; {ACCEPTED}", row=line, column="date"
    )


def _iso(file: str, cells: list[str], lines: list[int]) -> pd.Series:
    """Read dates of ten characters; numpy's reader is the fast one, pandas' says what is wrong."""
    try:
        days = np.array(cells, dtype="datetime64[D]")
    except ValueError:
        return _exact(file, cells, lines, "%Y-%m-%d")
    # Beyond what nanoseconds hold, the cast would wrap without a word.
    if not (days.min() > FIRST_DAY and days.max() < LAST_DAY):
        return _exact(file, cells, lines, "%Y-%m-%d")
    return pd.Series(days.astype("datetime64[ns]"))


def _exact(file: str, cells: list[str], lines: list[int], form: str) -> pd.Series:
    dates = pd.to_datetime(pd.Series(cells, dtype="str"), format=form, errors="coerce")
    wrong = np.flatnonzero(dates.isna().to_numpy())
    if len(wrong):
        raise _bad(file, lines[wrong[0]], cells[wrong[0]])
    return dates.astype("datetime64[ns]")


def _day_and_month(
    file: str, cells: list[str], lines: list[int]
) -> tuple[pd.Series, list[Finding]]:
    """Read 28/03/2024 or 03/28/2024, if some row proves which."""
    matches = [PARTS.fullmatch(cell) for cell in cells]
    parts = []
    for match, line, cell in zip(matches, lines, cells, strict=True):
        if match is None:
            raise _bad(file, line, cell)
        parts.append((int(match[1]), int(match[3])))
    day_first = any(first > 12 for first, _ in parts)
    month_first = any(second > 12 for _, second in parts)
    if day_first == month_first:
        why = "some rows are day-first, others month-first" if day_first else "no day is above 12"
        detail = f"{cells[0]!r} may be day-first or month-first: {why}; write ISO dates"
        raise refuse(file, "date format", detail, row=lines[0], column="date")
    separator = str(PARTS.fullmatch(cells[0])[2])  # type: ignore[index]
    form = separator.join(("%d", "%m", "%Y") if day_first else ("%m", "%d", "%Y"))
    order = "day-first" if day_first else "month-first"
    proof = next(cell for cell, pair in zip(cells, parts, strict=True) if max(pair) > 12)
    dates = _exact(file, cells, lines, form)
    return dates, [_repaired(file, f"dates are {order}, as {proof!r} proves; read as such")]


def _timed(
    file: str, cells: list[str], lines: list[int], timezone: str
) -> tuple[pd.Series, list[Finding]]:
    """Read ISO dates of which some carry a time; the session date is kept."""
    dates, moved, cut = [], 0, 0
    for cell, line in zip(cells, lines, strict=True):
        if ISO.fullmatch(cell):
            dates.append(cell)
            continue
        match = ISO_TIME.fullmatch(cell)
        if match is None:
            raise _bad(file, line, cell)
        local = match[1]
        if match[2] in ("Z", "+00:00", "+0000"):
            try:
                local = str(pd.Timestamp(cell).tz_convert(timezone).date())
            except ValueError:
                raise _bad(file, line, cell) from None
        moved += local != match[1]
        cut += 1
        dates.append(local)
    words = f"time of day cut off in {cut} rows"
    words += f"; {moved} UTC times moved to their date in {timezone}" if moved else ""
    findings = [_repaired(file, words)] if cut else []
    return _exact(file, dates, lines, "%Y-%m-%d"), findings

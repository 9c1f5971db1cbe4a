"""What vendors call their columns, and what they are called here."""

from __future__ import annotations

import re

from ..refusal import refuse

ALIASES: dict[str, tuple[str, ...]] = {
    "date": ("date", "datetime", "timestamp", "session", "day"),
    "open": ("open", "openprice"),
    "high": ("high", "highprice"),
    "low": ("low", "lowprice"),
    # An official LME file has no close of its own; the three-month price is the traded one.
    "close": ("close", "closeprice", "last", "settle", "settlement", "threemonth", "3month"),
    "volume": ("volume", "vol", "turnovervolume"),
    "adj_close": ("adjclose", "adjustedclose", "closeadj"),
    "raw_close": ("rawclose", "unadjustedclose"),
    "cash": ("cash", "cashsettlement"),
    "stock": ("stock", "lmestock", "stocks"),
    "dividends": ("dividends", "dividend"),
    "splits": ("splits", "stocksplits", "split"),
}
NAMES = {alias: name for name, aliases in ALIASES.items() for alias in aliases}
#: Columns of vendors that carry nothing we use; passed over without a word.
KNOWN_UNUSED = frozenset({"capitalgains", "repaired", "openinterest", "currency", "symbol"})


def normal(name: str) -> str:
    """Return a column name without case, blanks and marks."""
    return re.sub(r"[^a-z0-9]", "", name.lower())


def canonical(name: str) -> str | None:
    """Return our name of a vendor's column, or None."""
    return NAMES.get(normal(name))


def find_columns(file: str, header: list[str]) -> tuple[dict[str, int], list[str]]:
    """Return the place of each known column and the names of those that are not read.

    Raises
    ------
    AuditRefused
        If a column stands twice, or Date or Close is missing.
    """
    places: dict[str, int] = {}
    unread = []
    for place, cell in enumerate(header):
        name = canonical(cell)
        if name is None:
            unread += [cell.strip()] if normal(cell) not in {*KNOWN_UNUSED, ""} else []
        elif name in places:
            detail = f"stands twice: {header[places[name]]!r} and {cell!r}"
            raise refuse(file, "duplicate column", detail, row=1, column=name)
        else:
            places[name] = place
    for needed in ("date", "close"):
        if needed not in places:
            found = ", ".join(repr(cell.strip()) for cell in header)
            detail = f"there is none among {found[:200]}"
            raise refuse(file, "missing column", detail, row=1, column=needed)
    return places, unread

"""Local CSV files: one file to one RawSeries, everything odd named by line and column."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Sequence
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from ..audit_case import Role
from ..auditing import audit
from ..clocks import clock
from ..refusal import refuse
from ..series import Finding, RawSeries, Series
from ..symbols import check_symbol
from ..units import Kind
from ..universe import IdentityAnchor
from .columns import find_columns
from .dates import parse_dates
from .door import check_sidecar, read_regular
from .numbers import parse_numbers
from .prices_toml import EXAMPLE, NAME, read_prices_toml
from .stated import StatedFacts, known_facts
from .text import Table, parse_text

PRICES = ("open", "high", "low", "close", "volume")
EXTRAS = ("adj_close", "raw_close", "cash", "stock", "dividends", "splits")
# A last line without a line end may be cut within its last number: what such a cut leaves is
# smaller by a power of ten, which no day's trading does to a price and hardly to a volume.
CUT_PRICE, CUT_VOLUME = 0.5, 0.02


def read_csv(
    path: str | Path,
    *,
    symbol: str | None = None,
    facts: StatedFacts | None = None,
    root: Path | None = None,
    dialect: str = "auto",
) -> RawSeries:
    """Return a CSV file of daily prices, parsed but not judged.

    Parameters
    ----------
    symbol : str or None
        The file's name without ``.csv`` where None.
    facts : StatedFacts or None
        Used where the folder's `prices.toml` says nothing; then the facts that the symbol itself
        implies by Yahoo's convention; then the file is refused.
    root : Path or None
        The declared data folder; the file's own folder where None.
    dialect : str
        ``"auto"``, or a declared one of ``orebound.feeds.sources.text.DIALECTS``.

    Raises
    ------
    AuditRefused
        Naming file, line, column and value.
    ConfigError
        For a bad symbol or `prices.toml`.
    """
    payload = read_regular(path, root)
    path = Path(path)
    is_vouched = check_sidecar(path, payload, root)
    symbol = check_symbol(path.name.removesuffix(".csv") if symbol is None else symbol)
    table = parse_text(path.name, payload, dialect)
    if not table.rows:
        raise refuse(path.name, "no rows", "the file holds a header and no prices", row=1)
    table = _flatten(table, symbol)
    stated = read_prices_toml(path.parent).get(symbol) or facts or known_facts(symbol)
    if stated is None:
        raise _unstated(path, symbol)
    frame = _frame(table, clock(stated.clock_name).rule.timezone)
    _check_last_line(table, frame, is_vouched)
    if stated.assumed:
        table.say("facts", "warned", f"nothing states them; assumed {stated.assumed}")
    digest = hashlib.sha256(payload).hexdigest()
    named = [_with_symbol(finding, symbol) for finding in table.findings]
    about = stated.facts_of(symbol, source="csv", sha256=digest, file=path.name)
    return RawSeries(about, frame, stated.is_adjusted, tuple(named))


def csv_series(
    folder: str | Path,
    symbol: str,
    *,
    role: Role,
    facts: StatedFacts | None = None,
    kind: Kind | None = None,
    anchors: Sequence[IdentityAnchor] = (),
    allow: Collection[str] = (),
) -> Series:
    """Return the audited series of ``folder/<symbol>.csv``.

    Raises
    ------
    AuditRefused, ConfigError
        As `read_csv` and `orebound.feeds.audit`.
    """
    folder = Path(folder)
    path = folder / f"{check_symbol(symbol)}.csv"
    raw = read_csv(path, symbol=symbol, facts=facts, root=folder)
    return audit(raw, role=role, kind=kind, anchors=anchors, allow=allow)


def _unstated(path: Path, symbol: str) -> Exception:
    detail = (
        f"nothing states currency, unit and exchange of {symbol!r}; write them into {NAME} beside "
        f"the file, such as {EXAMPLE.replace('RIO', symbol)}"
    )
    return refuse(path.name, "facts", detail, symbol=symbol)


def _with_symbol(finding: Finding, symbol: str) -> Finding:
    return Finding(
        finding.file,
        finding.rule,
        finding.outcome,
        finding.detail,
        symbol,
        finding.row,
        finding.date,
        finding.column,
    )


def _flatten(table: Table, symbol: str) -> Table:
    """Return the table of one ticker out of the three-line header that yfinance writes."""
    head = [cell.strip().lower() for cell in table.header]
    first = [row[0].strip().lower() for row in table.rows[:2]]
    if head[0] != "price" or first != ["ticker", "date"]:
        return table
    tickers = [cell.strip() for cell in table.rows[0]]
    wanted = set(tickers[1:]) if len(set(tickers[1:])) == 1 else {symbol}
    keep = [0] + [i for i, ticker in enumerate(tickers) if i and ticker in wanted]
    if len(keep) == 1:
        found = ", ".join(sorted(set(tickers[1:])))
        raise refuse(table.file, "header", f"{symbol!r} is not among the tickers {found}", row=2)
    table.header = ["Date"] + [table.header[i] for i in keep[1:]]
    table.rows = [[row[i] for i in keep] for row in table.rows[2:]]
    table.lines = table.lines[2:]
    table.say("header", "repaired", "three header lines flattened into one", row=1)
    if not table.rows:
        raise refuse(table.file, "no rows", "the file holds a header and no prices", row=3)
    return table


def _frame(table: Table, timezone: str) -> pd.DataFrame:
    places, unread = find_columns(table.file, table.header)
    if unread:
        table.say("columns", "warned", f"not read: {', '.join(unread)[:200]}", row=1)
    absent = [name for name in ("open", "high", "low") if name not in places]
    if len(absent) < 3:  # closes alone are a file of their own kind
        for name in absent:
            detail = f"the header lacks {name.title()}"
            found = Finding(table.file, "missing column", "warned", detail, row=1, column=name)
            table.findings.append(found)
    cells = [row[places["date"]] for row in table.rows]
    dates, findings = parse_dates(table.file, cells, table.lines, timezone)
    table.findings += findings
    columns: dict[str, object] = {"row": np.asarray(table.lines), "date": dates.to_numpy()}
    for name in (*PRICES, *EXTRAS):
        if name in places:
            columns[name] = parse_numbers(table, places[name], name)
        elif name in PRICES:
            columns[name] = np.full(len(table.rows), np.nan)
    return pd.DataFrame(columns)


def _check_last_line(table: Table, frame: pd.DataFrame, is_vouched: bool) -> None:
    """Refuse a last number that was cut; warn where a missing line end leaves it open."""
    if table.ends_with_newline or is_vouched:
        return
    line = table.lines[-1]
    places, _ = find_columns(table.file, table.header)
    column = next((name for name, i in places.items() if i == len(table.header) - 1), "")
    if column in frame and column != "date" and len(frame) > 1:
        values = frame[column].to_numpy()
        limit = CUT_VOLUME if column == "volume" else CUT_PRICE
        if _is_cut(values, limit):
            cell = table.rows[-1][places[column]]
            detail = f"the last line has no line end and its number {cell!r} looks cut"
            raise refuse(table.file, "cut file", detail, row=line, column=column)
    table.say("cut file", "warned", "the last line has no line end; it may be cut", row=line)


def _is_cut(values: NDArray[np.float64], limit: float) -> bool:
    last, before = values[-1], values[:-1][-5:]
    before = before[np.isfinite(before)]
    return bool(len(before) and not np.isnan(last) and abs(last) < limit * np.median(abs(before)))

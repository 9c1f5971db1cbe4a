"""What Yahoo's answers must hold before they may replace stored history."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from ..clocks import Clock, Times, clock
from ..series import Finding, Outcome, SeriesFacts
from .yahoo_refusals import DownloadRefused

#: Symbols whose owner changed: who is meant, and whose history it must not be.
COMPANIES = {"B": ("Barrick", "Barnes Group, which was B until January 2025")}
FORMER_SYMBOLS = {
    "GOLD": "Barrick was GOLD until 2025-05-08; since then its whole history is under B, and GOLD "
    "belongs to another company"
}

# Yahoo's quotes are up to 20 minutes late, so today's bar may still change that long.
QUOTE_DELAY = np.timedelta64(30, "m")
# The audit judges single holes; here only answers that were visibly cut are turned away.
MOST_MISSING_AT_ENDS = 5
LEAST_SHARE_OF_SESSIONS = 0.8
# Below the first yield the rounding of Adj Close hides whether a dividend is in it; above the
# second it may be a spin-off or stand in another unit.
DIVIDEND_YIELDS = (0.0005, 0.5)


def check_company(symbol: str, stated: Mapping[str, Any]) -> list[Finding]:
    """Refuse a reused symbol whose history is stated to be another company's."""
    if symbol not in COMPANIES:
        return []
    company, other = COMPANIES[symbol]
    names = [str(stated[key]) for key in ("longName", "shortName") if stated.get(key)]
    if any(company.lower() in name.lower() for name in names):
        return []
    expected = f"{symbol} must be {company} and not {other}"
    if names:
        raise DownloadRefused(symbol, "wrong company", f"{expected}; Yahoo calls it {names[0]}")
    detail = f"{expected}; Yahoo states no company name"
    return [Finding(f"yahoo:{symbol}", "company", "warned", detail, symbol=symbol)]


def due_sessions(own_clock: Clock, start: date, end: date, *, now: np.datetime64) -> Times:
    """Return the sessions between two dates whose closing number Yahoo has for good by `now`."""
    sessions = own_clock.sessions(start, end)
    return sessions[own_clock.known_at(sessions) + QUOTE_DELAY <= now]


def drop_unfinished(
    frame: pd.DataFrame, facts: SeriesFacts, *, now: np.datetime64
) -> tuple[pd.DataFrame, list[Finding]]:
    """Return the rows up to the last close that exists for good, and say what was left out."""
    ends = clock(facts.clock_name).known_at(_dates(frame))
    final = (ends + QUOTE_DELAY <= now) & frame["close"].notna().to_numpy()
    keep = int(np.flatnonzero(final)[-1]) + 1 if final.any() else 0
    findings = []
    for at in range(keep, len(frame)):
        row, end = frame.iloc[at], ends[at]
        session = f"its session ends at {np.datetime_as_string(end, unit='m')} UTC"
        detail = f"last row left out: close {row['close']:g}, {session}"
        finding = _finding(facts, "unfinished bar", "repaired", detail)
        findings.append(_at(finding, row, column="close"))
    return frame.iloc[:keep], findings


def check_complete(
    facts: SeriesFacts, frame: pd.DataFrame, *, due: Times, traded: Mapping[str, Any]
) -> list[Finding]:
    """Refuse an answer that lacks an end, or many of the sessions that were due.

    What was due is cut to the first and the last trade that Yahoo itself states, so that a young
    or a delisted listing is not refused for days on which it did not exist.
    """
    rows = _dates(frame[frame["close"].notna()])
    if not len(rows):
        raise DownloadRefused(facts.symbol, "empty result", "no row of a finished session")
    listed = due[_listed(due, traded)]
    span = f"got {len(rows)} rows from {rows[0]} to {rows[-1]}"
    before, after = listed[listed < rows[0]], listed[listed > rows[-1]]
    for absent in (before, after):
        if len(absent) > MOST_MISSING_AT_ENDS:
            lost = f"{len(absent)} sessions from {absent[0]} to {absent[-1]} are missing"
            detail = f"{span}; {lost}, accepted: {MOST_MISSING_AT_ENDS}"
            raise DownloadRefused(facts.symbol, "truncated answer", detail)
    held = len(listed) - len(before) - len(after)
    if len(rows) < LEAST_SHARE_OF_SESSIONS * held:
        detail = f"{span} for {held} sessions, accepted: at least {LEAST_SHARE_OF_SESSIONS:.0%}"
        raise DownloadRefused(facts.symbol, "truncated answer", detail)
    silent = due[due > rows[-1]]
    if len(silent) <= MOST_MISSING_AT_ENDS:
        return []
    detail = f"no trade in the {len(silent)} sessions from {silent[0]} to {silent[-1]}"
    return [_finding(facts, "stopped trading", "warned", detail)]


def restore_dividends(
    frame: pd.DataFrame, facts: SeriesFacts
) -> tuple[pd.DataFrame, list[Finding]]:
    """Return Adj Close with every dividend in it; Yahoo now and then leaves one out."""
    close, paid = frame["close"].to_numpy(), frame["dividends"].to_numpy()
    adjusted = frame["adj_close"].to_numpy().copy()
    findings = []
    for at in np.flatnonzero(paid > 0):
        drop = paid[at] / close[at - 1] if at else np.nan
        if not DIVIDEND_YIELDS[0] < drop < DIVIDEND_YIELDS[1]:
            continue
        shown = 1 - adjusted[at - 1] / close[at - 1] / (adjusted[at] / close[at])
        if shown < 0.1 * drop:
            adjusted[:at] *= 1 - drop
            detail = (
                f"dividend {paid[at]:g} was not in Adj Close: earlier adjusted closes were "
                f"multiplied by {1 - drop:.6f}"
            )
            finding = _finding(facts, "dividend", "repaired", detail)
            findings.append(_at(finding, frame.iloc[at], column="adj_close"))
    return frame.assign(adj_close=adjusted), findings


def _dates(frame: pd.DataFrame) -> Times:
    return frame["date"].to_numpy().astype("datetime64[D]")


def _listed(due: Times, traded: Mapping[str, Any]) -> NDArray[np.bool_]:
    inside = np.ones(len(due), dtype=bool)
    # yfinance has put both moments into the exchange's time zone, so their date is the session.
    if traded.get("firstTradeDate") is not None:
        inside &= due >= np.datetime64(pd.Timestamp(traded["firstTradeDate"]).date(), "D")
    if traded.get("regularMarketTime") is not None:
        inside &= due <= np.datetime64(pd.Timestamp(traded["regularMarketTime"]).date(), "D")
    return inside


def _finding(facts: SeriesFacts, rule: str, outcome: Outcome, detail: str) -> Finding:
    return Finding(facts.file, rule, outcome, detail, symbol=facts.symbol)


def _at(finding: Finding, row: pd.Series, *, column: str) -> Finding:
    day = f"{row['date']:%Y-%m-%d}"
    return replace(finding, row=int(row["row"]), date=day, column=column)

"""Daily prices from Yahoo: raw OHLC with Adj Close, dividends and splits, complete or refused."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from typing import Any

import numpy as np
import pandas as pd

from ..clocks import clock
from ..errors import ConfigError
from ..series import RawSeries, SeriesFacts
from ..symbols import check_symbol
from ..units import MINOR_UNITS
from .yahoo_checks import (
    FORMER_SYMBOLS,
    check_company,
    check_complete,
    drop_unfinished,
    due_sessions,
    restore_dividends,
)
from .yahoo_refusals import DownloadRefused

#: Yahoo's exchange codes and the clocks that they keep.
EXCHANGES = {
    "NYQ": "XNYS", "ASE": "XNYS", "BTS": "XNYS", "PNK": "XNYS", "SNP": "XNYS", "PCX": "ARCX",
    "NMS": "XNAS", "NGM": "XNAS", "NCM": "XNAS", "TOR": "XTSE", "LSE": "XLON", "IOB": "XLON",
    "OSL": "XOSL", "STO": "XSTO", "GER": "XETR", "ASX": "XASX", "JNB": "XJSE", "HKG": "XHKG",
    "SHH": "XSHG", "SHZ": "XSHG", "CMX": "COMEX settlement", "CCY": "FX day end 22:00 UTC",
    "ZRH": "Europe close",
}  # fmt: skip

#: What one unit of a future's price buys; Yahoo states the currency only.
FUTURES = {
    "GC=F": "USD/oz", "SI=F": "USD/oz", "PL=F": "USD/oz", "PA=F": "USD/oz", "HG=F": "USD/lb",
}  # fmt: skip

COLUMNS = {
    "Open": "open", "High": "high", "Low": "low", "Close": "close", "Volume": "volume",
    "Adj Close": "adj_close", "Dividends": "dividends", "Stock Splits": "splits",
}  # fmt: skip

DateLike = date | str | pd.Timestamp


def download(
    symbol: str,
    *,
    start: DateLike,
    end: DateLike,
    retries: int = 4,
    timeout: float = 20.0,
    budget: float = 120.0,
    first_wait: float = 2.0,
) -> RawSeries:
    """Return Yahoo's daily rows from `start` to `end`, both included, in the quoted unit.

    Parameters
    ----------
    symbol : Yahoo's symbol
    retries : how often to ask again after throttling or a time-out
    timeout, budget : longest seconds of one request, and of all requests for this symbol
    first_wait : seconds before the first retry; doubles each time, plus jitter

    Returns
    -------
    RawSeries
        Adjusted by nothing but splits; ``adj_close`` carries dividends. Today's unfinished bar is
        left out and a dividend missing from ``adj_close`` is put in, each with a finding.

    Raises
    ------
    DownloadRefused
        Unknown symbol, throttled, time-out, empty or truncated answer, another company's history.
    """
    # yfinance and curl take longer to import than a backtest to run; only a download needs them.
    from .yahoo_client import Patience, ask

    first, last = _asked(symbol, start, end)
    patience = Patience(retries, timeout, budget, first_wait)
    answer = ask(symbol, start=first, end=last, patience=patience)
    findings = check_company(symbol, answer.facts)
    facts = _facts(symbol, answer.facts)
    now = utc_now()
    frame, dropped = drop_unfinished(_rows(symbol, answer.frame), facts, now=now)
    due = due_sessions(clock(facts.clock_name), first, last, now=now)
    stopped = check_complete(facts, frame, due=due, traded=answer.facts)
    frame, restored = restore_dividends(frame, facts)
    findings += dropped + stopped + restored
    digest = hashlib.sha256(frame.to_csv(index=False).encode()).hexdigest()
    return RawSeries(
        replace(facts, sha256=digest), frame, is_adjusted=None, findings=tuple(findings)
    )


def utc_now() -> np.datetime64:
    """Return the present moment in UTC; tests put another one here."""
    return pd.Timestamp.now("UTC").tz_localize(None).as_unit("ns").to_datetime64()


def _asked(symbol: str, start: DateLike, end: DateLike) -> tuple[date, date]:
    check_symbol(symbol)
    if symbol.upper() in FORMER_SYMBOLS:
        raise DownloadRefused(symbol, "wrong company", FORMER_SYMBOLS[symbol.upper()])
    first, last = pd.Timestamp(start).date(), pd.Timestamp(end).date()
    if first > last:
        raise ConfigError(f"start must not lie after end, got {first} and {last}")
    return first, last


def _facts(symbol: str, facts: Mapping[str, Any]) -> SeriesFacts:
    unit, exchange = facts.get("currency"), facts.get("exchangeName")
    if not unit:
        raise DownloadRefused(symbol, "unusable facts", "the answer states no currency")
    if exchange not in EXCHANGES:
        known = ", ".join(EXCHANGES)
        detail = f"no clock is known for exchange {exchange!r}; accepted: {known}"
        raise DownloadRefused(symbol, "unusable facts", detail)
    return SeriesFacts(
        symbol=symbol,
        source="yahoo",
        currency=MINOR_UNITS[unit][0] if unit in MINOR_UNITS else unit,
        unit=_quote_unit(symbol, unit),
        clock_name=EXCHANGES[exchange],
        adjustment="raw",
        fetched_at=f"{np.datetime_as_string(utc_now(), unit='s')}Z",
        file=f"yahoo:{symbol}",
    )


def _quote_unit(symbol: str, currency: str) -> str:
    """Return the unit as delivered, with what it is per where the symbol says so."""
    pair = symbol.removesuffix("=X")
    if pair == symbol:
        return FUTURES.get(symbol, currency)
    # NOK=X is Yahoo's short form of USDNOK=X.
    return f"{currency} per {pair[:3] if len(pair) == 6 else 'USD'}"


def _rows(symbol: str, delivered: pd.DataFrame) -> pd.DataFrame:
    """Return the delivered rows under our names, dated by the exchange's own session."""
    frame = flatten(delivered)
    missing = [name for name in COLUMNS if name not in frame.columns]
    if missing:
        detail = f"column {missing[0]} is missing; got {', '.join(map(str, frame.columns))}"
        raise DownloadRefused(symbol, "truncated answer", detail)
    # The index stands at the exchange's local midnight; through UTC, Hong Kong's and Sydney's
    # bars would fall on the day before.
    dates = pd.DatetimeIndex(frame.index).tz_localize(None).normalize()
    frame = frame[list(COLUMNS)].rename(columns=COLUMNS).astype("float64").reset_index(drop=True)
    frame.insert(0, "date", dates.as_unit("ns"))
    frame.insert(0, "row", np.arange(2, len(frame) + 2))
    return frame


def flatten(frame: pd.DataFrame) -> pd.DataFrame:
    """Return the frame with plain column names where yfinance delivers (Price, Ticker) pairs."""
    if not isinstance(frame.columns, pd.MultiIndex):
        return frame
    names = set(COLUMNS)
    levels = [frame.columns.get_level_values(i) for i in range(frame.columns.nlevels)]
    return frame.set_axis(max(levels, key=lambda level: len(names & set(level))), axis=1)

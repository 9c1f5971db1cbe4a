"""Daily bars of the sample market: a path seen at one venue's opens and closes, in its currency."""

from __future__ import annotations

import hashlib

import numpy as np
import pandas as pd

from ..clocks import clock
from ..series import PRICE_COLUMNS, Series, SeriesFacts
from .sample_noise import Dates, Floats, generator, grid_days
from .sample_tables import FIRST, LAST, LINES, POINTS, VENUE_POINTS, Line
from .sample_world import world

DECIMALS = 6


def sample_line(symbol: str, *, seed: int, first: np.datetime64, last: np.datetime64) -> Series:
    """Return one symbol's whole history cut to `first` and `last`: a cut changes no number."""
    line = LINES[symbol]
    sessions = clock(line.clock).sessions(FIRST, LAST)
    columns = _columns(symbol, line, sessions, seed)
    kept = (sessions >= first) & (sessions <= last)
    sessions, columns = sessions[kept], {name: values[kept] for name, values in columns.items()}
    index = pd.DatetimeIndex(sessions.astype("datetime64[ns]"), name="date")
    facts = SeriesFacts(
        symbol=symbol,
        source="sample",
        currency=line.currency,
        unit=line.unit,
        clock_name=line.clock,
        adjustment="total_return",
        factor=0.01 if line.unit == "GBp" else 1.0,
        sha256=_content_hash(symbol, sessions, columns),
        file=f"synthetic sample market, seed {seed}",
        synthetic=True,
    )
    return Series(facts=facts, frame=pd.DataFrame(columns, index=index))


def _columns(symbol: str, line: Line, sessions: Dates, seed: int) -> dict[str, Floats]:
    """Return the frame's columns over all sessions, rounded so that OHLC stay consistent."""
    rng = generator(seed, f"bars {symbol}")
    moments = _moments(line, sessions, seed)
    close = np.round(np.exp(moments[:, -1]), DECIMALS)
    columns = {name: np.full(len(sessions), np.nan) for name in PRICE_COLUMNS}
    columns |= {"close": close, "raw_close": close.copy()}
    if line.has_range:
        columns["open"] = np.round(np.exp(moments[:, 0]), DECIMALS)
        columns["high"], columns["low"] = _range(rng, moments)
    if line.turnover:
        columns["volume"] = _volume(rng, line, moments[:, -1], sessions, seed)
    return columns


def _moments(line: Line, sessions: Dates, seed: int) -> Floats:
    """Return log prices in the line's currency from its open to its close, by session."""
    opening, closing = (POINTS.index(point) for point in VENUE_POINTS[line.clock])
    rows = np.searchsorted(grid_days(), sessions)
    paths, seen = world(seed), slice(opening, closing + 1)
    moments = paths[line.path][rows, seen] + np.log(line.ratio)
    if line.fx:
        rate = paths[line.fx[1:]][rows, seen]
        moments = moments - rate if line.fx[0] == "/" else moments + rate
    return np.asarray(moments)


def _range(rng: np.random.Generator, moments: Floats) -> tuple[Floats, Floats]:
    """Return highs and lows: the extremes of the known moments and a little beyond them."""
    typical = float(np.std(np.diff(moments[:, -1])))
    beyond = rng.exponential(0.2 * typical, (2, len(moments)))
    high = np.exp(moments.max(axis=1) + beyond[0])
    low = np.exp(moments.min(axis=1) - beyond[1])
    return np.round(high, DECIMALS), np.round(low, DECIMALS)


def _volume(
    rng: np.random.Generator, line: Line, close: Floats, sessions: Dates, seed: int
) -> Floats:
    """Return whole shares: lognormal turnover in dollars, more of it on days that move."""
    dollars = world(seed)[line.path][np.searchsorted(grid_days(), sessions), -1]
    moved = np.abs(np.diff(close, prepend=close[0]))
    busy = 0.25 * np.log(0.25 + moved / np.mean(moved))
    turnover = line.turnover * np.exp(busy + 0.35 * rng.standard_normal(len(close)))
    return np.asarray(np.round(turnover / (line.ratio * np.exp(dollars))))


def _content_hash(symbol: str, sessions: Dates, columns: dict[str, Floats]) -> str:
    digest = hashlib.sha256(symbol.encode())
    digest.update(sessions.astype("<M8[D]").astype("<i8").tobytes())
    for name in sorted(columns):
        digest.update(name.encode() + columns[name].astype("<f8").tobytes())
    return digest.hexdigest()

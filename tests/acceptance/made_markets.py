"""Markets whose prices are given as log paths, for cases in which the truth is planted."""

from __future__ import annotations

from datetime import date
from typing import Any

import numpy as np
import pandas as pd

from orebound.feeds import (
    Exposure,
    Issuer,
    Listing,
    Market,
    Parts,
    Series,
    SeriesFacts,
    Universe,
    clock,
)

VENUE = "XNYS"


def days(count: int, first: str = "2006-01-03") -> pd.DatetimeIndex:
    """Return so many sessions of New York."""
    every = clock(VENUE).sessions(first, "2029-12-31")[:count]
    assert len(every) == count
    return pd.DatetimeIndex(every.astype("M8[ns]"))


def market_of(miners: np.ndarray, metal: np.ndarray, market: np.ndarray | None = None) -> Market:
    """Return a market of miners on one metal, quoted at New York's close.

    Opens are the closes before, so that a fill is at the price decided on.

    Parameters
    ----------
    miners : ndarray of shape (n, n_names)
        Log prices.
    metal, market : ndarray of shape (n,)
    """
    dates = days(len(metal))
    lines, issuers = [], {}
    for k, path in enumerate(miners.T):
        name = f"N{k}"
        listing = Listing(name, name, VENUE, "USD", "USD", {"csv": name}, half_spread_bps=1.0)
        rows = (Exposure(name, "copper", 1.0, date(2000, 1, 1), None, "made", "H"),)
        issuers[name] = Issuer(name, name, "", rows)
        lines.append((listing, series(name, path, dates)))
    universe = Universe("made", tuple(line for line, _ in lines), issuers, {}, ())
    factor = None if market is None else series("MKT", market, dates, has_opens=False)
    metals = {"copper": series("CU", metal, dates, has_opens=False)}
    parts = Parts(tuple(lines), metals, factor, {}, "USD", {}, {}, ())
    return Market._of("frames", universe, parts, True, np.timedelta64(300, "s"), None)


def series(
    symbol: str, path: np.ndarray, dates: pd.DatetimeIndex, *, has_opens: bool = True
) -> Series:
    close = np.round(100.0 * np.exp(path), 8)
    values: dict[str, Any] = dict.fromkeys(("open", "high", "low"), np.nan)
    if has_opens:
        opened = np.concatenate([close[:1], close[:-1]])
        values = {"open": opened, "high": np.maximum(opened, close)}
        values["low"] = np.minimum(opened, close)
    frame = pd.DataFrame({**values, "close": close, "volume": 1e6}, index=dates)
    return Series(SeriesFacts(symbol, "frames", "USD", "USD", VENUE, "total_return"), frame)


def walk(generator: np.random.Generator, n: int, yearly: float) -> np.ndarray:
    """Return the log of a price that is a martingale, of a yearly volatility."""
    steps: np.ndarray = generator.normal(-0.5 * yearly**2 / 252.0, yearly / np.sqrt(252.0), n)
    return np.cumsum(steps)


def reverting(
    generator: np.random.Generator, n: int, *, half_life: float, deviation: float
) -> np.ndarray:
    """Return an Ornstein-Uhlenbeck path by session, stationary from the first."""
    phi = 0.5 ** (1.0 / half_life)
    out = np.empty(n)
    out[0] = generator.normal(0.0, deviation)
    shocks = generator.normal(0.0, deviation * np.sqrt(1.0 - phi**2), n)
    for t in range(1, n):
        out[t] = phi * out[t - 1] + shocks[t]
    return out

"""Funds of miners against their metal, as a reference beside the names of a universe."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from orebound.feeds import Market, Series, as_of, signal_series

from .config import RunConfig
from .lags import Lag, lag_between

#: Fund and what it is set against; a fund's holdings make the metal.
PAIRS = (("PICK", "DBB"), ("COPX", "LME_CU"), ("GDX", "GLD"), ("XME", "DBB"))
COLUMNS = (
    *("fund", "metal", "session", "lag_ratio", "lag_points"),
    *("anchored_ratio", "anchored_points"),
)


def fund_lags(
    market: Market, config: RunConfig, day: np.datetime64, *, window: int, anchor: np.datetime64
) -> pd.DataFrame:
    """Return the lag of each fund whose series are at hand, on its last session up to a day.

    The metal's price is the last one known at the fund's close.
    """
    source = "csv" if market.source == "frames" else market.source
    symbols = {symbol for pair in PAIRS for symbol in pair}
    if market.source == "frames":
        return pd.DataFrame(columns=list(COLUMNS))
    found = signal_series(source, sorted(symbols), config.data.folder)
    lines = [
        _line(found[fund], found[metal], day, window, anchor)
        for fund, metal in PAIRS
        if fund in found and metal in found
    ]
    return pd.DataFrame([line for line in lines if line], columns=list(COLUMNS))


def _line(
    fund: Series, metal: Series, day: np.datetime64, window: int, anchor: np.datetime64
) -> dict[str, Any]:
    own = fund.sessions
    last = int(np.searchsorted(own, day, side="right")) - 1
    if last < 0 or day - own[last] > np.timedelta64(10, "D"):
        return {}
    first = int(np.searchsorted(own, anchor, side="right")) - 1
    places = {"lag": last - window, "anchored": first}
    line: dict[str, Any] = {
        "fund": fund.symbol,
        "metal": metal.symbol,
        "session": own[last],
    }
    for name, place in places.items():
        lag = _lag(fund, metal, place, last)
        line |= {f"{name}_ratio": lag.ratio, f"{name}_points": lag.points}
    return line


def _lag(fund: Series, metal: Series, first: int, last: int) -> Lag:
    if first < 0 or first >= last:
        return Lag(np.nan, np.nan)
    ends = [first, last]
    times = fund.clock.known_at(fund.sessions[ends])
    return lag_between(fund.frame["close"].to_numpy()[ends], as_of(metal, times).value)

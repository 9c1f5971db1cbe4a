"""Made-up raw series for the audit's tests: a clean walk on real sessions, and ways to spoil it."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from orebound.feeds.clocks import clock
from orebound.feeds.series import RawSeries, SeriesFacts


def clean(
    rows: int = 300, *, clock_name: str = "XNYS", seed: int = 7, level: float = 50.0, **facts: Any
) -> RawSeries:
    """Return a series that no rule objects to: a random walk with a consistent range."""
    rng = np.random.default_rng(seed)
    sessions = clock(clock_name).sessions("2016-01-04", "2022-12-30")[:rows]
    close = level * np.exp(np.cumsum(rng.normal(0, 0.01, rows)))
    opened = close * np.exp(rng.normal(0, 0.003, rows))
    frame = pd.DataFrame(
        {
            "row": np.arange(2, rows + 2),
            "date": sessions.astype("datetime64[ns]"),
            "open": opened,
            "high": np.maximum(opened, close) * 1.004,
            "low": np.minimum(opened, close) * 0.996,
            "close": close,
            "volume": rng.integers(1000, 9000, rows).astype(float),
        }
    )
    stated = {"currency": "USD", "unit": "USD", "adjustment": "raw", "file": "RIO.csv", **facts}
    return RawSeries(SeriesFacts("RIO", "csv", clock_name=clock_name, **stated), frame, True)


def spoil(raw: RawSeries, row: int, **values: float) -> RawSeries:
    """Return the series with some cells of one row replaced."""
    frame = raw.frame.copy()
    for column, value in values.items():
        frame.loc[row, column] = value
    return replaced(raw, frame)


def scaled(raw: RawSeries, factor: float, start: int = 0, end: int | None = None) -> RawSeries:
    """Return the series with the four prices of some rows multiplied."""
    frame = raw.frame.copy()
    rows = slice(start, len(frame) if end is None else end)
    for column in ("open", "high", "low", "close"):
        frame.iloc[rows, frame.columns.get_loc(column)] *= factor
    return replaced(raw, frame)


def replaced(
    raw: RawSeries, frame: pd.DataFrame, is_adjusted: bool | str | None = "same"
) -> RawSeries:
    """Return the series with another frame."""
    adjusted = raw.is_adjusted if isinstance(is_adjusted, str) else is_adjusted
    return RawSeries(raw.facts, frame.reset_index(drop=True), adjusted, raw.findings)


def close_only(raw: RawSeries) -> RawSeries:
    """Return the series with its closes alone."""
    frame = raw.frame.copy()
    frame[["open", "high", "low", "volume"]] = np.nan
    return replaced(raw, frame)

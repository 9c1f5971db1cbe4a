"""What a second download says otherwise about days that were stored before."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from .series import RawSeries

# Yahoo computes its figures in single precision, so equal histories differ by some 1e-7; cents
# rounded into Adj Close add up to 1e-4 on low prices.
TOLERANCE = 2e-4
Array = NDArray[np.float64]


@dataclass(frozen=True)
class Restated:
    """Stored days whose figures changed by more than later dividends and splits explain."""

    symbol: str
    column: str
    rows: int
    first: str
    last: str
    largest: float

    def __str__(self) -> str:
        return (
            f"{self.symbol}: {self.column} of {self.rows} stored days from {self.first} to "
            f"{self.last} was restated, by up to {self.largest:+.2%}"
        )


def restatements(old: RawSeries, new: RawSeries) -> list[Restated]:
    """Return where the new download contradicts the stored one.

    A split after the stored end divides every earlier close, and a dividend lowers every earlier
    adjusted close by its yield: both are one factor for all days and are taken out first.
    """
    stored, fresh = _by_date(old.frame), _by_date(new.frame)
    days = stored.index.intersection(fresh.index)
    if days.empty:
        return []
    split, dividend = _later_factors(fresh, after=stored.index[-1])
    found = []
    for column, factor in (("close", split), ("adj_close", split * dividend)):
        change = _ratio(fresh.loc[days, column], stored.loc[days, column]) / factor - 1
        changed = np.abs(change) > TOLERANCE
        if changed.any():
            found.append(_restated(new.facts.symbol, column, days[changed], change[changed]))
    return found


def _by_date(frame: pd.DataFrame) -> pd.DataFrame:
    by_date = frame.dropna(subset=["close"]).set_index("date")
    return by_date[~by_date.index.duplicated()].sort_index()


def _later_factors(fresh: pd.DataFrame, *, after: pd.Timestamp) -> tuple[float, float]:
    """Return what later splits and dividends multiply the stored days by."""
    splits = fresh["splits"].to_numpy(dtype=np.float64)
    ratios = np.where(splits > 0.0, splits, 1.0)
    yields = _ratio(fresh["dividends"], fresh["close"].shift())
    later = fresh.index > after
    return float(1.0 / ratios[later].prod()), float(np.nanprod(1.0 - yields[later]))


def _ratio(fresh: pd.Series, stored: pd.Series) -> Array:
    return (fresh / stored).to_numpy(dtype=np.float64)


def _restated(symbol: str, column: str, days: pd.Index, change: Array) -> Restated:
    largest = float(change[np.argmax(np.abs(change))])
    first, last = (f"{day:%Y-%m-%d}" for day in (days[0], days[-1]))
    return Restated(symbol, column, len(days), first, last, largest)

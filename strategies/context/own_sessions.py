"""A further series on its own sessions, as a panel's rows saw them."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from orebound.feeds import AsOf

from ..rolling import Array

#: Sessions of its own calendar that a series may miss before it says nothing.
MOST_MISSED = 3


def fresh_rows(series: AsOf) -> NDArray[np.int64]:
    """Return the rows on which a new number of a series is first seen."""
    known = series.known_at
    has = ~np.isnat(known)
    is_new = has.copy()
    is_new[1:] &= known[1:] != known[:-1]
    return np.flatnonzero(is_new)


def on_rows(values: Array, fresh: NDArray[np.int64], series: AsOf) -> Array:
    """Return values by own session on all rows: each until the next, NaN where stale or before."""
    place = np.searchsorted(fresh, np.arange(len(series.value)), side="right") - 1
    is_usable = (place >= 0) & (series.missed <= MOST_MISSED) & ~series.is_old
    out = np.full(len(place), np.nan)
    out[is_usable] = values[place[is_usable]]
    return out


def own_change(series: AsOf, fresh: NDArray[np.int64], window: int) -> Array:
    """Return the log change over `window` own sessions, NaN across a hole; shape (n_fresh,)."""
    level, segment = np.log(series.value[fresh]), series.segment[fresh]
    out = np.full(len(fresh), np.nan)
    joined = segment[window:] == segment[:-window]
    out[window:] = np.where(joined, level[window:] - level[:-window], np.nan)
    return out

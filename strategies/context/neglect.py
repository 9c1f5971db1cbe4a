"""Neglect: shares that have long done worse than the market, and of which little is traded.

Both are proxies from prices and volumes. What investors hold, short interest or shares of funds
outstanding, comes as a known series of one's own.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ..rolling import Array, rolling_sum
from ..weights import carried
from .tightness import rolling_percentile

#: Sessions over which traded value is averaged: a quarter, so that no single day decides.
VALUE_WINDOW = 63
#: Fewest sessions of the past that either percentile is taken in.
LEAST = 252
#: The soft score is 0 from here on: neither neglected nor crowded.
NEITHER = 0.5
DECIMALS = 10


def relative_percentile(ln_relative: Array, window: int, past: int) -> Array:
    """Return the rank of a name's return beyond the market over `window` among its own of `past`.

    Parameters
    ----------
    ln_relative : ndarray of shape (n,)
        Log of the name over the market; NaN at and across a break, so that no return spans one.
    window, past : int
        Sessions.

    Returns
    -------
    ndarray of shape (n,)
        0 lowest, 1 highest, ties half; NaN with fewer than 252 returns.
    """
    change = np.full(len(ln_relative), np.nan)
    change[window:] = np.round(ln_relative[window:] - ln_relative[:-window], DECIMALS)
    if window < len(change):
        broken = rolling_sum(np.isnan(ln_relative).astype(np.float64), window + 1) > 0.0
        change[broken] = np.nan
    return rolling_percentile(change, past, min(LEAST, past))


def volume_shares(value_traded: Array, has_bar: NDArray[np.bool_]) -> Array:
    """Return the log of each name's traded value over that of all names, by means of a quarter.

    All names is a chained index: from row to row it moves as the sum of the names known on both,
    so that a listing that begins or ends moves nobody's share. Only differences in time mean
    something.

    Parameters
    ----------
    value_traded : ndarray of shape (n_rows, n_names)
        A session's, one currency; NaN without volume.
    has_bar : ndarray of shape (n_rows, n_names), bool

    Returns
    -------
    ndarray of shape (n_rows, n_names)
        NaN where a name has no bar, or fewer than 63 sessions of volume; rounded to 1e-10.
    """
    mean = np.full(value_traded.shape, np.nan)
    for name in range(value_traded.shape[1]):
        rows = np.flatnonzero(has_bar[:, name] & np.isfinite(value_traded[:, name]))
        mean[rows, name] = rolling_sum(value_traded[rows, name], VALUE_WINDOW) / VALUE_WINDOW
    mean[~(mean > 0.0)] = np.nan
    known = np.asarray(carried(mean, has_bar))
    both = np.isfinite(known[1:]) & np.isfinite(known[:-1])
    now, before = (np.where(both, part, 0.0).sum(axis=1) for part in (known[1:], known[:-1]))
    step = np.divide(now, before, out=np.ones(len(now)), where=both.any(axis=1))
    total = np.concatenate([[0.0], np.cumsum(np.log(step))])
    return np.asarray(np.round(np.log(mean) - total[:, None], DECIMALS))


def neglect_percentile(of_return: Array, of_volume: Array) -> Array:
    """Return the mean of both percentiles, low where a name is neglected.

    The return's alone where there is no volume; NaN where the return's is unknown.
    """
    both = np.where(np.isfinite(of_volume), 0.5 * (of_return + of_volume), of_return)
    return np.asarray(np.round(both, DECIMALS))


def neglect_score(percentile: Array, bar: float) -> Array:
    """Return 1 below the bar, falling linearly to 0 at the middle; NaN where it is unknown."""
    return np.asarray(
        np.round(np.clip((NEITHER - percentile) / (NEITHER - bar), 0.0, 1.0), DECIMALS)
    )

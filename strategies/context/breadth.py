"""Breadth: the share of names that recover together, so that one turn is not its own story."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ..rolling import Array, rolling_sum
from ..weights import carried
from .v_shape import span_mean

#: Span of the exponential mean of the gap whose rise counts.
GAP_SPAN = 10
#: A share of fewer names says nothing of the sector.
LEAST_NAMES = 3
DECIMALS = 10


def recovering(gap: Array, ln_relative: Array, *, mean_window: int = 50) -> Array:
    """Return where a name recovers: its gap's mean rises, and it stands above its relative mean.

    Parameters
    ----------
    gap : ndarray of shape (n,)
        One unbroken run, logs.
    ln_relative : ndarray of shape (n,)
        Log of the miner over its basket.
    mean_window : int
        Sessions of the relative price's mean, the current one included.

    Returns
    -------
    ndarray of shape (n,)
        1 where the exponential mean (span 10) of the gap rose over one session and the relative
        price exceeds its mean, 0 where either fails, NaN until both are known.
    """
    if mean_window < 2:
        raise ValueError(f"mean_window must be at least 2, got {mean_window}")
    slope = np.diff(span_mean(gap, GAP_SPAN), prepend=np.nan)
    # About the run's first level, so that a level price does not exceed its mean by rounding.
    level = ln_relative - (ln_relative[0] if len(ln_relative) else 0.0)
    above = np.round(level - rolling_sum(level, mean_window) / mean_window, DECIMALS)
    is_known = np.isfinite(slope) & np.isfinite(above)
    return np.where(is_known, (slope > 0.0) & (above > 0.0), np.nan).astype(np.float64)


def share_recovering(
    recovers: Array, is_ready: NDArray[np.bool_], has_bar: NDArray[np.bool_]
) -> Array:
    """Return which share of the ready names recovers at each row, each at its last own bar.

    Parameters
    ----------
    recovers : ndarray of shape (n_rows, n_names)
        As `recovering` says; a name of which it is not known counts on neither side.
    is_ready, has_bar : ndarray of shape (n_rows, n_names), bool

    Returns
    -------
    ndarray of shape (n_rows,)
        Entry `t` depends on rows ``<= t`` only; NaN with fewer than three names, rounded to 1e-10.
    """
    known = np.asarray(carried(np.where(is_ready & has_bar, recovers, np.nan), has_bar))
    count = np.isfinite(known).sum(axis=1)
    share = np.divide(
        np.nansum(known, axis=1), count, out=np.full(len(known), np.nan), where=count > 0
    )
    return np.where(count >= LEAST_NAMES, np.round(share, DECIMALS), np.nan)

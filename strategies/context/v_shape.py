"""V-shape: the gap has turned, a stated share is won back, and the miner leads its metal again."""

from __future__ import annotations

import math

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

from ..rolling import Array

DECIMALS = 10


def rolling_least(values: Array, window: int) -> Array:
    """Return the least of the last `window` entries, NaN before there are as many or where one is.

    Parameters
    ----------
    values : ndarray of shape (n,)
    """
    out = np.full(len(values), np.nan)
    if len(values) >= window:
        out[window - 1 :] = sliding_window_view(values, window).min(axis=1)
    return out


def span_mean(values: Array, span: int) -> Array:
    """Return the exponential mean of weight ``2 / (span + 1)``, begun anew after each NaN.

    Rounded to 1e-10, so that a level value does not seem to rise.
    """
    weight = 2.0 / (span + 1.0)
    out = np.full(len(values), np.nan)
    level = math.nan
    for t, value in enumerate(values.tolist()):
        level = value if math.isnan(level) else level + weight * (value - level)
        out[t] = level
    return np.round(out, DECIMALS)


def v_shape_of(
    gap: Array, ln_relative: Array, *, window: int, recovered: float, high: int
) -> tuple[NDArray[np.bool_], Array]:
    """Return where a lag has turned into a V, and how far it has come.

    With ``g_min`` the least gap of the last `window` sessions and
    ``f = (g_t - g_min) / (0 - g_min)`` the share won back, a V is confirmed where ``g_min < 0``,
    ``f >= recovered``, the exponential mean (span `high`) of the gap rose over one session, and
    the relative price exceeds its highest of the `high` sessions before. A confirmation costs
    the share `recovered` of the gap, and a W confirms twice.

    Parameters
    ----------
    gap : ndarray of shape (n,)
        One unbroken run, logs, NaN until its window is full.
    ln_relative : ndarray of shape (n,)
        Log of the miner over its basket.
    window, high : int
        Sessions.
    recovered : float
        Share of the gap that must be won back.

    Returns
    -------
    is_v : ndarray of bool, shape (n,)
    score : ndarray of shape (n,)
        ``f / recovered`` within [0, 1], 0 where the slope or the high fails or there was no lag;
        NaN until the windows are filled. Entry `t` depends on entries ``<= t`` only.
    """
    if window < 2 or high < 1:
        raise ValueError(f"window must be at least 2 and high at least 1, got {window}, {high}")
    if not recovered > 0.0:
        raise ValueError(f"recovered must be above 0, got {recovered}")
    least = rolling_least(gap, window)
    mean = span_mean(gap, high)
    rises = np.diff(mean, prepend=np.nan) > 0.0
    top = np.full(len(gap), np.nan)
    ratio = np.round(ln_relative, DECIMALS)
    top[1:] = -rolling_least(-ratio, high)[:-1]
    leads = ratio > top
    lagged = least < 0.0
    share = np.divide(gap - least, -least, out=np.zeros(len(gap)), where=lagged)
    score = np.where(rises & leads & lagged, np.clip(share / recovered, 0.0, 1.0), 0.0)
    is_known = np.isfinite(least) & np.isfinite(top) & np.isfinite(mean)
    score = np.where(is_known, np.round(score, DECIMALS), np.nan)
    return score >= 1.0, score

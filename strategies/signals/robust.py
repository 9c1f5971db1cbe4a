"""Deviations that one wild session does not move: medians instead of squares."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from ..rolling import Array, rolling_std

#: Median absolute deviation of a normal distribution is its standard deviation over this.
MAD_TO_SD = 1.4826
#: Windows taken at once: bounds memory, changes no value.
CHUNK = 1024


def rolling_median(values: Array, window: int) -> Array:
    """Return the median of the last `window` entries, NaN where the window holds one."""
    return _by_window(values, window, lambda part: np.median(part, axis=1))


def rolling_mad(values: Array, window: int) -> Array:
    """Return the median absolute deviation from the median of the last `window` entries.

    Unscaled: times 1.4826 it estimates a standard deviation. NaN where the window holds one.
    """
    return _by_window(values, window, _mad)


def rolling_scale(values: Array, window: int, kind: str) -> Array:
    """Return the deviation of the last `window` entries: ``sd`` (ddof 1) or scaled ``mad``."""
    if kind == "mad":
        return MAD_TO_SD * rolling_mad(values, window)
    return rolling_std(values, window)


def expanding_scale(values: Array, kind: str) -> Array:
    """Return the deviation of all entries so far: ``sd`` (ddof 1) or scaled ``mad``.

    Parameters
    ----------
    values : ndarray of shape (n,)
        NaN at the beginning is left out.

    Returns
    -------
    ndarray of shape (n,)
        NaN until two entries are there.
    """
    out = np.full(len(values), np.nan)
    has = np.isfinite(values)
    first = int(np.argmax(has)) if has.any() else len(values)
    own = values[first:]
    if kind == "mad":
        for last in range(1, len(own)):
            out[first + last] = MAD_TO_SD * _mad(own[None, : last + 1])[0]
    elif len(own) > 1:
        shifted = own - own[0]
        count = np.arange(1.0, len(own) + 1.0)
        squares = np.cumsum(shifted**2) - np.cumsum(shifted) ** 2 / count
        out[first + 1 :] = np.sqrt(np.maximum(squares[1:], 0.0) / (count[1:] - 1.0))
    return out


def winsorised(values: Array, window: int, width: float) -> Array:
    """Return the values, none further from the recent median than `width` robust deviations.

    Median and deviation are those of the `window` sessions that ended the session before: what a
    wild session is clipped to does not know that session.

    Parameters
    ----------
    values : ndarray of shape (n,)
    width : float
        In scaled median absolute deviations; 0 leaves the values as they are.

    Returns
    -------
    ndarray of shape (n,)
        NaN until `window` values lie before; not clipped where half of those are equal.
    """
    if width == 0.0:
        return values
    centre, room = np.full(len(values), np.nan), np.full(len(values), np.nan)
    centre[1:] = rolling_median(values, window)[:-1]
    room[1:] = width * MAD_TO_SD * rolling_mad(values, window)[:-1]
    clipped = np.clip(values, centre - room, centre + room)
    return np.where(room == 0.0, values, clipped)


def _by_window(values: Array, window: int, of: Callable[[Array], Array]) -> Array:
    out = np.full(len(values), np.nan)
    if len(values) < window:
        return out
    windows = sliding_window_view(values, window)
    for begin in range(0, len(windows), CHUNK):
        part = windows[begin : begin + CHUNK]
        out[window - 1 + begin : window - 1 + begin + len(part)] = of(part)
    return out


def _mad(windows: Array) -> Array:
    centre = np.median(windows, axis=1, keepdims=True)
    out: Array = np.median(np.abs(windows - centre), axis=1)
    return out

"""Exits that arrays decide: where a rule must leave whatever its thresholds say, and why.

A forced exit is a measure of ``+inf``: beyond any level to leave above, and short of any level to
enter at, so that the same cell forbids entries. What the record calls it stands beside it.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from .exits import stop_of
from .rolling import Array

#: The finite level that only a forced exit lies above.
FORCED_ABOVE = 1e300
#: Sessions whose noise a trailing stop allows for: the square root of 10 days' variance.
TRAIL_SESSIONS = 10.0


def while_not_on(is_on: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Return where a regime that must be ON to stay is not."""
    return ~is_on


def trailing(close: Array, volatility: Array, is_on: NDArray[np.bool_], multiple: float) -> Array:
    """Return where a price has fallen too far from its highest since the regime ended.

    On one name's own bars: ``1 - close / highest >= multiple x volatility x sqrt(10)``, the
    highest taken from the first bar of the stretch without the regime. Measured from the end of
    the regime and not from an entry, so that it is the same for every position.

    Parameters
    ----------
    close, volatility : ndarray of shape (n,)
        Last known price, and a day's standard deviation; NaN forces nothing.
    is_on : ndarray of shape (n,), bool

    Returns
    -------
    ndarray of shape (n,), bool
        Entry `t` depends on rows `<= t` only.
    """
    off = ~is_on
    stretch = np.cumsum(np.diff(off.astype(np.int8), prepend=0) == 1)
    highest = np.full(len(close), np.nan)
    for number in np.unique(stretch[off]):
        rows = np.flatnonzero(off & (stretch == number))
        highest[rows] = np.fmax.accumulate(close[rows])
    fallen = np.rint((1.0 - close / highest) * 1e10) / 1e10
    with np.errstate(invalid="ignore"):
        is_far: Array = off & (fallen >= stop_of(volatility, TRAIL_SESSIONS, multiple))
    return is_far


def has_closed(z: Array, z_out: float) -> NDArray[np.bool_]:
    """Return where a rolling gap has closed: ``z >= -z_out``; an unknown one has not.

    A rolling gap closes by mere roll-off of old losses too; the anchored one does not.
    """
    with np.errstate(invalid="ignore"):
        closed: NDArray[np.bool_] = z >= -z_out
    return closed

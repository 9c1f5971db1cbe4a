"""Ranks of a number within its own past."""

from __future__ import annotations

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from ..rolling import Array

DECIMALS = 10
CHUNK = 512


def rolling_percentile(values: Array, window: int, least: int) -> Array:
    """Return the share of the other values of the last `window` that lie below each; ties half.

    The lowest of its window is 0, the highest 1.

    Parameters
    ----------
    values : ndarray of shape (n,)
        Entries that are NaN count in no window and get NaN.
    least : int
        Fewest values of a window, the current one included; NaN before.
    """
    padded = np.concatenate([np.full(window - 1, np.nan), values])
    seen = sliding_window_view(padded, window)
    out = np.full(len(values), np.nan)
    for begin in range(0, len(values), CHUNK):  # a whole comparison would hold n x window flags
        part, now = seen[begin : begin + CHUNK], values[begin : begin + CHUNK, None]
        below, ties = np.sum(part < now, axis=1), np.sum(part == now, axis=1) - 1
        others = np.sum(np.isfinite(part), axis=1) - 1
        is_known = (others >= least - 1) & np.isfinite(now[:, 0])
        rank = np.divide(below + 0.5 * ties, others, out=np.zeros(len(part)), where=others > 0)
        out[begin : begin + CHUNK] = np.where(is_known, rank, np.nan)
    return np.round(out, DECIMALS)

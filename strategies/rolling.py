"""Rolling sums and moments that depend on nothing outside their window.

A running sum carries rounding errors from the first bar to the last, so that dropping old bars
would change new signals in the last digits. Here each window is added up from two partial sums
cut at fixed block borders (van Herk 1992): exact to a few ulps, NaN only where the window holds
one, and free of BLAS, so that every processor gets the same bits.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]


def rolling_sum(values: Array, window: int) -> Array:
    """Return the sum of the last `window` entries, NaN before there are as many.

    Parameters
    ----------
    values : ndarray of shape (n, ...)
        Summed along the first axis.
    """
    n = len(values)
    out = np.full(values.shape, np.nan)
    if n < window:
        return out
    blocks = -(-n // window)
    padded = np.zeros((blocks * window, *values.shape[1:]))
    padded[:n] = values
    shaped = padded.reshape(blocks, window, *values.shape[1:])
    prefix = np.cumsum(shaped, axis=1).reshape(padded.shape)
    suffix = np.cumsum(shaped[:, ::-1], axis=1)[:, ::-1].reshape(padded.shape)
    last = np.arange(window - 1, n)
    first = last - window + 1
    is_one_block = first % window == 0
    out[window - 1 :] = prefix[last]
    split = ~is_one_block
    out[last[split]] += suffix[first[split]]
    return out


def windowed_sum(values: Array, window: int, least: int) -> Array:
    """Return the sum of the last `window` entries, or of all so far once there are `least`."""
    out = rolling_sum(values, window)
    head = min(window - 1, len(values))
    out[:head] = np.cumsum(values[:head], axis=0)
    out[: min(least - 1, head)] = np.nan
    return out


def rolling_std(values: Array, window: int) -> Array:
    """Return the sample standard deviation (ddof 1) of the last `window` entries of a vector."""
    # Taken around the first finite value: S2 - S^2/n loses digits for values with a large common
    # level, and any later value or a full-sample mean would let the future into the last digit.
    finite = np.flatnonzero(np.isfinite(values))
    shifted = values - (values[finite[0]] if len(finite) else 0.0)
    mean = rolling_sum(shifted, window) / window
    squares = rolling_sum(shifted * shifted, window)
    variance = (squares - window * mean**2) / (window - 1)
    return np.sqrt(np.maximum(variance, 0.0))

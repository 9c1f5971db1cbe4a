"""One name against all others of a row: its distance from the middle and its rank."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from .rolling import Array
from .weights import carried

Flags = NDArray[np.bool_]


def middle(values: Array, is_ready: Flags, has_bar: Flags) -> Array:
    """Return the median of all ready names at each row, each at its last own bar.

    Parameters
    ----------
    values : ndarray of shape (n_rows, n_names)
        NaN where a name has no bar.
    is_ready, has_bar : ndarray of shape (n_rows, n_names), bool

    Returns
    -------
    ndarray of shape (n_rows,)
        Entry `t` depends on rows `<= t` only; NaN where no name is ready. Rounded to 1e-10.
    """
    ordered = np.sort(_known(values, is_ready, has_bar), axis=1)  # NaN last
    count = np.isfinite(ordered).sum(axis=1)
    every = np.arange(len(values))
    low, high = (np.maximum(count - 1, 0) // 2, count // 2)
    high = np.minimum(high, ordered.shape[1] - 1)
    both: Array = 0.5 * (ordered[every, low] + ordered[every, high])
    return np.where(count > 0, np.round(both, 10), np.nan)


def widest_and_narrowest(
    values: Array, is_ready: Flags, has_bar: Flags, top: int
) -> tuple[Flags, Flags]:
    """Return which names are among the `top` least and the `top` greatest of a row.

    A name ranks by its last own bar; of equal ones the first column is the lesser. Where fewer
    than ``2 x top`` names are ready there are none, so that no name is on both sides.
    """
    known = _known(values, is_ready, has_bar)
    order = np.argsort(known, axis=1, kind="stable")
    rank = np.argsort(order, axis=1, kind="stable")
    count = np.isfinite(known).sum(axis=1, keepdims=True)
    is_ranked = np.isfinite(known) & (count >= 2 * top)
    return is_ranked & (rank < top), is_ranked & (rank >= count - top)


def _known(values: Array, is_ready: Flags, has_bar: Flags) -> Array:
    last = carried(np.where(is_ready, values, np.nan), has_bar)
    return np.asarray(last, dtype=np.float64)

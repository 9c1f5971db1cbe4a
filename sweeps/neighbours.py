"""How a figure stands among the rows one step away: a plateau or a lonely peak."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

#: Codes of rows are mixed into one number; more places than these do not fit it.
MOST_PLACES = 2**62


def median_around(
    values: NDArray[np.float64],
    codes: NDArray[np.int64],
    is_ordered: Sequence[bool] | None = None,
) -> NDArray[np.float64]:
    """Return by row the median figure of the rows one level away in exactly one parameter.

    The row itself does not count. NaN where a row has no such neighbour with a figure, or no
    figure of its own.

    Parameters
    ----------
    values : ndarray of shape (n_rows,)
        NaN where a row has none.
    codes : ndarray of shape (n_rows, n_parameters)
        The place of each row's value among the ascending levels of each parameter, from 0.
        No two rows are alike.
    is_ordered : sequence of bool, optional
        Whether a parameter's levels are an order, so that a step leads to the next; of one that is
        none, as words, any other level is one step away. All are orders without it.

    Raises
    ------
    ValueError
        If the parameters have more combinations than 2**62.
    """
    sizes = codes.max(axis=0, initial=-1).astype(object) + 1
    if int(np.prod(sizes, dtype=object)) > MOST_PLACES:
        raise ValueError(f"the parameters have more than 2**62 combinations, sizes {list(sizes)}")
    if not len(values):
        return np.zeros(0)
    ordered = [True] * len(sizes) if is_ordered is None else list(is_ordered)
    steps = np.ones(len(sizes), np.int64)
    for place in range(len(sizes) - 2, -1, -1):
        steps[place] = steps[place + 1] * int(sizes[place + 1])
    keys = codes @ steps
    order = np.argsort(keys, kind="stable")
    ascending = keys[order]
    found = []
    for place, size in enumerate(int(one) for one in sizes):
        for step in (-1, 1) if ordered[place] else range(1, size):
            moved = codes[:, place] + step
            moved = moved if ordered[place] else moved % size
            wanted = keys + (moved - codes[:, place]) * steps[place]
            at = np.minimum(np.searchsorted(ascending, wanted), len(keys) - 1)
            is_there = (moved >= 0) & (moved < size) & (ascending[at] == wanted)
            found.append(np.where(is_there, values[order[at]], np.nan))
    around = np.stack(found) if found else np.full((1, len(values)), np.nan)
    return np.where(np.isfinite(values), _median(around), np.nan)


def _median(around: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the median over the first axis of what is known; NaN where nothing is."""
    known = np.isfinite(around).sum(axis=0)
    ascending = np.sort(around, axis=0)  # NaN last
    columns = np.arange(around.shape[1])
    low, high = np.maximum(known - 1, 0) // 2, known // 2
    middle = 0.5 * (ascending[low, columns] + ascending[np.minimum(high, len(around) - 1), columns])
    return np.where(known > 0, middle, np.nan)

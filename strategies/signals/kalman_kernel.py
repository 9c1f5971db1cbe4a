"""The recursion of a random-walk regression, compiled: plain sums, the same bits everywhere."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ..compiling import compiled

Array = NDArray[np.float64]


@compiled
def update_kernel(state: Array, covariance: Array, x: Array, y: float, r: float) -> float:
    """Move state and covariance in place by one observation ``y = x'state + v``, var(v) = r.

    Returns the innovation ``y - x'state``, taken before the move.
    """
    k = len(state)
    innovation, variance = y, r
    with_x = np.zeros(k)
    for i in range(k):
        innovation -= x[i] * state[i]
        for j in range(k):
            with_x[i] += covariance[i, j] * x[j]
    for i in range(k):
        variance += x[i] * with_x[i]
    for i in range(k):
        state[i] += with_x[i] * innovation / variance
    for i in range(k):
        for j in range(k):
            covariance[i, j] -= with_x[i] * with_x[j] / variance
    return innovation


@compiled
def hold_kernel(state: Array, covariance: Array, place: int, low: float, high: float) -> None:
    """Move one entry of the state into bounds, and the others to what they are given it."""
    held = min(max(state[place], low), high)
    shift = held - state[place]
    if shift == 0.0:
        return
    for i in range(len(state)):
        if i != place and covariance[place, place] > 0.0:
            state[i] += covariance[i, place] / covariance[place, place] * shift
    state[place] = held


@compiled
def filter_kernel(
    y: Array,
    x: Array,
    state: Array,
    covariance: Array,
    first: int,
    noise: float,
    step: float,
    low: float,
    high: float,
    states: Array,
    innovations: Array,
) -> None:
    """Fill states and innovations from `first` on; the state before it stands in ``first - 1``.

    Entry 1 of the state moves by at most `step` a row and stays within `low` and `high`.
    """
    for t in range(first, len(y)):
        before = state[1]
        for i in range(len(state)):
            covariance[i, i] += noise
        innovations[t] = update_kernel(state, covariance, x[t], y[t], 1.0)
        hold_kernel(state, covariance, 1, max(low, before - step), min(high, before + step))
        states[t] = state

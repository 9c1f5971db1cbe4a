"""The best of many trials on one side of each split, ranked on the other: compiled.

Loaded only where it is used: importing the compiler takes longer than most commands.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import ParamSpec, TypeVar, cast

import numpy as np
from numba import njit
from numpy.typing import NDArray

from .block_sums import FLAT_SHARE

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
P = ParamSpec("P")
R = TypeVar("R")
# Trials worked on at once: their sums stay in the processor's first cache.
TILE = 1024


def _compiled(function: Callable[P, R]) -> Callable[P, R]:
    """Return the function compiled, without fast-math: equal trials keep equal last bits."""
    done = njit(cache=True, nogil=True, error_model="numpy", fastmath=False)(function)
    return cast(Callable[P, R], done)


@_compiled
def rank_splits(
    member: NDArray[np.bool_], total: Floats, squares: Floats, sessions: Floats, weight: Ints
) -> Floats:
    """Return rank out of sample, Sharpe ratio in and out of the best in sample, by split.

    Parameters
    ----------
    member : ndarray of shape (n_pairs, n_blocks)
        Blocks of one side; each pair is worked on both ways, so the result has 2 n_pairs rows.
    total, squares : ndarray of shape (n_blocks, n_trials)
    sessions : ndarray of shape (n_blocks,)
    weight : ndarray of shape (n_trials,)
        How many equal trials each one stands for.
    """
    n_trials = total.shape[1]
    one, other = np.empty(n_trials), np.empty(n_trials)
    out = np.empty((2 * len(member), 3))
    for pair in range(len(member)):
        n_one = _scores(member[pair], True, total, squares, sessions, one)
        n_other = _scores(member[pair], False, total, squares, sessions, other)
        out[2 * pair] = _ranked(one, other, n_one, n_other, weight)
        out[2 * pair + 1] = _ranked(other, one, n_other, n_one, weight)
    return out


@_compiled
def _scores(
    member: NDArray[np.bool_],
    side: bool,
    total: Floats,
    squares: Floats,
    sessions: Floats,
    score: Floats,
) -> float:
    """Fill the scores of one side and return its sessions.

    A score is ``s |s| / q`` of sum s and sum of squares q: it orders trials as their Sharpe ratios
    do and needs no root; 0 where `sharpe_of_sums` says 0.
    """
    n = 0.0
    for block in range(len(member)):
        if member[block] == side:
            n += sessions[block]
    s, q = np.empty(TILE), np.empty(TILE)
    for start in range(0, total.shape[1], TILE):
        width = min(TILE, total.shape[1] - start)
        s[:], q[:] = 0.0, 0.0
        for block in range(len(member)):
            if member[block] == side:
                part, part_squares = total[block, start:], squares[block, start:]
                for k in range(width):
                    s[k] += part[k]
                    q[k] += part_squares[k]
        for k in range(width):
            varies = q[k] - s[k] * s[k] / n > FLAT_SHARE * q[k]
            score[start + k] = s[k] * abs(s[k]) / q[k] if varies else 0.0
    return n


@_compiled
def _sharpe(score: float, n: float) -> float:
    """Return the Sharpe ratio per session (ddof 1) of a score over n sessions."""
    size = np.sqrt((n - 1.0) / n * abs(score) / (n - abs(score)))
    return size if score > 0.0 else -size


@_compiled
def _ranked(
    inside: Floats, outside: Floats, n_inside: float, n_outside: float, weight: Ints
) -> tuple[float, float, float]:
    best = inside[0]
    for k in range(1, len(inside)):
        best = max(best, inside[k])
    tied = np.flatnonzero(inside == best)
    values, count = outside[tied], weight[tied]
    if values.min() == values.max():
        below, equal, value = 0, 0, values[0]
        for k in range(len(outside)):
            below += weight[k] if outside[k] < value else 0
            equal += weight[k] if outside[k] == value else 0
        rank = below + (equal + 1) / 2.0
        return rank, _sharpe(best, n_inside), _sharpe(value, n_outside)
    mean = 0.0
    for k in range(len(values)):
        mean += count[k] * _sharpe(values[k], n_outside)
    return _mean_rank(outside, weight, values, count), _sharpe(best, n_inside), mean / count.sum()


@_compiled
def _mean_rank(outside: Floats, weight: Ints, values: Floats, count: Ints) -> float:
    """Return the mean over tied trials of their mean ranks, all tied ones found in one pass."""
    order = np.argsort(values)
    values, count = values[order], count[order]
    before = np.zeros(len(count) + 1, np.int64)
    before[1:] = np.cumsum(count)
    # Twice the number of pairs (any trial, tied trial) in which it is lower; an equal one is half.
    twice = 0
    for k in range(len(outside)):
        low = np.searchsorted(values, outside[k], side="left")
        high = np.searchsorted(values, outside[k], side="right")
        twice += weight[k] * (2 * before[-1] - before[low] - before[high])
    return twice / (2.0 * before[-1]) + 0.5

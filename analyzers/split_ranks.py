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
# Trials worked on at once: the sums of every half of the blocks stay in the processor's cache.
TILE = 256
# Different outcomes of equal bests that are ranked along with all splits; more take their own way.
ROOM = 16


def _compiled(function: Callable[P, R]) -> Callable[P, R]:
    """Return the function compiled, without fast-math: equal trials keep equal last bits."""
    done = njit(cache=True, nogil=True, error_model="numpy", fastmath=False)(function)
    return cast(Callable[P, R], done)


@_compiled
def rank_splits(
    masks: Ints, total: Floats, squares: Floats, sessions: Floats, weight: Ints
) -> Floats:
    """Return rank out of sample, Sharpe ratio in and out of the best in sample, by split.

    Parameters
    ----------
    masks : ndarray of shape (n_pairs,)
        Bit b says that block b is on the first side. Each pair is worked on both ways: the result
        has shape (2 n_pairs, 3).
    total, squares : ndarray of shape (n_blocks, n_trials)
    sessions : ndarray of shape (n_blocks,)
    weight : ndarray of shape (n_trials,)
        How many equal trials each one stands for.
    """
    n_sides, n_blocks = 2 * len(masks), len(total)
    best = np.full(n_sides, -np.inf)
    values, counts = np.empty((n_sides, ROOM)), np.zeros((n_sides, ROOM), np.int64)
    n_values, twice = np.zeros(n_sides, np.int64), np.zeros((n_sides, ROOM), np.int64)
    full = (1 << n_blocks) - 1
    score = np.empty((2, TILE))
    for stage in range(2):
        for start in range(0, total.shape[1], TILE):
            stop = min(start + TILE, total.shape[1])
            sums = _half_sums(total[:, start:stop])
            sums_of_squares = _half_sums(squares[:, start:stop])
            for pair in range(len(masks)):
                for side in range(2):
                    mask = masks[pair] if side == 0 else full ^ masks[pair]
                    _scores(mask, sums, sums_of_squares, _sessions(mask, sessions), score[side])
                for side in range(2):
                    k = 2 * pair + side
                    inside = score[side, : stop - start]
                    outside = score[1 - side, : stop - start]
                    own = weight[start:stop]
                    if stage == 0:
                        _keep_best(inside, outside, own, k, best, values, counts, n_values)
                    else:
                        for place in range(n_values[k]):
                            twice[k, place] += _twice_below(outside, own, values[k, place])
    out = np.empty((n_sides, 3))
    for k in range(n_sides):
        mask = masks[k // 2] if k % 2 == 0 else full ^ masks[k // 2]
        inside_n, outside_n = _sessions(mask, sessions), _sessions(full ^ mask, sessions)
        if n_values[k] < 0:
            rank, value = _many_tied(mask, total, squares, sessions, weight, best[k])
        else:
            rank, value = _mean_of_tied(values[k, : n_values[k]], counts[k], twice[k], outside_n)
        out[k, 0], out[k, 1], out[k, 2] = rank, _sharpe(best[k], inside_n), value
    return out


@_compiled
def _half_sums(blocks: Floats) -> Floats:
    """Return the sums of every subset of the first half of the blocks, then of the second's."""
    n_blocks, width = blocks.shape
    half = n_blocks // 2
    size = 1 << half
    out = np.zeros((2 * size, TILE))
    for part in range(2):
        for subset in range(1, size):
            top = 0
            while subset >> (top + 1):
                top += 1
            own = out[part * size + subset]
            rest = out[part * size + (subset ^ (1 << top))]
            block = blocks[part * half + top]
            for k in range(width):
                own[k] = rest[k] + block[k]
    return out


@_compiled
def _sessions(mask: int, sessions: Floats) -> float:
    n = 0.0
    for block in range(len(sessions)):
        if (mask >> block) & 1:
            n += sessions[block]
    return n


@_compiled
def _scores(mask: int, sums: Floats, squares: Floats, n: float, score: Floats) -> None:
    """Fill ``s |s| / q`` of sum s and sum of squares q over the blocks of a mask.

    It orders trials as their Sharpe ratios do and needs no root; 0 where `sharpe_of_sums` says 0.
    """
    size = len(sums) // 2
    low, high = mask % size, size + mask // size
    s1, s2, q1, q2 = sums[low], sums[high], squares[low], squares[high]
    for k in range(TILE):
        s, q = s1[k] + s2[k], q1[k] + q2[k]
        ratio = s * abs(s) / q
        score[k] = ratio if q - s * s / n > FLAT_SHARE * q else 0.0


@_compiled
def _sharpe(score: float, n: float) -> float:
    """Return the Sharpe ratio per session (ddof 1) of a score over n sessions."""
    size = np.sqrt((n - 1.0) / n * abs(score) / (n - abs(score)))
    return float(size if score > 0.0 else -size)


@_compiled
def _largest(values: Floats) -> float:
    """Return the maximum of finite values; eight at a time, as the processor compares them."""
    lanes = np.full(8, -np.inf)
    whole = len(values) // 8
    for row in range(whole):
        for lane in range(8):
            value = values[8 * row + lane]
            lanes[lane] = value if value > lanes[lane] else lanes[lane]
    most = lanes.max()
    for k in range(8 * whole, len(values)):
        most = max(most, values[k])
    return float(most)


@_compiled
def _keep_best(
    inside: Floats,
    outside: Floats,
    weight: Ints,
    k: int,
    best: Floats,
    values: Floats,
    counts: Ints,
    n_values: Ints,
) -> None:
    """Keep what the best in sample of one side did out of sample; equal bests are all kept."""
    most = _largest(inside)
    if most < best[k]:
        return
    if most > best[k]:
        best[k], n_values[k] = most, 0
    for trial in range(len(inside)):
        if inside[trial] == most and n_values[k] >= 0:
            place = 0
            while place < n_values[k] and values[k, place] != outside[trial]:
                place += 1
            if place == ROOM:
                n_values[k] = -1
            elif place == n_values[k]:
                values[k, place], counts[k, place] = outside[trial], weight[trial]
                n_values[k] += 1
            else:
                counts[k, place] += weight[trial]


@_compiled
def _twice_below(outside: Floats, weight: Ints, value: float) -> int:
    """Return twice the trials below a value; an equal one is half below."""
    below, up_to = 0, 0
    for k in range(len(outside)):
        below += weight[k] * (outside[k] < value)
        up_to += weight[k] * (outside[k] <= value)
    return below + up_to


@_compiled
def _mean_of_tied(values: Floats, counts: Ints, twice: Ints, n: float) -> tuple[float, float]:
    """Return the mean over equal bests of their mean ranks and of their Sharpe ratios."""
    rank, sharpe, total = 0.0, 0.0, 0.0
    for place in range(len(values)):
        rank += counts[place] * (twice[place] + 1) / 2.0
        sharpe += counts[place] * _sharpe(values[place], n)
        total += counts[place]
    return rank / total, sharpe / total


@_compiled
def _many_tied(
    mask: int, total: Floats, squares: Floats, sessions: Floats, weight: Ints, best: float
) -> tuple[float, float]:
    """Return `_mean_of_tied` of one split whose equal bests have many outcomes."""
    n_trials, full = total.shape[1], (1 << len(total)) - 1
    inside, outside = np.empty(n_trials), np.empty(n_trials)
    score = np.empty(TILE)
    for start in range(0, n_trials, TILE):
        stop = min(start + TILE, n_trials)
        sums = _half_sums(total[:, start:stop])
        sums_of_squares = _half_sums(squares[:, start:stop])
        _scores(mask, sums, sums_of_squares, _sessions(mask, sessions), score)
        inside[start:stop] = score[: stop - start]
        other = full ^ mask
        _scores(other, sums, sums_of_squares, _sessions(other, sessions), score)
        outside[start:stop] = score[: stop - start]
    tied = np.flatnonzero(inside == best)
    tied = tied[np.argsort(outside[tied])]
    values, count = outside[tied], weight[tied]
    before = np.zeros(len(tied) + 1, np.int64)
    before[1:] = np.cumsum(count)
    # Of all pairs (any trial, equal best): how many are below, those at the same value half.
    twice, sharpe = 0, 0.0
    for k in range(n_trials):
        low = np.searchsorted(values, outside[k], side="left")
        high = np.searchsorted(values, outside[k], side="right")
        twice += weight[k] * (2 * before[-1] - before[low] - before[high])
    for k in range(len(values)):
        sharpe += count[k] * _sharpe(values[k], _sessions(full ^ mask, sessions))
    return (twice / before[-1] + 1) / 2.0, sharpe / before[-1]

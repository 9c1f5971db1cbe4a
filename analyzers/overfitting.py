"""Does choosing the best of many trials help out of sample, or does it pick luck?"""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from itertools import combinations

import numpy as np
from numpy.typing import ArrayLike

from .block_sums import (
    BlockSums,
    Floats,
    Ints,
    bounds,
    checked_monthly,
    checked_returns,
    sums_of_months,
    sums_of_returns,
)

# 20 blocks are 184,756 splits; 22 would be 705,432 and show nothing more.
MOST_BLOCKS = 20
# Pairs of splits that one thread works on at a time.
PART = 400


@dataclass(frozen=True, eq=False)
class OverfittingResult:
    """What became of the best trial in sample, out of sample, over all symmetric splits.

    Attributes
    ----------
    pbo : float
        Share of splits in which the best in sample ranks at or below the median out of sample.
    logits : ndarray of shape (n_splits,)
        ``ln(w / (1 - w))`` of its relative rank w out of sample; pbo counts those <= 0.
    in_sample, out_of_sample : ndarray of shape (n_splits,)
        Sharpe ratios per period of the chosen trial.
    slope, intercept : float or None
        Of the least-squares line of `out_of_sample` on `in_sample`, performance degradation; None
        where the chosen ones do not differ in sample, and `note` says so.
    probability_of_loss : float
        Share of splits in which the chosen trial lost out of sample.
    """

    pbo: float
    n_splits: int
    n_trials: int
    n_blocks: int
    slope: float | None
    intercept: float | None
    probability_of_loss: float
    logits: Floats = field(repr=False)
    in_sample: Floats = field(repr=False)
    out_of_sample: Floats = field(repr=False)
    note: str = ""

    def __float__(self) -> float:
        return self.pbo


def probability_of_backtest_overfitting(
    returns: ArrayLike, n_blocks: int = 16
) -> OverfittingResult:
    """Return how often the best trial in sample falls to the lower half out of sample.

    Combinatorially symmetric cross-validation: the periods are cut into contiguous blocks, every
    choice of half of them is in sample once, and the trial of the highest Sharpe ratio there is
    ranked on the other half.

    Parameters
    ----------
    returns : array_like of shape (n_periods, n_trials)
        Every trial that was run, finite. Blocks differ by one period at most where `n_blocks`
        does not divide the periods; none is dropped.
    n_blocks : int
        Even, 2 to 20; 16 gives 12,870 splits.

    Notes
    -----
    Trials equal out of sample share their mean rank; where several are best in sample, the
    result is the mean over them, so the order of the trials does not matter. Returns without
    spread have a Sharpe ratio of 0.

    References
    ----------
    Bailey, Borwein, Lopez de Prado and Zhu (2017), The probability of backtest overfitting,
    Journal of Computational Finance 20(4), sections 2 and 3.
    """
    _check_blocks(n_blocks)
    matrix = checked_returns(returns, 2 * n_blocks)
    return pbo_of_block_sums(sums_of_returns(matrix, n_blocks))


def pbo_from_monthly_sums(
    monthly: ArrayLike,
    sessions_per_month: ArrayLike,
    *,
    n_blocks: int = 16,
    embargo_months: int = 0,
) -> OverfittingResult:
    """Return `probability_of_backtest_overfitting` from monthly sums of daily returns.

    The Sharpe ratios are those of the daily returns, exactly; only the borders of the blocks are
    rounded to months.

    Parameters
    ----------
    monthly : array_like of shape (n_trials, n_months, 2)
        Sums of daily returns r and of r squared; float32 sums are added in float64.
    sessions_per_month : array_like of shape (n_months,)
        Daily returns behind each sum.
    n_blocks : int
        Even, 2 to 20, at most the number of months.
    embargo_months : int
        The last months of every block but the last that are left out of both sides, so that no
        position held over a border counts in sample and out of sample.
    """
    _check_blocks(n_blocks)
    sums, sessions = checked_monthly(monthly, sessions_per_month)
    if len(sums) < 2:
        raise ValueError(f"monthly must hold at least 2 trials, got {len(sums)}")
    _check_months(len(sessions), n_blocks, embargo_months)
    blocks = sums_of_months(sums, sessions, n_blocks, embargo_months)
    if blocks.sessions.min() < 2:
        raise ValueError(
            f"block {blocks.sessions.argmin()} of {n_blocks} holds {blocks.sessions.min()} "
            "sessions, at least 2 are needed; use fewer n_blocks or embargo_months"
        )
    return pbo_of_block_sums(blocks)


def _check_blocks(n_blocks: int) -> None:
    if n_blocks % 2 or not 2 <= n_blocks <= MOST_BLOCKS:
        raise ValueError(f"n_blocks must be even, from 2 to {MOST_BLOCKS}, got {n_blocks}")


def _check_months(n_months: int, n_blocks: int, embargo_months: int) -> None:
    if n_months < n_blocks:
        raise ValueError(f"n_blocks must be at most the {n_months} months, got {n_blocks}")
    shortest = int(np.diff(bounds(n_months, n_blocks)).min())
    if not 0 <= embargo_months < shortest:
        raise ValueError(
            f"embargo_months must be at least 0 and below {shortest}, the shortest of {n_blocks} "
            f"blocks of {n_months} months, got {embargo_months}"
        )


def pbo_of_block_sums(blocks: BlockSums) -> OverfittingResult:
    """Return `probability_of_backtest_overfitting` from sums by block, over all symmetric splits.

    Copies of a trial are worked on once and count as many times as they are: a sweep of 100,000
    combinations takes a second or two and some hundred bytes a combination.
    """
    from .split_ranks import rank_splits

    n_blocks, n_trials = blocks.total.shape
    distinct, weight = _distinct(blocks)
    sessions = blocks.sessions.astype(np.float64)
    work = (distinct.total, distinct.squares, sessions, weight)
    # An interrupt waits for the part that runs; each part costs the sums of its tiles again.
    masks = _masks(n_blocks)
    parts = np.array_split(masks, -(-len(masks) // PART))
    with ThreadPoolExecutor(_cores()) as pool:
        ranked = list(pool.map(lambda masks: rank_splits(masks, *work), parts))
    rank, in_sample, out_of_sample = np.concatenate(ranked).T
    share = rank / (n_trials + 1.0)
    logits = np.log(share / (1.0 - share))
    slope, intercept, note = _degradation(in_sample, out_of_sample)
    return OverfittingResult(
        pbo=float(np.mean(logits <= 0.0)),
        n_splits=len(logits),
        n_trials=n_trials,
        n_blocks=n_blocks,
        slope=slope,
        intercept=intercept,
        probability_of_loss=float(np.mean(out_of_sample < 0.0)),
        logits=logits,
        in_sample=in_sample,
        out_of_sample=out_of_sample,
        note=note,
    )


def _cores() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _distinct(blocks: BlockSums) -> tuple[BlockSums, Ints]:
    """Return the trials without their copies, and how many of each there were."""
    rows = np.ascontiguousarray(np.concatenate([blocks.total, blocks.squares]).T)
    whole = rows.view(np.dtype((np.void, rows.itemsize * rows.shape[1])))[:, 0]
    _, first, count = np.unique(whole, return_index=True, return_counts=True)
    order = np.argsort(first)
    kept = np.sort(first)
    # In one layout, for which the compiled code exists.
    total = np.ascontiguousarray(blocks.total[:, kept])
    squares = np.ascontiguousarray(blocks.squares[:, kept])
    return BlockSums(total, squares, blocks.sessions), count[order].astype(np.int64)


def _masks(n_blocks: int) -> Ints:
    """Return by split which blocks are on the side of the first block, as bits."""
    sides = combinations(range(1, n_blocks), n_blocks // 2 - 1)
    return np.array([1 + sum(1 << block for block in side) for side in sides], dtype=np.int64)


def _degradation(
    in_sample: Floats, out_of_sample: Floats
) -> tuple[float | None, float | None, str]:
    """Return slope and intercept of the line through the splits, or why there is none."""
    centred = in_sample - in_sample.mean()
    spread = float(np.sum(centred**2))
    if spread <= 1e-18 * max(1.0, float(np.sum(in_sample**2))):
        return None, None, "no degradation line: the chosen trials do not differ in sample"
    slope = float(np.sum(centred * out_of_sample)) / spread
    return slope, float(out_of_sample.mean() - slope * in_sample.mean()), ""

"""Does choosing the best of many trials help out of sample, or does it pick luck?"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import combinations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .block_sums import (
    BlockSums,
    Floats,
    bounds,
    checked_monthly,
    checked_returns,
    sharpe_of_sums,
    sums_of_months,
    sums_of_returns,
)

# 20 blocks are 184,756 splits; 22 would be 705,432 and show nothing more.
MOST_BLOCKS = 20
# Splits times trials worked on at once: each array of a batch then takes 8 MB.
BATCH = 1 << 20


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
    return _over_splits(sums_of_returns(matrix, n_blocks))


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
    return _over_splits(blocks)


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


def _over_splits(blocks: BlockSums) -> OverfittingResult:
    n_blocks, n_trials = blocks.total.shape
    parts = [_chosen(inside, outside) for inside, outside in _halves(blocks)]
    rank, in_sample, out_of_sample = (np.concatenate(part) for part in zip(*parts, strict=True))
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


def _halves(blocks: BlockSums) -> Iterator[tuple[Floats, Floats]]:
    """Yield Sharpe ratios (n_splits, n_trials) in and out of sample, each pair both ways."""
    n_blocks, n_trials = blocks.total.shape
    member = _members(n_blocks)
    step = max(1, BATCH // n_trials)
    for start in range(0, len(member), step):
        part = member[start : start + step]
        one, other = _sharpes(part, blocks), _sharpes(1.0 - part, blocks)
        yield one, other
        yield other, one


def _members(n_blocks: int) -> Floats:
    """Return by split which blocks are on the side of the first block, as 0 and 1."""
    chosen = np.array(list(combinations(range(1, n_blocks), n_blocks // 2 - 1)), dtype=np.intp)
    member = np.zeros((len(chosen), n_blocks))
    member[:, 0] = 1.0
    np.put_along_axis(member, chosen, 1.0, axis=1)
    return member


def _sharpes(member: Floats, blocks: BlockSums) -> Floats:
    # einsum adds each column alike; a BLAS product would give equal trials unequal last bits.
    total = np.einsum("sb,bn->sn", member, blocks.total)
    squares = np.einsum("sb,bn->sn", member, blocks.squares)
    return sharpe_of_sums(total, squares, (member @ blocks.sessions)[:, None])


def _chosen(inside: Floats, outside: Floats) -> tuple[Floats, Floats, Floats]:
    """Return the mean rank out of sample of the best in sample, and its two Sharpe ratios."""
    splits = np.arange(len(inside))
    best = inside.argmax(axis=1)
    in_sample, out_of_sample = inside[splits, best], outside[splits, best]
    below = (outside < out_of_sample[:, None]).sum(axis=1)
    equal = (outside == out_of_sample[:, None]).sum(axis=1)
    rank = below + (equal + 1) / 2.0
    tied = inside == in_sample[:, None]
    for split in np.flatnonzero(tied.sum(axis=1) > 1):
        values = outside[split][tied[split]]
        if values.min() < values.max():
            rank[split], out_of_sample[split] = _mean_of_tied(outside[split], values)
    return rank, in_sample, out_of_sample


def _mean_of_tied(outside: Floats, values: Floats) -> tuple[float, float]:
    ordered = np.sort(outside)
    below = np.searchsorted(ordered, values, side="left")
    through: NDArray[np.intp] = np.searchsorted(ordered, values, side="right")
    return float(np.mean((below + through + 1) / 2.0)), float(values.mean())


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

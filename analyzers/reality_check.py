"""Is the best of many trials better than a benchmark, or only the luckiest of them?"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .block_sums import FLAT_SHARE, Floats
from .stationary_bootstrap import optimal_block_length, row_weights, stationary_rows

#: Resampled means of so many trials are held at a time: 2 MB of 1,000 draws, as a cache holds.
PART = 256
FEWEST_PERIODS = 24


@dataclass(frozen=True)
class RealityCheck:
    """p-values of the hypothesis that no trial is better than the benchmark.

    Attributes
    ----------
    p_lower, p_consistent, p_upper : float
        Of Hansen's test: trials worse than the benchmark count fully as such, count unless they
        are clearly worse, or count as if just as good. `p_consistent` is the one to read; the
        others are its bounds. All are 1 where no trial has a mean above the benchmark's.
    p_white : float
        Of White's reality check: not studentised, every trial counts as if just as good.
    statistic : float
        Largest studentised mean, ``max(sqrt(n) mean / omega, 0)``.
    best : int
        The trial that it is of; -1 where every one is flat.
    n_trials, n_flat : int
        Trials given, and those of them that never differ from the benchmark, which are left out.
    draws : int
    block : float
        Mean length of a block in periods.
    """

    p_lower: float
    p_consistent: float
    p_upper: float
    p_white: float
    statistic: float
    best: int
    n_trials: int
    n_flat: int
    draws: int
    block: float


def superior_predictive_ability(
    returns: ArrayLike,
    benchmark: ArrayLike | None = None,
    *,
    draws: int = 1000,
    block: float | None = None,
    seed: int = 0,
) -> RealityCheck:
    """Return how likely the best trial is as good as it is where none beats the benchmark.

    Parameters
    ----------
    returns : array_like of shape (n_periods, n_trials)
        Finite, at least 24 periods; of monthly sums ``monthly[:, :, 0].T``.
    benchmark : array_like of shape (n_periods,), optional
        Returns of what the trials have to beat; cash at 0 without it.
    draws : int
        Resamples of the stationary bootstrap, the same for every trial.
    block : float, optional
        Mean length of their blocks in periods; by default the median over the trials of the
        optimal one.
    seed : int

    Notes
    -----
    Means are studentised by the standard deviation that the stationary bootstrap gives them.
    Trials are compared by their mean return over it, not by the Sharpe ratio of daily returns, so
    that the best here may be another one. Identical trials change nothing.

    References
    ----------
    Hansen (2005), A test for superior predictive ability, Journal of Business & Economic
    Statistics 23(4), equations 1 to 4; White (2000), A reality check for data snooping,
    Econometrica 68(5).
    """
    excess = _excess(returns, benchmark)
    varies = _varies(excess)
    if block is None:
        own = excess[:, varies]
        block = float(np.median(optimal_block_length(own))) if varies.any() else 1.0
    generator = np.random.default_rng(seed)
    resamples = stationary_rows(len(excess), draws, block, generator)
    return reality_check_of(excess, row_weights(resamples, len(excess)), block)


def reality_check_of(excess: Floats, weights: Floats, block: float) -> RealityCheck:
    """Return `superior_predictive_ability` of given resamples.

    Parameters
    ----------
    excess : ndarray of shape (n_periods, n_trials)
        Returns over the benchmark.
    weights : ndarray of shape (draws, n_periods)
        How often each period is in each resample.
    block : float
        Mean length of a block, from which the standard deviations follow.
    """
    n, n_trials = excess.shape
    varies = _varies(excess)
    columns = np.flatnonzero(varies)
    if not len(columns):
        return RealityCheck(1.0, 1.0, 1.0, 1.0, 0.0, -1, n_trials, n_trials, len(weights), block)
    highest = np.zeros((4, len(weights)))  # of 0 and the trials: lower, consistent, upper, White
    highest[3] = -math.inf
    reached, raw, best = 0.0, -math.inf, (-math.inf, -1)
    for first in range(0, len(columns), PART):
        own = columns[first : first + PART]
        part = np.ascontiguousarray(excess[:, own])
        mean = part.mean(axis=0)
        centred = part - mean
        omega = np.sqrt(bootstrap_variance(centred, block))
        apart = weights @ centred
        apart /= n
        highest[3] = np.maximum(highest[3], apart.max(axis=1))
        scale = math.sqrt(n) / omega
        ratio = mean * scale
        apart *= scale
        # Upper is centred on the means; of the others all but the poor trials are so, too.
        highest[2] = np.maximum(highest[2], apart.max(axis=1))
        for place, centre in enumerate(_centres(ratio, n)):
            moved = apart + (ratio - centre) if (ratio != centre).any() else apart
            highest[place] = np.maximum(highest[place], moved.max(axis=1))
        raw, reached = max(raw, float(mean.max())), max(reached, float(ratio.max()))
        if ratio.max() > best[0]:
            best = (float(ratio.max()), int(own[ratio.argmax()]))
    # Where no trial beats the benchmark at all, nothing speaks against the hypothesis.
    lower, consistent, upper = ((one > reached).mean() if reached else 1.0 for one in highest[:3])
    return RealityCheck(
        p_lower=float(lower),
        p_consistent=float(consistent),
        p_upper=float(upper),
        p_white=float((highest[3] > raw).mean()),
        statistic=reached,
        best=best[1],
        n_trials=n_trials,
        n_flat=n_trials - len(columns),
        draws=len(weights),
        block=block,
    )


def _centres(ratio: Floats, n: int) -> tuple[Floats, Floats]:
    """Return what resampled means are centred on: equation 4 for l and c, studentised."""
    is_relevant = ratio >= -math.sqrt(2.0 * math.log(math.log(n)))
    return np.maximum(ratio, 0.0), np.where(is_relevant, ratio, 0.0)


def bootstrap_variance(centred: Floats, block: float) -> Floats:
    """Return the variance that the stationary bootstrap gives sqrt(n) times each column's mean.

    Autocovariances weighted by ``(n - k) / n q^k + k / n q^(n - k)`` with ``q = 1 - 1 / block``,
    added up through the periodogram: daily returns of 15 years have 15 million pairs of periods.

    Parameters
    ----------
    centred : ndarray of shape (n_periods, n_trials)
        Without their means.

    References
    ----------
    Politis and Romano (1994), JASA 89(428), lemma 1.
    """
    n = len(centred)
    lag, stays = np.arange(n), 1.0 - 1.0 / block
    kappa = (n - lag) / n * stays**lag + lag / n * stays ** (n - lag)
    kappa[0] = 1.0
    size = 1 << (2 * n - 1).bit_length()
    around = np.zeros(size)
    around[:n] = kappa
    around[size - n + 1 :] = kappa[:0:-1]
    # Of real columns the frequencies between the first and the last stand for two.
    twice = np.full(size // 2 + 1, 2.0)
    twice[[0, -1]] = 1.0
    power = np.abs(np.fft.rfft(centred, size, axis=0)) ** 2
    return np.asarray((twice * np.fft.rfft(around).real) @ power / size / n)


def _varies(excess: Floats) -> NDArray[np.bool_]:
    spread = np.sum((excess - excess.mean(axis=0)) ** 2, axis=0)
    return np.asarray(spread > FLAT_SHARE * np.sum(excess**2, axis=0))


def _excess(returns: ArrayLike, benchmark: ArrayLike | None) -> Floats:
    matrix = np.asarray(returns, dtype=np.float64)
    if matrix.ndim != 2 or len(matrix) < FEWEST_PERIODS or not matrix.shape[1]:
        raise ValueError(
            f"returns must have at least {FEWEST_PERIODS} periods (rows) of at least 1 trial "
            f"(columns), got shape {matrix.shape}"
        )
    if not np.isfinite(matrix).all():
        row, column = np.argwhere(~np.isfinite(matrix))[0]
        raise ValueError(f"returns must be finite: period {row} of trial {column} is "
                         f"{matrix[row, column]}; leave failed trials out")  # fmt: skip
    if benchmark is None:
        return matrix
    against = np.asarray(benchmark, dtype=np.float64)
    if against.shape != (len(matrix),) or not np.isfinite(against).all():
        raise ValueError(
            f"benchmark must be finite and of the {len(matrix)} periods of returns, got shape "
            f"{against.shape}"
        )
    return matrix - against[:, None]

"""How high the best of many correlated draws is expected, and of how many independent ones.

Each cluster is taken as one common factor: m standard normal draws that correlate at c with each
other and with no other cluster. Their best is ``sqrt(c) f + sqrt(1 - c) max of m``, so the
distribution of the best of all is a product of one-dimensional integrals.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from .block_sums import Floats

# Of the best draw; beyond 9 lies less than 1e-6 of the best of 10^12.
GRID = np.arange(-9.0, 9.0 + 1e-9, 0.05)
NODES = 64
# A mean correlation from here on is that of copies.
COPIES = 1.0 - 1e-6
# Up to here the common factor is the smoother variable to integrate over, then the best of m.
WEAK = 0.25


def equivalent_trials(sizes: Sequence[int], correlations: Sequence[float]) -> float:
    """Return how many independent draws have a best as high as these clusters are expected to.

    Parameters
    ----------
    sizes, correlations
        Draws in each cluster and the mean correlation between them, from 0 to 1.

    Returns
    -------
    float
        From 1, where all are copies of one, to the number of draws, where none is related.
    """
    logs = np.zeros(len(GRID))
    for size, correlation in zip(sizes, correlations, strict=True):
        logs += _log_distribution(size, correlation)
    return _independent(_mean(logs), sum(sizes))


def _log_distribution(size: int, correlation: float) -> Floats:
    """Return the logarithm of the chance that a cluster's best is below each point of the grid."""
    from scipy.special import log_ndtr, ndtr, ndtri

    if size == 1 or correlation >= COPIES:
        return np.asarray(log_ndtr(GRID))
    if correlation <= 0.0:
        return np.asarray(size * log_ndtr(GRID))
    common, own = np.sqrt(correlation), np.sqrt(1.0 - correlation)
    if correlation <= WEAK:
        factor, weights = np.polynomial.hermite_e.hermegauss(NODES)
        chances = np.exp(size * log_ndtr((GRID[:, None] - common * factor) / own))
    else:
        share, weights = np.polynomial.legendre.leggauss(NODES)
        # Quantiles of the best of m, by the upper tail: their 1/m-th powers are close to 1.
        best = -ndtri(-np.expm1(np.log((share + 1.0) / 2.0) / size))
        chances = ndtr((GRID[:, None] - own * best) / common)
    mixed = (chances * weights).sum(axis=1) / weights.sum()
    return np.asarray(np.log(np.maximum(mixed, np.finfo(float).tiny)))


def _mean(logs: Floats) -> float:
    """Return the mean of a variable from the logarithm of its distribution on the grid."""
    return float(GRID[-1] - np.trapezoid(np.exp(logs), GRID))


def _independent(best: float, most: int) -> float:
    """Return the number of independent draws, at most `most`, whose best has the mean `best`."""
    from scipy.special import log_ndtr

    logs = log_ndtr(GRID)
    low, high = 0.0, float(np.log(most))
    if best >= _mean(most * logs):
        return float(most)
    for _ in range(60):
        middle = (low + high) / 2.0
        low, high = (middle, high) if _mean(np.exp(middle) * logs) < best else (low, middle)
    return float(np.exp(low))

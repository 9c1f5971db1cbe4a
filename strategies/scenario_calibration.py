"""Whether forecasts were as sure as they should have been: uniformity and coverage."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray


class Coverage(NamedTuple):
    """How often a band held, and whether its misses came in runs.

    `p_level` tests the share, `p_independence` whether a miss follows a miss more often than a
    hit; NaN where every forecast held or none did.
    """

    share: float
    n: int
    p_level: float
    p_independence: float


def uniformity(places: NDArray[np.float64]) -> tuple[float, float]:
    """Return Kolmogorov and Smirnov's distance of forecast places from uniform, and its p-value.

    Places are the share of a forecast's distribution below what came. The p-value holds for
    forecasts that do not overlap; overlapping ones make it too small.
    """
    from scipy.stats import kstest

    if not len(places) or not ((places >= 0.0) & (places <= 1.0)).all():
        raise ValueError(f"places must lie within 0 and 1, got {places}")
    found = kstest(places, "uniform")
    return float(found.statistic), float(found.pvalue)


def christoffersen_coverage(inside: NDArray[np.bool_], level: float) -> Coverage:
    """Return the likelihood-ratio tests of a band's coverage and of the independence of misses.

    Parameters
    ----------
    inside : ndarray of shape (n,), bool
        Whether each outcome lay within its band, in time order.
    level : float
        The band's probability.

    References
    ----------
    Christoffersen (1998), Evaluating interval forecasts, International Economic Review 39.
    """
    from scipy.stats import chi2

    n, hits = len(inside), int(inside.sum())
    if n < 2 or not 0.0 < level < 1.0:
        raise ValueError(f"coverage needs two outcomes and a level within 0 and 1: {n}, {level}")
    share = hits / n
    p_level = float(chi2.sf(2.0 * (_log(hits, n, share) - _log(hits, n, level)), 1))
    before, after = inside[:-1], inside[1:]
    after_hit, after_miss = after[before], after[~before]
    if not len(after_hit) or not len(after_miss):
        return Coverage(share, n, p_level, float("nan"))
    split = sum(_log(int(a.sum()), len(a), float(a.mean())) for a in (after_hit, after_miss))
    pooled = _log(int(after.sum()), n - 1, float(after.mean()))
    return Coverage(share, n, p_level, float(chi2.sf(2.0 * (split - pooled), 1)))


def _log(hits: int, n: int, share: float) -> float:
    """Return the log likelihood of so many hits."""
    total = 0.0
    for count, chance in ((hits, share), (n - hits, 1.0 - share)):
        if count:
            total += count * float(np.log(chance)) if chance > 0.0 else -np.inf
    return total

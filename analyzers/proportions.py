"""How far a share of few trials may lie from the true one."""

from __future__ import annotations

import math
from statistics import NormalDist

#: How sure the interval of a hit rate is.
CONFIDENCE = 0.95


def wilson_interval(share: float, n: int, confidence: float = CONFIDENCE) -> tuple[float, float]:
    """Return the ends of Wilson's score interval of a share of `n` independent trials.

    Unlike ``share ± z sqrt(share (1 - share) / n)`` it never has width 0: eleven hits in eleven
    trials leave 74 % possible.

    Parameters
    ----------
    share : float
        Observed fraction, within 0 and 1; NaN gives NaN.
    n : int
        Trials; 0 gives NaN.
    confidence : float
        Between 0 and 1, both excluded.

    Returns
    -------
    low, high : float
        Within 0 and 1.

    Raises
    ------
    ValueError
        For a share, a count or a confidence outside its bounds.

    References
    ----------
    Wilson (1927), "Probable inference, the law of succession, and statistical inference", Journal
    of the American Statistical Association 22(158), 209-212.
    """
    if n < 0:
        raise ValueError(f"n must be 0 or more, got {n}")
    if not 0.0 < confidence < 1.0:
        raise ValueError(f"confidence must lie between 0 and 1, got {confidence}")
    if n == 0 or math.isnan(share):
        return math.nan, math.nan
    if not 0.0 <= share <= 1.0:
        raise ValueError(f"share must lie within 0 and 1, got {share}")
    square = NormalDist().inv_cdf(0.5 + confidence / 2.0) ** 2
    middle = (share + square / (2.0 * n)) / (1.0 + square / n)
    half = math.sqrt(square * (share * (1.0 - share) / n + square / (4.0 * n * n)))
    half /= 1.0 + square / n
    return max(middle - half, 0.0), min(middle + half, 1.0)

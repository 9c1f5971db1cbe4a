"""Does variance grow slower than time? The variance ratio of Lo and MacKinlay."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .rolling import Array, rolling_sum, windowed_sum


@dataclass(frozen=True)
class VarianceRatio:
    """A variance ratio, its test against a random walk, and the two-sided p-value.

    Attributes
    ----------
    ratio : float
        1 for a random walk, below 1 where moves are taken back, above 1 where they go on.
    z : float
        Robust to changing variance; standard normal for a random walk.
    p : float
    """

    ratio: float
    z: float
    p: float


def variance_ratio(increments: ArrayLike, horizon: int) -> VarianceRatio:
    """Return the variance of `horizon`-session moves over `horizon` times that of one session.

    Overlapping and unbiased, with a mean.

    Parameters
    ----------
    increments : array_like of shape (n,)
        Session changes of a log level, finite.
    horizon : int
        Sessions, at least 2 and fewer than n.

    Raises
    ------
    ValueError
        If a value is not finite, the increments do not vary or the horizon does not fit.

    References
    ----------
    Lo and MacKinlay (1988), Stock market prices do not follow random walks, Review of Financial
    Studies 1, equations 12 and 13 (ratio), 18 to 20 (statistic).
    """
    x = np.asarray(increments, dtype=float)
    if x.ndim != 1 or not np.isfinite(x).all():
        raise ValueError("increments must be finite and in one dimension")
    n = len(x)
    if not 2 <= horizon < n:
        raise ValueError(f"horizon must lie between 2 and {n - 1} for {n} values, got {horizon}")
    deviation = x - x.mean()
    square = deviation**2
    total = float(np.sum(square))
    # Equal increments leave rounding noise about their mean.
    if total <= 1e-24 * n * max(float(np.max(np.abs(x))), 1e-300) ** 2:
        raise ValueError("increments must vary, all are equal")
    ratio = float(_ratio(np.array([_long(deviation, horizon)]), np.array([total]), n, horizon)[0])
    theta = 0.0
    for lag in range(1, horizon):
        delta = n * float(np.sum(square[lag:] * square[:-lag])) / total**2
        theta += (2.0 * (horizon - lag) / horizon) ** 2 * delta
    z = math.sqrt(n) * (ratio - 1.0) / math.sqrt(theta)
    return VarianceRatio(ratio, z, math.erfc(abs(z) / math.sqrt(2.0)))


def rolling_variance_ratio(increments: Array, horizon: int, window: int, least: int = 252) -> Array:
    """Return the variance ratio of the last `window` increments at each session.

    Parameters
    ----------
    increments : ndarray of shape (n,)
        NaN allowed at the beginning only.
    window, least : int
        Sessions; before `least` increments are there the ratio is NaN, before `window` it uses
        all so far.

    Returns
    -------
    ndarray of shape (n,)
        Entry `t` depends on rows `<= t` only; NaN also where the increments do not vary.
    """
    out = np.full(len(increments), np.nan)
    has = np.isfinite(increments)
    if not has.any():
        return out
    first = int(np.argmax(has))
    # Around the first value, which the past of every session holds: fewer digits are lost.
    x = increments[first:] - increments[first]
    n = len(x)
    if n < least or least <= horizon:
        return out
    moves = rolling_sum(x, horizon)
    moves[: horizon - 1] = 0.0
    count = np.minimum(np.arange(1, n + 1), window).astype(float)
    total, squares = windowed_sum(x, window, least), windowed_sum(x * x, window, least)
    span = window - horizon + 1
    long = windowed_sum(moves, span, least - horizon + 1)
    long_squares = windowed_sum(moves * moves, span, least - horizon + 1)
    mean = total / count
    short = squares - count * mean**2
    pieces = count - horizon + 1.0
    centre = horizon * mean
    spread = long_squares - 2.0 * centre * long + pieces * centre**2
    ratio = np.full(n, np.nan)
    varies = short > 1e-12 * squares
    ratio[varies] = _ratio(spread[varies], short[varies], count[varies], horizon)
    ratio[: least - 1] = np.nan
    out[first:] = ratio
    return out


def _long(deviation: Array, horizon: int) -> float:
    moves = rolling_sum(deviation, horizon)[horizon - 1 :]
    return float(np.sum(moves**2))


def _ratio(spread: Array, short: Array, count: float | NDArray[np.float64], horizon: int) -> Array:
    pieces = horizon * (count - horizon + 1.0) * (1.0 - horizon / count)
    ratio: Array = (spread / pieces) / (short / (count - 1.0))
    return ratio

"""How fast a gap closes: AR(1) half-lives with Kendall's small-sample correction."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .rolling import Array, windowed_sum


def half_life(series: ArrayLike, corrected: bool = False) -> float:
    """Return the half-life of an AR(1) with intercept, ``ln 2 / -ln(phi)``, in sessions.

    Infinite where the series does not revert (phi >= 1), zero where it does not persist
    (phi <= 0); never negative.

    Parameters
    ----------
    series : array_like of shape (n,)
        Levels, finite, at least 3.
    corrected : bool
        Add Kendall's bias correction ``(1 + 3 phi) / n``, n being the number of pairs.

    Raises
    ------
    ValueError
        If there are fewer than 3 values or one is not finite.

    References
    ----------
    Kendall (1954), Note on bias in the estimation of autocorrelation, Biometrika 41.
    """
    levels = np.asarray(series, dtype=float)
    if levels.ndim != 1 or len(levels) < 3:
        raise ValueError(f"series must hold at least 3 values in one dimension, got {levels.shape}")
    if not np.isfinite(levels).all():
        first = int(np.flatnonzero(~np.isfinite(levels))[0])
        raise ValueError(f"series must be finite, entry {first} is {levels[first]}")
    before, after = levels[:-1] - levels[0], levels[1:] - levels[0]
    spread = np.sum((before - before.mean()) ** 2)
    if spread == 0.0:
        return float("inf")
    phi = np.sum((before - before.mean()) * (after - after.mean())) / spread
    return float(half_life_of_phi(np.array([phi]), len(before), corrected=corrected)[0])


def half_life_of_phi(phi: Array, pairs: int | NDArray[np.float64], *, corrected: bool) -> Array:
    """Return the half-life of AR(1) coefficients estimated on `pairs` pairs; NaN stays NaN."""
    if corrected:
        phi = phi + (1.0 + 3.0 * phi) / pairs
    out = np.full(phi.shape, np.nan)
    out[phi >= 1.0] = np.inf
    out[phi <= 0.0] = 0.0
    inside = (phi > 0.0) & (phi < 1.0)
    out[inside] = np.log(2.0) / -np.log(phi[inside])
    return out


def rolling_half_life(levels: Array, hedge: Array, window: int, least: int = 252) -> Array:
    """Return the corrected half-life of the hedged level over the past `window` sessions.

    At each session the residual ``levels @ hedge[t]`` is formed over the whole window with that
    session's hedge, so that the estimate describes the spread one would enter now. It is never
    taken on a windowed sum, which shows a half-life even for white noise.

    Parameters
    ----------
    levels : ndarray of shape (n, k)
        Cumulated log returns.
    hedge : ndarray of shape (n, k)
        Coefficients known at each session, for example ``[1, -beta_metal, -beta_market]``.
    window, least : int
        Sessions; before `least` of them are there the estimate is NaN, before `window` it uses
        all so far.

    Returns
    -------
    ndarray of shape (n,)
        Sessions; entry `t` depends on rows `<= t` only.
    """
    phi, pairs = rolling_phi(levels, hedge, window, least)
    return half_life_of_phi(phi, pairs, corrected=True)


def rolling_phi(levels: Array, hedge: Array, window: int, least: int = 252) -> tuple[Array, Array]:
    """Return the AR(1) coefficient that `rolling_half_life` rests on, and its number of pairs.

    Returns
    -------
    phi, pairs : ndarray of shape (n,)
        Uncorrected; infinite where the residual does not vary, NaN before `least` sessions.
    """
    n, k = levels.shape
    if n < least:
        return np.full(n, np.nan), np.full(n, np.nan)
    before = np.zeros((n, k))
    before[1:] = levels[:-1]
    after = levels.copy()
    after[0] = 0.0  # the first row has no pair
    pairs = np.minimum(np.arange(n), window - 1).astype(float)
    span = window - 1
    total_before = windowed_sum(before, span, least - 1)
    total_after = windowed_sum(after, span, least - 1)
    cross = windowed_sum(before[:, :, None] * after[:, None, :], span, least - 1)
    square = windowed_sum(before[:, :, None] * before[:, None, :], span, least - 1)
    pairs[: least - 1] = np.nan
    centre = 1.0 / pairs[:, None, None]
    cross -= total_before[:, :, None] * total_after[:, None, :] * centre
    square -= total_before[:, :, None] * total_before[:, None, :] * centre
    weight = hedge[:, :, None] * hedge[:, None, :]
    numerator = (weight * cross).sum(axis=(1, 2))
    denominator = (weight * square).sum(axis=(1, 2))
    with np.errstate(invalid="ignore", divide="ignore"):
        phi = np.where(denominator > 0.0, numerator / denominator, np.nan)
    phi[denominator == 0.0] = np.inf
    return phi, pairs

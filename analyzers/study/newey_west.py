"""Standard errors that stay right when residuals are correlated in time or vary in size."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


def newey_west_lags(n: int) -> int:
    """Return the usual number of lags, ``floor(4 (n / 100)^(2/9))``.

    References
    ----------
    Newey and West (1994), Review of Economic Studies 61(4).
    """
    return int(np.floor(4.0 * (n / 100.0) ** (2.0 / 9.0)))


def newey_west(x: Floats, residual: Floats, lags: int) -> Floats:
    """Return the covariance of least-squares coefficients, Bartlett weights, no small-sample term.

    Parameters
    ----------
    x : ndarray of shape (n, k)
        Regressors, the constant among them.
    residual : ndarray of shape (n,)
    lags : int
        0 gives White's errors.

    Raises
    ------
    ValueError
        If `lags` is negative or not below n.

    References
    ----------
    Newey and West (1987), Econometrica 55(3), eq. 5.
    """
    if not 0 <= lags < len(residual):
        raise ValueError(f"lags must lie between 0 and {len(residual) - 1}, got {lags}")
    score = x * residual[:, None]
    middle = score.T @ score
    for lag in range(1, lags + 1):
        crossed = score[lag:].T @ score[:-lag]
        middle = middle + (1.0 - lag / (lags + 1.0)) * (crossed + crossed.T)
    bread = np.linalg.inv(x.T @ x)
    covariance: Floats = bread @ middle @ bread
    return covariance


def newey_west_mean(values: Floats, lags: int) -> float:
    """Return the standard error of a mean."""
    ones = np.ones((len(values), 1))
    variance = newey_west(ones, values - values.mean(), lags)[0, 0]
    return float(np.sqrt(variance))

"""The stationary bootstrap of Politis and Romano: rows in blocks of random length."""

from __future__ import annotations

import math
from collections.abc import Iterator

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .block_sums import FLAT_SHARE, Floats, Ints

#: What a band of insignificant autocorrelations is wide, in standard errors.
BAND = 2.0
#: Series worked on at a time: a few megabytes of daily returns.
PART = 256


def stationary_rows(
    n_rows: int, draws: int, block: float, generator: np.random.Generator
) -> Iterator[Ints]:
    """Yield so many resamples of row numbers, each of length `n_rows`.

    A row follows the one before it, the first after the last, but with probability 1 / `block`
    it is drawn anew: blocks have a geometric length whose mean is `block`.

    Parameters
    ----------
    block : float
        Mean length of a block in rows, at least 1; 1 draws rows one by one.

    References
    ----------
    Politis and Romano (1994), The stationary bootstrap, JASA 89(428).
    """
    _check(n_rows, draws, block)
    places = np.arange(n_rows)
    for _ in range(draws):
        first = generator.integers(n_rows, size=n_rows)
        begins = generator.random(n_rows) < 1.0 / block
        begins[0] = True
        start = np.maximum.accumulate(np.where(begins, places, 0))
        yield (first[start] + places - start) % n_rows


def row_weights(resamples: Iterator[Ints], n_rows: int) -> Floats:
    """Return how often each row is in each resample, shape (n_resamples, n_rows)."""
    return np.stack([np.bincount(rows, minlength=n_rows) for rows in resamples]).astype(float)


def optimal_block_length(returns: ArrayLike) -> Floats:
    """Return the mean block length by series for which the bootstrap's variance errs least.

    Parameters
    ----------
    returns : array_like of shape (n_periods,) or (n_periods, n_series)
        Finite, at least 8 periods.

    Returns
    -------
    ndarray of shape (n_series,)
        At least 1, at most the lesser of 3 sqrt(n) and n / 3; 1 of a series without spread.

    References
    ----------
    Politis and White (2004), Automatic block-length selection for the dependent bootstrap,
    Econometric Reviews 23(1), section 3; with the constant of Patton, Politis and White (2009),
    Econometric Reviews 28(4).
    """
    x = np.asarray(returns, dtype=np.float64)
    x = x[:, None] if x.ndim == 1 else x
    if x.ndim != 2 or len(x) < 8 or not np.isfinite(x).all():
        raise ValueError(
            f"returns must be finite and of at least 8 periods (rows), got shape {x.shape}"
        )
    n = len(x)
    found = np.ones(x.shape[1])
    for first in range(0, x.shape[1], PART):
        own = x[:, first : first + PART]
        centred = own - own.mean(axis=0)
        varies = np.sum(centred**2, axis=0) > FLAT_SHARE * np.sum(own**2, axis=0)
        if varies.any():
            found[first + np.flatnonzero(varies)] = _optimal(centred[:, varies])
    return np.clip(found, 1.0, math.ceil(min(3.0 * math.sqrt(n), n / 3.0)))


def _optimal(centred: Floats) -> Floats:
    n = len(centred)
    run = max(5, int(math.log10(n)))
    most = min(math.ceil(math.sqrt(n)) + run, n - 2)
    covariance, correlation = _autocovariances(centred, most)
    band = BAND * math.sqrt(math.log10(n) / n)
    quiet = _first_quiet(correlation < band, run)
    bandwidth = np.where(quiet < 0, most, np.minimum(2 * np.maximum(quiet, 1), most))
    lags = np.arange(1, most + 1)[:, None]
    share = lags / bandwidth
    taper = np.where(share <= 0.5, 1.0, np.clip(2.0 * (1.0 - share), 0.0, None))
    long_run = covariance[0] + 2.0 * np.sum(taper * covariance[1:], axis=0)
    slope = 2.0 * np.sum(taper * lags * covariance[1:], axis=0)
    # 2 g^2 / D with D = 2 sigma^4 of the stationary bootstrap.
    with np.errstate(divide="ignore"):
        ratio = np.abs(slope / np.where(long_run == 0.0, np.nan, long_run))
    lengths: Floats = np.where(np.isfinite(ratio), ratio, np.inf) ** (2.0 / 3.0) * n ** (1.0 / 3.0)
    return lengths


def _autocovariances(centred: Floats, most: int) -> tuple[Floats, Floats]:
    """Return autocovariances, and absolute autocorrelations of the parts that overlap."""
    n = len(centred)
    covariance = np.empty((most + 1, centred.shape[1]))
    correlation = np.empty_like(covariance)
    squares = np.concatenate([np.zeros((1, centred.shape[1])), np.cumsum(centred**2, axis=0)])
    for lag in range(most + 1):
        product = np.einsum("ij,ij->j", centred[lag:], centred[: n - lag])
        later, earlier = squares[-1] - squares[lag + 1], squares[n - lag - 1]
        scale = np.sqrt(np.maximum(later * earlier, 0.0))
        covariance[lag] = product / n
        correlation[lag] = np.abs(product) / np.where(scale > 0.0, scale, np.inf)
    return covariance, correlation


def _first_quiet(is_quiet: NDArray[np.bool_], run: int) -> Ints:
    """Return the first lag from which `run` autocorrelations are within the band; -1 for none."""
    n_lags = len(is_quiet)
    starts = np.stack([is_quiet[first : first + run].all(axis=0) for first in range(n_lags - run)])
    return np.where(starts.any(axis=0), starts.argmax(axis=0), -1)


def _check(n_rows: int, draws: int, block: float) -> None:
    for name, value in (("n_rows", n_rows), ("draws", draws)):
        if value < 1:
            raise ValueError(f"{name} must be at least 1, got {value}")
    if not 1.0 <= block < math.inf:
        raise ValueError(f"block must be at least 1 row, got {block}")

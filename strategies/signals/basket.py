"""Metal baskets: what a miner's metals did, from its exposures or fitted on the past."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ..rolling import Array, rolling_sum

#: Sweeps of coordinate descent: the Gram matrices are at most 6 x 6 and well scaled, so that
#: the weights move by less than 1e-12 after far fewer.
SWEEPS = 200
#: Share of each variance added to the diagonal, so that two metals that move as one share weight.
RIDGE = 0.02


def exposure_basket(
    metal_returns: Array, weights: Array, total: Array, *, min_coverage: float
) -> tuple[Array, Array]:
    """Return the basket's log returns and the share of exposures that had data.

    Weights of metals without a return that session are spread over the rest in proportion, so
    that the basket keeps its gross exposure; below `min_coverage` there is no basket.

    Parameters
    ----------
    metal_returns : ndarray of shape (n, n_metals)
        NaN where a metal has none.
    weights : ndarray of shape (n, n_metals)
    total : ndarray of shape (n,)
        Sum of absolute weights over all commodities, with data or not.

    Returns
    -------
    returns, coverage : ndarray of shape (n,)
        `returns` is NaN below the minimum coverage.
    """
    has = np.isfinite(metal_returns)
    available = np.where(has, np.abs(weights), 0.0).sum(axis=1)
    coverage = available / total
    raw = np.where(has, weights * np.where(has, metal_returns, 0.0), 0.0).sum(axis=1)
    is_covered = coverage >= min_coverage
    scale = np.divide(total, available, out=np.full(len(total), np.nan), where=is_covered)
    return raw * scale, coverage


def regression_weights(
    miner: Array,
    metal_levels: Array,
    market: Array | None,
    *,
    declared: NDArray[np.bool_],
    refit: NDArray[np.bool_],
    window: int,
    horizon: int,
) -> Array:
    """Return non-negative basket weights fitted on past multi-session returns, summing to 1.

    A ridge regression on the metals (coefficients not below zero) and the market (free), by
    coordinate descent over all sessions at once; plain sums, no BLAS.

    Parameters
    ----------
    miner : ndarray of shape (n,)
        Cumulated log returns.
    metal_levels : ndarray of shape (n, n_metals)
        Cumulated log returns, NaN where a metal has no data.
    market : ndarray of shape (n,) or None
    declared : ndarray of shape (n, n_metals), bool
        Metals that the issuer's exposures in force name.
    refit : ndarray of shape (n,), bool
        Sessions whose close the weights are fitted at; they hold until the next.

    Returns
    -------
    ndarray of shape (n, n_metals)
        Entry `t` depends on rows `<= t` only. All zero where no metal explains anything, NaN
        before `window` sessions.
    """
    factors = metal_levels if market is None else np.column_stack([metal_levels, market])
    n = len(factors)
    y = _difference(miner[:, None], horizon)[:, 0]
    x = _difference(factors, horizon)
    span = window - horizon + 1
    # A metal whose data begin inside the window is left out of that session's regression.
    is_complete = np.isfinite(rolling_sum(x, span))
    is_complete[:, : metal_levels.shape[1]] &= declared
    x = np.where(np.isfinite(x), x, 0.0)
    gram = _centred(x[:, :, None], x[:, None, :], span)
    cross = _centred(x, y[:, None], span)
    both = is_complete[:, :, None] & is_complete[:, None, :]
    gram, cross = np.where(both, gram, 0.0), np.where(is_complete, cross, 0.0)
    is_fitted = refit & np.isfinite(rolling_sum(y, span))
    is_fitted[: window - 1] = False
    beta = _descend(gram[is_fitted], cross[is_fitted], n_signed=metal_levels.shape[1])
    weights = beta[:, : metal_levels.shape[1]]
    sums = weights.sum(axis=1, keepdims=True)
    shares = np.full(metal_levels.shape, np.nan)
    shares[is_fitted] = np.divide(weights, sums, out=np.zeros_like(weights), where=sums > 0.0)
    last = np.maximum.accumulate(np.where(is_fitted, np.arange(n), -1))
    return np.where(last[:, None] >= 0, shares[last], np.nan)


def _difference(levels: Array, horizon: int) -> Array:
    out = np.full(levels.shape, np.nan)
    out[horizon:] = levels[horizon:] - levels[:-horizon]
    return out


def _centred(x: Array, y: Array, n: int) -> Array:
    product = rolling_sum(x * y, n)
    return product - rolling_sum(x + 0.0 * y, n) * rolling_sum(y + 0.0 * x, n) / n


def _descend(gram: Array, cross: Array, *, n_signed: int) -> Array:
    """Return the minimiser of b'Gb/2 - c'b by row, the first `n_signed` entries not negative."""
    n, k = cross.shape
    beta = np.zeros((n, k))
    diagonal = np.einsum("nkk->nk", gram) * (1.0 + RIDGE)
    is_used: NDArray[np.bool_] = diagonal > 0.0
    for _ in range(SWEEPS):
        for j in range(k):
            pull = cross[:, j] - (gram[:, j] * beta).sum(axis=1) + gram[:, j, j] * beta[:, j]
            step = np.divide(pull, diagonal[:, j], out=np.zeros(n), where=is_used[:, j])
            beta[:, j] = np.maximum(step, 0.0) if j < n_signed else step
    return beta

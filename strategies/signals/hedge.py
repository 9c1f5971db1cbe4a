"""Hedge ratios of a miner to its metal basket and the market, known at each session."""

from __future__ import annotations

import numpy as np

from ..rolling import Array
from .hedge_returns import overlapping_returns, regressed


def ols_hedge(
    miner: Array,
    basket: Array,
    market: Array | None,
    *,
    window: int,
    horizon: int,
    bounds: tuple[float, float],
) -> tuple[Array, Array]:
    """Return rolling least-squares ratios on overlapping multi-session returns.

    Returns over several sessions remove most of the asynchrony between a London ring and a
    New York close; on daily ones the ratio is biased towards zero (FCX 0.97 against 1.64).

    Parameters
    ----------
    miner, basket, market : ndarray of shape (n,)
        Cumulated log returns; `market` None leaves the market factor out.
    window : int
        Sessions that all returns of one regression lie in.
    horizon : int
        Sessions of one return.
    bounds : tuple of float
        Least and largest metal ratio; where it binds, the market ratio is fitted given it.

    Returns
    -------
    beta_metal, beta_market : ndarray of shape (n,)
        Entry `t` depends on rows `<= t` only; NaN before `window` sessions or where the
        regression is singular. `beta_market` is 0 without a market factor.
    """
    returns = overlapping_returns(miner, basket, market, window=window, horizon=horizon)
    return regressed(returns, bounds)


def fixed_hedge(weights: Array, betas: Array) -> Array:
    """Return the stated metal ratio: the exposure-weighted mean of each commodity's equity beta.

    The betas are those of whole groups of miners to their metal (``reference/metals.csv`` gives
    value and source); they are not EBITDA elasticities, because an equity is priced on a path of
    metal prices and on its balance sheet, not on next year's margin.

    Parameters
    ----------
    weights : ndarray of shape (n, n_metals)
    betas : ndarray of shape (n_metals,)

    Returns
    -------
    ndarray of shape (n,)
        NaN where no weight has data.
    """
    size = np.abs(weights)
    total = size.sum(axis=1)
    with np.errstate(invalid="ignore"):
        return np.where(total > 0.0, (size * betas).sum(axis=1) / total, np.nan)

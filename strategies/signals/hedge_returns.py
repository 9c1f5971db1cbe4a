"""Which returns a hedge ratio is fitted on, and the regression that all of them share."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..normal_equations import SINGULAR, solve_normal
from ..rolling import Array, rolling_sum


@dataclass(frozen=True)
class HedgeReturns:
    """Returns of a miner and its factors in the order in which they become known.

    Attributes
    ----------
    miner : ndarray of shape (k,)
    metal, market : ndarray of shape (k, q)
        A column for each lag of the factor, of which the ratio is the sum of coefficients;
        `market` None leaves it out.
    count : int
        Returns in one regression.
    step : int
        Sessions from one return to the next.
    place : ndarray of shape (n,), int64
        The latest return that each session may use; -1 where there is none.
    """

    miner: Array
    metal: Array
    market: Array | None
    count: int
    step: int
    place: NDArray[np.int64]


def overlapping_returns(
    miner: Array, basket: Array, market: Array | None, *, window: int, horizon: int
) -> HedgeReturns:
    """Return the returns over `horizon` sessions that end at every session.

    Parameters
    ----------
    miner, basket, market : ndarray of shape (n,)
        Cumulated log returns.
    window : int
        Sessions that all returns of one regression lie in.
    """
    return HedgeReturns(
        change(miner, horizon),
        change(basket, horizon)[:, None],
        None if market is None else change(market, horizon)[:, None],
        count=window - horizon + 1,
        step=1,
        place=np.arange(len(miner)),
    )


def change(level: Array, horizon: int) -> Array:
    """Return the change over `horizon` sessions, NaN before there are as many."""
    out = np.full(level.shape, np.nan)
    out[horizon:] = level[horizon:] - level[:-horizon]
    return out


def regressed(
    returns: HedgeReturns, bounds: tuple[float, float], *, decay: float = 1.0
) -> tuple[Array, Array]:
    """Return the least-squares ratios known at each session.

    Parameters
    ----------
    bounds : tuple of float
        Least and largest metal ratio; where it binds, the market ratio is fitted given it.
    decay : float
        Weight of a return over that of the session after it; 1 weighs all alike.

    Returns
    -------
    beta_metal, beta_market : ndarray of shape (n,)
        Entry `t` depends on rows `<= t` only; NaN before the returns are there or where the
        regression is singular. `beta_market` is 0 without a market factor.
    """
    has = returns.place >= 0
    if not has.any():  # a run between two holes may be shorter than a week
        return np.full(has.shape, np.nan), np.full(has.shape, np.nan)
    weight = decay**returns.step
    if returns.metal.shape[1] == 1:
        ratios = _single_lag(returns, bounds, weight)
    else:
        ratios = _summed_lags(returns, bounds, weight)
    place = np.where(has, returns.place, 0)
    metal, market = (np.where(has, ratio[place], np.nan) for ratio in ratios)
    return metal, market


def two_factor_ratios(
    y_m: Array,
    m_m: Array,
    y_i: Array | None,
    m_i: Array | None,
    i_i: Array | None,
    bounds: tuple[float, float],
) -> tuple[Array, Array]:
    """Return the least-squares ratios of centred moments, the first within its bounds.

    Without moments of a second factor its ratio is 0.
    """
    with np.errstate(invalid="ignore", divide="ignore"):
        if y_i is None or m_i is None or i_i is None:
            metal = np.where(m_m > 0.0, y_m / m_m, np.nan)
            return np.clip(metal, *bounds), np.where(np.isnan(metal), np.nan, 0.0)
        determinant = m_m * i_i - m_i * m_i
        # Below this share of the product the two factors are one and the same.
        is_regular = determinant > SINGULAR * m_m * i_i
        free = np.where(is_regular, (y_m * i_i - y_i * m_i) / determinant, np.nan)
        beta_metal = np.clip(free, *bounds)
        return beta_metal, (y_i - beta_metal * m_i) / i_i


def decayed_sum(values: Array, window: int, decay: float) -> Array:
    """Return the sum of the last `window` entries, each weighted by ``decay ** age``.

    Like `rolling_sum`, from two partial sums a window and nothing outside it.
    """
    if decay == 1.0:
        return rolling_sum(values, window)
    n, out = len(values), np.full(values.shape, np.nan)
    if n < window:
        return out
    blocks = -(-n // window)
    padded = np.zeros((blocks * window, *values.shape[1:]))
    padded[:n] = values
    shaped = padded.reshape(blocks, window, *values.shape[1:])
    position = np.arange(window).reshape(1, window, *([1] * (values.ndim - 1)))
    prefix = np.cumsum(shaped * decay**-position, axis=1) * decay**position
    tail = shaped * decay ** (window - 1 - position)
    suffix = np.cumsum(tail[:, ::-1], axis=1)[:, ::-1].reshape(padded.shape)
    last = np.arange(window - 1, n)
    first = last - window + 1
    out[window - 1 :] = prefix.reshape(padded.shape)[last]
    split = first % window != 0
    age = (last[split] % window + 1).reshape(-1, *([1] * (values.ndim - 1)))
    out[last[split]] += decay**age * suffix[first[split]]
    return out


def _comoment(x: Array, y: Array, n: int, decay: float) -> Array:
    """Return the rolling weighted sum of products of deviations from the window means."""
    total = float(n) if decay == 1.0 else float(np.sum(decay ** np.arange(n)))
    product = decayed_sum(x * y, n, decay)
    return product - decayed_sum(x, n, decay) * decayed_sum(y, n, decay) / total


def _single_lag(
    returns: HedgeReturns, bounds: tuple[float, float], decay: float
) -> tuple[Array, Array]:
    y, m, n = returns.miner, returns.metal[:, 0], returns.count
    y_m, m_m = _comoment(y, m, n, decay), _comoment(m, m, n, decay)
    if returns.market is None:
        return two_factor_ratios(y_m, m_m, None, None, None, bounds)
    i = returns.market[:, 0]
    y_i, m_i = _comoment(y, i, n, decay), _comoment(m, i, n, decay)
    return two_factor_ratios(y_m, m_m, y_i, m_i, _comoment(i, i, n, decay), bounds)


def _summed_lags(
    returns: HedgeReturns, bounds: tuple[float, float], decay: float
) -> tuple[Array, Array]:
    """Return sums of coefficients, the metal's within its bounds and the market's given it."""
    q, n = returns.metal.shape[1], returns.count
    x = returns.metal if returns.market is None else np.hstack([returns.metal, returns.market])
    gram = _comoment(x[:, :, None], x[:, None, :], n, decay)
    cross = _comoment(x, returns.miner[:, None], n, decay)
    is_metal = (np.arange(x.shape[1]) < q).astype(float)
    right = np.stack([cross, np.broadcast_to(is_metal, cross.shape)], axis=2)
    solution = solve_normal(gram, right)
    free, pull = solution[:, :, 0], solution[:, :, 1]
    total = free[:, :q].sum(axis=1)
    beta_metal = np.clip(total, *bounds)
    # Lagrange: the restricted fit moves along the inverse Gram's image of the restriction.
    given = free - pull * ((total - beta_metal) / pull[:, :q].sum(axis=1))[:, None]
    if returns.market is None:
        return beta_metal, np.where(np.isnan(beta_metal), np.nan, 0.0)
    return beta_metal, given[:, q:].sum(axis=1)

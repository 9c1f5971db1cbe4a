"""How far a miner trails its metal: gap forms in logs and in standard deviations."""

from __future__ import annotations

import numpy as np

from ..rolling import Array, rolling_sum
from .forms import Gap, Hedge, Stretch
from .robust import rolling_scale, winsorised


def cumulative_form(stretch: Stretch, hedge: Hedge) -> Gap:
    """Return the sum of hedged residuals over the window."""
    window, residual = stretch.rule.gap_window, clipped(stretch, residual_of(stretch, hedge))
    gap = rolling_sum(residual, window)
    z = score(gap, residual, window, stretch.rule.z_scale)
    return Gap(gap, z, *window_lags(stretch.miner, stretch.basket, window), residual)


def ratio_form(stretch: Stretch, _hedge: Hedge) -> Gap:
    """Return the change of the bare ratio over the window; its hedge is 1 and no market."""
    window, relative = stretch.rule.gap_window, stretch.miner - stretch.basket
    gap = rolling_sum(relative, window)
    z = score(gap, clipped(stretch, relative), window, stretch.rule.z_scale)
    return Gap(gap, z, *window_lags(stretch.miner, stretch.basket, window), relative)


def residual_of(stretch: Stretch, hedge: Hedge) -> Array:
    """Return a run's returns hedged with the ratios known the session before."""
    returns = (stretch.miner, stretch.basket, stretch.market)
    return hedged_residual(*returns, hedge.beta_metal, hedge.beta_market)


def clipped(stretch: Stretch, increments: Array) -> Array:
    """Return increments winsorised as the rule says, against the sessions before."""
    return winsorised(increments, stretch.rule.hedge_window, stretch.rule.winsorise)


def window_lags(miner: Array, basket: Array, window: int) -> tuple[Array, Array]:
    """Return how far a miner trails its basket over a window, as a ratio and in points.

    Of a miner up 60 % and a metal up 100 % the ratio is -0.20 and the difference -0.40.

    Parameters
    ----------
    miner, basket : ndarray of shape (n,)
        Log returns.

    Returns
    -------
    lag, lag_points : ndarray of shape (n,)
        NaN until `window` returns exist.
    """
    lag = np.expm1(rolling_sum(miner - basket, window))
    points = np.expm1(rolling_sum(miner, window)) - np.expm1(rolling_sum(basket, window))
    return lag, points


def cumulative_gap(
    miner: Array, basket: Array, market: Array, beta_metal: Array, beta_market: Array, window: int
) -> tuple[Array, Array]:
    """Return the sum of hedged residuals over the window and its z-score.

    ``e_t = r_miner - b_{t-1} r_basket - c_{t-1} r_market``, ``S_t`` their sum over `window`
    sessions and ``z = S / (sd(e) sqrt(window))``: each residual is hedged with ratios known the
    session before, and under no catch-up ``z <= -1.5`` on 6.7 % of sessions.

    Parameters
    ----------
    miner, basket, market : ndarray of shape (n,)
        Log returns.
    beta_metal, beta_market : ndarray of shape (n,)
        Ratios known at each session.

    Returns
    -------
    gap, z : ndarray of shape (n,)
        NaN until `window` residuals exist; z also where the residuals do not vary.
    """
    residual = hedged_residual(miner, basket, market, beta_metal, beta_market)
    gap = rolling_sum(residual, window)
    return gap, score(gap, residual, window)


def hedged_residual(
    miner: Array, basket: Array, market: Array, beta_metal: Array, beta_market: Array
) -> Array:
    """Return each session's return hedged with the ratios known the session before; shape (n,)."""
    residual = np.full(len(miner), np.nan)
    residual[1:] = miner[1:] - beta_metal[:-1] * basket[1:] - beta_market[:-1] * market[1:]
    return residual


def ratio_gap(miner: Array, basket: Array, window: int) -> tuple[Array, Array]:
    """Return the change of the log ratio of miner to basket over the window and its z-score.

    The article's literal lag: ``g = ln(E/M)_t - ln(E/M)_{t-L}``, no hedge ratio, no market.
    """
    relative = miner - basket
    gap = rolling_sum(relative, window)
    return gap, score(gap, relative, window)


def score(gap: Array, increments: Array, window: int, kind: str = "sd") -> Array:
    """Return a gap in deviations of its increments over the window, NaN where they do not vary.

    Parameters
    ----------
    kind : str
        ``sd``, or ``mad``: the scaled median absolute deviation.
    """
    scale = rolling_scale(increments, window, kind) * np.sqrt(window)
    z: Array = np.divide(gap, scale, out=np.full(len(gap), np.nan), where=scale > 0.0)
    return z

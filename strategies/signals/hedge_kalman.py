"""Hedge ratios that walk: a Kalman filter of the log levels, filtered states only.

The trap of this form: let the ratio walk freely and it follows the gap until nothing is left of
it. So its steps are capped, and where what is left reverts within days, the hedge has absorbed
the gap and no entry is made.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ..reversion import rolling_half_life
from ..rolling import Array
from .forms import Hedge, Stretch

#: Fewest innovations whose half-life is estimated.
LEAST_INNOVATIONS = 60


def kalman_hedge(
    equity: Array,
    basket: Array,
    market: Array | None,
    *,
    window: int,
    noise: float,
    step: float,
    bounds: tuple[float, float],
) -> tuple[Array, Array, Array]:
    """Return the filtered ratios of ``ln E = a + b ln M + c ln I + v``, a random walk in (a, b, c).

    Only the noise of a step relative to that of v matters; v has variance 1. The filter starts at
    least squares on the first `window` sessions with covariance ``(X'X)^-1``. Where the cap or a
    bound holds b, a and c move to what they are given it.

    Parameters
    ----------
    equity, basket, market : ndarray of shape (n,)
        Cumulated log returns; `market` None leaves it out.
    noise : float
        Variance of a session's step of each state, over that of v (Q/R); 0 gives expanding least
        squares.
    step : float
        Largest change of b from one session to the next.
    bounds : tuple of float
        Least and largest b.

    Returns
    -------
    beta_metal, beta_market : ndarray of shape (n,)
        Entry `t` depends on rows `<= t` only; NaN before `window` sessions, and throughout where
        those do not tell the factors apart. `beta_market` is 0 without a market.
    innovation : ndarray of shape (n,)
        What each session's level differs from the state of the session before; NaN up to and
        with the session the filter starts on.

    References
    ----------
    Harvey (1989), Forecasting, Structural Time Series Models and the Kalman Filter, chapter 3.
    """
    from .kalman_kernel import filter_kernel, hold_kernel

    columns = [np.ones(len(equity)), basket] + ([] if market is None else [market])
    x = np.ascontiguousarray(np.column_stack(columns))
    n, k = x.shape
    states, innovation = np.full((n, k), np.nan), np.full(n, np.nan)
    started = _least_squares(x[:window], equity[:window]) if n >= window else None
    if started is not None:
        state, covariance = started
        hold_kernel(state, covariance, 1, *bounds)
        states[window - 1] = state
        y = np.ascontiguousarray(equity)
        moving = (window, float(noise), float(step), *bounds)
        filter_kernel(y, x, state, covariance, *moving, states, innovation)
    beta_market = np.where(np.isnan(states[:, 1]), np.nan, 0.0) if k == 2 else states[:, 2]
    return states[:, 1], beta_market, innovation


def _least_squares(x: Array, y: Array) -> tuple[Array, Array] | None:
    """Return coefficients and ``(X'X)^-1`` by elimination, None where it is singular."""
    k = x.shape[1]
    # Around the means of the window: levels lie far from zero compared with what they vary by.
    centre = x[:, 1:] - x[:, 1:].mean(axis=0)
    square = np.array([[np.sum(a * b) for b in centre.T] for a in centre.T])
    cross = np.array([np.sum(a * (y - y.mean())) for a in centre.T])
    determinant = square[0, 0] if k == 2 else square[0, 0] * square[1, 1] - square[0, 1] ** 2
    # Below this share of the product the factors are one and the same.
    if not determinant > 1e-10 * np.prod(np.diag(square)):
        return None
    if k == 2:
        inverse = np.array([[1.0 / determinant]])
    else:
        (p, q), (_, r) = square
        inverse = np.array([[r, -q], [-q, p]]) / determinant
    means = x[:, 1:].mean(axis=0)
    slopes = np.sum(inverse * cross, axis=1)
    state = np.concatenate([[y.mean() - np.sum(slopes * means)], slopes])
    covariance = np.empty((k, k))
    covariance[1:, 1:] = inverse
    covariance[0, 1:] = covariance[1:, 0] = -np.sum(inverse * means, axis=1)
    covariance[0, 0] = 1.0 / len(y) + np.sum(means * np.sum(inverse * means, axis=1))
    return state, covariance


def absorbed(innovation: Array, window: int, least_half_life: float) -> NDArray[np.bool_]:
    """Return where what the hedge leaves over reverts within `least_half_life` sessions.

    The half-life is that of the innovations over the past `window` sessions, with Kendall's
    correction; before 60 of them it is unknown, which counts as absorbed. 0 asks for nothing.

    Parameters
    ----------
    innovation : ndarray of shape (n,)
        NaN up to where the filter starts.
    """
    out = np.ones(len(innovation), dtype=bool)
    if least_half_life == 0.0:
        return ~out
    place = np.flatnonzero(np.isfinite(innovation))
    if len(place):
        level = innovation[place[0] :, None]
        least = min(LEAST_INNOVATIONS, window)
        found = rolling_half_life(level, np.ones(level.shape), window, least)
        out[place[0] :] = ~(np.round(found, 10) >= least_half_life)
    return out


def kalman_form(stretch: Stretch) -> Hedge:
    """Return the filtered ratios, and where they absorb the gap."""
    rule, ln = stretch.rule, stretch.ln
    beta_metal, beta_market, innovation = kalman_hedge(
        ln["equity"],
        ln["basket"],
        ln["market"] if stretch.has_market else None,
        window=rule.hedge_window,
        noise=rule.kalman_noise,
        step=rule.kalman_step,
        bounds=(rule.beta_min, rule.beta_max),
    )
    absorbs = absorbed(innovation, rule.hedge_window, rule.kalman_least_half_life)
    return Hedge(beta_metal, beta_market, absorbs)

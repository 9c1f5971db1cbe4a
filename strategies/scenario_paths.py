"""Paths of a metal under a view: bridges, tilted bootstraps, and the same shocks without a view.

Zero drift means zero in logs: the median of a driftless price is today's.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from orebound.feeds import ConfigError

Array = NDArray[np.float64]
SESSIONS_A_YEAR = 252
#: Newton steps of the tilt; it is quadratic and bounded, so that a handful is enough.
MOST_STEPS = 100


def brownian(sessions: int, volatility: float, n: int, rng: np.random.Generator) -> Array:
    """Return driftless log paths of shape (n, sessions), entry 0 one session after the start."""
    daily = volatility / np.sqrt(SESSIONS_A_YEAR)
    steps = rng.standard_normal((n, sessions))
    steps *= daily
    return np.cumsum(steps, axis=1, out=steps)


def bridged(walk: Array, target: float, at: int) -> Array:
    """Return log paths that stand at `target` after `at` sessions, and walk freely from there.

    Parameters
    ----------
    walk : ndarray of shape (n, sessions)
        Driftless log paths.
    target : float
        Log change since the start.
    at : int
        Session, counted from 1.
    """
    share = np.minimum(np.arange(1, walk.shape[1] + 1) / at, 1.0)
    paths = walk + share * (target - walk[:, at - 1 : at])
    paths[:, at - 1] = target  # exact, not to within rounding
    return paths


def bridge_paths(
    start: float,
    target: float,
    sessions: int,
    *,
    volatility: float = 0.22,
    n: int = 20_000,
    seed: int = 0,
) -> Array:
    """Return price paths of shape (n, sessions) from `start` that end at `target` exactly.

    Parameters
    ----------
    volatility : float
        A year.
    """
    if not (start > 0.0 and target > 0.0 and sessions >= 1):
        raise ValueError(f"start, target and sessions must be positive: {start}, {target}")
    walk = brownian(sessions, volatility, n, np.random.default_rng(seed))
    paths = start * np.exp(bridged(walk, float(np.log(target / start)), sessions))
    paths[:, -1] = target
    return paths


def chance_of_low(
    start: float, target: float, low: float, years: float, volatility: float
) -> float:
    """Return the chance that a Brownian bridge between two prices touches `low` on its way.

    ``exp(-2 ln(P0 / m) ln(PT / m) / (s^2 T))`` by reflection, for a continuous path; 1 where
    `low` is not below both ends.
    """
    if low >= min(start, target):
        return 1.0
    logs = np.log(start / low) * np.log(target / low)
    return float(np.exp(-2.0 * logs / (volatility**2 * years)))


def block_rows(
    n_rows: int, sessions: int, *, block: int, n: int, rng: np.random.Generator
) -> NDArray[np.int64]:
    """Return row numbers of a circular block bootstrap, shape (n, sessions)."""
    blocks = -(-sessions // block)
    first = rng.integers(0, n_rows, size=(n, blocks))
    rows = (first[:, :, None] + np.arange(block)) % n_rows
    return rows.reshape(n, blocks * block)[:, :sessions]


def bootstrap_paths(
    rows: Array,
    *,
    sessions: int,
    block: int = 60,
    drift: Any = 0.0,
    n: int = 20_000,
    seed: int = 0,
) -> Array:
    """Return cumulated log paths of joint rows drawn in blocks, shape (n, sessions, n_factors).

    Parameters
    ----------
    rows : ndarray of shape (n_rows, n_factors)
        Daily log returns of one day each: metal, market, exchange rate, residuals. Their means are
        taken out and `drift` is put in their place.
    drift : float or ndarray of shape (n_factors,)
        Log return a session.
    """
    if len(rows) < block:
        raise ConfigError(f"a block of {block} sessions needs as many rows, got {len(rows)}")
    centred = rows - rows.mean(axis=0) + drift
    rng = np.random.default_rng(seed)
    drawn = centred[block_rows(len(rows), sessions, block=block, n=n, rng=rng)]
    paths: Array = np.cumsum(drawn, axis=1, out=drawn)
    return paths


def tilted_weights(values: Array, target: float) -> Array:
    """Return weights of paths, summing to 1, whose mean of `values` is `target`.

    Exponential tilting, ``w ~ exp(lambda x)``: of all weights with that mean the ones nearest to
    equal in relative entropy. `lambda` is found by Newton steps held inside a bracket.

    Raises
    ------
    ConfigError
        If no path lies on the target's far side, so that no weights reach it.
    """
    low, high = float(values.min()), float(values.max())
    mean, spread = float(values.mean()), float(values.std())
    if abs(mean - target) <= 1e-12 * max(abs(target), 1.0):
        return np.full(len(values), 1.0 / len(values))
    if not low < target < high:
        raise ConfigError(
            f"no weights of {len(values):,} paths reach a mean of {target:,.4g}: they lie within "
            f"{low:,.4g} and {high:,.4g}; take more paths, or the bridge"
        )
    x, goal = (values - mean) / spread, (target - mean) / spread
    bounds, tilt = [-1e3, 1e3], goal
    for _ in range(MOST_STEPS):
        logs = tilt * x
        weights: Array = np.exp(logs - logs.max())
        weights /= weights.sum()
        miss = float((weights * x).sum()) - goal
        if abs(miss) < 1e-12:
            break
        bounds[int(miss > 0.0)] = tilt
        step = miss / max(float((weights * (x - goal - miss) ** 2).sum()), 1e-300)
        tilt = tilt - step
        if not bounds[0] < tilt < bounds[1]:
            tilt = 0.5 * (bounds[0] + bounds[1])
    return weights


def effective_paths(weights: Array) -> float:
    """Return how many equal paths the weights are worth, ``1 / sum w^2`` (Kish 1965)."""
    return float(1.0 / (weights * weights).sum())


def weighted_quantiles(values: Array, weights: Array, shares: Any) -> Array:
    """Return quantiles along the first axis under weights that sum to 1."""
    order = np.argsort(values, axis=0)
    ranked = np.take_along_axis(values, order, axis=0)
    cumulated = np.cumsum(weights[order], axis=0)
    out = np.empty((len(np.atleast_1d(shares)), *values.shape[1:]))
    for k, share in enumerate(np.atleast_1d(shares)):
        place = (cumulated < share - 1e-12).sum(axis=0)
        place = np.minimum(place, len(values) - 1)
        out[k] = np.take_along_axis(ranked, place[None], axis=0)[0]
    return out


def expected_shortfall(returns: Array, weights: Array, level: float = 0.95) -> float:
    """Return the mean loss of the worst ``1 - level`` of weighted paths, positive for a loss."""
    order = np.argsort(returns)
    tail = 1.0 - level
    before = np.concatenate([[0.0], np.cumsum(weights[order])[:-1]])
    used = np.clip(tail - before, 0.0, weights[order])
    return float(-(used * returns[order]).sum() / tail)

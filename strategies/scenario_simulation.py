"""The shocks of a scenario, drawn once: with the view in them and without it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from .scenario_equity import decay
from .scenario_paths import block_rows, bridged, brownian, tilted_weights

Array = NDArray[np.float64]
Method = Literal["bootstrap", "bridge"]
#: Paths that are drawn at a time: the gaps of all names on all sessions of more do not fit.
CHUNK = 2_000
#: A gap counts as closed once this share of it has gone.
CLOSED = 0.8


@dataclass(frozen=True, eq=False)
class Shocks:
    """What a scenario is drawn from.

    Attributes
    ----------
    rows : ndarray of shape (n_rows, n_factors)
        Daily log returns: the metals, the target's among them, and the market last.
    residual_rows : ndarray of shape (n_rows, n_names)
        Daily log returns that neither metals nor market explain, of the same days.
    target : int
        Column of the metal that the view is about.
    loading : ndarray of shape (n_factors,)
        Log return of each factor for one of the target, 1 for itself.
    spread : ndarray of shape (n_factors, n_factors)
        Covariance by session of what the loadings leave.
    gap, residual_sd : ndarray of shape (n_names,)
    half_life : ndarray of shape (n_draws, n_names)
        Path `p` takes draw ``p % n_draws``: one row for a point estimate.
    """

    rows: Array
    residual_rows: Array
    target: int
    loading: Array
    spread: Array
    gap: Array
    half_life: Array
    residual_sd: Array


@dataclass(frozen=True, eq=False)
class Simulation:
    """Paths that share their shocks.

    Attributes
    ----------
    walk, view : ndarray of shape (n, sessions)
        Log change of the target metal without and with the view.
    factors : ndarray of shape (n, n_factors)
        Log returns over the horizon without the view.
    gap : ndarray of shape (n, n_names)
        At the horizon.
    closed : ndarray of shape (n, n_names)
        Sessions until 80 % of today's gap has closed; infinite where it has not, NaN where there
        is no lag to close.
    weights : ndarray of shape (n,)
        Of each path under the view; they sum to 1.
    """

    walk: Array
    view: Array
    factors: Array
    gap: Array
    closed: Array
    weights: Array


def simulate(
    shocks: Shocks,
    ratio: float,
    *,
    sessions: int,
    stretch: tuple[int, int],
    method: Method = "bridge",
    volatility: float = 0.22,
    block: int = 60,
    n: int = 20_000,
    seed: int = 0,
) -> Simulation:
    """Return paths whose target metal changes to `ratio` times today's price.

    Parameters
    ----------
    stretch : tuple of int
        First and last session, counted from 1, over which the mean of the price is meant; the same
        twice for a target on one day.
    """
    rng = np.random.default_rng(seed)
    names = len(shocks.gap)
    gap, closed = np.empty((n, names)), np.empty((n, names))
    factors = np.empty((n, shocks.rows.shape[1]))
    walk = np.empty((n, sessions))
    for first in range(0, n, CHUNK):
        part = slice(first, min(first + CHUNK, n))
        size = part.stop - part.start
        if method == "bridge":
            walk[part] = brownian(sessions, volatility, size, rng)
            factors[part] = _gaussian_factors(shocks, walk[part, -1], sessions, rng)
            for name in range(names):
                steps = rng.standard_normal((size, sessions)) * shocks.residual_sd[name]
                gap[part, name], closed[part, name] = _follow(shocks, name, steps, first)
            continue
        rows = block_rows(len(shocks.rows), sessions, block=block, n=size, rng=rng)
        centred = shocks.rows - shocks.rows.mean(axis=0)
        walk[part] = np.cumsum(centred[rows, shocks.target], axis=1)
        for factor in range(factors.shape[1]):
            factors[part, factor] = centred[rows, factor].sum(axis=1)
        residual = shocks.residual_rows - shocks.residual_rows.mean(axis=0)
        for name in range(names):
            gap[part, name], closed[part, name] = _follow(shocks, name, residual[rows, name], first)
    view, weights = _with_view(walk, ratio, stretch, method)
    return Simulation(walk, view, factors, gap, closed, weights)


def _with_view(
    walk: Array, ratio: float, stretch: tuple[int, int], method: Method
) -> tuple[Array, Array]:
    """Return the paths moved to the target and the weights that make them meet it on average."""
    first, last = stretch
    middle = (first + last) // 2
    goal = float(np.log(ratio))
    if method == "bridge":
        view = bridged(walk, goal, middle)
    else:
        view = walk + np.arange(1, walk.shape[1] + 1) * (goal / middle)
    if first == last and method == "bridge":
        return view, np.full(len(view), 1.0 / len(view))
    reached = np.exp(view[:, first - 1 : last]).mean(axis=1)
    return view, tilted_weights(reached, ratio)


def _gaussian_factors(
    shocks: Shocks, target: Array, sessions: int, rng: np.random.Generator
) -> Array:
    """Return the factors' totals given the target's: its loading and the rest at random."""
    values, vectors = np.linalg.eigh(shocks.spread * sessions)
    root = vectors * np.sqrt(np.maximum(values, 0.0))
    rest = rng.standard_normal((len(target), len(values))) @ root.T
    rest[:, shocks.target] = 0.0
    total: Array = target[:, None] * shocks.loading + rest
    return total


def _follow(shocks: Shocks, name: int, steps: Array, first: int) -> tuple[Array, Array]:
    """Return a gap at the horizon and the session on which 80 % of it had closed."""
    start = shocks.gap[name]
    draw = np.arange(first, first + len(steps)) % len(shocks.half_life)
    phi = decay(shocks.half_life[draw, name], 1.0)
    level = np.full(len(steps), start)
    has_lag = start < 0.0
    closed = np.full(len(steps), np.inf if has_lag else np.nan)
    for t in range(steps.shape[1]):
        level = phi * level + steps[:, t]
        if has_lag:
            reached = (level >= (1.0 - CLOSED) * start) & np.isinf(closed)
            closed[reached] = t + 1
    return level, closed

"""Are a miner's and its metals' levels tied together? Engle and Granger's two steps."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from .mackinnon import mackinnon_critical, mackinnon_p
from .normal_equations import solve_normal
from .rolling import Array, windowed_sum

#: Of the variance of y: what is left below it is rounding, and the series are one and the same.
NOTHING_LEFT = 1e-12


@dataclass(frozen=True)
class EngleGranger:
    """A test of no cointegration.

    Attributes
    ----------
    statistic : float
        t of the residual's level in the regression of its changes.
    p : float
        Asymptotic, knowing how many series were joined (MacKinnon 1994).
    critical : dict
        By level 0.01, 0.05, 0.10, for this many observations (MacKinnon 2010).
    """

    statistic: float
    p: float
    critical: dict[float, float]


def engle_granger(y: ArrayLike, x: ArrayLike, lags: int = 1) -> EngleGranger:
    """Return the test of no cointegration between a level and one or two others.

    Step one regresses y on x with a constant; step two the changes of the residual on its level
    and on `lags` past changes, without one.

    Parameters
    ----------
    y : array_like of shape (n,)
        Log level.
    x : array_like of shape (n,) or (n, k)
        One or two log levels.
    lags : int
        Past changes in step two.

    Raises
    ------
    ValueError
        If shapes disagree, a value is not finite or there are too few of them.

    References
    ----------
    Engle and Granger (1987), Co-integration and error correction, Econometrica 55.
    """
    left = np.asarray(y, dtype=float)
    right = np.asarray(x, dtype=float)
    right = right[:, None] if right.ndim == 1 else right
    if left.ndim != 1 or right.ndim != 2 or len(right) != len(left):
        raise ValueError(f"y of shape {left.shape} and x of shape {right.shape} do not agree")
    if right.shape[1] not in (1, 2):
        raise ValueError(f"x must hold one or two series, got {right.shape[1]}")
    if lags < 0:
        raise ValueError(f"lags must not be negative, got {lags}")
    n = len(left)
    if n < 20 + 2 * lags:
        raise ValueError(f"{lags} lags need at least {20 + 2 * lags} values, got {n}")
    if not (np.isfinite(left).all() and np.isfinite(right).all()):
        raise ValueError("y and x must be finite")
    statistic = _statistic(left, right, lags)
    series = 1 + right.shape[1]
    return EngleGranger(
        statistic,
        float(mackinnon_p(statistic, series)),
        {level: mackinnon_critical(series, level, n - 1) for level in (0.01, 0.05, 0.10)},
    )


def _statistic(y: Array, x: Array, lags: int) -> float:
    """Return the t of one pair of regressions, minus infinity where nothing is left."""
    y, x = y - y.mean(), x - x.mean(axis=0)
    hedge = _least_squares(x, y)[0]
    if np.isnan(hedge).any():
        raise ValueError("x must vary, and two series in it must not be one and the same")
    residual = y - (x * hedge).sum(axis=1)
    if np.sum(residual**2) <= NOTHING_LEFT * np.sum(y**2):
        return -np.inf
    change = np.diff(residual)
    past = [change[lags - lag : len(change) - lag] for lag in range(1, lags + 1)]
    design = np.column_stack([residual[lags:-1], *past])
    beta, spread = _least_squares(design, change[lags:])
    left = change[lags:] - (design * beta).sum(axis=1)
    noise = np.sum(left**2) / (len(left) - lags - 1)
    return float(beta[0] / np.sqrt(noise * spread))


def _least_squares(x: Array, y: Array) -> tuple[Array, float]:
    """Return coefficients without a constant, and the first diagonal of the inverse Gram."""
    gram = (x[:, :, None] * x[:, None, :]).sum(axis=0)
    cross = (x * y[:, None]).sum(axis=0)
    unit = np.eye(len(gram))[:, :1]
    solution = solve_normal(gram[None], np.hstack([cross[:, None], unit])[None])[0]
    return solution[:, 0], float(solution[0, 1])


def rolling_engle_granger(levels: Array, lags: int, window: int, least: int = 252) -> Array:
    """Return the p-value of no cointegration over the past `window` sessions at each session.

    Both steps are made anew at each session.

    Parameters
    ----------
    levels : ndarray of shape (n, 2) or (n, 3)
        Cumulated log returns: the miner, its basket and the market where it is hedged with.
    lags : int
    window, least : int
        Sessions; before `least` of them p is NaN, before `window` it uses all so far.

    Returns
    -------
    ndarray of shape (n,)
        Entry `t` depends on rows `<= t` only; NaN where a series does not vary.
    """
    statistic = engle_granger_path(levels, lags, window=window, least=least)
    return mackinnon_p(statistic, levels.shape[1])


def engle_granger_path(levels: Array, lags: int, *, window: int, least: int) -> Array:
    """Return the statistic of `rolling_engle_granger`; minus infinity where nothing is left."""
    n = len(levels)
    if n < least:
        return np.full(n, np.nan)
    count = np.minimum(np.arange(1, n + 1), window).astype(float)[:, None, None]
    total = windowed_sum(levels, window, least)
    square = windowed_sum(_outer(levels, levels), window, least)
    square -= _outer(total, total) / count
    hedge = solve_normal(square[:, 1:, 1:], square[:, 1:, :1])[:, :, 0]
    vector = np.column_stack([np.ones(n), -hedge])
    mean = total / count[:, :, 0]
    left = (_outer(vector, vector) * square).sum(axis=(1, 2))
    gram, cross, changes = _step_two(levels, lags, vector, mean, window=window, least=least)
    solution = solve_normal(gram, np.concatenate([cross, _first(gram)], axis=2))
    beta, spread = solution[:, :, 0], solution[:, 0, 1]
    pairs = count[:, 0, 0] - 1.0 - lags
    with np.errstate(invalid="ignore", divide="ignore"):
        noise = (changes - (beta * cross[:, :, 0]).sum(axis=1)) / (pairs - lags - 1.0)
        statistic = beta[:, 0] / np.sqrt(noise * spread)
    is_exact = left <= NOTHING_LEFT * square[:, 0, 0]
    return np.where(np.isnan(hedge[:, 0]), np.nan, np.where(is_exact, -np.inf, statistic))


def _outer(a: Array, b: Array) -> Array:
    return a[:, :, None] * b[:, None, :]


def _first(gram: Array) -> Array:
    """Return the right-hand side whose solution begins with the first diagonal of the inverse."""
    unit = np.zeros((*gram.shape[:2], 1))
    unit[:, 0] = 1.0
    return unit


def _step_two(
    levels: Array, lags: int, vector: Array, mean: Array, *, window: int, least: int
) -> tuple[Array, Array, Array]:
    """Return Gram matrix, cross-moments and sum of squares of step two, in the residual.

    The residual is formed with each session's own regression, so its moments are quadratic forms
    of windowed moments of the levels.
    """
    begin = lags + 1  # the first session of a run whose lagged changes all exist
    change = np.diff(levels, axis=0, prepend=levels[:1])
    before = np.concatenate([levels[:1], levels[:-1]])
    blocks = [before, change, *(_lagged(change, lag) for lag in range(1, lags + 1))]
    for block in blocks:
        block[:begin] = 0.0
    has = np.ones(len(levels))
    has[:begin] = 0.0
    spans = (window - begin, least - begin)
    # The residual's level is that of the series less the constant of step one.
    constant = (vector * mean).sum(axis=1)
    sums = [(vector * windowed_sum(block, *spans)).sum(axis=1) for block in blocks]
    pairs = windowed_sum(has, *spans)
    full = np.empty((len(levels), len(blocks), len(blocks)))
    weight = _outer(vector, vector)
    for a, one in enumerate(blocks):
        for b, other in enumerate(blocks[: a + 1]):
            moment = (weight * windowed_sum(_outer(one, other), *spans)).sum(axis=(1, 2))
            if a == 0:
                moment -= constant * (2.0 * sums[0] - constant * pairs)
            elif b == 0:
                moment -= constant * sums[a]
            full[:, a, b] = full[:, b, a] = moment
    keep = [0, *range(2, len(blocks))]
    return full[:, keep][:, :, keep], full[:, keep, 1:2], full[:, 1, 1]


def _lagged(values: Array, lag: int) -> Array:
    out = np.zeros_like(values)
    out[lag:] = values[:-lag]
    return out

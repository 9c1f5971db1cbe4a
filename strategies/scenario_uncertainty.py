"""How far a ranking depends on estimates: hedge ratios and half-lives drawn again from the past."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from .reversion import half_life_of_phi

Array = NDArray[np.float64]
#: Sessions of a block of overlapping returns: longer than one return, so that their overlap stays.
BLOCK = 20


def hedge_draws(
    miner: Array,
    basket: Array,
    market: Array | None,
    *,
    horizon: int,
    bounds: tuple[float, float],
    draws: int,
    rng: np.random.Generator,
) -> tuple[Array, Array]:
    """Return least-squares hedge ratios of block-bootstrapped windows, shape (draws,) each.

    Parameters
    ----------
    miner, basket, market : ndarray of shape (n,)
        Cumulated log returns of the regression's window; `market` None leaves it out.
    horizon : int
        Sessions of one return; returns overlap.
    """
    columns = [miner, basket] + ([] if market is None else [market])
    returns = np.column_stack([level[horizon:] - level[:-horizon] for level in columns])
    n, k = returns.shape
    products = (returns[:, :, None] * returns[:, None, :]).reshape(n, k * k)
    summed = _circular_block_sums(np.column_stack([returns, products]), min(BLOCK, n))
    blocks = -(-n // min(BLOCK, n))
    moments = summed[rng.integers(0, n, size=(draws, blocks))].sum(axis=1)
    size = float(blocks * min(BLOCK, n))
    means, second = moments[:, :k], moments[:, k:].reshape(draws, k, k)
    cross = second - means[:, :, None] * means[:, None, :] / size
    y_m, m_m = cross[:, 0, 1], cross[:, 1, 1]
    if market is None:
        return np.clip(y_m / m_m, *bounds), np.zeros(draws)
    y_i, m_i, i_i = cross[:, 0, 2], cross[:, 1, 2], cross[:, 2, 2]
    metal = np.clip((y_m * i_i - y_i * m_i) / (m_m * i_i - m_i * m_i), *bounds)
    return metal, (y_i - metal * m_i) / i_i


def _circular_block_sums(rows: Array, block: int) -> Array:
    """Return the sum of `block` rows from each row on, the last ones joined to the first."""
    total = np.cumsum(np.concatenate([np.zeros((1, rows.shape[1])), rows, rows[: block - 1]]), 0)
    sums: Array = total[block:] - total[:-block]
    return sums


def half_life_draws(phi: float, pairs: int, *, draws: int, rng: np.random.Generator) -> Array:
    """Return half-lives estimated on simulated series whose corrected coefficient is the estimate.

    Parameters
    ----------
    phi : float
        AR(1) coefficient after Kendall's correction, taken as true; 1 or more is a random walk.
    pairs : int
        Pairs that it was estimated on.

    Returns
    -------
    ndarray of shape (draws,)
        Sessions; infinite where the simulated estimate is 1 or more, never negative.
    """
    phi = min(max(phi, 0.0), 1.0)
    scale = 1.0 / np.sqrt(1.0 - phi**2) if phi < 1.0 else 0.0
    level = rng.standard_normal(draws) * scale
    sums: list[Any] = [np.zeros(draws) for _ in range(4)]
    for _ in range(pairs):
        after = phi * level + rng.standard_normal(draws)
        for place, value in enumerate((level, after, level * level, level * after)):
            sums[place] += value
        level = after
    before, following, square, cross = sums
    spread = square - before * before / pairs
    estimate = (cross - before * following / pairs) / spread
    return half_life_of_phi(estimate, pairs, corrected=True)


def kendall_tau(ranked: Array, others: Array) -> Array:
    """Return Kendall's tau-b of one ordering with each row of others.

    Parameters
    ----------
    ranked : ndarray of shape (n_names,)
    others : ndarray of shape (draws, n_names)

    Returns
    -------
    ndarray of shape (draws,)
        NaN for fewer than two names, or where all are tied.

    References
    ----------
    Kendall (1945), The treatment of ties in ranking problems, Biometrika 33.
    """
    upper = np.triu_indices(len(ranked), 1)
    own = np.sign(ranked[:, None] - ranked)[upper]
    theirs = np.sign(others[:, :, None] - others[:, None, :])[:, upper[0], upper[1]]
    untied = np.sqrt((own**2).sum() * (theirs**2).sum(axis=1))
    agreed = (own * theirs).sum(axis=1)
    tau: Array = np.divide(agreed, untied, out=np.full(len(others), np.nan), where=untied > 0.0)
    return tau

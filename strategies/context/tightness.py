"""Tightness of a metal: low stocks and backwardation against their own past."""

from __future__ import annotations

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

from ..rolling import Array

#: Fewest sessions of the past that a percentile is taken in.
LEAST = 252
#: Refined copper used a year, tonnes.
COPPER_USE = 27e6
DECIMALS = 10
CHUNK = 512


def rolling_percentile(values: Array, window: int, least: int = LEAST) -> Array:
    """Return the share of the other values of the last `window` that lie below each; ties half.

    The lowest of its window is 0, the highest 1.

    Parameters
    ----------
    values : ndarray of shape (n,)
        Entries that are NaN count in no window and get NaN.
    least : int
        Fewest values of a window, the current one included; NaN before.
    """
    if least < 2 or window < least:
        raise ValueError(f"least must be within 2 and window, got {least} with window {window}")
    padded = np.concatenate([np.full(window - 1, np.nan), values])
    seen = sliding_window_view(padded, window)
    out = np.full(len(values), np.nan)
    for begin in range(0, len(values), CHUNK):  # a whole comparison would hold n x window flags
        part, now = seen[begin : begin + CHUNK], values[begin : begin + CHUNK, None]
        below = np.sum(part < now, axis=1)
        ties = np.sum(part == now, axis=1) - 1
        others = np.sum(np.isfinite(part), axis=1) - 1
        is_known = (others >= least - 1) & np.isfinite(now[:, 0])
        rank = np.divide(below + 0.5 * ties, others, out=np.zeros(len(part)), where=others > 0)
        out[begin : begin + CHUNK] = np.where(is_known, rank, np.nan)
    return np.round(out, DECIMALS)


def backwardation(cash: Array, three_months: Array) -> Array:
    """Return how much dearer metal is now than in three months, as a fraction of the latter."""
    return np.asarray((cash - three_months) / three_months)


def metal_tightness(stock_percentile: Array, spread_percentile: Array) -> Array:
    """Return the mean of ``1 - stock percentile`` and the spread's; the one that exists alone.

    NaN where neither exists.
    """
    parts = np.stack([1.0 - stock_percentile, spread_percentile])
    has = np.isfinite(parts)
    count = has.sum(axis=0)
    total = np.where(has, parts, 0.0).sum(axis=0)
    return np.asarray(np.divide(total, count, out=np.full(total.shape, np.nan), where=count > 0))


def by_exposure(scores: Array, weights: Array) -> Array:
    """Return each row's mean of the metals' scores by absolute exposure, over those that have one.

    Parameters
    ----------
    scores, weights : ndarray of shape (n, n_metals)

    Returns
    -------
    ndarray of shape (n,)
        NaN where no metal that the name is exposed to has a score.
    """
    used = np.where(np.isfinite(scores), np.abs(weights), 0.0)
    total = used.sum(axis=1)
    weighed = (used * np.where(np.isfinite(scores), scores, 0.0)).sum(axis=1)
    mean = np.divide(weighed, total, out=np.full(len(total), np.nan), where=total > 0.0)
    return np.asarray(np.round(mean, DECIMALS))


def is_tight(
    score: Array, stock_percentile: Array, *, tight_score: float, tight_stock: float
) -> NDArray[np.bool_]:
    """Return where the score reaches its bar and stocks are low; what is unknown is not tight."""
    found: NDArray[np.bool_] = (score >= tight_score) & (stock_percentile <= tight_stock)
    return found


def days_of_use(stock: Array, annual_use: float = COPPER_USE) -> Array:
    """Return how many days of the world's use a visible stock covers.

    Parameters
    ----------
    stock : ndarray
        Tonnes in one exchange's warehouses or in all of them together. Say which: in 2025 and
        2026 copper moved from LME to COMEX warehouses, so that the LME's was low and the total
        was not.
    annual_use : float
        Tonnes a year.
    """
    if not annual_use > 0.0:
        raise ValueError(f"annual_use must be above 0, got {annual_use}")
    return np.asarray(stock / (annual_use / 365.0))


def visible_stocks(**by_exchange: Array) -> dict[str, Array]:
    """Return each exchange's stock apart and ``total``, NaN where any of them is unknown."""
    if not by_exchange:
        raise ValueError("visible_stocks needs at least one exchange, such as lme=...")
    return by_exchange | {"total": np.sum(np.stack(list(by_exchange.values())), axis=0)}

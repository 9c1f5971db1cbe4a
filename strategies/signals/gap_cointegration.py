"""How far a miner's level lies from the one its metals' levels imply."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from ..rolling import Array, rolling_sum
from .forms import Gap, Hedge, Stretch
from .gap import residual_of, window_lags
from .hedge_returns import two_factor_ratios
from .robust import CHUNK, MAD_TO_SD

#: Share of the equity's sum of squares that cancellation leaves of an exact fit: no deviation.
EXACT = 1e-13
#: Moments that the market enters: of equity (0), basket (1) and market (2).
MARKET = ((0, 2), (1, 2), (2, 2))


def level_hedge_form(stretch: Stretch) -> Hedge:
    """Return the ratios of the level regression, whatever `rule.hedge`."""
    found = _of(stretch)
    return Hedge(found.beta_metal, found.beta_market)


def cointegration_form(stretch: Stretch, hedge: Hedge) -> Gap:
    """Return the residual of the level regression fitted up to the session before."""
    found, window = _of(stretch), stretch.rule.gap_window
    lags = window_lags(stretch.miner, stretch.basket, window)
    return Gap(found.gap, found.z, *lags, residual_of(stretch, hedge))


def _of(stretch: Stretch) -> LevelGap:
    rule, ln = stretch.rule, stretch.ln
    return level_gap(
        *(ln["equity"], ln["basket"], ln["market"] if stretch.has_market else None),
        window=rule.hedge_window,
        bounds=(rule.beta_min, rule.beta_max),
        scale=rule.z_scale,
    )


class LevelGap(NamedTuple):
    """The level residual of each session and the regression it comes from, all (n,)."""

    gap: Array
    z: Array
    constant: Array
    beta_metal: Array
    beta_market: Array


def level_gap(
    equity: Array,
    basket: Array,
    market: Array | None,
    *,
    window: int,
    bounds: tuple[float, float],
    scale: str = "sd",
) -> LevelGap:
    """Return the residual of the level regression fitted up to the session before.

    ``s_t = lnE_t - a - b lnM_t - c lnI_t`` with least squares on the levels of the `window`
    sessions that ended the session before, so that the session judged is not in the fit; where b
    leaves its bounds, a and c are fitted given the bound. ``z = s / sd`` with the deviation of
    the residuals inside the fit.

    Parameters
    ----------
    equity, basket, market : ndarray of shape (n,)
        Cumulated log returns; `market` None leaves the market out.
    window : int
        Sessions of the fit.
    bounds : tuple of float
        Least and largest metal ratio.
    scale : str
        ``sd`` (ddof 1) or ``mad`` about the median.

    Returns
    -------
    LevelGap
        Entry `t` depends on rows `<= t` only, its ratios on rows `< t`; NaN until a window lies
        before and where the factors do not vary or are one and the same.
    """
    n = len(equity)
    zero = np.zeros(n)
    i = zero if market is None else market
    total = [rolling_sum(level, window) for level in (equity, basket, i)]
    moment = {
        (a, b): rolling_sum(x * y, window) - total[a] * total[b] / window
        for a, x in enumerate((equity, basket, i))
        for b, y in enumerate((equity, basket, i))
        if a <= b
    }
    with np.errstate(invalid="ignore", divide="ignore"):
        y_i, m_i, i_i = (moment[pair] if market is not None else None for pair in MARKET)
        b, c = two_factor_ratios(moment[0, 1], moment[1, 1], y_i, m_i, i_i, bounds)
        a = (total[0] - b * total[1] - c * total[2]) / window
        square = (
            moment[0, 0]
            + b * b * moment[1, 1]
            + c * c * moment[2, 2]
            + 2.0 * (b * c * moment[1, 2] - b * moment[0, 1] - c * moment[0, 2])
        )
        square = np.where(square > EXACT * rolling_sum(equity * equity, window), square, 0.0)
        deviation = np.sqrt(square / (window - 1))
    if scale == "mad":
        deviation = _inner_mad((equity, basket, i), b, c, window)
    a, b, c, deviation = (_shifted(values) for values in (a, b, c, deviation))
    gap = equity - a - b * basket - c * i
    z = np.divide(gap, deviation, out=np.full(n, np.nan), where=deviation > 0.0)
    return LevelGap(gap, z, a, b, c)


def _inner_mad(levels: tuple[Array, Array, Array], b: Array, c: Array, window: int) -> Array:
    """Return the scaled median absolute deviation of the residuals inside each fit."""
    out = np.full(len(b), np.nan)
    if len(b) < window:
        return out
    e, m, i = (sliding_window_view(level, window) for level in levels)
    for begin in range(0, len(e), CHUNK):
        rows = slice(begin, begin + CHUNK)
        at = slice(begin + window - 1, begin + window - 1 + len(e[rows]))
        residual = e[rows] - b[at, None] * m[rows] - c[at, None] * i[rows]
        centre = np.median(residual, axis=1, keepdims=True)
        out[at] = MAD_TO_SD * np.median(np.abs(residual - centre), axis=1)
    return out


def _shifted(values: Array) -> Array:
    out = np.full(len(values), np.nan)
    out[1:] = values[:-1]
    return out

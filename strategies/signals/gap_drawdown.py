"""How far a miner has fallen from its highest level relative to its hedge."""

from __future__ import annotations

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

from ..rolling import Array
from .forms import Gap, Hedge, Stretch
from .gap import clipped, residual_of, score
from .robust import CHUNK


def drawdown_form(stretch: Stretch, hedge: Hedge) -> Gap:
    """Return the fall from the highest hedged level of the window.

    Its lag is that fall as a simple return, its points the miner's change since the high less
    that of its hedge: of a miner hedged one for one the plain ratio and difference.
    """
    rule, ln = stretch.rule, stretch.ln
    gap, age = drawdown_gap(
        *(ln["equity"], ln["basket"], ln["market"], hedge.beta_metal, hedge.beta_market),
        rule.gap_window,
    )
    residual = residual_of(stretch, hedge)
    z = score(gap, clipped(stretch, residual), rule.gap_window, rule.z_scale)
    at = np.arange(len(stretch))
    miner = ln["equity"] - ln["equity"][at - age]
    points = np.expm1(miner) - np.expm1(miner - gap)
    return Gap(gap, z, np.expm1(gap), points, residual)


def drawdown_gap(
    equity: Array,
    basket: Array,
    market: Array,
    beta_metal: Array,
    beta_market: Array,
    window: int,
) -> tuple[Array, NDArray[np.int64]]:
    """Return the hedged log level less its highest of the window, and how long ago that was.

    The level is formed with the ratios known at the session over the whole window, so that a
    ratio that changes makes no gap by itself.

    Parameters
    ----------
    equity, basket, market : ndarray of shape (n,)
        Cumulated log returns.
    beta_metal, beta_market : ndarray of shape (n,)
    window : int
        Sessions looked at, the current one included.

    Returns
    -------
    gap : ndarray of shape (n,)
        Zero or negative; NaN until `window` sessions and the ratios are there.
    age : ndarray of shape (n,), int64
        Sessions since the high, the latest where several are equal; 0 where there is no gap.
    """
    n = len(equity)
    gap, age = np.full(n, np.nan), np.zeros(n, np.int64)
    if n < window:
        return gap, age
    levels = [sliding_window_view(level, window) for level in (equity, basket, market)]
    for begin in range(0, n - window + 1, CHUNK):
        e, m, i = (level[begin : begin + CHUNK] for level in levels)
        at = slice(begin + window - 1, begin + window - 1 + len(e))
        # Changes since each session of the window: the run's origin takes no part.
        d = (
            (e - e[:, -1:])
            - beta_metal[at, None] * (m - m[:, -1:])
            - beta_market[at, None] * (i - i[:, -1:])
        )
        d = d[:, ::-1]  # today first, so that the latest of equal highs is found
        high = np.argmax(d, axis=1)
        gap[at] = -d[np.arange(len(d)), high]
        age[at] = high
    age[np.isnan(gap)] = 0
    return gap + 0.0, age

"""Daily returns with the factors a day early and a day late: Dimson's cure for asynchrony."""

from __future__ import annotations

import numpy as np

from ..rolling import Array
from .hedge_returns import HedgeReturns, change

#: Factor sessions before, at and after the miner's.
LAGS = (-1, 0, 1)


def dimson_returns(
    miner: Array, basket: Array, market: Array | None, *, window: int
) -> HedgeReturns:
    """Return daily returns beside the factors' of the session before, the same and the next.

    The ratio is the sum of the three coefficients. A session's fit uses miners' returns up to two
    sessions before, so that the factors' next returns are past by a session too.

    Parameters
    ----------
    miner, basket, market : ndarray of shape (n,)
        Cumulated log returns.
    window : int
        Sessions that all returns of one regression lie in.

    References
    ----------
    Dimson (1979), Risk measurement when shares are subject to infrequent trading, Journal of
    Financial Economics 7.
    """
    n = len(miner)
    return HedgeReturns(
        change(miner, 1),
        _lags(basket),
        None if market is None else _lags(market),
        count=window - 3,
        step=1,
        place=np.maximum(np.arange(n) - 2, -1),
    )


def _lags(level: Array) -> Array:
    daily = change(level, 1)
    out = np.full((len(level), len(LAGS)), np.nan)
    out[1:, 0] = daily[:-1]
    out[:, 1] = daily
    out[:-1, 2] = daily[1:]
    return out

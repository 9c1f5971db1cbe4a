"""Hedge ratios that remember recent returns better than old ones."""

from __future__ import annotations

from ..rolling import Array
from .hedge_returns import HedgeReturns, regressed


def ewls_hedge(
    returns: HedgeReturns, *, half_life: float, bounds: tuple[float, float]
) -> tuple[Array, Array]:
    """Return ratios by least squares with weights ``.5 ** (age / half_life)``, age in sessions.

    Parameters
    ----------
    returns : HedgeReturns
    half_life : float
        Sessions after which a return counts half; within the window of the regression.

    Returns
    -------
    beta_metal, beta_market : ndarray of shape (n,)
        As `regressed`.
    """
    return regressed(returns, bounds, decay=0.5 ** (1.0 / half_life))

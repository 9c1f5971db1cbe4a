"""Metal momentum: whether the basket still rises, so that its fall does not close the gap."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ..rolling import Array

#: Width of the band below the floor over which the soft score falls from 1 to 0.
SOFT_BAND = 0.10
DECIMALS = 10


def basket_momentum(ln_basket: Array, window: int) -> Array:
    """Return the simple return of the basket over the last `window` sessions of an unbroken run.

    Parameters
    ----------
    ln_basket : ndarray of shape (n,)
        Log index of the run.

    Returns
    -------
    ndarray of shape (n,)
        NaN for the first `window` sessions; rounded to 1e-10.
    """
    out = np.full(len(ln_basket), np.nan)
    out[window:] = np.expm1(ln_basket[window:] - ln_basket[:-window])
    return np.round(out, DECIMALS)


def above_floor(returns: Array, floor: float) -> tuple[NDArray[np.bool_], Array]:
    """Return where momentum stands above a floor, and its soft score.

    The score is 1 from the floor on and falls linearly to 0 ten points below it; NaN where the
    return is unknown, and an unknown return stands above nothing.
    """
    score = np.clip((returns - (floor - SOFT_BAND)) / SOFT_BAND, 0.0, 1.0)
    return returns > floor, np.round(score, DECIMALS)

"""Re-rating: what of a share's return came from earnings, and what from what is paid for them."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from ..rolling import Array


class Rerating(NamedTuple):
    """Log returns by session in two parts that sum to the whole; shape (n,), the first NaN.

    Attributes
    ----------
    ebitda : ndarray of float
        What the change of EBITDA, marked to metal prices, would have moved the share by.
    multiple : ndarray of float
        What is left: more or less was paid for it.
    """

    ebitda: Array
    multiple: Array


def rerating_parts(ln_equity: Array, ln_ebitda_mtm: Array, ev_to_equity: Array) -> Rerating:
    """Split a share's log returns into earnings and multiple (A15).

    ``dlnE = (EV/E)(dlnEBITDA + dln multiple)`` with the ratio of the session before: debt makes
    the share move more than the firm. The multiple's part is the rest, so that both sum exactly.

    Parameters
    ----------
    ln_equity : ndarray of shape (n,)
        Log total-return index.
    ln_ebitda_mtm : ndarray of shape (n,)
        Log EBITDA at the metal prices of the day.
    ev_to_equity : ndarray of shape (n,)
        Enterprise value over market value of equity; above 0.

    Raises
    ------
    ValueError
        If the three differ in length, or a ratio is not above 0.
    """
    if not len(ln_equity) == len(ln_ebitda_mtm) == len(ev_to_equity):
        raise ValueError(
            "ln_equity, ln_ebitda_mtm and ev_to_equity must be of one length, got "
            f"{len(ln_equity)}, {len(ln_ebitda_mtm)} and {len(ev_to_equity)}"
        )
    if (ev_to_equity <= 0.0).any():
        raise ValueError(f"ev_to_equity must be above 0, got {np.nanmin(ev_to_equity)}")
    whole, earned = np.full(len(ln_equity), np.nan), np.full(len(ln_equity), np.nan)
    whole[1:] = np.diff(ln_equity)
    earned[1:] = ev_to_equity[:-1] * np.diff(ln_ebitda_mtm)
    return Rerating(earned, whole - earned)

"""The arithmetic of hedge legs: what is sold against a name, and how many shares of it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .rolling import Array

#: Ratios are rounded before they meet a share count.
DECIMALS = 10


@dataclass(frozen=True, eq=False)
class Legs:
    """Columns of the panel that are opened and closed with another one.

    Attributes
    ----------
    column, partner : ndarray of shape (n_legs,), int
        Columns of the leg and of the line it hedges.
    ratio : ndarray of shape (n_rows, n_legs), float
        Value of the leg by unit of its partner's, negative where it is sold; NaN forbids the
        entry.
    """

    column: NDArray[np.int64]
    partner: NDArray[np.int64]
    ratio: Array


def hedge_shares(
    weights: Array, total: Array, leg_of: NDArray[np.int64], n_legs: int, *, min_coverage: float
) -> Array:
    """Return by leg the value that moves as a name's metal basket, per unit of the basket.

    Metals that no leg hedges hand their weight to the others in proportion, as metals without
    data do in the basket itself.

    Parameters
    ----------
    weights : ndarray of shape (n, n_metals)
        Signed exposures in force.
    total : ndarray of shape (n,)
        Sum of absolute exposures to all commodities.
    leg_of : ndarray of shape (n_metals,), int
        The leg that hedges each metal, -1 for none.
    min_coverage : float
        Least share of the exposures that legs must hedge.

    Returns
    -------
    ndarray of shape (n, n_legs)
        NaN in a whole row below the minimum: nothing hedges that name.
    """
    has = leg_of >= 0
    available = np.abs(weights[:, has]).sum(axis=1)
    is_hedged = (total > 0.0) & (available >= min_coverage * total) & (available > 0.0)
    scale = np.divide(total, available, out=np.full(len(total), np.nan), where=is_hedged)
    out = np.zeros((len(weights), n_legs))
    for metal in np.flatnonzero(has):
        out[:, leg_of[metal]] += weights[:, metal]
    shares: Array = out * scale[:, None]
    return shares


def leg_ratio(beta: Array, shares: Array) -> Array:
    """Return a leg's value by unit of its partner's value, negative for what is sold short.

    Parameters
    ----------
    beta : ndarray of shape (n,)
        Hedge ratio of the partner to the basket or to the market.
    shares : ndarray of shape (n, n_legs)
    """
    return np.round(-beta[:, None] * shares, DECIMALS)


def leg_size(
    ratio: float, partner_size: float, partner_price: float, price: float, lot: int
) -> int:
    """Return the signed shares of a leg: whole lots, rounded towards none.

    Parameters
    ----------
    ratio : float
        Of `leg_ratio`.
    partner_size : float
        Signed shares of the name that is hedged.
    partner_price, price : float
        Known at the decision, in one currency.
    """
    lots = abs(ratio * partner_size * partner_price) // (price * lot)
    return int(np.sign(ratio * partner_size) * lots) * lot

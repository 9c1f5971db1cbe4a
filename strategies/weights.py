"""How much of the book each name may get: what every row knows, whatever is held."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from orebound.feeds import Panel

from .declaration import RuleArrays
from .rolling import Array

#: Sessions a year, of a volatility stated by the year.
A_YEAR = 252.0
#: Shares are rounded before they are divided by a price, so that another processor buys the same.
DECIMALS = 10
#: Standard deviations that call for a full position, and what conviction may make of one
#: (domain of A14: half to one and a half).
FULL_AT, LEAST_CONVICTION, MOST_CONVICTION = 2.0, 0.5, 1.5


def carried(values: NDArray[np.generic], has_bar: NDArray[np.bool_]) -> NDArray[np.generic]:
    """Return each name's value at its last own bar; the first row's before there is one.

    Shape (n_rows, n_names), entry `t` of rows `<= t`; use it with a carried flag that is False
    where a name had no bar yet.
    """
    last = np.maximum.accumulate(np.where(has_bar, np.arange(len(has_bar))[:, None], 0), axis=0)
    return np.take_along_axis(values, last, axis=0)


def inverse_volatility(volatility: Array, is_ready: NDArray[np.bool_]) -> Array:
    """Return shares of a book in inverse proportion to volatility; rows sum to 1.

    Parameters
    ----------
    volatility : ndarray of shape (n_rows, n_names)
        In any unit, as known at the row.
    is_ready : ndarray of shape (n_rows, n_names), bool
        Which names the book is spread over.

    Returns
    -------
    ndarray of shape (n_rows, n_names)
        0 for a name that is not ready or whose volatility is unknown or 0; all 0 where no name is.
    """
    usable = is_ready & np.isfinite(volatility) & (volatility > 0.0)
    inverse = np.divide(1.0, volatility, out=np.zeros(volatility.shape), where=usable)
    total = inverse.sum(axis=1, keepdims=True)
    shares: Array = np.divide(inverse, total, out=np.zeros(inverse.shape), where=total > 0.0)
    return shares


def book_volatility(weights: Array, covariance: Array) -> float:
    """Return a book's volatility a year from weights, shape (k,), and daily covariance, (k, k)."""
    variance = float((weights[:, None] * weights * covariance).sum())
    # A rounding error below zero is a book without risk; NaN stays NaN.
    return float(np.sqrt(np.maximum(variance, 0.0) * A_YEAR))


def to_target(volatility: float, target: float) -> float:
    """Return what scales a book to a volatility target, never beyond a full book.

    The account borrows nothing: a book calmer than its target stays whole.
    """
    return min(target / volatility, 1.0) if volatility > 0.0 else 1.0


def conviction(z: Array) -> Array:
    """Return the multiple of a position that a gap of `z` standard deviations calls for.

    ``clip(|z| / 2, 0.5, 1.5)``; 1 where `z` is unknown.
    """
    sized = np.clip(np.abs(z) / FULL_AT, LEAST_CONVICTION, MOST_CONVICTION)
    return np.where(np.isnan(z), 1.0, sized)


#: Parameters by flat name, with the value at which the weight of a full position is one number
#: and no multiplier exceeds 1. At any other the cap of a name meets each cell and changes arrays.
PLAIN: dict[str, Any] = {}


def sized(arrays: RuleArrays, panel: Panel, sizing: Any) -> RuleArrays:  # noqa: ARG001
    """Return a rule's arrays with the sizing in their multiplier: equal shares change nothing."""
    return arrays


def has_plain_weight(values: Mapping[str, Any], swept: Collection[str]) -> bool:
    """Return whether ``max_weight`` reaches the engines as a number of its own.

    Parameters
    ----------
    values : dict
        Parameters by flat name; those absent count as plain.
    swept : collection of str
        Parameters that vary.
    """
    return all(
        name not in swept and values.get(name, plain) == plain for name, plain in PLAIN.items()
    )

"""What holding costs by the day: borrow on shorts, financing of CFD longs, rolls of futures."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from orebound.feeds import Hedge

    from .parameters import Costs

A_YEAR = 365.0
#: Rolls a year that calendar months can be cut into.
ROLLS = (0, 1, 2, 3, 4, 6, 12)


class CarryRates(NamedTuple):
    """What a position owes, as a fraction of its value a year."""

    short: float
    long: float


def carry_rates(costs: Costs) -> CarryRates:
    """Return the rates of a listing: the loan of a short, the financing of a CFD bought."""
    financing = costs.financing_bps if costs.instrument == "cfd" else 0.0
    return CarryRates(costs.borrow_bps * 1e-4, financing * 1e-4)


def roll_rate(costs: Costs, hedge: Hedge) -> float:
    """Return what one roll of a future costs, as a fraction of its value."""
    return (costs.roll_bps if hedge.roll_bps is None else hedge.roll_bps) * 1e-4


def owed_a_year(size: float, price: float, short: float, long: float) -> float:
    """Return what a position owes a year at the last known price, in currency; not negative.

    Parameters
    ----------
    size : float
        Shares, negative for a short.
    short, long : float
        Of `CarryRates`.
    """
    if size < 0.0:
        return -size * price * short
    return size * price * long


def rolls_between(before: np.datetime64, day: np.datetime64, a_year: int) -> int:
    """Return how many times a future was rolled after one day and up to another.

    Rolls fall on the first calendar day of each of the `a_year` equal periods of a year.
    """
    if a_year == 0:
        return 0
    months = 12 // a_year
    first, last = (
        int(one.astype("datetime64[M]").astype(np.int64)) // months for one in (before, day)
    )
    return last - first

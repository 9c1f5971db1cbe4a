"""What holding costs by the day: borrow on shorts, financing of CFD longs, rolls of futures."""

from __future__ import annotations

import numpy as np

A_YEAR = 365.0
#: Rolls a year that calendar months can be cut into.
ROLLS = (0, 1, 2, 3, 4, 6, 12)


def yearly_rate(bps: float) -> float:
    """Return a rate in basis points a year as a fraction."""
    return bps * 1e-4


def carried_value(size: float, price: float, short_rate: float, long_rate: float) -> float:
    """Return what a position owes a year at the last known price, in currency; not negative.

    Parameters
    ----------
    size : float
        Shares, negative for a short.
    short_rate, long_rate : float
        Fractions a year: of the loan of a short, of the financing of a long.
    """
    if size < 0.0:
        return -size * price * short_rate
    return size * price * long_rate


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

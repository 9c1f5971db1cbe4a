"""What the caps of a whole book leave for one entry, from what is held and on its way.

What is left depends on what was bought before, so that no array can hold it: `room_left` and
`gross_by_unit` are plain arithmetic that the strategy calls and the replay compiles, sums taken one
after the other, so that both buy the same.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from orebound.feeds import Panel

from .rolling import Array

if TYPE_CHECKING:
    from .parameters import Sizing


def metal_shares(panel: Panel) -> Array:
    """Return how much of a name's exposure each metal is, shape (n_steps, n_names, n_metals).

    By the panel's steps of exposure; absolute, summing to less than 1 where a commodity is no metal
    of the panel's, and 0 for a hedge leg.
    """
    total = panel.exposure.total[:, :, None]
    size = np.abs(panel.exposure.weights)
    return np.divide(size, total, out=np.zeros(size.shape), where=total > 0.0)


def gross_by_unit(
    ratios: Array, row: int, places: NDArray[np.int64], first: int, end: int
) -> float:
    """Return the gross value of an entry with its legs, by unit of the line's own.

    Parameters
    ----------
    ratios : ndarray of shape (n_rows, n_legs)
        Of `Legs`.
    places : ndarray of int64
        Which legs are the line's, from `first` up to `end`.
    """
    gross = 0.0
    for k in range(first, end):
        gross += abs(ratios[row, places[k]])
    return 1.0 + gross


def room_left(
    values: Array,
    shares: Array,
    step: int,
    column: int,
    equity: float,
    metal_cap: float,
    gross_cap: float,
    gross: float,
) -> float:
    """Return the largest value of an entry, in base currency; infinite without a cap.

    Parameters
    ----------
    values : ndarray of shape (n_names,)
        Absolute values held or ordered, at prices known at the decision.
    shares : ndarray of shape (n_steps, n_names, n_metals)
        Of `metal_shares`; `step` is the one in force.
    column : int
        What is entered.
    metal_cap, gross_cap : float
        Shares of equity; 0 for none.
    gross : float
        Gross value of the entry with its legs, by unit of its own.
    """
    left = np.inf
    if gross_cap != 0.0:
        held = 0.0
        for name in range(values.shape[0]):
            held += values[name]
        left = (gross_cap * equity - held) / gross
    if metal_cap != 0.0:
        for metal in range(shares.shape[2]):
            share = shares[step, column, metal]
            if share > 0.0:
                held = 0.0
                for name in range(values.shape[0]):
                    held += values[name] * shares[step, name, metal]
                room = (metal_cap * equity - held) / share
                if room < left:
                    left = room
    return 0.0 if left < 0.0 else left


class BookCaps:
    """The caps on a book's gross exposure and on its exposure to one metal.

    Parameters
    ----------
    panel : Panel
    sizing : Sizing
        Its `metal_cap` and `gross_cap`, shares of equity; 0 for none.
    """

    def __init__(self, panel: Panel, sizing: Sizing) -> None:
        self.gross_cap, self.metal_cap = sizing.gross_cap, sizing.metal_cap
        self._shares = metal_shares(panel)
        self._step = panel.exposure.at(panel.closes)

    @property
    def are_set(self) -> bool:
        """Whether there is any cap."""
        return bool(self.gross_cap or self.metal_cap)

    def left(
        self, row: int, column: int, equity: float, values: Array, gross: float = 1.0
    ) -> float:
        """Return the largest value of an entry decided on at a row of the panel (`room_left`)."""
        caps = (self.metal_cap, self.gross_cap)
        step = int(self._step[row])
        return float(room_left(values, self._shares, step, column, equity, *caps, gross))

"""What the caps of a whole book leave for one entry, from what is held and on its way."""

from __future__ import annotations

from typing import Any

import numpy as np

from orebound.feeds import Panel

from .rolling import Array


class BookCaps:
    """The caps on a book's gross exposure and on its exposure to one metal.

    What is left depends on what was bought before, so that no array can hold it: such a
    configuration runs through backtrader.

    Parameters
    ----------
    panel : Panel
    sizing : Sizing
        Its `metal_cap` and `gross_cap`, shares of equity; 0 for none.
    """

    def __init__(self, panel: Panel, sizing: Any) -> None:
        self.gross_cap, self.metal_cap = sizing.gross_cap, sizing.metal_cap
        total = panel.exposure.total[:, :, None]
        size = np.abs(panel.exposure.weights)
        self._shares = np.divide(size, total, out=np.zeros(size.shape), where=total > 0.0)
        self._step = panel.exposure.at(panel.closes)

    @property
    def are_set(self) -> bool:
        """Whether there is any cap."""
        return bool(self.gross_cap or self.metal_cap)

    def left(
        self, row: int, column: int, equity: float, values: Array, gross_by_unit: float = 1.0
    ) -> float:
        """Return the largest value of an entry, in base currency; infinite without a cap.

        Parameters
        ----------
        row, column : int
            Of the decision.
        values : ndarray of shape (n_names,)
            Absolute values held or ordered, at prices known at the row.
        gross_by_unit : float
            Gross value of the entry with its legs, by unit of its own.
        """
        left = np.inf
        if self.gross_cap:
            left = (self.gross_cap * equity - float(values.sum())) / gross_by_unit
        if self.metal_cap:
            shares = self._shares[self._step[row]]  # shape (n_names, n_metals)
            held = (values[:, None] * shares).sum(axis=0)
            for metal in np.flatnonzero(shares[column] > 0.0):
                room = (self.metal_cap * equity - held[metal]) / shares[column, metal]
                left = min(left, float(room))
        return max(left, 0.0)

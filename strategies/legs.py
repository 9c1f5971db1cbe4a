"""Hedge legs of a position, as a rule declares them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .rolling import Array


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

"""How far one price trails another, in both forms, each under its name."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray


class Lag(NamedTuple):
    """A lag over one stretch.

    Attributes
    ----------
    ratio : float
        ``(E1/E0) / (M1/M0) - 1``: -0.2 is 20 % behind, as a ratio.
    points : float
        ``(E1/E0 - 1) - (M1/M0 - 1)``: -0.2 is 20 percentage points less return.
    """

    ratio: float
    points: float


def lag_between(equity: NDArray[np.float64], metal: NDArray[np.float64]) -> Lag:
    """Return the lag of one pair of prices behind another, each ``[before, after]``."""
    own, other = float(equity[1] / equity[0]), float(metal[1] / metal[0])
    return Lag(own / other - 1.0, own - other)

"""What a gate is: a reason against an entry, or for a smaller one, beside gap and regime."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from orebound.feeds import Announcements, Panel

from ..parameters import Regime, Rule
from ..rolling import Array
from .blocked import Blocked


@dataclass(frozen=True, eq=False)
class Known:
    """What a gate may read.

    Attributes
    ----------
    panel : Panel
    rule, regime : Rule, Regime
    announcements : Announcements
    arrays : dict of ndarray of shape (n_rows, n_names)
        What is measured (`measures.MEASURED`, ``run``, ``missed``), the regime's ``score``,
        ``state`` and ``size_multiplier``; not to be written.
    """

    panel: Panel
    rule: Rule
    regime: Regime
    announcements: Announcements
    arrays: Mapping[str, NDArray[Any]]


@dataclass(frozen=True, eq=False)
class Gate:
    """What one gate says at each row about each name; arrays of shape (n_rows, n_names).

    Attributes
    ----------
    bit : Blocked
        The reason it stands for.
    closed : ndarray of bool
        Where no entry is made.
    multiplier : ndarray of float, or None
        What is left of a full position; an entry of nothing is none, and is said to be closed.
        None leaves all of it.
    shown : dict of ndarray of float
        What stands in ``signals.parquet`` and travels with orders, by name.
    """

    bit: Blocked
    closed: NDArray[np.bool_]
    multiplier: Array | None = None
    shown: Mapping[str, Array] = field(default_factory=dict)


#: Returns None where it is switched off. Entry `t` of its arrays depends on rows `<= t` only.
GateForm = Callable[[Known], Gate | None]

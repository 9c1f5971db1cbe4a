"""What is compared with the entry threshold: the gap's measure now, or its widest of late."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from orebound.feeds import Panel

from ..context import rolling_least
from ..parameters import Rule
from ..rolling import Array
from .between import later_tranches


def runs_of(panel: Panel, run: NDArray[np.int64], name: int) -> list[NDArray[np.int64]]:
    """Return the rows of each unbroken run of a name, ascending."""
    rows = panel.priced_rows(name)
    own = run[rows, name]
    return [rows[own == number] for number in range(own.max(initial=-1) + 1)]


def entry_measure(panel: Panel, arrays: Mapping[str, NDArray[Any]], rule: Rule) -> Array:
    """Return z or the lag; where a V confirms and `v_entry` is recent, the least of `v_window`.

    A confirmation costs a share of the gap: a V whose trough was wide enough may be bought at a
    gap that no longer is. Entry `t` depends on rows ``<= t`` of the same run only.
    """
    measure: Array = arrays["z" if rule.entry_trigger == "z" else "lag"]
    if rule.v_shape == "off" or rule.v_entry == "now":
        return later_tranches(panel, measure, rule)
    least = np.full(measure.shape, np.nan)
    for name in range(panel.n_names):
        for rows in runs_of(panel, arrays["run"], name):
            least[rows, name] = rolling_least(measure[rows, name], rule.v_window)
    return later_tranches(panel, least, rule)

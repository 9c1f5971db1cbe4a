"""Gates on the turn of the gap and on the metals' own momentum.

What is not known confirms nothing: where a window is not filled, a gate that is on, soft or hard,
keeps the name out.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ..context import above_floor, basket_momentum, v_shape_of
from ..rolling import Array
from .blocked import Blocked
from .entry_measure import runs_of
from .gates import Gate, GateForm, Known


def v_shape_gate(known: Known) -> Gate | None:
    """Ask for a gap that has turned up (A07)."""
    rule, arrays = known.rule, known.arrays
    if rule.v_shape == "off":
        return None
    score = np.full(arrays["gap"].shape, np.nan)
    for name in range(known.panel.n_names):
        for rows in runs_of(known.panel, arrays["run"], name):
            cell = (rows, name)
            _, score[cell] = v_shape_of(
                arrays["gap"][cell],
                arrays["ln_equity"][cell] - arrays["ln_basket"][cell],
                window=rule.v_window,
                recovered=rule.v_recovered,
                high=rule.v_high,
            )
    return scored(Blocked.V_SHAPE, rule.v_shape, score >= 1.0, score, {"v_shape": score})


def momentum_gate(known: Known) -> Gate | None:
    """Ask for metals that do not fall (A02)."""
    rule, arrays = known.rule, known.arrays
    if rule.momentum == "off":
        return None
    change = np.full(arrays["gap"].shape, np.nan)
    for name in range(known.panel.n_names):
        for rows in runs_of(known.panel, arrays["run"], name):
            cell = (rows, name)
            change[cell] = basket_momentum(arrays["ln_basket"][cell], rule.momentum_window)
    is_open, score = above_floor(change, rule.momentum_floor)
    return scored(Blocked.MOMENTUM, rule.momentum, is_open, score, {"momentum": change})


def scored(
    bit: Blocked, switch: str, is_open: NDArray[np.bool_], score: Array, shown: dict[str, Array]
) -> Gate:
    """Return a gate that is hard on a verdict or soft by a score; an unknown score is none."""
    if switch == "hard":
        return Gate(bit, ~is_open, None, shown)
    known = np.nan_to_num(score, nan=0.0)
    return Gate(bit, known == 0.0, known, shown)


#: In the order in which their multipliers apply.
GATES: tuple[GateForm, ...] = (momentum_gate, v_shape_gate)

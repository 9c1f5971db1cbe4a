"""Columns that trade a name once more: its short side against the others, and its tranches."""

from __future__ import annotations

from collections import Counter
from typing import Any

import numpy as np
from numpy.typing import NDArray

from orebound.feeds import Panel

from ..cross_section import middle, widest_and_narrowest
from ..parameters import Rule
from ..rolling import Array
from .blocked import Bits, Blocked
from .gates import Gate, GateForm, Known

Arrays = dict[str, NDArray[Any]]

#: They are taken less the median of all ready names.
RELATIVE = ("gap", "z", "lag", "lag_points")
#: They change sign on the short side, so that its gap closes as a long one's does.
MIRRORED = (*RELATIVE, "ln_equity", "ln_basket", "ln_market")
#: What a name must have passed to count among the others.
HARD = Bits(Blocked.WARM_UP | Blocked.COVERAGE | Blocked.NO_BAR)
DECIMALS = 10


def against_others(panel: Panel, arrays: Arrays, rule: Rule) -> Arrays:
    """Return arrays of a cross-section: each name less the middle of all, short sides mirrored.

    In any other mode they are what they were. Entry `t` depends on rows `<= t` only: the middle
    is of each ready name's last own bar.

    Parameters
    ----------
    arrays : dict of ndarray of shape (n_rows, n_names)
        As measured, ``blocked`` among them; what ranks is added as ``ready``.
    """
    if rule.mode != "cross_sectional":
        return arrays
    targets = np.array(panel.targets)
    has_bar = panel.has_bar[:, targets]
    ready = ((arrays["blocked"] & HARD) == 0) & panel.has_bar
    is_ready = ready[:, targets]
    out = dict(arrays) | {"ready": ready}
    for key in RELATIVE:
        centre = middle(arrays[key][:, targets], is_ready, has_bar)
        out[key] = np.round(arrays[key] - centre[:, None], DECIMALS)
    short = [line.column for line in panel.lines if line.kind == "short"]
    for key in MIRRORED:
        out[key] = out[key].copy()
        out[key][:, short] *= -1.0
    return out


def later_tranches(panel: Panel, measure: Array, rule: Rule) -> Array:
    """Return what meets the entry threshold, of each later tranche less eager by a step."""
    if rule.tranches == "single":
        return measure
    steps, seen = np.zeros(panel.n_names), Counter[str]()
    for line in panel.lines:
        if line.kind == "tranche":
            seen[line.of] += 1
            steps[line.column] = seen[line.of]
    return np.round(measure + steps * rule.tranche_step, DECIMALS)


def rank(known: Known) -> Gate | None:
    """Close entries of all but the widest lags, and on the short side all but the narrowest."""
    rule, panel = known.rule, known.panel
    if rule.mode != "cross_sectional":
        return None
    targets = np.array(panel.targets)
    widest, narrowest = widest_and_narrowest(
        known.arrays["z" if rule.entry_trigger == "z" else "lag"][:, targets],
        known.arrays["ready"][:, targets],
        panel.has_bar[:, targets],
        rule.cross_top,
    )
    closed = np.ones((panel.n_rows, panel.n_names), bool)
    closed[:, targets] = ~widest
    places = {column: place for place, column in enumerate(panel.targets)}
    for copy, name in panel.copies:
        closed[:, copy] = ~narrowest[:, places[name]]
    return Gate(Blocked.RANK, closed)


GATES: tuple[GateForm, ...] = (rank,)

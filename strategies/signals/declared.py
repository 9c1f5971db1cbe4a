"""The catch-up rule's signals in the form that every engine reads."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from orebound.feeds import Panel

from ..declaration import RuleArrays, declared_arrays
from ..leaving import forced
from ..parameters import Regime, Rule
from .blocked import Bits, Blocked
from .entry_measure import entry_measure
from .stages import Signals

#: They go into a rule's arrays as they are.
TAKEN = (
    *("gap", "beta_metal", "beta_market", "ln_equity", "ln_basket", "ln_market"),
    *("run", "half_life", "volatility"),
)
#: Sizes of a cross-section are divided by no smaller hedge ratio: next to none would buy all.
LEAST_BETA = 0.2


def rule_arrays(panel: Panel, signals: Signals, rule: Rule, regime: Regime) -> RuleArrays:
    """Return the arrays of the catch-up rule; a blocked bar may not enter.

    Whether the gap is wide enough is left to the thresholds; a lag without a gap to close is not.
    Where an exit is forced the measure is infinite. In a cross-section sizes are divided by the
    metal hedge ratio, so that as many names on either side are neutral to the metals.
    """
    narrow = Bits(Blocked.GAP_TOO_SMALL)
    is_free = ((signals.blocked & ~narrow) == 0) & (signals.gap < 0.0)
    measure, multiplier = entry_measure(panel, vars(signals), rule), signals.size_multiplier
    direction = np.array([-1.0 if line.kind == "short" else 1.0 for line in panel.lines])
    if rule.mode == "cross_sectional":
        multiplier = multiplier / np.maximum(signals.beta_metal, LEAST_BETA)
    if rule.tranches == "thirds":
        multiplier = multiplier / rule.THIRDS
    leaves, more = forced(panel, vars(signals), rule, regime), {}
    if leaves is not None:
        measure = np.where(leaves.is_forced, np.inf, measure)
        more["leave_reason"] = leaves.reason
    return declared_arrays(
        panel,
        measure=measure,
        may_enter=is_free & (signals.size_multiplier > 0.0),
        multiplier=multiplier,
        direction=direction,
        spell=regime_spells(panel, signals.state),
        ready=signals.ready,
        strength=signals.z,
        **more,
        **{name: getattr(signals, name) for name in TAKEN},
    )


def regime_spells(panel: Panel, state: NDArray[np.int8]) -> NDArray[np.int64]:
    """Number the ON spells by date, so that one spell seen from two exchanges counts once.

    Shape (n_rows, n_names); -1 where a name's regime is not ON.
    """
    # A hedge leg's exchange may know an announcement sooner than that of the name it hedges.
    has_bar = panel.has_bar & np.array([line.kind != "leg" for line in panel.lines])
    is_on = (state == 1) & has_bar
    any_on = is_on.any(axis=1)
    # A row of another exchange between two ON rows does not end a spell: only an OFF bar does.
    any_off = ((state != 1) & has_bar).any(axis=1) & ~any_on
    known = np.flatnonzero(any_on | any_off)
    begins = np.diff(any_on[known].astype(np.int8), prepend=0) == 1
    starts = np.zeros(len(any_on), np.int64)
    starts[known[begins]] = 1
    return np.where(is_on, (np.cumsum(starts) - 1)[:, None], -1)

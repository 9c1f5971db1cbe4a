"""The one door to what a rule knows of a panel: every engine enters by it."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np

from orebound.feeds import Announcements, ConfigError, Panel, PolicyEvents

from .declaration import DeclaredRule, RuleArrays
from .legs import Legs, usable
from .weights import sized


def arrays_of(
    rule: DeclaredRule,
    panel: Panel,
    regime: Any,
    sizing: Any,
    announcements: Announcements | PolicyEvents | None = None,
) -> RuleArrays:
    """Return what a rule declares of a panel, sized.

    Parameters
    ----------
    announcements : Announcements or PolicyEvents, optional
        Handed to the rule as they are; the shipped ones by default.

    Raises
    ------
    ConfigError
        If the arrays are of another shape than the panel, or its legs do not fit the panel.
    """
    arrays = rule.arrays(panel, regime, announcements)
    shape, name = (panel.n_rows, panel.n_names), type(rule).__name__
    if not isinstance(arrays, RuleArrays) or arrays.measure.shape != shape:
        got = getattr(arrays, "measure", np.zeros(0)).shape
        raise ConfigError(
            f"{name}.arrays: accepted: declared_arrays of shape {shape}, got "
            f"{type(arrays).__name__} of shape {got}"
        )
    legs = legs_of(rule, panel, arrays)
    arrays = arrays if legs is None else _hedged(arrays, legs)
    return sized(arrays, panel, sizing, is_capped=rule.keeps_to_cap)


def legs_of(rule: DeclaredRule, panel: Panel, arrays: RuleArrays) -> Legs | None:
    """Return the legs of a rule; where one has no price its ratio is NaN. None without legs.

    Raises
    ------
    ConfigError
        Naming what does not fit: a column that is no leg of the panel or stands twice, a partner
        that is a leg, a ratio of another shape.
    """
    legs, name = rule.legs(panel, arrays), type(rule).__name__
    if legs is None:
        return None
    if not isinstance(legs, Legs):
        raise ConfigError(f"{name}.legs: accepted: Legs or None, got {type(legs).__name__}")
    kinds = {line.column: line.kind for line in panel.lines}
    columns, partners = legs.column.tolist(), legs.partner.tolist()
    wrong = [k for k in columns if kinds.get(k) != "leg" or columns.count(k) > 1]
    if wrong:
        raise ConfigError(
            f"{name}.legs: accepted: columns of the panel's lines of kind leg, each once; got "
            f"{wrong[0]} ({kinds.get(wrong[0], 'no column')})"
        )
    lost = [k for k in partners if kinds.get(k) in (None, "leg")]
    if lost:
        raise ConfigError(f"{name}.legs: a partner is a line of another kind, got column {lost[0]}")
    shape = (panel.n_rows, len(columns))
    if legs.ratio.shape != shape or len(partners) != len(columns):
        raise ConfigError(f"{name}.legs: accepted: ratio of shape {shape}, got {legs.ratio.shape}")
    return usable(panel, legs)


def _hedged(arrays: RuleArrays, legs: Legs) -> RuleArrays:
    """Return arrays that enter no name without its legs and no leg by itself."""
    may_enter, reason = arrays.may_enter.copy(), arrays.leave_reason.copy()
    for place, (column, partner) in enumerate(zip(legs.column, legs.partner, strict=True)):
        may_enter[:, partner] &= np.isfinite(legs.ratio[:, place])
        reason[:, column] = reason[:, partner]
    may_enter[:, legs.column] = False
    return replace(arrays, may_enter=may_enter, leave_reason=reason)

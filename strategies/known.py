"""The one door to what a rule knows of a panel: every engine enters by it."""

from __future__ import annotations

from typing import Any

import numpy as np

from orebound.feeds import Announcements, ConfigError, Panel, PolicyEvents

from .declaration import DeclaredRule, RuleArrays
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
        If the arrays are of another shape than the panel, or the rule states hedge legs.
    """
    arrays = rule.arrays(panel, regime, announcements)
    shape, name = (panel.n_rows, panel.n_names), type(rule).__name__
    if not isinstance(arrays, RuleArrays) or arrays.measure.shape != shape:
        got = getattr(arrays, "measure", np.zeros(0)).shape
        raise ConfigError(
            f"{name}.arrays: accepted: declared_arrays of shape {shape}, got "
            f"{type(arrays).__name__} of shape {got}"
        )
    if rule.legs(panel, arrays) is not None:
        raise ConfigError(f"{name}.legs: accepted: None; no engine sends hedge legs yet")
    return sized(arrays, panel, sizing, is_capped=rule.keeps_to_cap)

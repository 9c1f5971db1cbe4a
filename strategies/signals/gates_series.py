"""The gate on conditions over known series, everybody's or each issuer's own."""

from __future__ import annotations

from typing import Any

import numpy as np

from orebound.feeds import Panel

from ..context import DERIVED
from ..context.conditions import (
    HOLDS,
    UNKNOWN,
    Conditions,
    joined,
    names_of,
    panel_conditions,
    parse_conditions,
    share_holding,
)
from ..rolling import Array
from .blocked import Blocked
from .gates import Gate, GateForm, Known


def series_gate(known: Known) -> Gate | None:
    """Close entries, or lower sizes, where conditions on series are not known to hold.

    ``hard`` lets in where they hold together. ``soft`` sizes by the share of conditions that
    hold, of the group joined by ``and`` of which most do. What is unknown or stale does not hold.
    """
    rule = known.rule
    if rule.series_mode == "off":
        return None
    conditions = parse_conditions(rule.series_gate)
    verdict, share = _by_name(conditions, known.panel, known.regime.series_max_age)
    shown = {"series_holds": np.where(verdict == UNKNOWN, np.nan, verdict)}
    shown |= _derived(conditions, known.panel, known.regime.series_max_age)
    if rule.series_mode == "soft":
        nowhere = np.zeros(share.shape, bool)
        return Gate(Blocked.SERIES, nowhere, share, shown | {"series_share": share})
    return Gate(Blocked.SERIES, verdict != HOLDS, None, shown)


def _by_name(conditions: Conditions, panel: Panel, max_age: float) -> tuple[Array, Array]:
    """Return verdict and share of each name; those of one issuer are worked out once."""
    verdict = np.empty((panel.n_rows, panel.n_names))
    share = np.empty((panel.n_rows, panel.n_names))
    # What prices enter is each listing's own, whoever issued it.
    is_own = any(DERIVED[name].by_name for name in names_of(conditions) if name in DERIVED)
    made: dict[Any, tuple[Array, Array]] = {}
    for name, listing in enumerate(panel.listings):
        key = name if is_own else listing.issuer
        if key not in made:
            asked: dict[str, Any] = {"issuer": listing.issuer, "column": name}
            states = panel_conditions(conditions, panel, max_age, **asked)
            found = joined(conditions, states).astype(float)
            made[key] = found, share_holding(conditions, states)
        verdict[:, name], share[:, name] = made[key]
    return verdict, share


def _derived(conditions: Conditions, panel: Panel, max_age: float) -> dict[str, Array]:
    """Return what conditions read of derived names, shape (n_rows, n_names) each."""
    return {
        name: np.column_stack(
            [DERIVED[name].values(panel, column, max_age) for column in range(panel.n_names)]
        )
        for name in names_of(conditions)
        if name in DERIVED
    }


GATES: tuple[GateForm, ...] = (series_gate,)

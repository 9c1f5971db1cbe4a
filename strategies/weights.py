"""How a full position is sized: equal shares of the names declared, under a cap."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from orebound.feeds import Panel

from .declaration import RuleArrays

#: Parameters by flat name, with the value at which the weight of a full position is one number
#: and no multiplier exceeds 1. At any other the cap of a name meets each cell and changes arrays.
PLAIN: dict[str, Any] = {"reinforced_size": 1.0}


def sized(arrays: RuleArrays, panel: Panel, sizing: Any) -> RuleArrays:  # noqa: ARG001
    """Return a rule's arrays with the sizing in their multiplier: equal shares change nothing."""
    return arrays


def has_plain_weight(values: Mapping[str, Any], swept: Collection[str]) -> bool:
    """Return whether ``max_weight`` reaches the engines as a number of its own.

    Parameters
    ----------
    values : dict
        Parameters by flat name; those absent count as plain.
    swept : collection of str
        Parameters that vary.
    """
    return all(
        name not in swept and values.get(name, plain) == plain for name, plain in PLAIN.items()
    )

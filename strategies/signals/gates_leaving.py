"""A bar that forces an exit is no bar to enter on: the reasons in words.

The engines need no gate for it, because an infinite measure meets no entry threshold.
"""

from __future__ import annotations

from ..exits import Exit
from ..leaving import forced
from .blocked import Blocked
from .gates import Gate, GateForm, Known


def regime_ended(known: Known) -> Gate | None:
    """Close entries where the end of the regime forces an exit."""
    leaves = forced(known.panel, known.arrays, known.rule, known.regime)
    if leaves is None or known.rule.regime_exit == "none":
        return None
    return Gate(Blocked.REGIME_OFF, leaves.reason == Exit.REGIME)


def gap_closed(known: Known) -> Gate | None:
    """Close entries where the rolling gap counts as closed."""
    leaves = forced(known.panel, known.arrays, known.rule, known.regime)
    if leaves is None or known.rule.gap_exit == "captured":
        return None
    return Gate(Blocked.GAP_TOO_SMALL, leaves.is_forced & (leaves.reason == 0))


GATES: tuple[GateForm, ...] = (regime_ended, gap_closed)

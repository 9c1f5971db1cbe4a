"""Gates on the turn of the gap and on the metals' own momentum."""

from __future__ import annotations

from .gates import GateForm

#: In the order in which their multipliers apply; none is built yet.
GATES: tuple[GateForm, ...] = ()

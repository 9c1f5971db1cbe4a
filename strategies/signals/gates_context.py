"""Gates on tightness, breadth, neglect and conditions on series."""

from __future__ import annotations

from .gates import GateForm

#: In the order in which their multipliers apply; none is built yet.
GATES: tuple[GateForm, ...] = ()

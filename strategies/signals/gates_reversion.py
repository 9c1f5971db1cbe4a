"""Gates on mean reversion: half-life, variance ratio, cointegration."""

from __future__ import annotations

from .gates import GateForm

#: In the order in which their multipliers apply; none is built yet.
GATES: tuple[GateForm, ...] = ()

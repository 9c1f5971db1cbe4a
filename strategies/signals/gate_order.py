"""All gates, in the order in which their multipliers apply."""

from __future__ import annotations

from . import (
    between,
    gates_breadth,
    gates_confirmation,
    gates_context,
    gates_leaving,
    gates_modes,
    gates_overhang,
    gates_reversion,
    gates_series,
)
from .gates import GateForm

GATES: tuple[GateForm, ...] = (
    *gates_reversion.GATES,
    *gates_confirmation.GATES,
    *gates_context.GATES,
    *gates_breadth.GATES,
    *gates_series.GATES,
    *gates_overhang.GATES,
    *gates_leaving.GATES,
    *between.GATES,
    *gates_modes.GATES,
)

"""What the stages take by name or in order: forms of hedge and gap, and the gates."""

from __future__ import annotations

from . import gates_confirmation, gates_context, gates_overhang, gates_reversion, gates_series
from .forms import GapForm, HedgeForm
from .gap import cumulative_form, ratio_form
from .gates import GateForm
from .hedge_forms import fixed_form, ols_form, shrunk_form, unhedged_form
from .hedge_kalman import kalman_form

#: By `rule.hedge`.
HEDGES: dict[str, HedgeForm] = {
    "fixed": fixed_form,
    "kalman": kalman_form,
    "ols": ols_form,
    "shrunk": shrunk_form,
}
#: By `rule.gap`.
GAPS: dict[str, GapForm] = {
    "cumulative": cumulative_form,
    "ratio": ratio_form,
}
#: Forms of the gap that bring the hedge they are measured with, whatever `rule.hedge`.
OWN_HEDGES: dict[str, HedgeForm] = {
    "ratio": unhedged_form,
}
#: In the order in which their multipliers apply.
GATES: tuple[GateForm, ...] = (
    *gates_reversion.GATES,
    *gates_confirmation.GATES,
    *gates_context.GATES,
    *gates_series.GATES,
    *gates_overhang.GATES,
)

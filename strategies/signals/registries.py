"""Forms of hedge and gap by name."""

from __future__ import annotations

from .forms import GapForm, HedgeForm
from .gap import cumulative_form, ratio_form
from .gap_anchored import anchored_form
from .gap_cointegration import cointegration_form, level_hedge_form
from .gap_drawdown import drawdown_form
from .hedge_forms import ewls_form, fixed_form, ols_form, shrunk_form, unhedged_form
from .hedge_kalman import kalman_form

#: By `rule.hedge`.
HEDGES: dict[str, HedgeForm] = {
    "ewls": ewls_form,
    "fixed": fixed_form,
    "kalman": kalman_form,
    "ols": ols_form,
    "shrunk": shrunk_form,
}
#: By `rule.gap`.
GAPS: dict[str, GapForm] = {
    "anchored": anchored_form,
    "cointegration": cointegration_form,
    "cumulative": cumulative_form,
    "drawdown": drawdown_form,
    "ratio": ratio_form,
}
#: Forms of the gap that bring the hedge they are measured with, whatever `rule.hedge`.
OWN_HEDGES: dict[str, HedgeForm] = {
    "anchored": unhedged_form,
    "cointegration": level_hedge_form,
    "ratio": unhedged_form,
}

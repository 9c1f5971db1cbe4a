"""Signals: array stages from panel to what the rule reads."""

from .basket import exposure_basket, regression_weights
from .blocked import Bits, Blocked, in_words
from .declared import regime_spells, rule_arrays
from .diagnostics import spread_diagnostics
from .gap import cumulative_gap, ratio_gap
from .gap_cointegration import level_gap
from .gates_reversion import gap_kinds
from .hedge import fixed_hedge, ols_hedge
from .stages import Signals, compute

__all__ = [
    "Bits",
    "Blocked",
    "Signals",
    "compute",
    "cumulative_gap",
    "exposure_basket",
    "fixed_hedge",
    "gap_kinds",
    "in_words",
    "level_gap",
    "ols_hedge",
    "ratio_gap",
    "regime_spells",
    "regression_weights",
    "rule_arrays",
    "spread_diagnostics",
]

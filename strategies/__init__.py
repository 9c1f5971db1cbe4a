"""What to trade: the rule as pure array functions, the regime, the costs, the strategy."""

from .catch_up import CatchUp
from .china_stimulus import ChinaStimulus
from .commission import DatedCosts
from .costs import CostRow, cost_lines, cost_row, cost_total
from .exits import Exit, exit_reason
from .half_life import half_life, rolling_half_life
from .parameters import Costs, Regime, Rule, Sizing
from .regime import StimulusPath, stimulus_at, stimulus_path
from .regime_table import regime_table
from .signal_lines import SignalLine, SignalLines, signals_of
from .signals import Signals, compute

__all__ = [
    "CatchUp",
    "ChinaStimulus",
    "CostRow",
    "Costs",
    "DatedCosts",
    "Exit",
    "Regime",
    "Rule",
    "SignalLine",
    "SignalLines",
    "Signals",
    "Sizing",
    "StimulusPath",
    "compute",
    "cost_lines",
    "cost_row",
    "cost_total",
    "exit_reason",
    "half_life",
    "regime_table",
    "rolling_half_life",
    "signals_of",
    "stimulus_at",
    "stimulus_path",
]

"""What to trade: the rule as pure array functions, the regime, the costs, the strategy."""

from .catch_up import CatchUp
from .china_stimulus import ChinaStimulus
from .commission import DatedCosts
from .costs import (
    CostRow,
    average_daily_value,
    cost_lines,
    cost_row,
    cost_total,
    fill_prices,
    slippage,
    value_before,
)
from .exits import Exit, exit_reason
from .outfit import dress
from .parameters import (
    OWNER,
    SECTIONS,
    Costs,
    Regime,
    Rule,
    Section,
    Sizing,
    build,
    from_flat,
    native_params,
)
from .refusals import as_clause, by_section, in_sentences
from .regime import STATE_NAMES, StimulusPath, stimulus_at, stimulus_path
from .regime_sessions import regime_table
from .reversion import half_life, rolling_half_life
from .signal_lines import SignalLine, SignalLines, signals_of
from .signals import Blocked, Signals, compute, in_words

__all__ = [
    "OWNER",
    "SECTIONS",
    "STATE_NAMES",
    "Blocked",
    "CatchUp",
    "ChinaStimulus",
    "CostRow",
    "Costs",
    "DatedCosts",
    "Exit",
    "Regime",
    "Rule",
    "Section",
    "SignalLine",
    "SignalLines",
    "Signals",
    "Sizing",
    "StimulusPath",
    "as_clause",
    "average_daily_value",
    "build",
    "by_section",
    "compute",
    "cost_lines",
    "cost_row",
    "cost_total",
    "dress",
    "exit_reason",
    "fill_prices",
    "from_flat",
    "half_life",
    "in_sentences",
    "in_words",
    "native_params",
    "regime_table",
    "rolling_half_life",
    "signals_of",
    "slippage",
    "stimulus_at",
    "stimulus_path",
    "value_before",
]

"""What to trade: the rule as pure array functions, the regime, the costs, the strategy."""

from .catch_up import CatchUp
from .china_stimulus import ChinaStimulus
from .commission import DatedCosts
from .costs import (
    CostRow,
    average_daily_value,
    cost_lines,
    cost_rates,
    cost_row,
    cost_total,
    fill_prices,
    slippage,
    value_before,
)
from .declaration import (
    DeclaredRule,
    Numbers,
    RuleArrays,
    checked_numbers,
    checked_values,
    declared_arrays,
    numbers_of,
    sizing_numbers,
)
from .declared_strategy import DeclaredStrategy, RuleStrategy
from .exits import Exit, anchored_gap, exit_reason, stop_of, time_stop_of
from .known import arrays_of
from .legs import Legs
from .needs import needed
from .outfit import dress
from .parameters import (
    OWNER,
    SECTIONS,
    Costs,
    Regime,
    Rule,
    Sizing,
    build,
    from_flat,
    native_params,
)
from .refusals import as_clause, by_section, in_sentences
from .regime import STATE_NAMES, StimulusPath, stimulus_at, stimulus_path
from .regime_sessions import regime_table
from .reversion import half_life, rolling_half_life
from .rule_files import own_rule, rule_name, rule_sources
from .section import Section
from .signal_lines import SignalLine, signals_of
from .signals import Blocked, Signals, compute, in_words, regime_spells
from .weights import has_plain_weight

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
    "DeclaredRule",
    "DeclaredStrategy",
    "Exit",
    "Legs",
    "Numbers",
    "Regime",
    "Rule",
    "RuleArrays",
    "RuleStrategy",
    "Section",
    "SignalLine",
    "Signals",
    "Sizing",
    "StimulusPath",
    "anchored_gap",
    "arrays_of",
    "as_clause",
    "average_daily_value",
    "build",
    "by_section",
    "checked_numbers",
    "checked_values",
    "compute",
    "cost_lines",
    "cost_rates",
    "cost_row",
    "cost_total",
    "declared_arrays",
    "dress",
    "exit_reason",
    "fill_prices",
    "from_flat",
    "half_life",
    "has_plain_weight",
    "in_sentences",
    "in_words",
    "native_params",
    "needed",
    "numbers_of",
    "own_rule",
    "regime_spells",
    "regime_table",
    "rolling_half_life",
    "rule_name",
    "rule_sources",
    "signals_of",
    "sizing_numbers",
    "slippage",
    "stimulus_at",
    "stimulus_path",
    "stop_of",
    "time_stop_of",
    "value_before",
]

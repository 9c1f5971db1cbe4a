"""What to trade: the rule as pure array functions, the regime, the costs, the strategy."""

from .book_caps import gross_by_unit, metal_shares, room_left
from .carry import CarryRates, carry_rates, holding_rates, owed_a_year
from .catch_up import CatchUp
from .china_stimulus import ChinaStimulus
from .cointegration import EngleGranger, engle_granger
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
from .known import arrays_of, legs_of
from .leg_orders import ORPHAN
from .legs import Legs, hedge_of, in_session, leg_pairs, leg_size, leg_symbol
from .needs import needed
from .outfit import dress
from .overhang import (
    OverhangPath,
    name_overhang,
    overhang_path,
    overhang_spells,
    overhang_state,
    tariff_direction,
)
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
from .regime_sessions import contributions, regime_table
from .reversion import half_life, rolling_half_life, rolling_phi
from .reversion_interval import half_life_bootstrap, half_life_interval
from .rule_files import own_rule, rule_name, rule_sources
from .scenario import ScenarioResult, run_scenario
from .scenario_calibration import Coverage, christoffersen_coverage, uniformity
from .scenario_ebitda import (
    ASSUMED_ELASTICITY,
    Elasticities,
    ebitda_change,
    elasticities_known,
    elasticity_at,
    log_ebitda,
    mtm_upgrade,
)
from .scenario_equity import expected_log_return, fundamental_beta, gap_variance, stationary_sd
from .scenario_paths import (
    bootstrap_paths,
    bridge_paths,
    chance_of_low,
    effective_paths,
    tilted_weights,
)
from .scenario_settings import Estimates, ScenarioInputs, ScenarioSettings
from .scenario_simulation import Shocks, Simulation, simulate
from .scenario_target import Horizon, ScenarioTarget, parse_horizon
from .scenario_uncertainty import half_life_draws, hedge_draws, kendall_tau
from .section import Section
from .signal_lines import SignalLine, signals_of
from .signals import Blocked, Signals, compute, in_words, level_gap, regime_spells
from .variance_ratios import VarianceRatio, variance_ratio
from .views import LONGEST_WAIT, FromDate, ViewHold, first_bars, random_dates
from .weights import has_plain_weight, sized

__all__ = [
    "ASSUMED_ELASTICITY",
    "LONGEST_WAIT",
    "ORPHAN",
    "OWNER",
    "SECTIONS",
    "STATE_NAMES",
    "Blocked",
    "CarryRates",
    "CatchUp",
    "ChinaStimulus",
    "CostRow",
    "Costs",
    "Coverage",
    "DatedCosts",
    "DeclaredRule",
    "DeclaredStrategy",
    "Elasticities",
    "EngleGranger",
    "Estimates",
    "Exit",
    "FromDate",
    "Horizon",
    "Legs",
    "Numbers",
    "OverhangPath",
    "Regime",
    "Rule",
    "RuleArrays",
    "RuleStrategy",
    "ScenarioInputs",
    "ScenarioResult",
    "ScenarioSettings",
    "ScenarioTarget",
    "Section",
    "Shocks",
    "SignalLine",
    "Signals",
    "Simulation",
    "Sizing",
    "StimulusPath",
    "VarianceRatio",
    "ViewHold",
    "anchored_gap",
    "arrays_of",
    "as_clause",
    "average_daily_value",
    "bootstrap_paths",
    "bridge_paths",
    "build",
    "by_section",
    "carry_rates",
    "chance_of_low",
    "checked_numbers",
    "checked_values",
    "christoffersen_coverage",
    "compute",
    "contributions",
    "cost_lines",
    "cost_rates",
    "cost_row",
    "cost_total",
    "declared_arrays",
    "dress",
    "ebitda_change",
    "effective_paths",
    "elasticities_known",
    "elasticity_at",
    "engle_granger",
    "exit_reason",
    "expected_log_return",
    "fill_prices",
    "first_bars",
    "from_flat",
    "fundamental_beta",
    "gap_variance",
    "gross_by_unit",
    "half_life",
    "half_life_bootstrap",
    "half_life_draws",
    "half_life_interval",
    "has_plain_weight",
    "hedge_draws",
    "hedge_of",
    "holding_rates",
    "in_sentences",
    "in_session",
    "in_words",
    "kendall_tau",
    "leg_pairs",
    "leg_size",
    "leg_symbol",
    "legs_of",
    "level_gap",
    "log_ebitda",
    "metal_shares",
    "mtm_upgrade",
    "name_overhang",
    "native_params",
    "needed",
    "numbers_of",
    "overhang_path",
    "overhang_spells",
    "overhang_state",
    "owed_a_year",
    "own_rule",
    "parse_horizon",
    "random_dates",
    "regime_spells",
    "regime_table",
    "rolling_half_life",
    "rolling_phi",
    "room_left",
    "rule_name",
    "rule_sources",
    "run_scenario",
    "signals_of",
    "simulate",
    "sized",
    "sizing_numbers",
    "slippage",
    "stationary_sd",
    "stimulus_at",
    "stimulus_path",
    "stop_of",
    "tariff_direction",
    "tilted_weights",
    "time_stop_of",
    "uniformity",
    "value_before",
    "variance_ratio",
]

"""Many runs, and the engines that execute one: here real backtrader."""

from .ahead import VARIABLE as COMPILE_AHEAD
from .ahead import compile_ahead
from .article import ArticleFigures, article_figures
from .at_hand import restated_since
from .cerebro_run import Outcome, Parameters, backtest
from .config import SECTIONS as RUN_SECTIONS
from .config import RunConfig, from_names, load
from .daily import DailyOutcome, record_day
from .daily_again import Again
from .daily_again import reconcile as reconcile_rows
from .daily_evidence import recorded_evidence
from .daily_rows import daily_folder, held, mark_told
from .desk import DeskTable, desk_table
from .desk_book import RunningBook
from .engine import execute, load_market
from .known_market import day_of
from .lookahead import Leak, LookaheadReport, check_lookahead
from .modes import MODES, compare_modes
from .null_sweeping import NullSweep, null_sweep
from .null_worlds import null_market
from .parity_report import ParityReport, check_parity
from .placebo import PlaceboReport, compare_filters, placebo_of_regime
from .provenance import own_version, package_versions, without_secrets
from .review import SweepColumns, sweep_columns
from .review_curves import monthly_sums
from .run_selection import Selection, chosen, declared, ledger_below
from .scenario_inputs import Scenario, scenario_of
from .scenario_outcome import ScenarioOutcome, outcome_of
from .scenario_places import forecast_places
from .superior_daily import DailySuperior, daily_superior
from .sweep_config import SweepConfig, SweepSettings, is_sweep, load_sweep, make_sweep_config
from .sweep_folder import find_sweep
from .sweep_result import Sweep
from .sweeping import Tick, open_sweep, prepare_replay, sweep
from .views import ViewReport, compare_entries
from .walkforward import SweepWalkForward
from .whatif import WhatIf, what_if

__all__ = [
    "COMPILE_AHEAD",
    "MODES",
    "RUN_SECTIONS",
    "Again",
    "ArticleFigures",
    "DailyOutcome",
    "DailySuperior",
    "DeskTable",
    "Leak",
    "LookaheadReport",
    "NullSweep",
    "Outcome",
    "Parameters",
    "ParityReport",
    "PlaceboReport",
    "RunConfig",
    "RunningBook",
    "Scenario",
    "ScenarioOutcome",
    "Selection",
    "Sweep",
    "SweepColumns",
    "SweepConfig",
    "SweepSettings",
    "SweepWalkForward",
    "Tick",
    "ViewReport",
    "WhatIf",
    "article_figures",
    "backtest",
    "check_lookahead",
    "check_parity",
    "chosen",
    "compare_entries",
    "compare_filters",
    "compare_modes",
    "compile_ahead",
    "daily_folder",
    "daily_superior",
    "day_of",
    "declared",
    "desk_table",
    "execute",
    "find_sweep",
    "forecast_places",
    "from_names",
    "held",
    "is_sweep",
    "ledger_below",
    "load",
    "load_market",
    "load_sweep",
    "make_sweep_config",
    "mark_told",
    "monthly_sums",
    "null_market",
    "null_sweep",
    "open_sweep",
    "outcome_of",
    "own_version",
    "package_versions",
    "placebo_of_regime",
    "prepare_replay",
    "reconcile_rows",
    "record_day",
    "recorded_evidence",
    "restated_since",
    "scenario_of",
    "sweep",
    "sweep_columns",
    "what_if",
    "without_secrets",
]

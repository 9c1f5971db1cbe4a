"""Many runs, and the engines that execute one: here real backtrader."""

from .ahead import VARIABLE as COMPILE_AHEAD
from .ahead import compile_ahead
from .article import ArticleFigures, article_figures
from .cerebro_run import Outcome, Parameters, backtest
from .config import SECTIONS as RUN_SECTIONS
from .config import RunConfig, from_names, load
from .desk import DeskTable, desk_table
from .engine import execute, load_market
from .known_market import day_of
from .lookahead import Leak, LookaheadReport, check_lookahead
from .null_market import null_market
from .null_sweep import NullSweep, null_sweep
from .parity_report import ParityReport, check_parity
from .placebo import PlaceboReport, compare_filters, placebo_of_regime
from .provenance import own_version, package_versions, without_secrets
from .scenario_inputs import Scenario, scenario_of
from .scenario_outcome import ScenarioOutcome, outcome_of
from .scenario_places import forecast_places
from .sweep_config import SweepConfig, SweepSettings, is_sweep, load_sweep, make_sweep_config
from .sweep_folder import find_sweep
from .sweep_result import Sweep
from .sweeping import Tick, open_sweep, prepare_replay, sweep
from .walkforward import SweepWalkForward

__all__ = [
    "COMPILE_AHEAD",
    "RUN_SECTIONS",
    "ArticleFigures",
    "DeskTable",
    "Leak",
    "LookaheadReport",
    "NullSweep",
    "Outcome",
    "Parameters",
    "ParityReport",
    "PlaceboReport",
    "RunConfig",
    "Scenario",
    "ScenarioOutcome",
    "Sweep",
    "SweepConfig",
    "SweepSettings",
    "SweepWalkForward",
    "Tick",
    "article_figures",
    "backtest",
    "check_lookahead",
    "check_parity",
    "compare_filters",
    "compile_ahead",
    "day_of",
    "desk_table",
    "execute",
    "find_sweep",
    "forecast_places",
    "from_names",
    "is_sweep",
    "load",
    "load_market",
    "load_sweep",
    "make_sweep_config",
    "null_market",
    "null_sweep",
    "open_sweep",
    "outcome_of",
    "own_version",
    "package_versions",
    "placebo_of_regime",
    "prepare_replay",
    "scenario_of",
    "sweep",
    "without_secrets",
]

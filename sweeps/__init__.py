"""Many runs, and the engines that execute one: here real backtrader."""

from .cerebro_run import Outcome, Parameters, backtest
from .config import SECTIONS as RUN_SECTIONS
from .config import RunConfig, from_names, load
from .engine import execute, load_market
from .lookahead import Leak, LookaheadReport, check_lookahead
from .parity import ParityReport, check_parity
from .provenance import own_version, package_versions, without_secrets
from .sweep_config import SweepConfig, SweepSettings, is_sweep, load_sweep, make_sweep_config
from .sweep_folder import find_sweep
from .sweep_result import Sweep
from .sweeping import Tick, open_sweep, prepare_replay, sweep
from .walkforward import SweepWalkForward

__all__ = [
    "RUN_SECTIONS",
    "Leak",
    "LookaheadReport",
    "Outcome",
    "Parameters",
    "ParityReport",
    "RunConfig",
    "Sweep",
    "SweepConfig",
    "SweepSettings",
    "SweepWalkForward",
    "Tick",
    "backtest",
    "check_lookahead",
    "check_parity",
    "execute",
    "find_sweep",
    "from_names",
    "is_sweep",
    "load",
    "load_market",
    "load_sweep",
    "make_sweep_config",
    "open_sweep",
    "own_version",
    "package_versions",
    "prepare_replay",
    "sweep",
    "without_secrets",
]

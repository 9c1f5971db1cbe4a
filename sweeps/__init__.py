"""Many runs, and the engines that execute one: here real backtrader."""

from typing import TYPE_CHECKING, Any

from .ahead import VARIABLE as COMPILE_AHEAD
from .ahead import compile_ahead
from .cerebro_run import Outcome, Parameters, backtest
from .config import SECTIONS as RUN_SECTIONS
from .config import RunConfig, from_names, load
from .engine import execute, load_market
from .lookahead import Leak, LookaheadReport, check_lookahead
from .provenance import own_version, package_versions, without_secrets
from .sweep_config import SweepConfig, SweepSettings, is_sweep, load_sweep, make_sweep_config
from .sweep_folder import find_sweep
from .sweep_result import Sweep
from .sweeping import Tick, open_sweep, prepare_replay, sweep
from .walkforward import SweepWalkForward

if TYPE_CHECKING:
    from .parity import ParityReport, check_parity
    from .placebo import PlaceboReport, compare_filters, placebo_of_regime

__all__ = [
    "COMPILE_AHEAD",
    "RUN_SECTIONS",
    "Leak",
    "LookaheadReport",
    "Outcome",
    "Parameters",
    "ParityReport",
    "PlaceboReport",
    "RunConfig",
    "Sweep",
    "SweepConfig",
    "SweepSettings",
    "SweepWalkForward",
    "Tick",
    "backtest",
    "check_lookahead",
    "check_parity",
    "compare_filters",
    "compile_ahead",
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
    "placebo_of_regime",
    "prepare_replay",
    "sweep",
    "without_secrets",
]


def __getattr__(name: str) -> Any:
    """Import the proofs that load the compiler when they are first asked for."""
    if name in ("ParityReport", "check_parity"):
        from . import parity

        return getattr(parity, name)
    if name in ("PlaceboReport", "compare_filters", "placebo_of_regime"):
        from . import placebo

        return getattr(placebo, name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")

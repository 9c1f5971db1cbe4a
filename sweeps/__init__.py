"""Many runs, and the engines that execute one: here real backtrader."""

from .cerebro_run import Outcome, Parameters, backtest
from .config import RunConfig, from_names, load
from .engine import execute, load_market
from .lookahead import Leak, LookaheadReport, check_lookahead
from .provenance import own_version, package_versions, without_secrets

__all__ = [
    "Leak",
    "LookaheadReport",
    "Outcome",
    "Parameters",
    "RunConfig",
    "backtest",
    "check_lookahead",
    "execute",
    "from_names",
    "load",
    "load_market",
    "own_version",
    "package_versions",
    "without_secrets",
]

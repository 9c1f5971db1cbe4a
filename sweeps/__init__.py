"""Many runs, and the engines that execute one: here real backtrader."""

from .cerebro_run import Outcome, Parameters
from .cerebro_run import backtest as backtest
from .config import RunConfig, from_names, load
from .engine import execute, load_market
from .lookahead import Leak, LookaheadReport, check_lookahead

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
]

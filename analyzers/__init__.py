"""What happened and whether it is real: native analyzers, metrics, baselines and nulls."""

from orebound.strategies import half_life

from .base_rate import noise_base_rate_lag, noise_base_rate_z, observed_base_rate
from .baselines import baseline_table, equal_weight_curve, rebased, weighted_curve
from .cost_lines import CostLines
from .episodes import Episodes
from .equity import Equity
from .explanation import Explanation, explain
from .exposure import Exposure
from .exposure_null import NullResult, exposure_matched_null
from .metrics import Annualisation, Metric, drawdown, sharpe_error, summary
from .order_identity import order_hash
from .orders import Orders
from .positions import Positions
from .pyfolio import PyFolio
from .record import RunRecord, checked_target, plain, read_run, write_run
from .run_store import RunEntry, checked_name, list_runs, open_path, resolve, run_folder
from .trade_metrics import by_exit_reason, trade_summary
from .verdicts import verdict

__all__ = [
    "Annualisation",
    "CostLines",
    "Episodes",
    "Equity",
    "Explanation",
    "Exposure",
    "Metric",
    "NullResult",
    "Orders",
    "Positions",
    "PyFolio",
    "RunEntry",
    "RunRecord",
    "baseline_table",
    "by_exit_reason",
    "checked_name",
    "checked_target",
    "drawdown",
    "equal_weight_curve",
    "explain",
    "exposure_matched_null",
    "half_life",
    "list_runs",
    "noise_base_rate_lag",
    "noise_base_rate_z",
    "observed_base_rate",
    "open_path",
    "order_hash",
    "plain",
    "read_run",
    "rebased",
    "resolve",
    "run_folder",
    "sharpe_error",
    "summary",
    "trade_summary",
    "verdict",
    "weighted_curve",
    "write_run",
]

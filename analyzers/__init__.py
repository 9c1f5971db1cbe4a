"""What happened and whether it is real: native analyzers, metrics, baselines and nulls."""

from .base_rate import noise_base_rate_lag, noise_base_rate_z, observed_base_rate
from .baselines import baseline_table, equal_weight_curve, rebased, weighted_curve
from .cost_lines import CostLines
from .episodes import Episodes
from .equity import Equity
from .exposure import Exposure
from .exposure_null import NullResult, exposure_matched_null
from .metrics import Annualisation, Metric, drawdown, sharpe_error, summary
from .order_hash import order_hash
from .orders import Orders
from .positions import Positions
from .pyfolio import PyFolio
from .trade_metrics import by_exit_reason, trade_summary
from .verdict import verdict

__all__ = [
    "Annualisation",
    "CostLines",
    "Episodes",
    "Equity",
    "Exposure",
    "Metric",
    "NullResult",
    "Orders",
    "Positions",
    "PyFolio",
    "baseline_table",
    "by_exit_reason",
    "drawdown",
    "equal_weight_curve",
    "exposure_matched_null",
    "noise_base_rate_lag",
    "noise_base_rate_z",
    "observed_base_rate",
    "order_hash",
    "rebased",
    "sharpe_error",
    "summary",
    "trade_summary",
    "verdict",
    "weighted_curve",
]

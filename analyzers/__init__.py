"""What happened and whether it is real: native analyzers, metrics, baselines and nulls."""

from orebound.strategies import half_life

from .base_rate import (
    noise_base_rate,
    noise_base_rate_lag,
    noise_base_rate_z,
    observed_base_rate,
)
from .baselines import baseline_table, ended_names, equal_weight_curve, rebased, weighted_curve
from .block_sums import BlockSums, sums_of_months
from .cost_lines import CostLines
from .counting import counted, lasting, sized
from .difference import Difference, difference_of
from .effective_trials import (
    EffectiveTrials,
    effective_number_from_correlation,
    effective_number_of_trials,
)
from .episodes import Episodes
from .equity import Equity
from .explanation import Explanation, explain
from .export import SHEETS as EXPORT_SHEETS
from .export import export_run
from .exposure import Exposure
from .exposure_null import NullResult, exposure_matched_null
from .hole_exits import forced_exits, forced_notes
from .metrics import Annualisation, Metric, drawdown, sharpe_error, summary
from .net_betas import net_beta
from .order_identity import order_hash
from .orders import Orders
from .overfitting import (
    OverfittingResult,
    pbo_from_monthly_sums,
    pbo_of_block_sums,
    probability_of_backtest_overfitting,
)
from .positions import Positions
from .proportions import CONFIDENCE as HIT_RATE_CONFIDENCE
from .proportions import wilson_interval
from .purged import PurgedPaths, PurgedPlan, PurgedWalk, combinatorial_purged
from .pyfolio import PyFolio
from .pyfolio_record import PyFolioItems, pyfolio_items
from .reality_check import RealityCheck, superior_predictive_ability
from .record import RunRecord, checked_target, plain, read_run, write_run
from .restated import SeriesChange, flagged, stale_series
from .risk import (
    drawdown_periods,
    expected_shortfall,
    exposure_by_currency,
    exposure_by_metal,
    herfindahl,
    value_at_risk,
)
from .robustness import Neighbourhood, Plateau, neighbourhood, plateau_or_peak
from .run_store import RunEntry, checked_name, list_runs, open_path, resolve, run_folder
from .selection import LOOKAHEAD_UNCHECKED, missed_limits, selection_verdict
from .session_dates import by_session, to_session_dates, utc_midnights
from .sharpe_tests import (
    deflated_sharpe_ratio,
    expected_max_sharpe,
    min_track_record_length,
    probabilistic_sharpe_ratio,
)
from .stationary_bootstrap import optimal_block_length, stationary_rows
from .trade_legs import episodes_of_legs, joined_trades, lone_legs, own_lines
from .trade_metrics import by_exit_reason, trade_summary
from .verdicts import verdict
from .walk_windows import WindowPlan
from .walking import WalkForward, walk_forward, walk_forward_in_batches

__all__ = [
    "EXPORT_SHEETS",
    "HIT_RATE_CONFIDENCE",
    "LOOKAHEAD_UNCHECKED",
    "Annualisation",
    "BlockSums",
    "CostLines",
    "Difference",
    "EffectiveTrials",
    "Episodes",
    "Equity",
    "Explanation",
    "Exposure",
    "Metric",
    "Neighbourhood",
    "NullResult",
    "Orders",
    "OverfittingResult",
    "Plateau",
    "Positions",
    "PurgedPaths",
    "PurgedPlan",
    "PurgedWalk",
    "PyFolio",
    "PyFolioItems",
    "RealityCheck",
    "RunEntry",
    "RunRecord",
    "SeriesChange",
    "WalkForward",
    "WindowPlan",
    "baseline_table",
    "by_exit_reason",
    "by_session",
    "checked_name",
    "checked_target",
    "combinatorial_purged",
    "counted",
    "deflated_sharpe_ratio",
    "difference_of",
    "drawdown",
    "drawdown_periods",
    "effective_number_from_correlation",
    "effective_number_of_trials",
    "ended_names",
    "episodes_of_legs",
    "equal_weight_curve",
    "expected_max_sharpe",
    "expected_shortfall",
    "explain",
    "export_run",
    "exposure_by_currency",
    "exposure_by_metal",
    "exposure_matched_null",
    "flagged",
    "forced_exits",
    "forced_notes",
    "half_life",
    "herfindahl",
    "joined_trades",
    "lasting",
    "list_runs",
    "lone_legs",
    "min_track_record_length",
    "missed_limits",
    "neighbourhood",
    "net_beta",
    "noise_base_rate",
    "noise_base_rate_lag",
    "noise_base_rate_z",
    "observed_base_rate",
    "open_path",
    "optimal_block_length",
    "order_hash",
    "own_lines",
    "pbo_from_monthly_sums",
    "pbo_of_block_sums",
    "plain",
    "plateau_or_peak",
    "probabilistic_sharpe_ratio",
    "probability_of_backtest_overfitting",
    "pyfolio_items",
    "read_run",
    "rebased",
    "resolve",
    "run_folder",
    "selection_verdict",
    "sharpe_error",
    "sized",
    "stale_series",
    "stationary_rows",
    "summary",
    "sums_of_months",
    "superior_predictive_ability",
    "to_session_dates",
    "trade_summary",
    "utc_midnights",
    "value_at_risk",
    "verdict",
    "walk_forward",
    "walk_forward_in_batches",
    "weighted_curve",
    "wilson_interval",
    "write_run",
]

"""Studies: what closed the gaps, when, and against what; the article's own figures."""

from .alignment import Alignment, check_alignment
from .article import ARTICLE_SYMBOLS, NOTE, absent_symbols, article_table, article_verdicts
from .attribution import by_day, by_entry, distinct_spells
from .capture import (
    CaptureRatio,
    MetalFell,
    capture_efficiency,
    capture_ratio,
    closing_parts,
    metal_fell_share,
)
from .closure_times import sessions_to_close
from .event_study import (
    CalendarTime,
    PlaceboBand,
    abnormal_returns,
    calendar_time,
    cumulative,
    placebo_band,
)
from .newey_west import newey_west_lags, newey_west_mean
from .placebo import (
    Placebo,
    circular_shift,
    forward_relative,
    leave_one_event_out,
    on_less_off,
)
from .recorded_calls import outcome_summary, recorded_outcomes
from .relative import Lead, Relative, lead_or_lag, relative_performance
from .survival import kaplan_meier, median_time, survival_at

__all__ = [
    "ARTICLE_SYMBOLS",
    "NOTE",
    "Alignment",
    "CalendarTime",
    "CaptureRatio",
    "Lead",
    "MetalFell",
    "Placebo",
    "PlaceboBand",
    "Relative",
    "abnormal_returns",
    "absent_symbols",
    "article_table",
    "article_verdicts",
    "by_day",
    "by_entry",
    "calendar_time",
    "capture_efficiency",
    "capture_ratio",
    "check_alignment",
    "circular_shift",
    "closing_parts",
    "cumulative",
    "distinct_spells",
    "forward_relative",
    "kaplan_meier",
    "lead_or_lag",
    "leave_one_event_out",
    "median_time",
    "metal_fell_share",
    "newey_west_lags",
    "newey_west_mean",
    "on_less_off",
    "outcome_summary",
    "placebo_band",
    "recorded_outcomes",
    "relative_performance",
    "sessions_to_close",
    "survival_at",
]

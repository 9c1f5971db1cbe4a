"""The figures on top of the page: the rule beside its baselines, and by month and year."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pandas as pd

from ..metrics import Metric, drawdown, summary
from ..trade_metrics import trade_summary
from .contract import RecordLike
from .facts import days, figures, metric, metric_count, number, part, periods_per_year, setting

RULE = "rule"
#: Name on the page and what the curve is, in the order of the table.
CURVES: dict[str, tuple[str, str]] = {
    "rule": ("Rule", "traded, after costs"),
    "rule_no_regime": ("Rule without regime", "traded, after costs"),
    "rule_regression_exposures": ("Rule, regression exposures", "traded, after costs"),
    "equal_weight_miners": ("Equal-weight miners", "index, not traded"),
    "metal_basket": ("Metal basket", "index, not traded"),
    "market": ("Market", "index, not traded"),
}
INDEX = "index, not traded"
FIGURES = (
    "total_return",
    "cagr",
    "volatility",
    "sharpe",
    "sharpe_error",
    "max_drawdown",
    "time_in_market",
)


def curve_frame(record: RecordLike) -> pd.DataFrame:
    """Return every curve by session date, the rule's equity first, each starting at 1."""
    curves = {RULE: _by_day(record.equity, "value")}
    for name in CURVES:
        if name != RULE and name in record.baselines:
            curves[name] = _by_day(record.baselines, name)
    frame = pd.DataFrame(curves).sort_index()
    first = frame.apply(lambda column: column.dropna().iloc[0] if column.notna().any() else np.nan)
    return frame / first.where(first > 0)


def _by_day(frame: pd.DataFrame, column: str) -> pd.Series[Any]:
    values = pd.Series(figures(frame, column).to_numpy(), index=days(frame, "date"))
    values = values[values.index.notna()]
    return values[~values.index.duplicated(keep="last")].sort_index()


def headline(record: RecordLike) -> pd.DataFrame:
    """Return one row a curve: return, CAGR, volatility, Sharpe and error, drawdown, time, n."""
    curves = curve_frame(record)
    lines = [_headline_row(record, curves, name) for name in CURVES if name in curves]
    return pd.DataFrame(lines).set_index("curve", drop=False)


def _headline_row(record: RecordLike, curves: pd.DataFrame, name: str) -> dict[str, Any]:
    label, nature = CURVES[name]
    known = curves[[name]].dropna().rename(columns={name: "value"})
    if name == RULE and "gross" in record.equity:
        known["gross"] = _by_day(record.equity, "gross").reindex(known.index)
    found = _summary(known, record)
    row: dict[str, Any] = {"curve": name, "label": label, "nature": nature}
    row |= {key: number(found[key].value) for key in FIGURES}
    row["n"] = found["total_return"].n
    if nature == INDEX and len(known):
        row["time_in_market"] = 1.0
    return row | (_stored(record) if name == RULE else {})


def _summary(known: pd.DataFrame, record: RecordLike) -> dict[str, Metric]:
    return summary(
        known,
        risk_free=risk_free(record),
        periods_per_year=round(periods_per_year(record.info)),
    )


def _stored(record: RecordLike) -> dict[str, float]:
    """The rule's own metrics as run.json states them: page and file never differ."""
    found = {key: metric(record.info, key) for key in FIGURES}
    return {key: value for key, value in found.items() if not math.isnan(value)}


def risk_free(record: RecordLike) -> float:
    """Return the yearly rate that the Sharpe ratio subtracts, 0 unless the run states one."""
    stated = number(setting(record.info, "run", "risk_free"))
    return 0.0 if math.isnan(stated) else stated


def hit_rate(record: RecordLike) -> tuple[float, float, int]:
    """Return the share of closed episodes with a net gain, its standard error, and their count."""
    share, n = metric(record.info, "hit_rate"), metric_count(record.info, "hit_rate")
    if math.isnan(share) or not n:
        found = trade_summary(record.trades)["hit_rate"]
        share, n = number(found.value), found.n
    if math.isnan(share) or not n:
        return math.nan, math.nan, 0
    return share, math.sqrt(share * (1.0 - share) / n), n


def drawdowns(curves: pd.DataFrame) -> pd.DataFrame:
    """Return the fall of every curve from its highest value so far."""
    known = {name: column.dropna() for name, column in curves.items()}
    falls = {
        name: pd.Series(drawdown(column.to_numpy(dtype=float)), index=column.index, dtype=float)
        for name, column in known.items()
    }
    return pd.DataFrame(falls).reindex(index=curves.index, columns=curves.columns)


def monthly(record: RecordLike) -> pd.DataFrame:
    """Return the rule's return by year and month, and the year's own, NaN where it did not run.

    The first month counts from the first session's value; the first and last may be partial.
    """
    curve = curve_frame(record)[RULE].dropna()
    if len(curve) < 2:
        return pd.DataFrame(columns=[*range(1, 13), "year"], dtype=float)
    sessions = pd.DatetimeIndex(curve.index)
    ends = curve.groupby([sessions.year, sessions.month]).last()
    returns = ends / ends.shift(1).fillna(curve.iloc[0]) - 1.0
    table = returns.unstack().reindex(columns=range(1, 13))
    years = curve.groupby(sessions.year).last()
    table["year"] = years / years.shift(1).fillna(curve.iloc[0]) - 1.0
    table.columns = pd.Index([*range(1, 13), "year"], dtype=object)
    return table


def yearly(record: RecordLike) -> pd.DataFrame:
    """Return every curve's value at each year's last session: the table behind the picture."""
    curves = curve_frame(record)
    years = pd.DatetimeIndex(curves.index).year
    frame = curves.groupby(years).last()
    frame["drawdown"] = drawdowns(curves)[RULE].groupby(years).min()
    return frame.rename_axis("year").reset_index()


def null_figures(record: RecordLike) -> dict[str, Any]:
    """Return what run.json states of the exposure-matched null, flat, empty where absent."""
    return part(record.info, "null")

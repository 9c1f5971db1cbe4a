"""The figures on top of the page: the rule beside its baselines, and by month and year."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from ..metrics import drawdown, summary
from ..record import RunRecord
from .facts import mapping, metric, metric_count, names, number, setting, stated

RULE, MINERS = "rule", "equal_weight_miners"
REGRESSION = "rule_regression_exposures"


@dataclass(frozen=True)
class Curve:
    """What a curve is called in a table, beside its line and in a terminal."""

    label: str
    short: str
    tiny: str
    is_traded: bool = False


#: In the order of the table.
CURVES: dict[str, Curve] = {
    RULE: Curve("Rule", "Rule", "rule", is_traded=True),
    "rule_no_regime": Curve("Rule without regime", "Rule, no regime", "no regime", is_traded=True),
    REGRESSION: Curve(
        "Rule, regression exposures", "Rule, regression", "regression", is_traded=True
    ),
    MINERS: Curve("Equal-weight miners", "Miners, equal weight", "miners"),
    "metal_basket": Curve("Metal basket", "Metal basket", "metals"),
    "market": Curve("Market", "Market", "market"),
}
FIGURES = (
    *("total_return", "cagr", "volatility", "sharpe", "sharpe_error", "max_drawdown"),
    "time_in_market",
)
#: Metrics of run.json that stand neither in the headline nor beside the null.
MORE = {
    "sortino": "Sortino ratio",
    "calmar": "Calmar ratio",
    "max_drawdown_sessions": "Deepest drawdown lasted",
    "skew": "Skewness",
    "kurtosis": "Kurtosis",
    "var_95": "Value at risk, 95\u202f%",
    "es_95": "Expected shortfall, 95\u202f%",
    "turnover": "Turnover",
    "mean_exposure": "Mean exposure",
    "average_win": "Mean win",
    "average_loss": "Mean loss",
    "profit_factor": "Profit factor",
    "expectancy_return": "Mean net return",
    "median_return": "Median net return",
    "largest_share": "Best episode's share",
    "expectancy": "Mean net profit",
    "average_days_held": "Mean holding",
    "cost_share": "Costs",
}


def curve_frame(record: RunRecord) -> pd.DataFrame:
    """Return the curves by session date, each starting at 1, the rule first."""
    table = record.baselines.set_index("date")
    return table[[name for name in CURVES if name in table]]


def headline(record: RunRecord) -> pd.DataFrame:
    """Return one row a curve: its figures, their count, and what the curve is.

    The rule's own figures are those of run.json; the others are worked out from their curves.
    """
    curves = curve_frame(record)
    lines = [_own_row(record)]
    lines += [_row(record, curves[name].dropna(), str(name)) for name in curves if name != RULE]
    return pd.DataFrame(lines).set_index("curve", drop=False)


def _own_row(record: RunRecord) -> dict[str, Any]:
    figures: dict[str, Any] = {name: metric(record, name) for name in FIGURES}
    return _named(record, RULE) | figures | {"n": metric_count(record, "total_return")}


def _row(record: RunRecord, curve: pd.Series[float], name: str) -> dict[str, Any]:
    year = number(setting(record, "run", "periods_per_year"))
    found = summary(
        curve, risk_free=risk_free(record), periods_per_year=252 if math.isnan(year) else int(year)
    )
    figures: dict[str, Any] = {key: number(found[key].value) for key in FIGURES}
    if not CURVES[name].is_traded:
        figures["time_in_market"] = 1.0
    return _named(record, name) | figures | {"n": found["total_return"].n}


def _named(record: RunRecord, name: str) -> dict[str, Any]:
    return {"curve": name, "label": CURVES[name].label, "nature": _nature(record, name)}


def _nature(record: RunRecord, name: str) -> str:
    if not CURVES[name].is_traded:
        return "index, not traded"
    if not mapping(record.info, "hindsight_exposure"):
        return "traded, after costs"
    known = "fitted on the past" if name == REGRESSION else "with hindsight"
    return f"traded, after costs; exposures {known}"


def risk_free(record: RunRecord) -> float:
    """Return the yearly rate that the Sharpe ratio subtracts, 0 unless the run states one."""
    rate = number(setting(record, "run", "risk_free"))
    return 0.0 if math.isnan(rate) else rate


def hit_rate(record: RunRecord) -> tuple[float, float, int]:
    """Return the share of closed episodes with a net gain, its standard error, and their count."""
    share, n = metric(record, "hit_rate"), metric_count(record, "hit_rate")
    error = math.sqrt(share * (1.0 - share) / n) if n and not math.isnan(share) else math.nan
    return share, error, n


def more_metrics(record: RunRecord) -> list[dict[str, Any]]:
    """Return the rule's further metrics as run.json has them: name, label, value, n and unit."""
    return [
        {"metric": name, "label": label, "value": metric(record, name)}
        | {"n": metric_count(record, name), "about": _about(record, name)}
        for name, label in MORE.items()
    ]


def _about(record: RunRecord, name: str) -> str:
    unit, note = (str(stated(record.info, "metrics", name, key) or "") for key in ("unit", "note"))
    return "; ".join(filter(None, (unit.removeprefix("fraction").strip(), note)))


def drawdowns(curves: pd.DataFrame) -> pd.DataFrame:
    """Return the fall of every curve from its highest value so far."""
    known = {name: column.dropna() for name, column in curves.items()}
    falls = {
        name: pd.Series(drawdown(column.to_numpy(dtype=float)), index=column.index, dtype=float)
        for name, column in known.items()
    }
    return pd.DataFrame(falls).reindex(index=curves.index, columns=curves.columns)


def monthly(record: RunRecord) -> pd.DataFrame:
    """Return the rule's return by year and month, and the year's own, NaN where it did not run.

    The first month counts from the first session's value; the first and last may be partial.
    """
    curve = record.equity.set_index("date")["value"].dropna()
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


def yearly(record: RunRecord) -> pd.DataFrame:
    """Return every curve's value at each year's last session: the table behind the picture."""
    curves = curve_frame(record)
    if RULE not in curves:
        return pd.DataFrame(columns=["year"])
    years = pd.DatetimeIndex(curves.index).year
    frame = curves.groupby(years).last()
    frame["drawdown"] = drawdowns(curves)[RULE].groupby(years).min()
    return frame.rename_axis("year").reset_index()


def first_decisions(record: RunRecord) -> list[tuple[str, list[str]]]:
    """Return the dates on which names could first be decided on, each with its names, oldest first.

    Names whose windows never filled come last, under an empty date.
    """
    found = mapping(record.info, "first_decisions")
    order = {name: place for place, name in enumerate(names(record))}
    dates: dict[str, list[str]] = {}
    for name in sorted(found, key=lambda name: order.get(name, len(order))):
        dates.setdefault(str(found[name] or ""), []).append(name)
    return sorted(dates.items(), key=lambda pair: (pair[0] == "", pair[0]))


def null_figures(record: RunRecord) -> dict[str, float]:
    """Return the figures of the exposure-matched null, NaN where run.json has none."""
    wanted = ("observed", "p_value", "mean", "p05", "p95", "trades", "draws")
    return {name: number(stated(record.info, "null", name)) for name in wanted}


def widest_ratio(curves: pd.DataFrame) -> float:
    """Return the largest value of any curve over the smallest, 1 where there is none."""
    known = curves.to_numpy(dtype=float)
    known = known[np.isfinite(known) & (known > 0)]
    return float(known.max() / known.min()) if len(known) else 1.0

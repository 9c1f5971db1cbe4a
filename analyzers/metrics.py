"""What a curve says, each figure with its sample size and its unit.

Conventions, once: simple returns between consecutive rows; standard deviations with ddof = 1;
`periods_per_year` rows a year, whatever the calendar; drawdowns are negative fractions
(backtrader's are positive per cent).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from .risk import expected_shortfall, value_at_risk

Floats = NDArray[np.float64]

# Below this a standard deviation is rounding, and a ratio to it would be noise of 1e13.
FLAT = 1e-12
# In logs; beyond a factor of 1e15 the moments of the returns would overflow or lose every digit.
WIDEST = 34.5


@dataclass(frozen=True)
class Metric:
    """One figure; `value` is None where it does not exist, and `note` says why.

    `n` is the number of observations behind it.
    """

    value: float | None
    n: int
    unit: str
    note: str = ""

    def __str__(self) -> str:
        return f"{'n/a' if self.value is None else format(self.value, '.4g')} {self.unit}".strip()


@dataclass(frozen=True)
class Annualisation:
    """How figures per row become figures per year."""

    periods_per_year: int = 252
    ddof: int = 1

    def per_period(self, yearly_rate: float) -> float:
        """Return the rate per row that compounds to `yearly_rate`."""
        return float((1.0 + yearly_rate) ** (1.0 / self.periods_per_year) - 1.0)


@dataclass(frozen=True)
class Sample:
    """A curve and its returns, all finite, or the reason why there are none."""

    values: Floats
    scale: Annualisation
    risk_free: float
    problem: str = ""
    returns: Floats = field(init=False)
    excess: Floats = field(init=False)

    def __post_init__(self) -> None:
        returns = np.empty(0) if self.problem else self.values[1:] / self.values[:-1] - 1.0
        object.__setattr__(self, "returns", returns)
        object.__setattr__(self, "excess", returns - self.scale.per_period(self.risk_free))

    def metric(self, value: float, unit: str, note: str = "") -> Metric:
        """Return the figure, or None with the reason where it is not a number."""
        n = len(self.returns)
        if np.isfinite(value):
            return Metric(float(value), n, unit, note)
        reason = self.problem or (f"needs more than {n} returns" if n < 2 else "not defined here")
        return Metric(None, n, unit, "; ".join(filter(None, (reason, note))))


def summary(
    equity: pd.DataFrame | pd.Series[Any],
    *,
    risk_free: float = 0.0,
    periods_per_year: int = 252,
    orders: pd.DataFrame | None = None,
) -> dict[str, Metric]:
    """Return the figures of an equity curve by name; never NaN, never infinite.

    Parameters
    ----------
    equity : DataFrame with `value` and, for the time in market, `gross`; or an index curve
        One row a session, oldest first.
    risk_free : float
        A year, compounded.
    orders : DataFrame, optional
        Filled rows give the turnover.

    References
    ----------
    Lo (2002), Financial Analysts Journal 58(4); Mertens (2002), working paper; Bailey and Lopez de
    Prado (2012), Journal of Risk 15(2), eq. 4: the standard error of the Sharpe ratio.
    """
    frame = equity.to_frame("value") if isinstance(equity, pd.Series) else equity
    values = frame["value"].to_numpy(dtype=float)
    scale = Annualisation(periods_per_year)
    sample = Sample(values, scale, risk_free, _problem(values))
    return {
        **_growth(sample),
        **_ratios(sample),
        **_drawdowns(sample),
        **_shape(sample),
        "time_in_market": _time_in_market(frame),
        "mean_exposure": _mean_exposure(frame),
        "turnover": _turnover(sample, orders),
    }


def drawdown(values: Floats) -> Floats:
    """Return how far each value stands below the highest one so far, 0 or negative."""
    return values / np.maximum.accumulate(values) - 1.0


def sharpe_error(sharpe: float, n: int, skew: float, kurtosis: float) -> float:
    """Return the standard error of a Sharpe ratio per period; Pearson kurtosis (normal = 3)."""
    if n < 3:
        return np.nan
    variance = 1.0 - skew * sharpe + (kurtosis - 1.0) / 4.0 * sharpe**2
    return float(np.sqrt(variance / (n - 1))) if variance > 0 else np.nan


def _problem(values: Floats) -> str:
    if len(values) < 2:
        return f"needs at least 2 rows, got {len(values)}"
    bad = np.flatnonzero(~np.isfinite(values))
    if len(bad):
        return f"row {bad[0]} of the curve is {values[bad[0]]}"
    worst = int(np.argmin(values))
    if values[worst] <= 0:
        return f"row {worst} of the curve is {values[worst]:g}, not positive"
    if np.log(values.max()) - np.log(values[worst]) > WIDEST:
        return f"the curve runs from {values[worst]:g} to {values.max():g}: no account does"
    return ""


def _growth(sample: Sample) -> dict[str, Metric]:
    n, yearly = len(sample.returns), sample.scale.periods_per_year
    growth = sample.values[-1] / sample.values[0] if n else np.nan
    rows = f"{yearly} rows a year"
    return {
        "total_return": sample.metric(growth - 1.0, "fraction"),
        "cagr": sample.metric(_yearly_growth(growth, n, yearly), "fraction a year", rows),
        "volatility": sample.metric(
            _deviation(sample) * np.sqrt(yearly), "fraction a year", f"{rows}, ddof 1"
        ),
    }


def _yearly_growth(growth: float, n: int, yearly: int) -> float:
    # In logs: a few rows of a wild curve would overflow the power.
    years = np.log(growth) * yearly / n if n else np.nan
    return float(np.expm1(years)) if years < 700 else np.nan


def _deviation(sample: Sample) -> float:
    enough = len(sample.returns) > sample.scale.ddof
    return float(np.std(sample.returns, ddof=sample.scale.ddof)) if enough else np.nan


def _sharpe_per_period(sample: Sample) -> float:
    deviation = _deviation(sample)
    return float(sample.excess.mean()) / deviation if deviation > FLAT else np.nan


def _ratios(sample: Sample) -> dict[str, Metric]:
    root = np.sqrt(sample.scale.periods_per_year)
    sharpe = _sharpe_per_period(sample)
    skew, kurtosis = _moments(sample)
    error = sharpe_error(sharpe, len(sample.returns), skew, kurtosis)
    rate = f"risk-free {sample.risk_free:.2%} a year"
    return {
        "sharpe": sample.metric(sharpe * root, "a year", rate),
        "sharpe_error": sample.metric(error * root, "a year", "standard error, skew and kurtosis"),
        "sortino": sample.metric(_sortino_per_period(sample) * root, "a year", rate),
    }


def _sortino_per_period(sample: Sample) -> float:
    if len(sample.excess) < 2:
        return np.nan
    downside = np.sqrt(np.mean(np.minimum(sample.excess, 0.0) ** 2))
    return float(sample.excess.mean() / downside) if downside > FLAT else np.nan


def _drawdowns(sample: Sample) -> dict[str, Metric]:
    n = len(sample.returns)
    depth, length, recovered = _deepest(sample.values) if n else (np.nan, np.nan, True)
    growth = sample.values[-1] / sample.values[0] if n else np.nan
    cagr = _yearly_growth(growth, n, sample.scale.periods_per_year)
    calmar = cagr / -depth if depth < -FLAT else np.nan
    until = "peak to recovery" if recovered else "peak to the end, not recovered"
    return {
        "calmar": sample.metric(calmar, "", "yearly growth over the deepest drawdown"),
        "max_drawdown": sample.metric(depth, "fraction"),
        "max_drawdown_sessions": sample.metric(length, "sessions", until),
    }


def _deepest(values: Floats) -> tuple[float, float, bool]:
    """Return depth, length in rows and whether the peak was regained."""
    depths = drawdown(values)
    bottom = int(np.argmin(depths))
    if depths[bottom] == 0:
        return 0.0, 0.0, True
    peak = int(np.argmax(values[: bottom + 1]))
    regained = np.flatnonzero(values[bottom:] >= values[peak])
    end = bottom + int(regained[0]) if len(regained) else len(values) - 1
    return float(depths[bottom]), float(end - peak), len(regained) > 0


def _moments(sample: Sample) -> tuple[float, float]:
    """Return skewness and Pearson kurtosis, both of the sample as a population."""
    if not _deviation(sample) > FLAT:
        return np.nan, np.nan
    scores = (sample.returns - sample.returns.mean()) / sample.returns.std()
    return float(np.mean(scores**3)), float(np.mean(scores**4))


def _shape(sample: Sample) -> dict[str, Metric]:
    skew, kurtosis = _moments(sample)
    returns = sample.returns
    var, tail = value_at_risk(returns, 0.95), expected_shortfall(returns, 0.95)
    return {
        "skew": sample.metric(skew, "", "of daily returns"),
        "kurtosis": sample.metric(kurtosis, "", "of daily returns, Pearson: normal = 3"),
        "var_95": sample.metric(var, "fraction a day", "5th percentile of daily returns"),
        "es_95": sample.metric(tail, "fraction a day", "mean of the daily returns at or below it"),
    }


def _mean_exposure(frame: pd.DataFrame) -> Metric:
    """Return the gross exposure of all sessions over their equity."""
    unit, n = "share of equity", len(frame)
    if "gross" not in frame or not n:
        return Metric(None, n, unit, "no exposure recorded")
    gross, value = (frame[name].to_numpy(dtype=float) for name in ("gross", "value"))
    if np.isnan(gross).any() or not value.sum() > 0.0:
        return Metric(None, n, unit, "gross exposure or equity has empty rows")
    return Metric(float(gross.sum() / value.sum()), n, unit)


def _time_in_market(frame: pd.DataFrame) -> Metric:
    if "gross" not in frame or not len(frame):
        return Metric(None, len(frame), "fraction of sessions", "no exposure recorded")
    gross = frame["gross"].to_numpy(dtype=float)
    if np.isnan(gross).any():
        return Metric(None, len(frame), "fraction of sessions", "gross exposure has empty rows")
    return Metric(float(np.mean(gross > 0)), len(frame), "fraction of sessions")


def _turnover(sample: Sample, orders: pd.DataFrame | None) -> Metric:
    note = "half of buys and sells, over mean equity"
    if orders is None:
        return Metric(None, 0, "a year", "no orders given")
    filled = orders.loc[orders["status"] == "Filled", "value"].to_numpy(dtype=float)
    n = len(sample.returns)
    years = n / sample.scale.periods_per_year
    rate = filled.sum() / 2.0 / sample.values.mean() / years if n else np.nan
    shown = sample.metric(rate, "a year", note)
    return Metric(shown.value, len(filled), shown.unit, shown.note)

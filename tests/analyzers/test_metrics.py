"""Figures of a curve: ours, empyrical's and plain numpy's, and where they differ."""

from __future__ import annotations

import math
from typing import Any

import empyrical
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from orebound.analyzers import Metric, drawdown, sharpe_error, summary

DAYS = pd.bdate_range("2020-01-01", periods=1000)


def curve(seed: int = 1, n: int = 1000) -> pd.DataFrame:
    """Return a curve with fat tails, in the market for its second half only."""
    steps = np.random.default_rng(seed).standard_t(4, size=n) * 0.008 + 0.0004
    values = 1e6 * np.cumprod(1 + np.concatenate([[0.0], steps[1:]]))
    gross = np.where(np.arange(n) < n // 2, 0.0, values)
    return pd.DataFrame({"date": DAYS[:n], "value": values, "gross": gross})


def value_of(figures: dict[str, Metric], name: str) -> float:
    value = figures[name].value
    assert value is not None
    return value


EMPYRICAL: dict[str, Any] = {
    "total_return": lambda r: empyrical.cum_returns_final(r),
    "cagr": lambda r: empyrical.cagr(r),
    "volatility": lambda r: empyrical.annual_volatility(r),
    "sharpe": lambda r: empyrical.sharpe_ratio(r),
    "sortino": lambda r: empyrical.sortino_ratio(r),
    "calmar": lambda r: empyrical.calmar_ratio(r),
    "max_drawdown": lambda r: empyrical.max_drawdown(r),
    "var_95": lambda r: empyrical.value_at_risk(r),
}
NUMPY: dict[str, Any] = {
    "total_return": lambda v, r: v[-1] / v[0] - 1,
    "cagr": lambda v, r: (v[-1] / v[0]) ** (252 / len(r)) - 1,
    "volatility": lambda v, r: np.sqrt(((r - r.mean()) ** 2).sum() / (len(r) - 1) * 252),
    "sharpe": lambda v, r: r.mean() / r.std(ddof=1) * 252**0.5,
    "sortino": lambda v, r: r.mean() * 252 / np.sqrt((np.where(r < 0, r, 0) ** 2).mean() * 252),
    "calmar": lambda v, r: ((v[-1] / v[0]) ** (252 / len(r)) - 1) / -worst(v),
    "max_drawdown": lambda v, r: worst(v),
    "var_95": lambda v, r: np.quantile(r, 0.05),
    "es_95": lambda v, r: np.mean([x for x in r if x <= np.quantile(r, 0.05)]),
    "skew": lambda v, r: ((r - r.mean()) ** 3).mean() / ((r - r.mean()) ** 2).mean() ** 1.5,
    "kurtosis": lambda v, r: ((r - r.mean()) ** 4).mean() / ((r - r.mean()) ** 2).mean() ** 2,
}


def worst(values: Any) -> float:
    return min(float(values[i] / max(values[: i + 1]) - 1) for i in range(len(values)))


@pytest.mark.parametrize("seed", [1, 2, 3])
@pytest.mark.parametrize("name", NUMPY)
def test_metric_is_what_plain_numpy_says(name: str, seed: int) -> None:
    frame = curve(seed)
    values = frame["value"].to_numpy()
    expected = NUMPY[name](values, values[1:] / values[:-1] - 1)
    assert value_of(summary(frame), name) == pytest.approx(expected, rel=1e-9)


@pytest.mark.parametrize("seed", [1, 2, 3])
@pytest.mark.parametrize("name", EMPYRICAL)
def test_metric_is_what_empyrical_says(name: str, seed: int) -> None:
    frame = curve(seed)
    returns = frame["value"].pct_change(fill_method=None).iloc[1:]
    expected = EMPYRICAL[name](returns)
    assert value_of(summary(frame), name) == pytest.approx(expected, rel=1e-9)


def test_empyricals_first_row_would_shift_every_yearly_figure() -> None:
    # What differs: fed with the first, empty return as 0, as many scripts do, empyrical counts a
    # day more. Ours counts returns, one fewer than the rows.
    frame = curve(n=100)
    padded = frame["value"].pct_change(fill_method=None).fillna(0.0)
    figures = summary(frame)
    assert figures["cagr"].n == 99
    assert value_of(figures, "cagr") != pytest.approx(empyrical.cagr(padded), rel=1e-6)


def test_expected_shortfall_is_empyricals_up_to_its_cut() -> None:
    # What differs: empyrical averages int(0.05 (n - 1)) + 1 returns, ours those at or below the
    # interpolated quantile. With 5 % of n - 1 whole they are the same returns.
    frame = curve(n=802)
    returns = frame["value"].pct_change(fill_method=None).iloc[1:]
    expected = empyrical.conditional_value_at_risk(returns)
    assert value_of(summary(frame), "es_95") == pytest.approx(expected, rel=1e-9)


def test_risk_free_rate_compounds_to_the_year() -> None:
    frame = curve()
    returns = frame["value"].pct_change(fill_method=None).iloc[1:]
    daily = 1.04 ** (1 / 252) - 1
    figures = summary(frame, risk_free=0.04)
    expected = empyrical.sharpe_ratio(returns, risk_free=daily)
    assert value_of(figures, "sharpe") == pytest.approx(expected, rel=1e-9)
    assert "4.00%" in figures["sharpe"].note


def test_standard_error_is_that_of_a_simulated_sharpe_ratio() -> None:
    # Skewed and fat-tailed on purpose: the normal formula alone would give 0.0316.
    generator = np.random.default_rng(5)
    draws = 1.0 - generator.exponential(size=(8000, 500)) + 0.1
    simulated = (draws.mean(axis=1) / draws.std(axis=1, ddof=1)).std()
    # Exactly: mean 0.1, deviation 1, skew -2, Pearson kurtosis 9.
    assert sharpe_error(0.1, 500, -2.0, 9.0) == pytest.approx(simulated, rel=0.05)


def test_kurtosis_of_normal_returns_is_three() -> None:
    steps = np.random.default_rng(3).normal(0, 0.01, 100_000)
    figures = summary(pd.Series(np.cumprod(1 + steps)))
    assert value_of(figures, "kurtosis") == pytest.approx(3.0, abs=0.1)


def test_drawdown_is_negative_and_runs_from_peak_to_recovery() -> None:
    figures = summary(pd.Series([100.0, 120, 90, 108, 120, 110, 115]))
    assert value_of(figures, "max_drawdown") == pytest.approx(-0.25)
    assert value_of(figures, "max_drawdown_sessions") == 3
    assert "not recovered" in summary(pd.Series([100.0, 80, 90]))["max_drawdown_sessions"].note
    assert list(drawdown(np.array([1.0, 2.0, 1.0]))) == [0.0, 0.0, -0.5]


def test_time_in_market_and_turnover_come_from_exposure_and_orders() -> None:
    frame = curve()
    orders = pd.DataFrame({"status": ["Filled", "Filled", "Margin"], "value": [3e5, 5e5, 9e9]})
    figures = summary(frame, orders=orders)
    assert value_of(figures, "time_in_market") == 0.5
    expected = 4e5 / frame["value"].mean() / (999 / 252)
    assert value_of(figures, "turnover") == pytest.approx(expected)
    assert figures["turnover"].n == 2


SICK = {
    "empty": [],
    "one row": [100.0],
    "two rows": [100.0, 101.0],
    "constant": [100.0] * 50,
    "constant growth": list(100 * 1.0001 ** np.arange(50)),
    "NaN": [100.0, 101, math.nan, 103],
    "infinite": [100.0, math.inf, 102, 103],
    "bankrupt": [100.0, 50, 0, 0],
    "below zero": [100.0, 50, -20, 10],
    "exploding": [1e-300, 1e300],
}


@pytest.mark.parametrize("values", SICK.values(), ids=SICK.keys())
def test_a_sick_curve_gives_none_never_infinity_never_an_exception(values: list[float]) -> None:
    frame = pd.DataFrame({"value": values, "gross": [0.0] * len(values)}, dtype=float)
    for metric in summary(frame).values():
        assert metric.value is None or math.isfinite(metric.value)
        assert metric.value is not None or metric.note


def test_ratios_of_a_constant_curve_do_not_exist() -> None:
    for name in ("constant", "constant growth"):
        figures = summary(pd.Series(SICK[name]))
        for ratio in ("sharpe", "sharpe_error", "sortino", "calmar", "skew", "kurtosis"):
            assert figures[ratio].value is None
    assert "row 2 of the curve is nan" in summary(pd.Series(SICK["NaN"]))["sharpe"].note


ANY = st.floats(allow_nan=True, allow_infinity=True)
POSITIVE = st.floats(min_value=5e-324, allow_infinity=False)
SANE = st.floats(min_value=1e-3, max_value=1e9)


@settings(max_examples=200, deadline=None)
@given(
    values=st.sampled_from([ANY, POSITIVE, SANE]).flatmap(
        lambda elements: arrays.arrays(float, st.integers(0, 30), elements=elements)
    )
)
def test_no_curve_whatever_gives_infinity_or_an_exception(values: Any) -> None:
    for metric in summary(pd.Series(values)).values():
        assert metric.value is None or math.isfinite(metric.value)


def test_the_input_is_not_changed() -> None:
    frame = curve()
    before = frame.copy()
    summary(frame)
    pd.testing.assert_frame_equal(frame, before)

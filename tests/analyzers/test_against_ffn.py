"""Figures of a curve and of a choice beside those of `ffn`, conventions that differ bridged.

Where a convention differs, the test says which and turns one figure into the other by formula; no
tolerance is wider than rounding.
"""

from __future__ import annotations

from collections.abc import Iterator
from types import ModuleType

import numpy as np
import pandas as pd
import pytest
from pandas.core.base import PandasObject

from orebound.analyzers import (
    Metric,
    deflated_sharpe_ratio,
    drawdown_periods,
    expected_max_sharpe,
    probability_of_backtest_overfitting,
    summary,
)
from orebound.analyzers.page.numbers import monthly
from orebound.analyzers.study import relative_performance

from .page.records import with_curve

YEAR, RATE = 252, 0.03
SEEDS = (1, 2, 3)


@pytest.fixture(scope="module")
def ffn() -> Iterator[ModuleType]:
    """Return `ffn`, whose methods are taken off pandas' objects again afterwards."""
    before = set(vars(PandasObject))
    ffn = pytest.importorskip("ffn")
    ffn.extend_pandas()
    yield ffn
    for name in set(vars(PandasObject)) - before:
        delattr(PandasObject, name)


def curve(seed: int, n: int = 1_300) -> pd.Series:
    """Return a curve with fat tails by business day, which lies under water at its end."""
    steps = np.random.default_rng(seed).standard_t(4, size=n - 1) * 0.008 + 0.0004
    steps[-20:] = -np.abs(steps[-20:])
    days = pd.bdate_range("2019-02-11", periods=n)
    return pd.Series(1e6 * np.cumprod(np.concatenate([[1.0], 1.0 + steps])), index=days)


def figure(values: pd.Series, name: str) -> float:
    found: Metric = summary(values, risk_free=RATE, periods_per_year=YEAR)[name]
    assert found.value is not None
    return found.value


def close(value: float) -> object:
    return pytest.approx(value, rel=1e-10)


@pytest.mark.parametrize("seed", SEEDS)
def test_returns_risk_and_ratios_of_daily_returns(ffn: ModuleType, seed: int) -> None:
    values = curve(seed)
    theirs = ffn.PerformanceStats(values, rf=RATE, annualization_factor=YEAR)
    assert figure(values, "total_return") == close(theirs.total_return)
    assert figure(values, "volatility") == close(theirs.daily_vol)
    # Both take a yearly rate off as what compounds to it, ddof 1, and below zero as a root mean
    # square over all days.
    assert figure(values, "sharpe") == close(theirs.daily_sharpe)
    assert figure(values, "sortino") == close(theirs.daily_sortino)
    assert figure(values, "max_drawdown") == close(theirs.max_drawdown)


@pytest.mark.parametrize("seed", SEEDS)
def test_yearly_growth_up_to_the_count_of_years(ffn: ModuleType, seed: int) -> None:
    # Differs: a year is 252 returns here, 365.25 days of the calendar there.
    values = curve(seed)
    ours, theirs = (len(values) - 1) / YEAR, ffn.year_frac(values.index[0], values.index[-1])
    growth = 1.0 + ffn.calc_cagr(values)
    assert figure(values, "cagr") == close(growth ** (theirs / ours) - 1.0)
    calmar = (growth ** (theirs / ours) - 1.0) / (growth - 1.0) * ffn.calc_calmar_ratio(values)
    assert figure(values, "calmar") == close(calmar)


@pytest.mark.parametrize("seed", SEEDS)
def test_skewness_and_kurtosis_up_to_their_bias(ffn: ModuleType, seed: int) -> None:
    # Differs: moments of the sample here, corrected for bias and in excess of 3 there (Joanes and
    # Gill 1998: g against G).
    values = curve(seed)
    n = len(values) - 1
    theirs = ffn.PerformanceStats(values, annualization_factor=YEAR)
    skew = figure(values, "skew") * np.sqrt(n * (n - 1)) / (n - 2)
    excess = (n - 1) / (n - 2) / (n - 3) * ((n + 1) * (figure(values, "kurtosis") - 3.0) + 6.0)
    assert skew == close(theirs.daily_skew)
    assert excess == close(theirs.daily_kurt)


@pytest.mark.parametrize("seed", SEEDS)
def test_every_drawdown_with_its_depth_and_length(ffn: ModuleType, seed: int) -> None:
    # Differs: begins at the peak and counts sessions here; begins the day after it and counts days
    # of the calendar there. One that was not regained ends with the sample on both sides.
    values = curve(seed)
    place = {day: k for k, day in enumerate(values.index)}
    theirs = ffn.drawdown_details(ffn.to_drawdown_series(values))
    expected = sorted(
        (depth, place[end] - place[start] + 1)
        for start, end, depth in theirs[["Start", "End", "drawdown"]].itertuples(index=False)
    )
    ours = drawdown_periods(values, top=10_000)
    assert len(ours) == len(theirs) > 20
    np.testing.assert_allclose(ours["depth"], [depth for depth, _ in expected], rtol=1e-10)
    assert ours["length"].tolist() == [length for _, length in expected]
    assert ours["recovery"].isna().sum() == 1
    assert figure(values, "max_drawdown_sessions") == expected[0][1]


@pytest.mark.parametrize("seed", SEEDS)
def test_returns_by_month_and_year(ffn: ModuleType, seed: int) -> None:
    values = curve(seed)
    record = with_curve(values.to_numpy())
    record.equity["date"] = values.index
    ours = monthly(record)
    theirs = ffn.PerformanceStats(values, annualization_factor=YEAR).return_table
    assert ours.index.tolist() == theirs.index.tolist() == [*range(2019, 2025)]
    # Differs: a month before the first or after the last session is n/a here and 0 there.
    cells = np.nan_to_num(ours.to_numpy(dtype=float))
    np.testing.assert_allclose(cells, theirs.to_numpy(dtype=float), rtol=1e-10, atol=1e-14)
    assert ours.isna().sum().sum() == (theirs == 0.0).sum().sum() == 11


@pytest.mark.parametrize("seed", SEEDS)
def test_information_ratio_a_year(ffn: ModuleType, seed: int) -> None:
    # Differs: a year's ratio here, a day's there.
    returns, market = (curve(k).pct_change().dropna() for k in (seed, seed + 10))
    ours = relative_performance(returns, market.to_frame("market"), YEAR)
    daily = ffn.calc_information_ratio(returns, market)
    assert ours.information_ratio == close(daily * np.sqrt(YEAR))


@pytest.mark.parametrize("n_trials", [2, 10, 1_000, 120_000])
def test_the_best_to_expect_of_luck(ffn: ModuleType, n_trials: int) -> None:
    # Differs: the variance of the trials here, their standard deviation there.
    theirs = ffn.core.calc_expected_max_sharpe(n_trials, 0.03)
    assert expected_max_sharpe(n_trials, 0.03**2) == close(theirs)


def test_deflated_sharpe_ratio_of_the_same_moments(ffn: ModuleType) -> None:
    # Differs: they take moments corrected for bias, which are handed to ours.
    random = np.random.default_rng(4)
    trials = pd.DataFrame(random.standard_t(5, size=(750, 40)) * 0.01 + 0.0003)
    sharpes = trials.mean() / trials.std(ddof=1)
    best = trials[sharpes.idxmax()]
    theirs = ffn.core.calc_deflated_sharpe_ratio(best, sharpes, annualized_trials=False, nperiods=1)
    ours = deflated_sharpe_ratio(
        sharpes.max(), len(best), 40, sharpes.var(ddof=1), best.skew(), best.kurt() + 3.0
    )
    assert 0.1 < theirs < 0.9
    assert ours == close(theirs)


@pytest.mark.parametrize("edge", [0.0, 0.001])
def test_probability_of_overfitting_split_by_split(ffn: ModuleType, edge: float) -> None:
    # The rows are a multiple of the blocks: where they are not, they drop the rest and ours makes
    # blocks of unequal length.
    random = np.random.default_rng(6)
    returns = random.normal(0.0, 0.01, (480, 12)) + edge * np.arange(12) / 12
    theirs = ffn.core.calc_prob_backtest_overfitting(
        pd.DataFrame(returns), n_blocks=8, full_output=True
    )
    ours = probability_of_backtest_overfitting(returns, n_blocks=8)
    assert ours.n_splits == len(theirs["logits"]) == 70
    np.testing.assert_allclose(np.sort(ours.logits), np.sort(theirs["logits"]), rtol=1e-10)
    assert ours.pbo == theirs["pbo"]

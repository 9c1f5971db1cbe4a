"""Base rates: against tables and Monte Carlo."""

from __future__ import annotations

import numpy as np
import pytest

from orebound.analyzers import (
    noise_base_rate,
    noise_base_rate_lag,
    noise_base_rate_z,
    observed_base_rate,
)


def test_z_of_minus_one_and_a_half_is_seen_on_seven_days_in_a_hundred() -> None:
    # Normal table: Phi(-1.5) = 0.0668.
    assert noise_base_rate_z(1.5) == pytest.approx(0.0668, abs=5e-5)


@pytest.mark.parametrize("yearly_vol", [0.15, 0.25, 0.30])
def test_lag_rate_is_that_of_simulated_random_walks(yearly_vol: float) -> None:
    daily = yearly_vol / 252**0.5
    generator = np.random.default_rng(7)
    sums = generator.normal(0, daily, size=(40_000, 252)).sum(axis=1)
    simulated = np.mean(np.exp(sums) <= 0.80)
    assert noise_base_rate_lag(0.20, daily, 252) == pytest.approx(simulated, abs=0.006)


def test_a_fifth_behind_in_a_year_is_no_rarity() -> None:
    # The published range for relative volatilities of 25 to 30 % is 18 to 23 % of all days.
    assert 0.18 <= noise_base_rate_lag(0.20, 0.25 / 252**0.5, 252) <= 0.19
    assert 0.22 <= noise_base_rate_lag(0.20, 0.30 / 252**0.5, 252) <= 0.235


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ((1.2, 0.01, 252), "lag_in must lie between 0 and 1, got 1.2"),
        ((0.2, 0.0, 252), "daily_vol must be positive and finite, got 0.0"),
        ((0.2, 0.01, 0), "window must be at least 1 session, got 0"),
    ],
)
def test_impossible_parameters_are_named(values: tuple[float, float, int], words: str) -> None:
    with pytest.raises(ValueError, match=words):
        noise_base_rate_lag(*values)


def test_observed_rate_counts_ready_sessions_only() -> None:
    signal = np.array([[1, 0, 1], [1, 1, 1], [0, 0, 1], [1, 0, 1]], dtype=bool)
    ready = np.array([[0, 1, 0], [1, 1, 0], [1, 1, 0], [1, 1, 0]], dtype=bool)
    table = observed_base_rate(signal, ready, ["A", "B", "C"]).set_index("symbol")
    assert table.loc["A", "rate"] == pytest.approx(2 / 3)
    assert table.loc["B", "rate"] == 0.25
    assert list(table["rate"].isna()) == [False, False, True]
    assert list(table["n_ready"]) == [3, 4, 0]


def test_arrays_of_another_shape_are_refused() -> None:
    with pytest.raises(ValueError, match=r"shape \(n_rows, 2\), one column a name"):
        observed_base_rate(np.ones((3, 3), bool), np.ones((3, 3), bool), ["A", "B"])


def walks(seed: int, count: int, n: int) -> np.ndarray:
    """Return driftless walks by row, a unit of deviation a session."""
    return np.random.default_rng(seed).normal(size=(count, n)).cumsum(axis=1)


def drawdowns(level: np.ndarray) -> np.ndarray:
    """Return each row's last level less its highest."""
    return level[:, -1] - level.max(axis=1)


@pytest.mark.parametrize("yearly_vol", [0.25, 0.30])
def test_drawdown_rate_is_that_of_simulated_walks(yearly_vol: float) -> None:
    daily = yearly_vol / 252**0.5
    simulated = np.mean(np.exp(daily * drawdowns(walks(1, 20_000, 252))) <= 0.80)
    found = noise_base_rate("drawdown", trigger="lag", at=0.20, daily_vol=daily, window=252)
    assert found == pytest.approx(simulated, abs=0.01)
    # domain.md 0.3: 35 to 42 % of days at relative volatilities of 25 to 30 %.
    assert 0.34 <= found <= 0.44


def test_drawdown_in_deviations_is_met_twice_as_often_as_a_sum() -> None:
    simulated = np.mean(drawdowns(walks(2, 20_000, 252)) <= -1.5 * 252**0.5)
    found = noise_base_rate("drawdown", trigger="z", at=1.5, window=252)
    assert found == pytest.approx(simulated, abs=0.01)
    assert found == pytest.approx(2 * noise_base_rate_z(1.5), rel=0.15)


def test_anchored_rate_grows_with_the_time_since_its_date() -> None:
    daily = 0.25 / 252**0.5
    level = daily * walks(3, 20_000, 504)
    for sessions in (60, 252, 504):
        simulated = np.mean(np.exp(level[:, 19:sessions]) <= 0.80)
        found = noise_base_rate(
            "anchored", trigger="lag", at=0.20, daily_vol=daily, window=sessions, first=20
        )
        assert found == pytest.approx(simulated, abs=0.01)
    assert noise_base_rate("anchored", trigger="z", at=1.5, window=252) == noise_base_rate_z(1.5)


def test_ratio_and_sum_have_the_rates_of_before() -> None:
    assert noise_base_rate("cumulative", trigger="z", at=1.5, window=252) == noise_base_rate_z(1.5)
    for form in ("cumulative", "ratio", "cointegration"):
        rate = noise_base_rate(form, trigger="lag", at=0.2, daily_vol=0.016, window=252)
        assert rate == noise_base_rate_lag(0.2, 0.016, 252)


@pytest.mark.parametrize("factors", [1, 2])
def test_level_residuals_of_noise_look_wide_twice_as_often(factors: int) -> None:
    found = noise_base_rate("cointegration", trigger="z", at=1.5, window=252, factors=factors)
    generator = np.random.default_rng(4)
    met = []
    for _ in range(400):  # one window each, written out
        e, *x = generator.normal(size=(1 + factors, 253)).cumsum(axis=1)
        design = np.column_stack([np.ones(253), *x])
        fit, residue, *_ = np.linalg.lstsq(design[:-1], e[:-1], rcond=None)
        met.append((e[-1] - design[-1] @ fit) / np.sqrt(residue[0] / 251) <= -1.5)
    assert found == pytest.approx(np.mean(met), abs=0.06)
    assert found > 2 * noise_base_rate_z(1.5)


def test_an_unknown_form_is_named() -> None:
    with pytest.raises(ValueError, match="one of the gap forms, got 'rolling'"):
        noise_base_rate("rolling", trigger="z", at=1.5, window=252)  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="factors must be 1 or 2, got 3"):
        noise_base_rate("cointegration", trigger="z", at=1.5, window=252, factors=3)

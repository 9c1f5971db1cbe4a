"""Base rates: against tables and Monte Carlo."""

from __future__ import annotations

import numpy as np
import pytest

from orebound.analyzers import noise_base_rate_lag, noise_base_rate_z, observed_base_rate


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

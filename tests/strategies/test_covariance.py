"""Covariances of a book: closed forms, and what absent bars do to them."""

from __future__ import annotations

import numpy as np
import pytest

from orebound.strategies.covariance import DayTable, ewma_covariance, shrunk_covariance


def test_ewma_variance_of_a_unit_impulse_decays_by_its_closed_form() -> None:
    returns = np.zeros((40, 1))
    returns[0] = 1.0
    n = np.arange(40)
    # (1 - d) d^n over the weight of n + 1 days, 1 - d^(n + 1).
    expected = 0.06 * 0.94**n / (1.0 - 0.94 ** (n + 1))
    np.testing.assert_allclose(ewma_covariance(returns)[:, 0, 0], expected, rtol=1e-12)


def test_ewma_covariance_of_equal_returns_is_their_square_from_the_first_day() -> None:
    returns = np.tile([0.01, -0.02], (5, 1))
    expected = np.array([[1e-4, -2e-4], [-2e-4, 4e-4]])
    for one in ewma_covariance(returns):
        np.testing.assert_allclose(one, expected, rtol=1e-12)


def test_a_name_that_has_not_closed_today_keeps_its_variance() -> None:
    generator = np.random.default_rng(0)
    returns = generator.normal(0.0, 0.01, (60, 2))
    by_row = np.full((120, 2), np.nan)  # the first name closes on even rows, the second on odd
    by_row[::2, 0], by_row[1::2, 1] = returns[:, 0], returns[:, 1]
    days = np.repeat(np.arange(60), 2)
    both, daily = ewma_covariance(by_row, days), ewma_covariance(returns)
    np.testing.assert_allclose(both[1::2], daily, rtol=1e-12)
    np.testing.assert_allclose(both[2::2, 1, 1], daily[:-1, 1, 1], rtol=1e-12)
    np.testing.assert_allclose(both[2::2, 0, 0], daily[1:, 0, 0], rtol=1e-12)


def test_a_name_before_its_first_return_has_no_variance() -> None:
    returns = np.array([[0.01, np.nan], [0.01, np.nan], [0.01, 0.02]])
    found = ewma_covariance(returns)
    assert np.isnan(found[:2, 1, 1]).all()
    assert found[2, 1, 1] == pytest.approx(4e-4)


def test_covariances_are_positive_semidefinite_whatever_is_absent() -> None:
    generator = np.random.default_rng(1)
    returns = generator.normal(0.0, 0.02, (200, 5)) + generator.normal(0.0, 0.02, (200, 1))
    returns[generator.random(returns.shape) < 0.3] = np.nan
    for one in (*ewma_covariance(returns)[30:], shrunk_covariance(returns[-60:]).covariance):
        assert np.linalg.eigvalsh(one).min() > -1e-15


def test_future_returns_move_no_earlier_covariance() -> None:
    returns = np.random.default_rng(2).normal(0.0, 0.01, (50, 3))
    cut = ewma_covariance(returns[:30])
    returns[30:] *= 7.0
    np.testing.assert_array_equal(ewma_covariance(returns)[:30], cut)


def test_shrinkage_is_the_formula_of_ledoit_and_wolf_term_by_term() -> None:
    x = np.random.default_rng(3).normal(0.0, [1.0, 2.0, 0.5], (60, 3))
    x[:, 1] += x[:, 0]
    y = x - x.mean(axis=0)
    n, k = y.shape
    s = y.T @ y / n
    r = [s[i, j] / np.sqrt(s[i, i] * s[j, j]) for i in range(k) for j in range(i + 1, k)]
    bar = sum(r) / len(r)
    pi = rho = gamma = 0.0
    for i in range(k):
        for j in range(k):
            pi += np.mean((y[:, i] * y[:, j] - s[i, j]) ** 2)
            f = s[i, i] if i == j else bar * np.sqrt(s[i, i] * s[j, j])
            gamma += (f - s[i, j]) ** 2
            if i == j:
                rho += np.mean((y[:, i] ** 2 - s[i, i]) ** 2)
                continue
            of_i = np.mean((y[:, i] ** 2 - s[i, i]) * (y[:, i] * y[:, j] - s[i, j]))
            of_j = np.mean((y[:, j] ** 2 - s[j, j]) * (y[:, i] * y[:, j] - s[i, j]))
            rho += bar / 2 * (np.sqrt(s[j, j] / s[i, i]) * of_i + np.sqrt(s[i, i] / s[j, j]) * of_j)
    delta = min(max((pi - rho) / gamma / n, 0.0), 1.0)
    target = np.where(np.eye(k) == 1, s, bar * np.sqrt(np.outer(np.diag(s), np.diag(s))))
    found = shrunk_covariance(x)
    assert 0.0 < delta < 1.0
    assert found.intensity == pytest.approx(delta, rel=1e-10)
    np.testing.assert_allclose(found.covariance, delta * target + (1 - delta) * s, rtol=1e-10)


def test_two_names_are_their_own_target() -> None:
    x = np.random.default_rng(4).normal(size=(60, 2))
    np.testing.assert_allclose(shrunk_covariance(x).covariance, np.cov(x.T, ddof=0), rtol=1e-12)


def test_a_name_without_returns_is_refused() -> None:
    with pytest.raises(ValueError, match=r"two or more of each name, got \[3, 0\] of 3"):
        shrunk_covariance(np.array([[0.1, np.nan]] * 3))


def test_a_day_is_known_as_far_as_its_rows_have_come() -> None:
    nan = np.nan
    returns = np.array([[0.1, nan], [nan, 0.2], [0.3, nan], [nan, 0.4]])
    table = DayTable(returns, np.array([0, 0, 1, 1]))
    np.testing.assert_array_equal(table.known_at(0, 5), [[0.1, nan]])
    np.testing.assert_array_equal(table.known_at(2, 5), [[0.1, 0.2], [0.3, nan]])
    np.testing.assert_array_equal(table.known_at(3, 1), [[0.3, 0.4]])

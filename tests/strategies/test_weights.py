"""Weights by hand: three names, and what an absent one does."""

from __future__ import annotations

import numpy as np
import pytest

from orebound.strategies.weights import (
    book_volatility,
    carried,
    conviction,
    inverse_volatility,
    to_target,
)


def test_three_names_are_weighted_in_inverse_proportion_to_volatility() -> None:
    volatility = np.array([[0.01, 0.02, 0.04]])
    ready = np.ones((1, 3), bool)
    # 100, 50 and 25 of 175.
    np.testing.assert_allclose(inverse_volatility(volatility, ready), [[4 / 7, 2 / 7, 1 / 7]])


def test_a_name_that_is_not_ready_or_has_no_volatility_gets_nothing() -> None:
    volatility = np.array([[0.01, 0.02, 0.04], [np.nan, 0.0, 0.02], [np.nan, np.nan, np.nan]])
    ready = np.array([[True, True, False], [True, True, True], [True, True, True]])
    expected = [[2 / 3, 1 / 3, 0.0], [0.0, 0.0, 1.0], [0.0, 0.0, 0.0]]
    np.testing.assert_allclose(inverse_volatility(volatility, ready), expected)


def test_the_volatility_of_two_uncorrelated_halves_is_that_of_one_by_root_two() -> None:
    covariance = np.diag([1e-4, 1e-4])
    assert book_volatility(np.array([0.5, 0.5]), covariance) == pytest.approx(
        0.01 * np.sqrt(252) / np.sqrt(2)
    )


def test_a_book_is_scaled_to_its_target_and_never_beyond_itself() -> None:
    assert to_target(0.24, 0.12) == pytest.approx(0.5)
    assert to_target(0.06, 0.12) == 1.0
    assert to_target(0.0, 0.12) == 1.0


def test_conviction_is_half_to_one_and_a_half() -> None:
    z = np.array([-0.5, -1.0, -1.5, -2.0, -2.5, -4.0, 3.0, np.nan])
    expected = [0.5, 0.5, 0.75, 1.0, 1.25, 1.5, 1.5, 1.0]
    np.testing.assert_allclose(conviction(z), expected)


def test_a_value_is_carried_from_the_last_own_bar() -> None:
    values = np.array([[1.0, 9.0], [2.0, 5.0], [3.0, 6.0]])
    has = np.array([[True, False], [False, True], [True, False]])
    np.testing.assert_array_equal(carried(values, has), [[1.0, 9.0], [1.0, 5.0], [3.0, 5.0]])

"""Tightness: percentile ranks by hand, and one exchange's stock is not the world's."""

from __future__ import annotations

import numpy as np
import pytest

from orebound.strategies.context.tightness import (
    backwardation,
    by_exposure,
    days_of_use,
    is_tight,
    metal_tightness,
    rolling_percentile,
    visible_stocks,
)


def test_the_percentiles_of_one_to_ten() -> None:
    # Each value among the nine others: the highest so far stands above all of them.
    rising = np.arange(1.0, 11.0)
    np.testing.assert_array_equal(rolling_percentile(rising, 10, 2), [np.nan, *[1.0] * 9])
    values = np.array([10.0, 1, 2, 3, 4, 5, 6, 7, 8, 9])
    assert rolling_percentile(values, 10, 10)[-1] == pytest.approx(8 / 9)
    assert rolling_percentile(values[::-1].copy(), 10, 10)[-1] == 1.0
    middle = np.array([1.0, 2, 3, 4, 6, 7, 8, 9, 10, 5])
    assert rolling_percentile(middle, 10, 10)[-1] == pytest.approx(4 / 9)


def test_ties_count_half_and_old_values_leave_the_window() -> None:
    assert rolling_percentile(np.full(5, 3.0), 5, 5)[-1] == 0.5
    assert rolling_percentile(np.array([9.0, 1.0, 2.0, 3.0]), 3, 3)[-1] == 1.0


def test_a_percentile_waits_for_its_least_history_and_skips_holes() -> None:
    values = np.array([1.0, np.nan, 2.0, 3.0])
    np.testing.assert_array_equal(rolling_percentile(values, 4, 3), [np.nan, np.nan, np.nan, 1.0])


def test_percentiles_know_nothing_of_later_values() -> None:
    rng = np.random.default_rng(1)
    values = np.cumsum(rng.normal(size=1500))
    whole = rolling_percentile(values, 1260)
    np.testing.assert_array_equal(rolling_percentile(values[:900], 1260), whole[:900])


def test_low_stocks_and_backwardation_are_tight() -> None:
    spread = backwardation(np.array([10_100.0]), np.array([10_000.0]))
    assert spread == pytest.approx(0.01)
    both = metal_tightness(
        np.array([0.1, 0.1, np.nan, np.nan]), np.array([0.7, np.nan, 0.3, np.nan])
    )
    np.testing.assert_allclose(both, [0.8, 0.9, 0.3, np.nan])


def test_a_name_is_as_tight_as_the_metals_it_lives_on() -> None:
    scores = np.array([[0.8, 0.2], [0.8, np.nan], [np.nan, np.nan]])
    weights = np.array([[0.75, -0.25]] * 3)
    np.testing.assert_allclose(by_exposure(scores, weights), [0.65, 0.8, np.nan])
    assert np.isnan(by_exposure(scores, np.zeros((3, 2)))).all()


def test_hard_tightness_asks_for_score_and_stock_and_knows_no_unknown() -> None:
    score = np.array([0.6, 0.6, 0.4, np.nan, 0.6])
    stock = np.array([0.2, 0.3, 0.1, 0.1, np.nan])
    found = is_tight(score, stock, tight_score=0.5, tight_stock=0.2)
    assert found.tolist() == [True, False, False, False, False]


def test_copper_that_moves_to_new_york_leaves_the_total_where_it_was() -> None:
    n = 400
    wave = 5_000.0 * np.sin(np.arange(n) / 7.0)
    lme, comex = 250_000.0 + wave, 100_000.0 + wave
    lme[-30:] -= 150_000.0  # the planted move
    comex[-30:] += 150_000.0
    stocks = visible_stocks(lme=lme, comex=comex)
    low = rolling_percentile(stocks["lme"], 300, 252)[-1]
    total = rolling_percentile(stocks["total"], 300, 252)[-1]
    assert low < 0.10 < 0.25 < total
    # 370,000 t of a use of 27 million a year are five days.
    assert days_of_use(np.array([370_000.0]))[0] == pytest.approx(5.0, abs=0.01)


def test_impossible_uses_are_named() -> None:
    with pytest.raises(ValueError, match=r"annual_use must be above 0, got 0.0"):
        days_of_use(np.array([1.0]), 0.0)
    with pytest.raises(
        ValueError, match=r"least must be within 2 and window, got 10 with window 5"
    ):
        rolling_percentile(np.arange(5.0), 5, 10)

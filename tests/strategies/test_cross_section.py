"""One name against all others of a row."""

from __future__ import annotations

import numpy as np

from orebound.strategies.cross_section import middle, widest_and_narrowest

NAN = np.nan


def test_the_middle_is_the_median_of_the_ready_names() -> None:
    values = np.array([[-2.0, 1.0, 5.0], [-2.0, 1.0, 5.0], [3.0, 1.0, 5.0]])
    ready = np.array([[True, True, True], [True, True, False], [False, False, False]])
    found = middle(values, ready, np.ones((3, 3), bool))
    np.testing.assert_array_equal(found, [1.0, -0.5, NAN])


def test_a_name_counts_with_its_last_own_bar() -> None:
    values = np.array([[-2.0, NAN, NAN], [NAN, 1.0, 5.0], [4.0, NAN, NAN]])
    has = np.isfinite(values)
    np.testing.assert_array_equal(middle(values, has, has), [-2.0, 1.0, 4.0])


def test_ranks_take_the_least_and_the_greatest_and_break_ties_by_column() -> None:
    values = np.array([[3.0, -1.0, -1.0, 7.0, 0.0]])
    every = np.ones((1, 5), bool)
    widest, narrowest = widest_and_narrowest(values, every, every, 1)
    assert np.flatnonzero(widest[0]).tolist() == [1]
    assert np.flatnonzero(narrowest[0]).tolist() == [3]
    widest, narrowest = widest_and_narrowest(values, every, every, 2)
    assert np.flatnonzero(widest[0]).tolist() == [1, 2]
    assert np.flatnonzero(narrowest[0]).tolist() == [0, 3]


def test_too_few_ready_names_rank_nobody() -> None:
    values = np.array([[3.0, -1.0, 2.0, 7.0]])
    ready = np.array([[True, True, True, False]])
    widest, narrowest = widest_and_narrowest(values, ready, np.ones((1, 4), bool), 2)
    assert not widest.any()
    assert not narrowest.any()

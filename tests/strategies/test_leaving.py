"""Exits that arrays decide, with the bar of each written down."""

from __future__ import annotations

import numpy as np

from orebound.strategies.leaving import has_closed, trailing, while_not_on


def test_a_regime_exit_holds_wherever_the_regime_is_not_on() -> None:
    is_on = np.array([False, True, True, False])
    np.testing.assert_array_equal(while_not_on(is_on), [True, False, False, True])


def test_a_trail_is_measured_from_the_highest_since_the_regime_ended() -> None:
    #                  on    on    off   off    off    off   on    off   off
    close = np.array([100.0, 200.0, 100.0, 110.0, 100.0, 98.0, 50.0, 50.0, 44.9])
    is_on = np.array([True, True, False, False, False, False, True, False, False])
    # 0.01 x sqrt(10) x 3.2 is 10.12 %: below 98.87 of the highest 110, and below 44.94 of 50. The
    # 200 while ON counts for nothing, and a new stretch starts anew.
    found = trailing(close, np.full(9, 0.01), is_on, 3.2)
    np.testing.assert_array_equal(np.flatnonzero(found), [5, 8])


def test_an_unknown_volatility_or_price_trails_nothing() -> None:
    off = np.zeros(3, bool)
    close = np.array([100.0, np.nan, 10.0])
    assert not trailing(close, np.full(3, np.nan), off, 2.0).any()
    np.testing.assert_array_equal(trailing(close, np.full(3, 0.01), off, 2.0), [False, False, True])


def test_a_trail_of_the_past_is_not_moved_by_the_future() -> None:
    generator = np.random.default_rng(0)
    close = np.exp(np.cumsum(generator.normal(0.0, 0.02, 300)))
    is_on = generator.random(300) < 0.3
    whole = trailing(close, np.full(300, 0.02), is_on, 1.0)
    cut = trailing(close[:200], np.full(200, 0.02), is_on[:200], 1.0)
    np.testing.assert_array_equal(whole[:200], cut)


def test_a_gap_has_closed_at_the_level_itself_and_not_where_it_is_unknown() -> None:
    z = np.array([-0.26, -0.25, 0.0, np.nan])
    np.testing.assert_array_equal(has_closed(z, 0.25), [False, True, True, False])

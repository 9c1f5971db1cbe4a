"""Hedge legs by hand: shares of the basket, ratios, whole lots; and what carrying costs."""

from __future__ import annotations

import numpy as np
import pytest

from orebound.strategies import Costs
from orebound.strategies.carry import carry_rates, owed_a_year, rolls_between
from orebound.strategies.legs import hedge_shares, leg_ratio, leg_size


def test_a_basket_of_two_hedged_metals_is_split_by_their_weights() -> None:
    # Copper and zinc by one leg, gold by another, .9 of 1.0 hedged: each takes 10/9 of its weight.
    weights, total = np.array([[0.5, 0.2, 0.2]]), np.array([1.0])
    found = hedge_shares(weights, total, np.array([0, 0, 1]), 2, min_coverage=0.5)
    np.testing.assert_allclose(found, [[0.7 / 0.9, 0.2 / 0.9]])


def test_too_little_that_can_be_hedged_is_no_hedge() -> None:
    weights, total = np.array([[0.4, 0.6], [0.5, 0.5]]), np.ones(2)
    found = hedge_shares(weights, total, np.array([0, -1]), 1, min_coverage=0.5)
    np.testing.assert_allclose(found, [[np.nan], [1.0]])


def test_a_negative_exposure_is_hedged_by_a_purchase() -> None:
    shares = hedge_shares(
        np.array([[1.4, -0.4]]), np.array([1.8]), np.array([0, 1]), 2, min_coverage=0.5
    )
    np.testing.assert_allclose(leg_ratio(np.array([2.0]), shares), [[-2.8, 0.8]])


def test_a_leg_is_sized_on_its_partner_in_whole_lots_towards_none() -> None:
    # 1,000 x 40 x 1.5 = 60,000 short at 185: 324 shares; in lots of 100, 300.
    assert leg_size(-1.5, 1000, 40.0, 185.0, 1) == -324
    assert leg_size(-1.5, 1000, 40.0, 185.0, 100) == -300
    assert leg_size(0.8, 1000, 40.0, 185.0, 1) == 172
    assert leg_size(-1.5, 1000, 40.0, 70_000.0, 1) == 0


def test_borrow_is_owed_on_shorts_and_financing_on_longs() -> None:
    rates = carry_rates(Costs(instrument="cfd", borrow_bps=40.0, financing_bps=150.0))
    assert owed_a_year(-1000.0, 50.0, *rates) == pytest.approx(200.0)
    assert owed_a_year(1000.0, 50.0, *rates) == pytest.approx(750.0)
    assert owed_a_year(0.0, 50.0, *rates) == 0.0
    assert carry_rates(Costs(financing_bps=150.0)) == (0.004, 0.0), "a share paid for is not owed"


def test_a_monthly_future_rolls_on_the_first_of_each_month() -> None:
    day = np.datetime64
    assert rolls_between(day("2024-01-30"), day("2024-01-31"), 12) == 0
    assert rolls_between(day("2024-01-31"), day("2024-02-01"), 12) == 1
    assert rolls_between(day("2024-01-31"), day("2024-04-02"), 12) == 3
    assert rolls_between(day("2024-01-31"), day("2024-04-02"), 4) == 1
    assert rolls_between(day("2024-01-31"), day("2024-04-02"), 0) == 0

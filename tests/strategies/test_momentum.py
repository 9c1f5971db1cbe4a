"""Metal momentum: simple returns of the basket and the band below the floor."""

from __future__ import annotations

import numpy as np

from orebound.strategies.context.momentum import above_floor, basket_momentum


def test_a_basket_that_doubles_over_the_window_has_a_momentum_of_one() -> None:
    ln = np.log(np.array([1.0, 1.0, 2.0, 1.0]))
    np.testing.assert_allclose(basket_momentum(ln, 2), [np.nan, np.nan, 1.0, 0.0], atol=1e-12)


def test_the_gate_opens_above_the_floor_and_the_score_fades_over_ten_points() -> None:
    is_open, score = above_floor(
        np.array([0.02, -0.05, -0.0499, -0.10, -0.15, -0.4, np.nan]), -0.05
    )
    assert is_open.tolist() == [True, False, True, False, False, False, False]
    np.testing.assert_allclose(score, [1.0, 1.0, 1.0, 0.5, 0.0, 0.0, np.nan], atol=1e-12)

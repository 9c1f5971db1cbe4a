"""Whether forecasts are as sure as they should be."""

from __future__ import annotations

import numpy as np
import pytest

from orebound.strategies import christoffersen_coverage, gap_variance, uniformity


def test_places_of_true_forecasts_are_uniform_and_of_too_sure_ones_are_not() -> None:
    from scipy.stats import norm

    rng = np.random.default_rng(8)
    # Gaps of half-life 60 from -0.2, 250 sessions ahead, 400 times.
    sd = float(np.sqrt(gap_variance(0.015, 60.0, 250)))
    came = -0.2 * 0.5 ** (250 / 60) + rng.normal(0.0, sd, 400)
    right = norm.cdf((came + 0.2 * 0.5 ** (250 / 60)) / sd)
    assert uniformity(right)[1] > 0.01
    too_sure = norm.cdf((came + 0.2 * 0.5 ** (250 / 60)) / (0.5 * sd))
    assert uniformity(too_sure)[1] < 1e-6
    with pytest.raises(ValueError, match="within 0 and 1"):
        uniformity(np.array([0.2, 1.3]))


def test_coverage_by_hand() -> None:
    # 8 of 10 inside a band of 80 %: the likelihood ratio is 0.
    inside = np.array([1, 1, 0, 1, 1, 1, 1, 0, 1, 1], bool)
    found = christoffersen_coverage(inside, 0.8)
    assert (found.share, found.n) == (0.8, 10)
    assert found.p_level == pytest.approx(1.0)
    # 5 of 10: 2 (5 ln .5 + 5 ln .5 - 5 ln .8 - 5 ln .2) = 4.463; chi2(1) above it 0.0346.
    half = np.array([1, 0] * 5, bool)
    assert christoffersen_coverage(half, 0.8).p_level == pytest.approx(0.0346, abs=5e-4)


def test_misses_in_runs_are_seen() -> None:
    runs = np.repeat([True, False, True, False], 25)
    assert christoffersen_coverage(runs, 0.5).p_independence < 1e-6
    coins = np.random.default_rng(3).random(400) < 0.8
    assert christoffersen_coverage(coins, 0.8).p_independence > 0.01


def test_a_band_that_always_held_says_nothing_of_runs() -> None:
    found = christoffersen_coverage(np.ones(20, bool), 0.9)
    assert np.isnan(found.p_independence)
    assert found.p_level == pytest.approx(0.0402, abs=5e-4)  # 2 x 20 ln(1 / .9) = 4.214

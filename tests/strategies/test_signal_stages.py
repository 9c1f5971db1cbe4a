"""Gap, hedge and basket stages against formulas written out by hand and planted truths."""

import numpy as np
import pytest

from orebound.strategies.signals import (
    cumulative_gap,
    exposure_basket,
    fixed_hedge,
    ols_hedge,
    ratio_gap,
    regression_weights,
)

RNG = np.random.default_rng
EVERY = np.ones(2000, dtype=bool)


def test_gap_is_zero_when_miners_follow_metal() -> None:
    metal = RNG(0).normal(0, 0.01, 600)
    gap, z = ratio_gap(metal.copy(), metal, 252)
    np.testing.assert_allclose(gap[251:], 0.0, atol=1e-15)
    assert np.isnan(z[251:]).all(), "a gap that never varies has no z"


def test_ratio_gap_is_the_change_of_the_log_ratio() -> None:
    miner, metal = RNG(1).normal(0, 0.02, (2, 400))
    gap, _ = ratio_gap(miner, metal, 252)
    ratio = np.cumsum(miner - metal)
    assert gap[399] == pytest.approx(ratio[399] - ratio[399 - 252], abs=1e-12)


def test_each_residual_is_hedged_with_the_ratio_known_the_session_before() -> None:
    n = 300
    miner, basket, market = RNG(2).normal(0, 0.02, (3, n))
    b, c = RNG(3).uniform(0.5, 2, (2, n))
    gap, z = cumulative_gap(miner, basket, market, b, c, 20)
    residual = [miner[t] - b[t - 1] * basket[t] - c[t - 1] * market[t] for t in range(280, 300)]
    assert gap[299] == pytest.approx(sum(residual))
    assert z[299] == pytest.approx(sum(residual) / (np.std(residual, ddof=1) * np.sqrt(20)))
    assert np.isnan(gap[:20]).all()
    assert np.isfinite(gap[20:]).all()


def test_noise_meets_the_entry_threshold_on_about_seven_percent_of_days() -> None:
    # P(N(0,1) <= -1.5) = 6.68 %; windows overlap, so many independent paths are needed.
    generator = RNG(4)
    share = []
    for _ in range(400):
        noise = generator.normal(0, 0.02, 900)
        zero = np.zeros(900)
        _, z = cumulative_gap(noise, zero, zero, zero, zero, 252)
        share.append(np.mean(z[253:] <= -1.5))
    assert np.mean(share) == pytest.approx(0.0668, abs=0.015)


def test_ols_recovers_planted_ratios() -> None:
    generator = RNG(5)
    metal, market = np.cumsum(generator.normal(0, 0.01, (2, 2000)), axis=1)
    miner = 1.4 * metal + 0.8 * market + np.cumsum(generator.normal(0, 0.002, 2000))
    b, c = ols_hedge(miner, metal, market, window=252, horizon=5, bounds=(0.2, 3.5))
    assert np.nanmedian(b) == pytest.approx(1.4, abs=0.03)
    assert np.nanmedian(c) == pytest.approx(0.8, abs=0.03)
    assert np.isnan(b[:251]).all()
    assert np.isfinite(b[252:]).all()


def test_ols_equals_least_squares_on_each_window() -> None:
    generator = RNG(6)
    metal, market, miner = np.cumsum(generator.normal(0.0005, 0.01, (3, 400)), axis=1)
    b, c = ols_hedge(miner, metal, market, window=100, horizon=5, bounds=(-99.0, 99.0))
    t = 333
    rows = np.arange(t - 95, t + 1)  # 96 five-session returns lie within the last 100 sessions
    design = np.column_stack(
        [np.ones(96), metal[rows] - metal[rows - 5], market[rows] - market[rows - 5]]
    )
    expected = np.linalg.lstsq(design, miner[rows] - miner[rows - 5], rcond=None)[0]
    np.testing.assert_allclose([b[t], c[t]], expected[1:], rtol=1e-9)


def test_where_a_bound_binds_the_market_ratio_is_fitted_given_it() -> None:
    generator = RNG(7)
    metal, market = np.cumsum(generator.normal(0, 0.01, (2, 500)), axis=1)
    miner = -1.0 * metal + 0.5 * market
    b, c = ols_hedge(miner, metal, market, window=200, horizon=5, bounds=(0.2, 3.5))
    t = 450
    rows = np.arange(t - 195, t + 1)
    y, m, i = (x[rows] - x[rows - 5] for x in (miner, metal, market))
    rest, i = (y - 0.2 * m) - np.mean(y - 0.2 * m), i - i.mean()
    assert b[t] == 0.2
    assert c[t] == pytest.approx(float(rest @ i / (i @ i)), rel=1e-9)


def test_missing_metals_spread_their_weight_and_lower_coverage() -> None:
    returns = np.array([[0.01, 0.02], [0.01, np.nan], [np.nan, np.nan]])
    weights = np.tile([0.3, 0.6], (3, 1))
    basket, coverage = exposure_basket(returns, weights, np.full(3, 1.0), min_coverage=0.25)
    np.testing.assert_allclose(coverage, [0.9, 0.3, 0.0])
    # 0.3 * 1 % + 0.6 * 2 %, scaled from 0.9 to 1; then copper alone at full weight.
    np.testing.assert_allclose(basket[:2], [0.015 / 0.9, 0.01])
    assert np.isnan(basket[2])


def test_a_spread_keeps_its_short_leg() -> None:
    # Steel long, ore short (SSAB): a rise of both by 1 % moves the spread by their difference.
    weights = np.array([[1.4, -0.25]])
    basket, coverage = exposure_basket(
        np.array([[0.01, 0.01]]), weights, np.array([1.8]), min_coverage=0.5
    )
    assert coverage[0] == pytest.approx(1.65 / 1.8)
    assert basket[0] == pytest.approx((1.4 - 0.25) * 0.01 * 1.8 / 1.65)


def test_fixed_hedge_is_the_exposure_weighted_equity_beta() -> None:
    assert fixed_hedge(np.array([[0.75, 0.25]]), np.array([1.5, 2.0]))[0] == pytest.approx(1.625)


def test_regression_finds_the_planted_metal_and_never_shorts_one() -> None:
    generator = RNG(8)
    copper, zinc, gold = np.cumsum(generator.normal(0, 0.012, (3, 900)), axis=1)
    market = np.cumsum(generator.normal(0, 0.01, 900))
    miner = 1.5 * copper - 0.6 * gold + 0.7 * market
    weights = regression_weights(
        miner,
        np.column_stack([copper, zinc, gold]),
        market,
        refit=EVERY[:900],
        declared=np.ones((900, 3), bool),
        window=252,
        horizon=5,
    )
    last = weights[-1]
    assert last[0] > 0.9
    assert (weights[252:] >= 0.0).all()
    np.testing.assert_allclose(weights[252:].sum(axis=1), 1.0)
    assert np.isnan(weights[:251]).all()


def test_regression_leaves_out_a_metal_whose_data_begin_inside_the_window() -> None:
    generator = RNG(9)
    copper, ore = np.cumsum(generator.normal(0, 0.012, (2, 600)), axis=1)
    miner = copper + ore
    late = ore.copy()
    late[:400] = np.nan
    weights = regression_weights(
        miner,
        np.column_stack([copper, late]),
        None,
        refit=EVERY[:600],
        declared=np.ones((600, 2), bool),
        window=100,
        horizon=5,
    )
    assert weights[450, 1] == 0.0
    assert weights[599, 1] > 0.3

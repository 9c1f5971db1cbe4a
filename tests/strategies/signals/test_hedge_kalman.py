"""Ratios that walk: the recursion is the published one, capped, and never eats the gap unseen."""

from __future__ import annotations

import numpy as np
import pytest
from statsmodels.tsa.statespace.kalman_filter import KalmanFilter

from orebound.strategies import Blocked, Regime, Rule, compute
from orebound.strategies.signals.hedge_kalman import absorbed, kalman_hedge
from orebound.strategies.signals.kalman_kernel import hold_kernel, update_kernel
from tests.markets import small_sample

FREE = {"step": 1e9, "bounds": (-1e9, 1e9)}


def levels(n: int, seed: int = 0, noise: float = 0.01) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    generator = np.random.default_rng(seed)
    basket, market = np.cumsum(generator.normal(0.0, [[0.012], [0.01]], (2, n)), axis=1)
    return 0.3 + 1.4 * basket + 0.6 * market + generator.normal(0.0, noise, n), basket, market


def test_one_update_by_hand() -> None:
    # P 1, R 1, x 2, y 3, s 1: innovation 1, its variance 5, gain .4.
    state, covariance = np.array([1.0]), np.array([[1.0]])
    assert update_kernel(state, covariance, np.array([2.0]), 3.0, 1.0) == 1.0
    assert state[0] == pytest.approx(1.4, abs=1e-15)
    assert covariance[0, 0] == pytest.approx(0.2, abs=1e-15)


def test_without_noise_it_is_expanding_least_squares() -> None:
    equity, basket, market = levels(400)
    beta, beta_market, _ = kalman_hedge(equity, basket, market, window=100, noise=0.0, **FREE)
    assert np.isnan(beta[:99]).all()
    x = np.column_stack([np.ones(400), basket, market])
    for t in (99, 100, 250, 399):
        expected = np.linalg.lstsq(x[: t + 1], equity[: t + 1], rcond=None)[0]
        assert [beta[t], beta_market[t]] == pytest.approx(expected[1:], abs=1e-8)


def test_without_a_market_its_ratio_is_zero() -> None:
    equity, basket, _ = levels(200)
    beta, beta_market, _ = kalman_hedge(equity, basket, None, window=100, noise=0.0, **FREE)
    assert beta[199] == pytest.approx(np.polyfit(basket, equity, 1)[0], abs=1e-8)
    assert np.isnan(beta_market[:99]).all()
    assert (beta_market[99:] == 0.0).all()


def test_it_equals_an_independent_implementation() -> None:
    equity, basket, market = levels(300)
    window, noise = 100, 1e-3
    found = kalman_hedge(equity, basket, market, window=window, noise=noise, **FREE)
    x = np.column_stack([np.ones(300), basket, market])
    head = x[:window]
    other = KalmanFilter(k_endog=1, k_states=3)
    other.bind(equity[window:, None].copy())
    other["design"] = x[window:].T[None]
    other["transition"] = other["selection"] = np.eye(3)
    other["state_cov"], other["obs_cov"] = noise * np.eye(3), np.eye(1)
    inverse = np.linalg.inv(head.T @ head)
    # What it is told is the state before the first observation, its step included.
    start = inverse @ head.T @ equity[:window]
    other.initialize_known(start, inverse + noise * np.eye(3))
    result = other.filter()
    for mine, theirs in zip(
        found, [*result.filtered_state[1:], result.forecasts_error[0]], strict=True
    ):
        assert np.abs(mine[window:] - theirs).max() < 1e-8


def test_a_jump_of_the_ratio_is_followed_step_by_step() -> None:
    generator = np.random.default_rng(5)
    basket = np.cumsum(generator.normal(0.0, 0.012, 600))
    true = np.where(np.arange(600) < 300, 1.0, 1.5)
    equity = np.cumsum(true * np.diff(basket, prepend=0.0))
    settings = {"window": 100, "noise": 1.0, "bounds": (0.2, 3.5)}
    capped, _, _ = kalman_hedge(equity, basket, None, step=0.01, **settings)
    moves = np.abs(np.diff(capped[99:]))
    assert moves.max() <= 0.01 + 1e-12
    free, _, _ = kalman_hedge(equity, basket, None, step=1.0, **settings)
    assert np.abs(np.diff(free[99:])).max() > 0.02


def test_the_ratio_stays_within_bounds_and_the_rest_is_fitted_given_it() -> None:
    equity, basket, market = levels(300)
    beta, beta_market, _ = kalman_hedge(
        equity, basket, market, window=100, noise=0.0, step=1e9, bounds=(0.2, 1.0)
    )
    assert beta[99] == beta[99:].max() == 1.0
    # At the start: least squares of what a ratio of 1 leaves.
    x = np.column_stack([np.ones(100), market[:100]])
    given = np.linalg.lstsq(x, (equity - basket)[:100], rcond=None)[0]
    assert beta_market[99] == pytest.approx(given[1], abs=1e-8)


def test_what_is_held_moves_the_rest_to_its_conditional_mean() -> None:
    # Covariance 1.2 of .8 with variance 2: the other moves by .6 a unit.
    state, covariance = np.array([0.0, 5.0]), np.array([[1.0, 1.2], [1.2, 2.0]])
    hold_kernel(state, covariance, 1, 0.0, 4.0)
    assert state == pytest.approx([-0.6, 4.0], abs=1e-15)


def test_later_levels_change_no_earlier_state() -> None:
    equity, basket, market = levels(400)
    settings = {"window": 100, "noise": 1e-4, "step": 0.01, "bounds": (0.2, 3.5)}
    whole = kalman_hedge(equity, basket, market, **settings)
    for cut in (99, 100, 101, 250):
        part = kalman_hedge(equity[:cut], basket[:cut], market[:cut], **settings)
        assert all(
            np.array_equal(a, b[:cut], equal_nan=True) for a, b in zip(part, whole, strict=True)
        )


def test_one_factor_in_two_names_gives_no_ratio() -> None:
    equity, basket, _ = levels(200)
    found = kalman_hedge(equity, basket, 2.0 * basket, window=100, noise=1e-5, **FREE)
    assert all(np.isnan(values).all() for values in found)


def test_a_ratio_that_follows_everything_absorbs_the_gap() -> None:
    generator = np.random.default_rng(1)
    basket = np.cumsum(generator.normal(0.0, 0.012, 900))
    gap, keep = np.zeros(900), 0.5 ** (1 / 60)
    for t in range(1, 900):
        gap[t] = keep * gap[t - 1] + generator.normal(0.0, 0.008)
    settings = {"window": 252, "step": 1.0, "bounds": (0.2, 3.5)}
    still = kalman_hedge(gap + 1.5 * basket, basket, None, noise=1e-7, **settings)[2]
    loose = kalman_hedge(gap + 1.5 * basket, basket, None, noise=10.0, **settings)[2]
    # White innovations have a half-life of a session; those of the still filter keep the gap.
    assert absorbed(loose, 252, 10.0)[600:].all()
    assert absorbed(still, 252, 10.0)[600:].mean() < 0.2
    assert not absorbed(loose, 252, 0.0).any()
    assert absorbed(still, 252, 10.0)[:311].all()  # fewer than 60 innovations


def test_a_run_with_it_measures_its_gap_with_the_filtered_ratios() -> None:
    panel = small_sample("FCX").panel
    signals = compute(panel, Rule(hedge="kalman"), Regime(regime="none"))
    rows = panel.priced_rows(0)
    known = np.isfinite(signals.beta_metal[rows, 0])
    beta = signals.beta_metal[rows, 0][known]
    assert np.abs(np.diff(beta)).max() <= 0.01 + 1e-10
    assert ((beta >= 0.2) & (beta <= 3.5)).all()
    plain = compute(panel, Rule(hedge="kalman", kalman_least_half_life=0.0), Regime(regime="none"))
    closed = (signals.blocked & np.uint32(Blocked.HEDGE_ABSORBS)) != 0
    assert closed[rows].any()
    assert not ((plain.blocked & np.uint32(Blocked.HEDGE_ABSORBS)) != 0).any()
    assert np.array_equal(plain.gap, signals.gap, equal_nan=True)

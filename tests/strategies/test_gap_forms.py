"""Gap forms and robust deviations, against hand-made paths and planted truths."""

import numpy as np
import pytest

from orebound.strategies.exits import CAPTURED, anchored_gap, exit_reason
from orebound.strategies.signals import ratio_gap
from orebound.strategies.signals.gap_anchored import gap_since
from orebound.strategies.signals.gap_cointegration import level_gap
from orebound.strategies.signals.gap_drawdown import drawdown_gap
from orebound.strategies.signals.robust import (
    MAD_TO_SD,
    expanding_scale,
    rolling_mad,
    rolling_scale,
    winsorised,
)

RNG = np.random.default_rng
WIDE = (-99.0, 99.0)


def fell_once(n: int) -> tuple[np.ndarray, np.ndarray]:
    """A miner that loses 30 % to its metal on session 5 and then stays level with it."""
    metal = RNG(0).normal(0, 0.01, n)
    miner = metal.copy()
    miner[5] += np.log(0.7)
    return miner, metal


# -- anchored -----------------------------------------------------------------------------------


def test_an_anchored_gap_of_a_flat_relative_price_never_closes() -> None:
    miner, metal = fell_once(2100)
    anchored, _ = gap_since(miner - metal, 0)
    rolling, _ = ratio_gap(miner, metal, 252)
    held = anchored[20:]
    np.testing.assert_allclose(held, np.log(0.7), atol=1e-12)
    # The same path on a rolling window has closed, though the miner gained nothing.
    assert rolling[255] == pytest.approx(np.log(0.7))
    np.testing.assert_allclose(rolling[260:], 0.0, atol=1e-12)
    # Two thousand sessions after an entry the exit rule still sees the whole gap.
    ln_e, ln_m = np.cumsum(miner), np.cumsum(metal)
    entry = 25
    for t in range(entry, entry + 2001):
        gap = anchored_gap(anchored[entry], ln_e[t] - ln_e[entry], ln_m[t] - ln_m[entry], 0, 1, 0)
        nothing = float("nan")
        left = exit_reason(
            *(gap, anchored[entry], 0.0, 0.0, 0.0, float("inf"), float("inf"), 0.8),
            *(nothing, nothing),
        )
        assert left != CAPTURED


def test_since_a_date_is_the_change_of_the_log_ratio_and_its_root_time_score() -> None:
    miner, metal = RNG(1).normal(0, 0.02, (2, 300))
    gap, z = gap_since(miner - metal, 40)
    relative = (miner - metal)[41:200]
    assert gap[199] == pytest.approx(relative.sum(), abs=1e-12)
    assert z[199] == pytest.approx(relative.sum() / (relative.std(ddof=1) * np.sqrt(159)))
    assert np.isnan(gap[:60]).all()
    assert np.isfinite(gap[60:]).all()
    mad, z_mad = gap_since(miner - metal, 40, scale="mad")
    np.testing.assert_array_equal(mad, gap)
    spread = 1.4826 * np.median(np.abs(relative - np.median(relative)))
    assert z_mad[199] == pytest.approx(relative.sum() / (spread * np.sqrt(159)))


@pytest.mark.parametrize("origin", [-1, 280, 299])
def test_a_run_that_begins_after_the_date_has_no_gap_since_it(origin: int) -> None:
    miner, metal = RNG(2).normal(0, 0.02, (2, 300))
    gap, z = gap_since(miner - metal, origin)
    assert np.isnan(gap).all()
    assert np.isnan(z).all()


# -- drawdown -----------------------------------------------------------------------------------


def test_drawdown_of_six_values_by_hand() -> None:
    level = np.array([0.0, 0.1, -0.05, 0.2, 0.15, -0.1])
    zero, one = np.zeros(6), np.ones(6)
    gap, age = drawdown_gap(level, zero, zero, one, zero, 3)
    # Highs of three sessions: 0.1 one ago, 0.2 today, 0.2 one ago, 0.2 two ago.
    np.testing.assert_allclose(gap[2:], [-0.15, 0.0, -0.05, -0.3])
    np.testing.assert_array_equal(age, [0, 0, 1, 0, 1, 2])
    assert np.isnan(gap[:2]).all()


def test_drawdown_reads_the_whole_window_with_the_ratios_of_the_day() -> None:
    e, m, i = RNG(3).normal(0, 0.02, (3, 400)).cumsum(axis=1)
    b, c = RNG(4).uniform(0.5, 2, (2, 400))
    gap, age = drawdown_gap(e, m, i, b, c, 60)
    for t in (59, 200, 399):
        d = (e - b[t] * m - c[t] * i)[t - 59 : t + 1]
        assert gap[t] == pytest.approx(d[-1] - d.max(), abs=1e-12)
        assert age[t] == 59 - int(np.argmax(d))


# -- cointegration ------------------------------------------------------------------------------


def planted_levels() -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    m, i = RNG(5).normal(0, 0.012, (2, 900)).cumsum(axis=1)
    return 0.3 + 1.4 * m + 0.6 * i + RNG(6).normal(0, 0.01, 900), m, i


def test_planted_level_regression_is_recovered() -> None:
    e, m, i = planted_levels()
    found = level_gap(e, m, i, window=252, bounds=(0.2, 3.5))
    t = 800
    rows = np.arange(t - 252, t)  # ended the session before
    design = np.column_stack([np.ones(252), m[rows], i[rows]])
    fit, residue, *_ = np.linalg.lstsq(design, e[rows], rcond=None)
    got = [found.constant[t], found.beta_metal[t], found.beta_market[t]]
    np.testing.assert_allclose(got, fit, rtol=1e-8)
    error = np.sqrt(np.diag(np.linalg.inv(design.T @ design)) * residue[0] / 249)
    assert (np.abs(np.array(got) - [0.3, 1.4, 0.6]) <= 3.0 * error).all()
    expected = e[t] - design[0, 0] * fit[0] - fit[1] * m[t] - fit[2] * i[t]
    assert found.gap[t] == pytest.approx(expected, abs=1e-10)
    assert found.z[t] == pytest.approx(expected / np.sqrt(residue[0] / 251), rel=1e-8)
    assert np.isnan(found.gap[:252]).all()
    assert np.isfinite(found.gap[252:]).all()


def test_the_session_judged_is_not_in_the_fit() -> None:
    e, m, i = planted_levels()
    moved = e.copy()
    moved[600] += 0.07
    before = level_gap(e, m, i, window=252, bounds=(0.2, 3.5))
    after = level_gap(moved, m, i, window=252, bounds=(0.2, 3.5))
    assert after.gap[600] - before.gap[600] == pytest.approx(0.07, abs=1e-12)
    assert after.beta_metal[600] == before.beta_metal[600]
    assert after.beta_metal[601] != before.beta_metal[601]


def test_where_the_level_ratio_meets_its_bound_the_rest_is_fitted_given_it() -> None:
    e, m, i = planted_levels()
    found = level_gap(e, m, i, window=252, bounds=(0.2, 1.0))
    rows = np.arange(248, 500)
    design = np.column_stack([np.ones(252), i[rows]])
    fit = np.linalg.lstsq(design, e[rows] - m[rows], rcond=None)[0]
    got = [found.beta_metal[500], found.constant[500], found.beta_market[500]]
    np.testing.assert_allclose(got, [1.0, *fit], rtol=1e-8)


def test_robust_score_of_the_level_residual_is_that_of_its_own_fit() -> None:
    e, m, _ = planted_levels()
    found = level_gap(e, m, None, window=100, bounds=WIDE, scale="mad")
    t = 450
    inside = (e - found.beta_metal[t] * m)[t - 100 : t]
    mad = 1.4826 * np.median(np.abs(inside - np.median(inside)))
    assert found.z[t] == pytest.approx(found.gap[t] / mad, rel=1e-9)
    assert (found.beta_market[100:] == 0.0).all()


def test_a_miner_that_is_its_metal_has_no_level_score() -> None:
    m = RNG(7).normal(0, 0.01, 400).cumsum()
    found = level_gap(1.5 * m, m, None, window=100, bounds=WIDE)
    np.testing.assert_allclose(found.gap[100:], 0.0, atol=1e-12)
    assert np.isnan(found.z).all()


# -- robust deviations --------------------------------------------------------------------------


def test_median_absolute_deviation_of_one_to_nine_is_two() -> None:
    assert rolling_mad(np.arange(1.0, 10.0), 9)[-1] == 2.0
    assert expanding_scale(np.arange(1.0, 10.0), "mad")[-1] == pytest.approx(2.9652)
    assert rolling_scale(np.arange(1.0, 10.0), 9, "mad")[-1] == pytest.approx(2.9652)


def test_one_wild_session_hardly_moves_the_robust_deviation() -> None:
    quiet = RNG(8).normal(0, 0.01, 252)
    wild = quiet.copy()
    wild[100] = 40 * 0.01
    robust = rolling_scale(wild, 252, "mad")[-1] / rolling_scale(quiet, 252, "mad")[-1]
    plain = rolling_scale(wild, 252, "sd")[-1] / rolling_scale(quiet, 252, "sd")[-1]
    assert abs(robust - 1.0) < 0.05
    assert plain > 2.5  # the square root of 1 + 40^2 / 252
    assert rolling_scale(quiet, 252, "mad")[-1] == pytest.approx(0.01, rel=0.15)


def test_winsorised_values_are_clipped_at_what_was_known_before() -> None:
    x = RNG(9).normal(0, 0.01, 400)
    x[300] = 0.4
    out = winsorised(x, 100, 5.0)
    before = x[200:300]
    room = 5 * MAD_TO_SD * np.median(np.abs(before - np.median(before)))
    assert out[300] == pytest.approx(np.median(before) + room)
    assert np.isnan(out[:100]).all()
    # Of normal returns 5 robust deviations clip next to nothing.
    assert np.sum(out[100:] != x[100:]) == 1
    np.testing.assert_array_equal(winsorised(x, 100, 0.0), x)
    # So a wild session moves a score over 252 sessions by at most 5 / sqrt(252).
    moved = (np.nansum(out[101:353]) - np.nansum(x[101:353]) + 0.4) / (0.01 * np.sqrt(252))
    assert moved < 5.5 / np.sqrt(252)


def test_values_of_which_half_are_equal_are_not_clipped() -> None:
    x = np.zeros(60)
    x[50] = 0.1
    assert winsorised(x, 20, 5.0)[50] == 0.1


def test_expanding_deviation_is_the_sample_deviation_so_far() -> None:
    x = RNG(10).normal(3.0, 0.01, 50)
    found = expanding_scale(x, "sd")
    assert np.isnan(found[0])
    assert found[30] == pytest.approx(np.std(x[:31], ddof=1), rel=1e-9)

"""The ranking: parts that add up, an order that follows from them, its stability."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import kendalltau

from orebound.strategies import (
    Estimates,
    ScenarioResult,
    ScenarioSettings,
    half_life_draws,
    hedge_draws,
    kendall_tau,
    run_scenario,
)

from . import scenario_worlds as worlds

PARTS = ["metal", "market", "gap", "multiple"]


@pytest.fixture(scope="module")
def result() -> ScenarioResult:
    made = worlds.inputs(
        gap=(-0.30, -0.10, 0.10, -0.20),
        half_life=(60.0, 60.0, 60.0, np.inf),
        beta=(1.0, 1.5, 0.8, 1.2),
        market_beta=0.5,
        loading=(1.0, 0.25),
    )
    return run_scenario(made, ScenarioSettings(paths=10_000, parameters="point"))


def test_the_parts_sum_to_what_is_expected(result: ScenarioResult) -> None:
    frame = result.ranking
    np.testing.assert_allclose(frame[PARTS].sum(axis=1), frame["expected_log"], atol=1e-9)
    np.testing.assert_allclose(np.expm1(frame["expected_log"]), frame["expected"], atol=1e-12)


def test_what_is_expected_is_the_mean_of_the_paths(result: ScenarioResult) -> None:
    frame = result.ranking.set_index("symbol")
    for place, name in enumerate("ABCD"):
        paths = result.returns[:, place]
        error = 3.0 * paths.std() / np.sqrt(len(paths))
        assert paths.mean() == pytest.approx(frame.loc[name, "expected_log"], abs=error)


def test_the_order_follows_return_by_shortfall_and_the_gap_alone(result: ScenarioResult) -> None:
    frame = result.ranking
    assert frame["rank"].tolist() == [1, 2, 3, 4]
    assert frame["score"].is_monotonic_decreasing
    by_gap = frame.sort_values("rank_by_gap")["gap"]
    assert by_gap.is_monotonic_decreasing
    assert frame["quartile"].tolist() == [1, 2, 3, 4]


def test_a_name_without_a_lag_has_nothing_to_close(result: ScenarioResult) -> None:
    frame = result.ranking.set_index("symbol")
    assert np.isnan(frame.loc["C", ["days_to_close", "share_closed"]].to_numpy(float)).all()
    assert 0.0 < frame.loc["D", "share_closed"] < frame.loc["A", "share_closed"] <= 1.0


def test_without_the_view_only_the_gap_is_expected(result: ScenarioResult) -> None:
    made = worlds.inputs(gap=(-0.2,), half_life=(60.0,))
    bare = ScenarioSettings(paths=1_000, parameters="point", beta="empirical")
    value = run_scenario(made, bare).value_of_view.iloc[0]
    closes = 0.2 * (1.0 - 0.5 ** (320 / 60))
    assert value["expected_no_view"] == pytest.approx(np.expm1(closes))
    assert value["expected"] == pytest.approx(np.expm1(1.3 * np.log(1.15) + closes))


def test_the_other_factors_stand_still_where_they_are_told_to() -> None:
    made = worlds.inputs(market_beta=0.5, loading=(1.0, 0.25))
    for others, market in (("joint", 0.5 * 0.25 * np.log(1.15)), ("flat", 0.0)):
        settings = ScenarioSettings(
            paths=1_000, beta="empirical", parameters="point", others=others
        )
        assert run_scenario(made, settings).ranking["market"][0] == pytest.approx(market)


def test_the_beta_mode_averages_the_two() -> None:
    made = worlds.inputs()
    metal = {}
    for beta in ("empirical", "fundamental", "average"):
        settings = ScenarioSettings(paths=1_000, parameters="point", beta=beta)
        frame = run_scenario(made, settings).ranking
        metal[beta] = float(frame["metal"][0] + frame["multiple"][0])
    assert metal["empirical"] == pytest.approx(1.3 * np.log(1.15))
    # (EV/E)(permanence - compression) ln(1 + e (r - 1)).
    assert metal["fundamental"] == pytest.approx(1.2 * 0.3 * np.log(1.0 + 1.8 * 0.15))
    assert metal["average"] == pytest.approx((metal["empirical"] + metal["fundamental"]) / 2)


def test_a_ranking_is_stable_where_the_draws_agree_and_not_where_they_are_noise() -> None:
    made = worlds.inputs(gap=(-0.4, -0.1), half_life=(60.0, 60.0), beta=(1.2, 1.2))
    settings = ScenarioSettings(paths=1_000, beta="empirical")
    sure = run_scenario(made, settings)
    assert sure.tau.tolist() == [1.0]
    rng = np.random.default_rng(2)
    loose = Estimates(rng.normal(1.2, 3.0, (400, 2)), np.zeros((400, 2)), np.full((400, 2), np.inf))
    noisy = run_scenario(
        worlds.inputs(gap=(-0.4, -0.1), half_life=(60.0, 60.0), beta=(1.2, 1.2), draws=loose),
        settings,
    )
    assert abs(noisy.tau.mean()) < 0.2
    assert noisy.stability["share_first"].sum() == pytest.approx(1.0)


def test_kendalls_tau_is_scipys() -> None:
    rng = np.random.default_rng(0)
    ranked = np.array([0.3, 0.1, 0.1, -0.2, 0.5])
    others = rng.normal(size=(20, 5)).round(1)
    expected = [kendalltau(ranked, row).statistic for row in others]
    np.testing.assert_allclose(kendall_tau(ranked, others), expected)


def test_drawn_hedge_ratios_spread_around_the_planted_one() -> None:
    rng = np.random.default_rng(4)
    metal, market = rng.normal(0.0, 0.012, (2, 800))
    miner = 1.4 * metal + 0.6 * market + rng.normal(0.0, 0.01, 800)
    levels = [np.cumsum(returns) for returns in (miner, metal, market)]
    b, c = hedge_draws(
        *levels, horizon=5, bounds=(0.2, 3.5), draws=500, rng=np.random.default_rng(0)
    )
    # Asymptotic sd of a slope on 800 returns: 0.010 / (0.012 sqrt(800)) = 0.029.
    assert b.mean() == pytest.approx(1.4, abs=0.12)
    assert c.mean() == pytest.approx(0.6, abs=0.12)
    assert 0.015 < b.std() < 0.08


def test_drawn_half_lives_are_never_negative_and_centre_on_the_estimate() -> None:
    phi = 0.5 ** (1.0 / 60.0)
    drawn = half_life_draws(phi, 1250, draws=2_000, rng=np.random.default_rng(1))
    # domain.md 0.7: on 1,250 observations the corrected median is 63, 5 to 95 % are 32 to 152.
    assert np.median(drawn) == pytest.approx(63.0, abs=4.0)
    low, high = np.quantile(drawn, (0.05, 0.95))
    assert low == pytest.approx(32.0, abs=4.0)
    assert high == pytest.approx(152.0, abs=35.0)
    walk = half_life_draws(1.0, 756, draws=500, rng=np.random.default_rng(1))
    assert (walk >= 0.0).all()
    assert np.isinf(walk).any()

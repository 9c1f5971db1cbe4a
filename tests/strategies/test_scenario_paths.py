"""Paths under a view: bridges end where they must, tilts mean what they must."""

from __future__ import annotations

from datetime import date

import numpy as np
import pytest

from orebound.feeds import ConfigError
from orebound.strategies import (
    ScenarioTarget,
    bootstrap_paths,
    bridge_paths,
    chance_of_low,
    effective_paths,
    parse_horizon,
    tilted_weights,
)
from orebound.strategies.scenario_paths import expected_shortfall, weighted_quantiles


def test_a_bridge_ends_at_its_target_exactly_and_spreads_in_between() -> None:
    paths = bridge_paths(10_028.0, 11_500.0, 320, n=20_000, seed=3)
    assert np.all(paths[:, -1] == 11_500.0)
    # Half way, a bridge has variance s^2 t (T - t) / T around the straight line in logs.
    logs = np.log(paths[:, 159] / 10_028.0)
    daily = 0.22 / np.sqrt(252.0)
    assert logs.mean() == pytest.approx(np.log(1.15) / 2, abs=0.01)
    assert logs.std() == pytest.approx(daily * np.sqrt(160.0 * 160.0 / 320.0), rel=0.02)


def test_how_low_a_bridge_falls_agrees_with_the_reflection_formula() -> None:
    # The path of 2025: 8,590 on its way from 10,028 to 11,500 in 1.14 years at 22 %.
    assert chance_of_low(10_028.0, 11_500.0, 8_590.0, 1.14, 0.22) == pytest.approx(0.19, abs=0.005)
    paths = bridge_paths(10_028.0, 11_500.0, 2_000, volatility=0.22, n=4_000, seed=1)
    share = float((paths.min(axis=1) <= 8_590.0).mean())
    formula = chance_of_low(10_028.0, 11_500.0, 8_590.0, 2_000 / 252, 0.22)
    # Watched at closes only, so a little less often than a continuous path.
    assert formula - 0.05 < share < formula + 3 * np.sqrt(formula * (1 - formula) / 4_000)


def test_a_low_above_an_end_is_certain() -> None:
    assert chance_of_low(10.0, 9.0, 9.5, 1.0, 0.2) == 1.0


def test_tilted_weights_have_the_mean_asked_for_and_keep_the_order_of_paths() -> None:
    values = np.random.default_rng(0).lognormal(0.0, 0.2, 5_000)
    weights = tilted_weights(values, 1.10)
    assert weights.sum() == pytest.approx(1.0)
    assert (weights * values).sum() == pytest.approx(1.10, abs=1e-9)
    assert np.all(np.diff(weights[np.argsort(values)]) >= 0.0)
    # exp(lambda x): ratios of weights are exponential in the values.
    slope = np.log(weights[1] / weights[0]) / (values[1] - values[0])
    assert np.log(weights[2] / weights[0]) == pytest.approx(slope * (values[2] - values[0]))


def test_a_mean_that_no_path_reaches_is_refused() -> None:
    with pytest.raises(ConfigError, match="no weights of 3 paths reach a mean of 5"):
        tilted_weights(np.array([1.0, 2.0, 3.0]), 5.0)


def test_even_weights_are_worth_all_their_paths() -> None:
    assert effective_paths(np.full(100, 0.01)) == pytest.approx(100.0)
    assert effective_paths(np.array([0.5, 0.5, 0.0])) == pytest.approx(2.0)


def test_a_bootstrap_keeps_days_together_and_has_the_drift_asked_for() -> None:
    rng = np.random.default_rng(5)
    metal = rng.normal(0.001, 0.01, 500)
    rows = np.column_stack([metal, 2.0 * metal])
    paths = bootstrap_paths(rows, sessions=100, block=20, drift=np.array([0.0005, 0.0]), n=4_000)
    ends = paths[:, -1]
    error = 0.01 * np.sqrt(100 / 4_000) * 3
    assert ends[:, 0].mean() == pytest.approx(0.05, abs=error)
    assert ends[:, 1].mean() == pytest.approx(0.0, abs=2 * error)
    np.testing.assert_allclose(ends[:, 1], 2.0 * (ends[:, 0] - 0.05), atol=1e-9)
    with pytest.raises(ConfigError, match="a block of 60 sessions needs as many rows, got 30"):
        bootstrap_paths(rows[:30], sessions=10)


def test_quantiles_and_shortfall_by_hand() -> None:
    values = np.array([3.0, 1.0, 2.0, 4.0])
    weights = np.array([0.1, 0.4, 0.3, 0.2])
    np.testing.assert_allclose(
        weighted_quantiles(values, weights, (0.4, 0.5, 0.75)), [1.0, 2.0, 3.0]
    )
    # The worst half: 0.4 of -0.5 and 0.1 of -0.1.
    returns = np.array([0.0, -0.5, -0.1, 0.3])
    assert expected_shortfall(returns, weights, level=0.5) == pytest.approx(
        (0.4 * 0.5 + 0.01) / 0.5
    )


@pytest.mark.parametrize(
    ("text", "first", "last", "statistic"),
    [
        ("2026-Q2", date(2026, 4, 1), date(2026, 6, 30), "avg"),
        ("2024-02", date(2024, 2, 1), date(2024, 2, 29), "avg"),
        ("2026", date(2026, 1, 1), date(2026, 12, 31), "avg"),
        ("2026-06-30", date(2026, 6, 30), date(2026, 6, 30), "end"),
    ],
)
def test_a_stretch_means_its_average_and_a_day_its_close(
    text: str, first: date, last: date, statistic: str
) -> None:
    horizon = parse_horizon(text)
    assert (horizon.first, horizon.last, horizon.statistic) == (first, last, statistic)


@pytest.mark.parametrize("text", ["2026-Q5", "2026-13", "soon", "2026-02-30", "20260630"])
def test_other_horizons_are_refused_with_what_is_accepted(text: str) -> None:
    with pytest.raises(ConfigError, match=r"--by accepts a day \(2026-06-30\), a quarter"):
        parse_horizon(text)


def test_a_target_is_either_a_level_or_a_percentage() -> None:
    horizon = parse_horizon("2026-Q2")
    assert ScenarioTarget("copper", None, 15.0, horizon, "avg").level_from(10_000.0) == 11_500.0
    for level, percent in ((None, None), (11_500.0, 15.0)):
        with pytest.raises(ConfigError, match="either a level or a percentage"):
            ScenarioTarget("copper", level, percent, horizon, "avg")
    with pytest.raises(ConfigError, match="an average needs a stretch of days"):
        ScenarioTarget("copper", 11_500.0, None, parse_horizon("2026-06-30"), "avg")

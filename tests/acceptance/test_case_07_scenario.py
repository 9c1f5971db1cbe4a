"""Case 7: the scenario's closed forms, its bridge, and what it says without a view."""

from __future__ import annotations

import numpy as np
import pytest

from orebound.strategies import ScenarioSettings, run_scenario

from ..strategies import scenario_worlds as worlds

EMPIRICAL = ScenarioSettings(paths=50_000, beta="empirical", parameters="point")


@pytest.mark.parametrize(
    ("half_life", "expected"), [(60.0, 0.3767), (120.0, 0.3502), (250.0, 0.2993)]
)
def test_fifty_thousand_paths_agree_with_the_closed_form(half_life: float, expected: float) -> None:
    # b 1.3, gap -0.20, metal +15 %, 320 sessions (domain.md 6.3).
    result = run_scenario(worlds.inputs(half_life=(half_life,)), EMPIRICAL)
    paths = result.returns[:, 0]
    error = 3.0 * paths.std() / np.sqrt(len(paths))
    assert paths.mean() == pytest.approx(expected, abs=error)
    assert result.ranking["expected_log"][0] == pytest.approx(expected, abs=5e-5)


def test_a_bridge_ends_at_its_target_exactly() -> None:
    result = run_scenario(worlds.inputs(ratio=11_500 / 10_028), EMPIRICAL)
    ends = 10_028 * np.exp(result.simulation.view[:, -1])
    np.testing.assert_allclose(ends, 11_500.0, rtol=1e-12)
    assert np.ptp(result.simulation.view[:, -1]) == 0.0


def test_without_a_view_and_without_a_gap_nothing_is_expected() -> None:
    made = worlds.inputs(gap=(0.0,), half_life=(60.0,))
    result = run_scenario(made, EMPIRICAL)
    # The metal walks, the gap is noise around nothing: their log return is 0 within 3 SE.
    walk = result.simulation.walk[:, -1]
    returns = 1.3 * walk + result.simulation.gap[:, 0]
    assert returns.mean() == pytest.approx(0.0, abs=3.0 * returns.std() / np.sqrt(len(returns)))
    assert result.value_of_view["expected_no_view"][0] == 0.0


@pytest.mark.parametrize("method", ["bridge", "bootstrap"])
def test_the_mean_of_a_quarter_meets_its_target_within_half_a_percent(method: str) -> None:
    made = worlds.inputs(ratio=1.147, sessions=318, stretch=(256, 318))
    settings = ScenarioSettings(paths=5_000, method=method, parameters="point")
    drawn = run_scenario(made, settings).simulation
    means = np.exp(drawn.view[:, 255:318]).mean(axis=1)
    assert (drawn.weights * means).sum() == pytest.approx(1.147, rel=0.005)
    assert drawn.weights.sum() == pytest.approx(1.0)

"""What a scenario starts from is what was known on its day."""

from __future__ import annotations

import numpy as np
import pytest

from orebound.feeds import ConfigError, Market
from orebound.strategies import (
    Regime,
    Rule,
    ScenarioSettings,
    ScenarioTarget,
    parse_horizon,
    run_scenario,
    signals_of,
)
from orebound.sweeps import RunConfig, Scenario, outcome_of, scenario_of

from ..markets import sample, small_sample

DAY = np.datetime64("2024-03-25")
SETTINGS = ScenarioSettings(paths=1_000, draws=50)


def target(
    by: str = "2025-Q2", level: float | None = None, metal: str = "copper"
) -> ScenarioTarget:
    horizon = parse_horizon(by)
    percent = None if level is not None else 15.0
    return ScenarioTarget(metal, level, percent, horizon, horizon.statistic)


@pytest.fixture(scope="module")
def known() -> Scenario:
    return scenario_of(sample(), RunConfig(), target(), SETTINGS, day=DAY)


def test_gaps_and_betas_are_the_signals_of_the_day(known: Scenario) -> None:
    market = sample()
    signals = signals_of(market.panel, Rule(), Regime())
    row = market.panel.first_row(DAY)
    inputs = known.inputs
    for place, name in enumerate(inputs.names):
        cell = (row, market.names.index(name))
        assert inputs.shocks.gap[place] == signals.gap[cell]
        assert inputs.estimates.beta_metal[0, place] == signals.beta_metal[cell]
        assert inputs.shocks.half_life[0, place] == signals.half_life[cell]


def test_residuals_sum_to_the_gap(known: Scenario) -> None:
    # The cumulative gap is the sum of the hedged residuals of its window.
    sums = known.inputs.shocks.residual_rows[-252:].sum(axis=0)
    np.testing.assert_allclose(sums, known.inputs.shocks.gap, atol=1e-6)


def test_what_comes_later_changes_no_figure(known: Scenario) -> None:
    cut = sample().known_by(DAY.astype("datetime64[s]") + 86_399)
    again = scenario_of(cut, RunConfig(), target(), SETTINGS)
    first, second = (run_scenario(one.inputs, SETTINGS) for one in (known, again))
    assert first.ranking.equals(second.ranking)
    assert first.stability.equals(second.stability)


def test_the_quarter_is_counted_in_sessions_and_its_mean_meets_the_target(known: Scenario) -> None:
    # New York, 2024-03-26 to 2025-06-30: 2024-06-19 and the like are closed.
    first, last = known.inputs.stretch
    assert str(known.days[first - 1]) == "2025-04-01"
    assert str(known.days[last - 1]) == "2025-06-30"
    drawn = run_scenario(known.inputs, SETTINGS).simulation
    means = np.exp(drawn.view[:, first - 1 : last]).mean(axis=1)
    assert (drawn.weights * means).sum() == pytest.approx(1.15, abs=1e-9)


def test_loadings_recover_what_metals_share(known: Scenario) -> None:
    inputs = known.inputs
    copper = inputs.metals.index("copper")
    assert inputs.shocks.loading[copper] == pytest.approx(1.0)
    spread = inputs.shocks.spread
    np.testing.assert_allclose(spread[copper], 0.0, atol=1e-15)
    assert np.all(np.linalg.eigvalsh(spread) > -1e-15)


def test_realised_prices_stand_beside_and_go_nowhere_else(known: Scenario) -> None:
    result = run_scenario(known.inputs, SETTINGS)
    outcome = outcome_of(sample(), known, result, volatility=0.22)
    assert outcome is not None
    closes = sample().parts.metals["copper"].frame["close"]
    after = closes.loc["2024-03-26":"2025-06-30"]
    assert outcome.metal["low"] == after.min()
    assert outcome.metal["reached"] == pytest.approx(after.loc["2025-04-01":].mean())
    assert outcome.metal["is_complete"]
    assert outcome.names["percentile"].between(0.0, 1.0).all()
    last = scenario_of(small_sample(), RunConfig(), target("2026-06-30"), SETTINGS)
    assert outcome_of(
        small_sample(), last, run_scenario(last.inputs, SETTINGS), volatility=0.2
    ) is (None)


@pytest.mark.parametrize(
    ("of", "message"),
    [
        (target(metal="coper"), "unknown metal of this market 'coper'; did you mean 'copper'"),
        (target("2024-02"), "--by 2024-02-29 is over on 2024-03-25"),
    ],
)
def test_targets_that_mean_nothing_are_refused(of: ScenarioTarget, message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        scenario_of(small_sample(), RunConfig(), of, SETTINGS, day=DAY)


def test_a_level_in_dollars_a_tonne_is_refused_for_a_fund() -> None:
    market = Market.sample("nyse-miners", metals={"copper": "DBB"})
    with pytest.raises(ConfigError, match=r"copper is measured by a stand-in .* use --percent"):
        scenario_of(market, RunConfig(), target(level=11_500.0), SETTINGS, day=DAY)


def test_names_that_cannot_be_worked_out_are_named_with_the_reason() -> None:
    # Teck's coal was sold in 2024-07: its windows start again with the exposures.
    early = scenario_of(sample(), RunConfig(), target("2025-Q2"), SETTINGS, day="2024-10-02")
    assert "TECK" not in early.inputs.names
    assert "warm-up" in early.left_out["TECK"]

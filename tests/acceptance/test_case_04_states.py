"""Case 4: the states of fitted parts stay what they were when the future is cut off or changed."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from orebound.feeds import Market, Panel, known_as_of
from orebound.strategies import Regime, Rule, compute
from orebound.strategies.context import conditions as conditions_module
from orebound.strategies.context import filter_states, markov_probability
from orebound.sweeps.lookahead import other_world
from tests.china_world import china_world

FILTERS = "pmi+m1+credit_impulse+tsf+lme_stocks+csi300+copper_gold+markov"
KALMAN = Rule(hedge="kalman", kalman_noise=1e-3)
LATE = pytest.mark.slow
MOMENTS = (
    *("2009-06-30T22:00", "2016-03-01T01:00"),
    *(pytest.param(moment, marks=LATE) for moment in ("2013-02-08T22:00", "2019-07-16T15:59")),
)


@pytest.fixture(scope="module")
def whole() -> Market:
    return china_world("FCX", "ANTO.L")


@pytest.fixture(scope="module", params=MOMENTS)
def worlds(request: pytest.FixtureRequest, whole: Market) -> tuple[Panel, Panel, Panel]:
    """Return the whole, the cut and the changed panel of one moment."""
    moment = np.datetime64(request.param, "ns")
    cut = other_world(whole, moment, "truncate", np.random.default_rng(0)).panel
    changed = other_world(whole, moment, "perturb", np.random.default_rng(0)).panel
    assert (cut.closes <= moment).all()
    return whole.panel, cut, changed


def before(panel: Panel, cut: Panel, values: Any) -> np.ndarray:
    return np.asarray(values)[panel.closes <= cut.closes[-1]]


def test_markov_states(worlds: tuple[Panel, Panel, Panel]) -> None:
    panel, cut, changed = worlds
    known = markov_probability(cut)
    assert np.isfinite(known).any()
    for other in (panel, changed):
        assert np.array_equal(before(other, cut, markov_probability(other)), known, equal_nan=True)


def test_kalman_states(worlds: tuple[Panel, Panel, Panel]) -> None:
    panel, cut, changed = worlds
    known = compute(cut, KALMAN, Regime())
    assert np.isfinite(known.beta_metal).any()
    for other in (panel, changed):
        again = compute(other, KALMAN, Regime())
        for name in ("beta_metal", "beta_market", "z", "half_life", "blocked"):
            mine = before(other, cut, getattr(again, name))
            assert np.array_equal(mine, getattr(known, name), equal_nan=True), name


def test_states_of_every_filter(worlds: tuple[Panel, Panel, Panel]) -> None:
    panel, cut, changed = worlds
    known = filter_states(cut, Regime(filters=FILTERS))
    for other in (panel, changed):
        again = filter_states(other, Regime(filters=FILTERS))
        for name, state in known.items():
            assert np.array_equal(before(other, cut, again[name]), state), name


@pytest.mark.parametrize("is_planted", [False, True])
def test_a_month_seen_before_its_release_is_found(
    whole: Market, monkeypatch: pytest.MonkeyPatch, is_planted: bool
) -> None:
    """The planted leak: numbers known 45 days early, about when their own month begins."""
    real = conditions_module.by_release

    def early(series: Any, form: str, count: int = 0) -> Any:
        times, values = real(series, form, count)
        return times - np.timedelta64(45, "D"), values

    if is_planted:
        monkeypatch.setattr(conditions_module, "by_release", early)
    panel, regime = whole.panel, Regime(filters="pmi+m1")
    states = filter_states(panel, regime)
    found = 0
    for row in np.linspace(1500, panel.n_rows - 100, 30).astype(int):
        moment = panel.closes[row]
        cut = {name: series.until(moment) for name, series in whole.parts.known.items()}
        known = {name: known_as_of(series, panel.closes) for name, series in cut.items()}
        again = filter_states(replace(panel, known=known), regime)
        past = panel.closes <= moment
        found += any(not np.array_equal(states[n][past], again[n][past]) for n in states)
    assert found >= 5 if is_planted else found == 0

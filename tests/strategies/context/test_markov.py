"""Two regimes told apart: the filter is the published one, and fits see the past only."""

from __future__ import annotations

import numpy as np
import pytest
from statsmodels.tsa.regime_switching.markov_regression import MarkovRegression

from orebound.strategies.context import (
    MarkovFit,
    expanding_probabilities,
    filtered_probabilities,
    fit_markov,
    smoothed_probabilities,
)

#: Weekly returns of two regimes, each lasting 20 to 50 weeks.
PLANTED = MarkovFit(
    mean=np.array([-0.010, 0.010]),
    variance=np.array([0.022**2, 0.014**2]),
    transition=np.array([[0.95, 0.05], [0.02, 0.98]]),
)


def planted(n: int, seed: int, fit: MarkovFit = PLANTED) -> tuple[np.ndarray, np.ndarray]:
    generator = np.random.default_rng(seed)
    state = np.zeros(n, int)
    for t in range(1, n):
        state[t] = generator.random() < fit.transition[state[t - 1], 1]
    noise = generator.standard_normal(n)
    return fit.mean[state] + np.sqrt(fit.variance[state]) * noise, state


@pytest.fixture(scope="module")
def world() -> tuple[np.ndarray, np.ndarray]:
    return planted(600, 7)


def as_params(fit: MarkovFit) -> list[float]:
    """Return the parameters in the order of `MarkovRegression`."""
    transition = fit.transition
    return [transition[0, 0], transition[1, 0], *fit.mean, *fit.variance]


def test_filter_and_smoother_equal_an_independent_implementation(world: tuple) -> None:
    y, _ = world
    other = MarkovRegression(y, k_regimes=2, switching_variance=True).smooth(as_params(PLANTED))
    mine = filtered_probabilities(PLANTED, y)
    assert np.abs(mine - other.filtered_marginal_probabilities[:, 1]).max() < 1e-8
    smoothed = smoothed_probabilities(PLANTED, y)
    assert np.abs(smoothed - other.smoothed_marginal_probabilities[:, 1]).max() < 1e-8


def test_one_update_by_hand() -> None:
    # Long-run odds 1:1 before the first entry, densities of N(0, 1) and N(2, 1) at 2: 1:e^2.
    fit = MarkovFit(np.array([0.0, 2.0]), np.ones(2), np.array([[0.9, 0.1], [0.1, 0.9]]))
    odds = np.exp(2.0)
    found = filtered_probabilities(fit, np.array([2.0, 0.0]))
    assert found[0] == pytest.approx(odds / (1.0 + odds), abs=1e-15)
    up = found[0] * 0.9 + (1.0 - found[0]) * 0.1
    low, high = (1.0 - up) * 1.0, up * np.exp(-2.0)
    assert found[1] == pytest.approx(high / (low + high), abs=1e-15)


def test_a_density_that_vanishes_leaves_no_hole() -> None:
    fit = MarkovFit(np.zeros(2), np.array([1e-6, 1.0]), np.array([[1.0, 0.0], [0.0, 1.0]]))
    found = filtered_probabilities(fit, np.array([0.0, 50.0, 0.0]))
    assert np.isfinite(found).all()
    assert found[1] == 1.0


@pytest.mark.filterwarnings("ignore::statsmodels.tools.sm_exceptions.EstimationWarning")
def test_the_fit_is_as_likely_as_an_independent_one(world: tuple) -> None:
    y, _ = world
    model = MarkovRegression(y, k_regimes=2, switching_variance=True)
    np.random.seed(0)  # noqa: NPY002 - statsmodels draws its starts from it
    theirs = model.fit(search_reps=10, maxiter=200, disp=False)
    fit = fit_markov(y)
    assert model.loglike(as_params(fit)) > theirs.llf - 0.02
    # Standard errors on 600 weeks: about .002 of a mean, .02 of a chance to stay.
    assert fit.mean == pytest.approx(PLANTED.mean, abs=0.006)
    assert fit.transition.diagonal() == pytest.approx([0.95, 0.98], abs=0.06)


def test_planted_regimes_are_found() -> None:
    worlds = [planted(600, seed) for seed in range(12)]
    right = [np.mean((filtered_probabilities(fit_markov(y), y) > 0.5) == s) for y, s in worlds]
    assert np.mean(right) >= 0.85


def test_regimes_are_ordered_by_mean_whatever_the_sign(world: tuple) -> None:
    y, _ = world
    fit, turned = fit_markov(y), fit_markov(-y)
    assert fit.mean[0] < fit.mean[1]
    assert turned.mean == pytest.approx(-fit.mean[::-1], abs=1e-6)
    assert turned.variance == pytest.approx(fit.variance[::-1], rel=1e-3)


def test_one_outlier_is_no_regime_without_spread() -> None:
    y, _ = planted(200, 3)
    y[100] = 0.4
    fit = fit_markov(y)
    assert fit.variance.min() >= 0.01 * np.var(y) * (1 - 1e-12)


def test_a_probability_is_the_same_on_data_cut_at_it(world: tuple) -> None:
    y, _ = world
    refit = np.arange(len(y)) % 13 == 0
    whole = expanding_probabilities(y, refit, starts=4)
    assert np.isnan(whole[:156]).all()
    assert np.isfinite(whole[156:]).all()
    for cut in (170, 260, 333):
        part = expanding_probabilities(y[:cut], refit[:cut], starts=4)
        assert np.array_equal(part, whole[:cut], equal_nan=True)


@pytest.mark.parametrize("n", [0, 10, 155])
def test_a_past_too_short_to_fit_has_no_probability(n: int) -> None:
    y, _ = planted(n, 0) if n else (np.zeros(0), None)
    assert np.isnan(expanding_probabilities(y, np.ones(n, bool))).all()


def test_what_smoothing_leaks_would_be_seen() -> None:
    """Both fits of domain.md 4.5 on the same seeds: 2.09 of smoothed labels, 1.52 of filtered."""
    sharpe = {"filtered": [], "smoothed": []}
    for seed in range(12):
        y, _ = planted(600, seed)
        fit = fit_markov(y)
        for name, probabilities in (
            ("filtered", filtered_probabilities(fit, y)),
            ("smoothed", smoothed_probabilities(fit, y)),
        ):
            held = np.where(probabilities[:-1] > 0.5, 1.0, -1.0) * y[1:]
            sharpe[name].append(held.mean() / held.std() * np.sqrt(52.0))
    filtered, smoothed = np.mean(sharpe["filtered"]), np.mean(sharpe["smoothed"])
    assert smoothed > 1.15 * filtered > 0.0


@pytest.mark.parametrize(
    ("y", "said"),
    [
        (np.zeros(5), "at least 20"),
        (np.zeros(30), "must vary"),
        (np.r_[np.arange(30.0), np.nan], "entry 30 is nan"),
    ],
)
def test_what_cannot_be_fitted_is_refused(y: np.ndarray, said: str) -> None:
    with pytest.raises(ValueError, match=said):
        fit_markov(y)

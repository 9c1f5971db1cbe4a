"""Figures of a curve, of a choice and purged splits beside those of `skfolio`.

Where a convention differs, the test says which and turns one figure into the other by formula; no
tolerance is wider than rounding.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pandas as pd
import pytest

from orebound.analyzers import (
    PurgedPlan,
    combinatorial_purged,
    deflated_sharpe_ratio,
    drawdown,
    expected_max_sharpe,
    expected_shortfall,
    probabilistic_sharpe_ratio,
    summary,
    value_at_risk,
)

YEAR, RATE = 252, 0.03
DAILY_RATE = (1.0 + RATE) ** (1.0 / YEAR) - 1.0
SEEDS = (1, 2, 3)

measures = pytest.importorskip("skfolio.measures")
splitting = pytest.importorskip("skfolio.model_selection")


def returns_of(seed: int, n: int = 1_301) -> np.ndarray:
    return np.random.default_rng(seed).standard_t(4, size=n) * 0.008 + 0.0004


def figures(returns: np.ndarray) -> dict[str, float]:
    values = pd.Series(np.cumprod(np.concatenate([[1.0], 1.0 + returns])))
    found = summary(values, risk_free=RATE, periods_per_year=YEAR)
    return {name: metric.value for name, metric in found.items() if metric.value is not None}


def close(value: float) -> object:
    return pytest.approx(float(value), rel=1e-10)


@pytest.mark.parametrize("seed", SEEDS)
def test_ratios_of_daily_returns(seed: int) -> None:
    returns, root = returns_of(seed), math.sqrt(YEAR)
    ours = figures(returns)
    excess = measures.mean(returns) - DAILY_RATE
    assert ours["volatility"] == close(measures.standard_deviation(returns) * root)
    assert ours["sharpe"] == close(excess / measures.standard_deviation(returns) * root)
    # Differs: its semi-deviation is below the mean with ddof 1 unless asked for what ours is,
    # below the risk-free rate and over all days.
    downside = measures.semi_deviation(returns, min_acceptable_return=DAILY_RATE, biased=True)
    assert ours["sortino"] == close(excess / downside * root)


@pytest.mark.parametrize("seed", SEEDS)
def test_moments_are_those_of_the_sample_on_both_sides(seed: int) -> None:
    returns = returns_of(seed)
    ours = figures(returns)
    assert ours["skew"] == close(measures.skew(returns))
    assert ours["kurtosis"] == close(measures.kurtosis(returns))


@pytest.mark.parametrize("level", [0.95, 0.99])
@pytest.mark.parametrize("seed", SEEDS)
def test_tails_up_to_the_share_of_the_return_at_their_edge(seed: int, level: float) -> None:
    # Differs: losses are positive there, and the mean is over exactly 1 - level of the mass, of
    # which the return at the edge has a part; here over whole returns at or below the edge. With
    # (1 - level)(n - 1) whole, ours interpolates nothing and the edge is the same return.
    returns = returns_of(seed)
    whole = round((1.0 - level) * (len(returns) - 1))
    edge, mass = -measures.value_at_risk(returns, level), (1.0 - level) * len(returns)
    assert value_at_risk(returns, level) == close(edge)
    total = -measures.cvar(returns, level) * mass + (whole + 1 - mass) * edge
    assert expected_shortfall(returns, level) == close(total / (whole + 1))


@pytest.mark.parametrize("seed", SEEDS)
def test_drawdowns_session_by_session(seed: int) -> None:
    # Differs: sums of returns are its default, not growth; losses are positive figures there.
    returns = returns_of(seed)
    theirs = measures.get_drawdowns(returns, compounded=True)
    values = np.cumprod(np.concatenate([[1.0], 1.0 + returns]))
    np.testing.assert_allclose(drawdown(values)[1:], theirs, rtol=1e-10, atol=1e-14)
    ours = figures(returns)
    assert ours["max_drawdown"] == close(-measures.max_drawdown(theirs))
    # Calmar: theirs divides the mean times a year's days, ours what compounds to the growth.
    growth = float(np.exp(np.log1p(returns).mean() * YEAR)) - 1.0
    assert ours["calmar"] == close(growth / measures.max_drawdown(theirs))


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("benchmark", [0.0, 0.05])
def test_probabilistic_sharpe_ratio(seed: int, benchmark: float) -> None:
    returns = returns_of(seed)
    theirs = measures.probabilistic_sharpe_ratio(returns, benchmark)
    sharpe = returns.mean() / returns.std(ddof=1)
    found = figures(returns)
    ours = probabilistic_sharpe_ratio(
        sharpe, len(returns), found["skew"], found["kurtosis"], benchmark
    )
    assert ours == close(theirs)


@pytest.mark.parametrize("n_trials", [1.0, 2.0, 7.5, 1_000.0, 120_000.0])
def test_the_best_to_expect_of_luck(n_trials: float) -> None:
    theirs = measures.expected_max_sharpe_ratio(n_trials, 0.03)
    assert expected_max_sharpe(n_trials, 0.03**2) == close(theirs)


def test_deflated_sharpe_ratio_of_the_best_of_many() -> None:
    trials = np.random.default_rng(4).standard_t(5, size=(750, 40)) * 0.01 + 0.0003
    sharpes = trials.mean(axis=0) / trials.std(axis=0, ddof=1)
    best = trials[:, sharpes.argmax()]
    theirs = measures.deflated_sharpe_ratio(best, sharpes)
    found = figures(best)
    ours = deflated_sharpe_ratio(
        sharpes.max(), 750, 40, sharpes.var(ddof=1), found["skew"], found["kurtosis"]
    )
    assert 0.1 < theirs < 0.9
    assert ours == close(theirs)


#: Groups, groups tested, months purged on either side and after them besides.
PLANS = [(6, 2, 1, 0), (6, 2, 0, 0), (6, 3, 2, 1), (8, 2, 1, 3), (10, 4, 3, 2), (5, 4, 1, 1)]


def twins(groups: int, tested: int, purge: int, embargo: int) -> tuple[PurgedPlan, Any]:
    """Return the same plan on both sides."""
    theirs = splitting.CombinatorialPurgedCV(
        n_folds=groups, n_test_folds=tested, purged_size=purge, embargo_size=embargo
    )
    return PurgedPlan(groups, tested, purge, embargo), theirs


@pytest.mark.parametrize("plan", PLANS)
def test_purged_splits_train_and_test_the_same_months(plan: tuple[int, int, int, int]) -> None:
    # Months are a multiple of the groups: where they are not, the last group takes the rest there
    # and groups differ by one month at most here.
    ours, theirs = twins(*plan)
    n_months = 12 * plan[0]
    trains, group = ours.trains(n_months), ours.groups(n_months)
    splits = list(theirs.split(np.zeros((n_months, 1))))
    assert len(splits) == len(ours.tests()) == theirs.n_splits
    for split, (train, tests) in enumerate(splits):
        assert np.flatnonzero(trains[split]).tolist() == train.tolist()
        own = [np.flatnonzero(group == one).tolist() for one in ours.tests()[split]]
        assert own == [one.tolist() for one in tests]


@pytest.mark.parametrize("plan", PLANS)
def test_paths_join_the_same_tests(plan: tuple[int, int, int, int]) -> None:
    ours, theirs = twins(*plan)
    path_of = ours.path_of()
    assert path_of.max() + 1 == theirs.n_test_paths
    own = [path_of[split, list(test)].tolist() for split, test in enumerate(ours.tests())]
    assert own == theirs.get_path_ids().tolist()


@pytest.mark.parametrize("plan", PLANS)
def test_the_best_in_their_training_months_earns_the_same_on_every_path(
    plan: tuple[int, int, int, int],
) -> None:
    ours, theirs = twins(*plan)
    n_months, sessions, trials = 12 * plan[0], 21, 9
    daily = np.random.default_rng(9).normal(0.0003, 0.01, (trials, n_months, sessions))
    monthly = np.stack([daily.sum(axis=2), (daily**2).sum(axis=2)], axis=2)
    found = combinatorial_purged(monthly, np.full(n_months, sessions), ours)
    joined = np.empty((theirs.n_test_paths, n_months, sessions))
    path_ids = theirs.get_path_ids()
    for split, (train, tests) in enumerate(theirs.split(np.zeros((n_months, 1)))):
        pooled = daily[:, train].reshape(trials, -1)
        best = int((pooled.mean(axis=1) / pooled.std(axis=1, ddof=1)).argmax())
        assert found.chosen[split] == best
        for path, test in zip(path_ids[split], tests, strict=True):
            joined[path, test] = daily[best, test]
    flat = joined.reshape(len(joined), -1)
    expected = flat.mean(axis=1) / flat.std(axis=1, ddof=1)
    np.testing.assert_allclose(found.sharpe, expected, rtol=1e-10)

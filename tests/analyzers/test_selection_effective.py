"""The effective number of trials: copies count once, strangers each, families in between."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import integrate, stats

from orebound.analyzers import (
    effective_number_from_correlation,
    effective_number_of_trials,
    expected_max_sharpe,
)
from orebound.analyzers.expected_best import equivalent_trials
from orebound.analyzers.trial_clusters import _mean_silhouette


def families(rho: float, n_periods: int, *, n: int = 10, size: int = 20) -> np.ndarray:
    """Return trials in families that correlate at rho within and at 0 between."""
    draws = np.random.default_rng(1)
    shared = np.repeat(draws.normal(size=(n_periods, n)), size, axis=1)
    return np.sqrt(rho) * shared + np.sqrt(1 - rho) * draws.normal(size=(n_periods, n * size))


def test_exact_copies_count_once() -> None:
    one = np.random.default_rng(2).normal(size=(120, 1))
    copies = np.repeat(one, 50, axis=1) * np.arange(1, 51)
    assert effective_number_of_trials(copies.astype(np.float32)).n_clusters == 1
    result = effective_number_of_trials(copies)
    assert result.number == pytest.approx(1.0, abs=1e-9)
    assert result.n_clusters == 1


def test_unrelated_trials_count_each() -> None:
    result = effective_number_of_trials(np.random.default_rng(3).normal(size=(500, 200)))
    assert result.number == pytest.approx(200, rel=0.02)
    assert (result.n_clusters, result.silhouette) == (1, None)


@pytest.mark.parametrize("rho", [0.5, 0.8, 0.95])
def test_families_are_found_whole(rho: float) -> None:
    result = effective_number_of_trials(families(rho, 750))
    assert result.n_clusters == 10
    assert all(len(set(labels)) == 1 for labels in result.labels.reshape(10, 20))
    assert 10 < result.number < 200


@pytest.mark.parametrize("rho", [0.3, 0.5, 0.8, 0.95])
def test_the_number_expects_the_best_that_correlated_trials_reach(rho: float) -> None:
    """The mean best of 20,000 draws of all trials, against the formula for independent ones."""
    best = families(rho, 20_000).max(axis=1).mean()
    number = effective_number_of_trials(families(rho, 750)).number
    assert expected_max_sharpe(number) == pytest.approx(best, rel=0.05)


@pytest.mark.parametrize(
    ("sizes", "correlations"),
    [
        ([400, 30, 1, 1], [0.9, 0.6, 0.0, 0.0]),
        ([2000], [0.1]),
        ([500, 500], [0.25, 0.26]),
        ([50, 50], [0.995, 0.02]),
    ],
)
def test_equivalent_trials_have_the_best_of_drawn_clusters(
    sizes: list[int], correlations: list[float]
) -> None:
    draws = np.random.default_rng(7)
    bests = [
        np.sqrt(c) * draws.normal(size=40_000)
        # The largest of m uniform draws is a uniform one to the power 1/m.
        + np.sqrt(1 - c) * stats.norm.ppf(draws.uniform(size=40_000) ** (1 / m))
        for m, c in zip(sizes, correlations, strict=True)
    ]
    number = equivalent_trials(sizes, correlations)

    def integrand(x: float) -> float:
        return float(x * number * stats.norm.pdf(x) * stats.norm.cdf(x) ** (number - 1))

    expected = integrate.quad(integrand, -12, 12, points=[0, 3, 5], limit=200)[0]
    assert expected == pytest.approx(np.max(bests, axis=0).mean(), abs=0.015)


def test_many_trials_join_the_clusters_of_a_sample() -> None:
    returns = families(0.8, 300, n=5, size=60)
    whole = effective_number_of_trials(returns)
    sampled = effective_number_of_trials(returns, most_clustered=50)
    assert sampled.n_clusters == whole.n_clusters == 5
    assert np.array_equal(sampled.labels[1:] == sampled.labels[:-1], np.diff(whole.labels) == 0)
    assert sampled.number == pytest.approx(whole.number, rel=1e-9)


def test_returns_and_their_correlation_give_the_same() -> None:
    returns = families(0.6, 200, n=4, size=8)
    one = effective_number_of_trials(returns)
    other = effective_number_from_correlation(np.corrcoef(returns.T))
    assert other.number == pytest.approx(one.number, rel=1e-9)
    assert np.array_equal(other.labels, one.labels)


def test_idle_trials_count_once_together() -> None:
    returns = np.random.default_rng(5).normal(size=(400, 6))
    returns[:, 3:] = [0.0, 0.0, 0.1]  # two never traded, one earned a constant rate
    result = effective_number_of_trials(returns)
    assert result.n_flat == 3
    assert len(set(result.labels[3:])) == 1
    assert result.number == pytest.approx(4.0, abs=0.3)  # three strangers and one idle idea
    assert float(effective_number_of_trials(np.zeros((10, 4)))) == 1.0


def test_scale_and_drift_change_nothing() -> None:
    returns = families(0.7, 150, n=3, size=5)
    one = effective_number_of_trials(returns)
    other = effective_number_of_trials(returns * np.linspace(0.01, 9.0, 15) + 0.3)
    assert other.number == pytest.approx(one.number, rel=1e-9)


def test_silhouettes_are_those_of_plain_loops() -> None:
    draws = np.random.default_rng(6)
    points, labels = draws.normal(size=(9, 3)), np.array([4, 4, 4, 0, 0, 2, 7, 7, 7])
    distance = np.linalg.norm(points[:, None] - points[None], axis=2)
    scores = []
    for i in range(9):
        others = {
            c: np.mean([distance[i, j] for j in range(9) if labels[j] == c and j != i] or [0.0])
            for c in set(labels)
        }
        inside = others.pop(labels[i])
        nearest = min(others.values())
        alone = (labels == labels[i]).sum() == 1
        scores.append(0.0 if alone else (nearest - inside) / max(nearest, inside))
    sums = np.concatenate([np.zeros((9, 1)), np.cumsum(distance, axis=1)], axis=1)
    assert _mean_silhouette(sums, labels) == pytest.approx(np.mean(scores), abs=1e-12)


@pytest.mark.parametrize(
    ("matrix", "message"),
    [
        (np.eye(3)[:2], r"square matrix of at least 2 trials, got shape \(2, 3\)"),
        (np.array([[1.0, 0.5], [0.4, 1.0]]), "row 0, column 1 is 0.5"),
        (np.array([[1.0, 1.5], [1.5, 1.0]]), "within -1 and 1"),
        (np.array([[0.9, 0.5], [0.5, 1.0]]), "row 0, column 0 is 0.9"),
        (np.array([[1.0, np.nan], [np.nan, 1.0]]), "row 0, column 1 is nan"),
    ],
)
def test_what_is_no_correlation_is_refused(matrix: np.ndarray, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        effective_number_from_correlation(matrix)


def test_a_gap_in_the_returns_is_named() -> None:
    returns = np.zeros((10, 3))
    returns[4, 2] = np.inf
    with pytest.raises(ValueError, match="period 4 of trial 2 is inf"):
        effective_number_of_trials(returns)


def test_a_drawn_sample_finds_the_ideas_that_all_trials_hold() -> None:
    # Three unrelated ideas, 5,000 near copies in all; float32, as sweeps store them.
    draws = np.random.default_rng(21)
    ideas = draws.normal(0.0, 0.01, (120, 3))
    which = np.arange(5_000) % 3
    returns = ideas[:, which] + draws.normal(0.0, 1e-5, (120, 5_000))
    returns[:, :7] = 0.0
    for seed in (None, 0, 1):
        found = effective_number_of_trials(returns.astype(np.float32), most_clustered=90, seed=seed)
        assert (found.n_clusters, found.n_flat, found.n_clustered) == (4, 7, 90)
        assert found.number == pytest.approx(4.0, abs=0.1)
        pairs = {(int(a), int(b)) for a, b in zip(which[7:], found.labels[7:], strict=True)}
        assert len(pairs) == 3

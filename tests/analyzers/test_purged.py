"""Combinatorial purged cross-validation: the published figure, purging by hand, whole by loops."""

from __future__ import annotations

from itertools import combinations
from math import comb

import numpy as np
import pytest

from orebound.analyzers import PurgedPlan, combinatorial_purged


def test_paths_are_those_of_figure_12_1() -> None:
    # Lopez de Prado (2018), figures 12.1 and 12.2: 6 groups, 2 tested, 15 splits and 5 paths. Rows
    # are groups, columns the splits S1 to S15; entries the path, 0 where the group trains.
    figure = """
        1 2 3 4 5 0 0 0 0 0 0 0 0 0 0
        1 0 0 0 0 2 3 4 5 0 0 0 0 0 0
        0 1 0 0 0 2 0 0 0 3 4 5 0 0 0
        0 0 1 0 0 0 2 0 0 3 0 0 4 5 0
        0 0 0 1 0 0 0 2 0 0 3 0 4 0 5
        0 0 0 0 1 0 0 0 2 0 0 3 0 4 5
    """
    expected = np.array([line.split() for line in figure.strip().splitlines()], int).T - 1
    plan = PurgedPlan(6, 2)
    assert plan.path_of().tolist() == expected.tolist()
    assert plan.tests()[:2] == ((0, 1), (0, 2))


@pytest.mark.parametrize(("groups", "tested"), [(4, 1), (6, 3), (10, 2)])
def test_every_group_is_tested_once_in_each_path(groups: int, tested: int) -> None:
    found = PurgedPlan(groups, tested).path_of()
    assert len(found) == comb(groups, tested)
    n_paths = comb(groups - 1, tested - 1)
    for group in range(groups):
        own = found[:, group]
        assert sorted(own[own >= 0]) == list(range(n_paths))


def test_months_beside_a_tested_group_train_nothing() -> None:
    # 12 months, 4 groups of 3; group 1 (months 3 to 5) is tested in the second split of one.
    plan = PurgedPlan(4, 1, purge_months=1, embargo_months=2)
    trains = plan.trains(12)
    assert np.flatnonzero(trains[1]).tolist() == [0, 1, 9, 10, 11]
    assert np.flatnonzero(trains[0]).tolist() == [6, 7, 8, 9, 10, 11]
    assert np.flatnonzero(trains[3]).tolist() == list(range(8))
    assert np.flatnonzero(PurgedPlan(4, 1, 0, 0).trains(12)[1]).tolist() == [0, 1, 2, *range(6, 12)]


def months_of(seed: int, trials: int = 12, n_months: int = 31) -> tuple[np.ndarray, np.ndarray]:
    random = np.random.default_rng(seed)
    daily = [random.normal(0.0004 * random.normal(), 0.01, (trials, 20)) for _ in range(n_months)]
    monthly = np.stack([np.stack([r.sum(axis=1), (r**2).sum(axis=1)], axis=1) for r in daily], 1)
    return monthly, np.full(n_months, 20)


def sharpe(sums: np.ndarray, n: int) -> float:
    mean = sums[:, 0].sum() / n
    return float(mean / np.sqrt((sums[:, 1].sum() - n * mean**2) / (n - 1)))


def test_paths_are_those_of_a_loop_over_splits() -> None:
    monthly, sessions = months_of(3)
    found = combinatorial_purged(monthly, sessions, PurgedPlan(5, 2, 1, 1))
    border = [31 * k // 5 for k in range(6)]
    paths: list[dict[int, np.ndarray]] = [{} for _ in range(4)]
    for split, test in enumerate(combinations(range(5), 2)):
        held = {m for g in test for m in range(border[g], border[g + 1])}
        shut = {m + d for m in held for d in (-1, 0, 1, 2)}
        train = [m for m in range(31) if m not in shut]
        scores = [sharpe(one[train], 20 * len(train)) for one in monthly]
        best = int(np.argmax(scores))
        assert found.chosen[split] == best
        for g in test:
            free = next(path for path in paths if g not in path)
            free[g] = monthly[best, border[g] : border[g + 1]]
    expected = [sharpe(np.concatenate([path[g] for g in range(5)]), 620) for path in paths]
    np.testing.assert_allclose(found.sharpe, expected, rtol=1e-10)
    assert found.share_of_losses == np.mean(np.array(expected) < 0)


def test_one_good_trial_is_every_path_and_noise_loses_in_sample_luck() -> None:
    monthly, sessions = months_of(5)
    monthly[4, :, 0] += 0.05
    monthly[4, :, 1] += 2 * 0.05**2
    found = combinatorial_purged(monthly, sessions)
    assert set(found.chosen) == {4}
    assert np.ptp(found.sharpe) == pytest.approx(0.0, abs=1e-12)
    assert (found.n_trials, found.n_groups, found.n_test) == (12, 6, 2)


@pytest.mark.parametrize(
    ("plan", "message"),
    [
        (PurgedPlan(6, 6), "n_test must be at least 1 and below n_groups 6, got 6"),
        (PurgedPlan(40, 2), "n_groups must be at most the 31 months, got 40"),
        (PurgedPlan(6, 2, -1), "purge_months must be at least 0, got -1"),
        (PurgedPlan(20, 10), "184,756 splits"),
        (PurgedPlan(2, 1, 16), "fewer than 2 sessions to train on in split 0"),
    ],
)
def test_bad_plans_are_named(plan: PurgedPlan, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        combinatorial_purged(*months_of(1), plan)

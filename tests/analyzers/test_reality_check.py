"""Hansen's test and White's: against `arch` on the same resamples, and where the truth is known."""

from __future__ import annotations

import numpy as np
import pytest

from orebound.analyzers import optimal_block_length, superior_predictive_ability
from orebound.analyzers.reality_check import bootstrap_variance, reality_check_of
from orebound.analyzers.stationary_bootstrap import row_weights, stationary_rows

arch = pytest.importorskip("arch.bootstrap")


def returns(seed: int, n: int = 120, trials: int = 30, best: float = 0.0) -> np.ndarray:
    random = np.random.default_rng(seed)
    shared = random.normal(0.0, 0.02, (n, 1))
    out = 0.6 * shared + random.normal(0.0, 1.0, (n, trials)) * random.uniform(0.01, 0.05, trials)
    out -= out.mean(axis=0) - random.normal(-0.002, 0.004, trials)
    out[:, 0] += best
    return np.asarray(out)


def compared(excess: np.ndarray, block: int, draws: int = 300) -> tuple[object, dict[str, float]]:
    """Return what we and `arch` make of the same resamples."""
    resampler = arch.StationaryBootstrap(block, excess, seed=5)
    weights = row_weights((resampler.index.copy() for _ in resampler.bootstrap(draws)), len(excess))
    # arch takes losses, and studentises only where trials are studentised before.
    test = arch.SPA(np.zeros(len(excess)), -excess, block_size=block, reps=draws, seed=5)
    test.compute()
    return reality_check_of(excess, weights, block), dict(test.pvalues)


@pytest.mark.parametrize(("seed", "block"), [(1, 2), (2, 5), (3, 11)])
def test_p_values_are_those_of_arch_on_the_same_resamples(seed: int, block: int) -> None:
    excess = returns(seed, best=0.004)
    plain, theirs = compared(excess, block)
    assert plain.p_white == pytest.approx(theirs["upper"], abs=1e-12)  # type: ignore[attr-defined]
    centred = excess - excess.mean(axis=0)
    omega = np.sqrt(bootstrap_variance(centred, block))
    ours, theirs = compared(excess / omega, block)
    for name in ("lower", "consistent", "upper"):
        assert getattr(ours, f"p_{name}") == pytest.approx(theirs[name], abs=1e-12)
    assert ours.best == int(np.argmax(excess.mean(axis=0) / omega))  # type: ignore[attr-defined]
    # Studentised already or not, it is the same test.
    for name in ("p_lower", "p_consistent", "p_upper"):
        assert getattr(plain, name) == getattr(ours, name)


def test_standard_deviations_are_those_of_arch() -> None:
    excess = returns(4)
    test = arch.SPA(np.zeros(len(excess)), -excess, block_size=7, reps=2, seed=1)
    test.compute()
    centred = excess - excess.mean(axis=0)
    own = bootstrap_variance(centred, 7)
    np.testing.assert_allclose(own, test._loss_diff_var, rtol=1e-12)


def test_block_lengths_are_those_of_politis_and_white_as_arch_has_them() -> None:
    random = np.random.default_rng(8)
    shocks = random.normal(size=(400, 4))
    series = np.zeros_like(shocks)
    for t in range(1, 400):
        series[t] = series[t - 1] * np.array([0.0, 0.3, 0.7, 0.95]) + shocks[t]
    theirs = arch.optimal_block_length(series)["stationary"].to_numpy()
    np.testing.assert_allclose(optimal_block_length(series), np.maximum(theirs, 1.0), rtol=1e-9)
    assert optimal_block_length(np.full(50, 0.25)).tolist() == [1.0]


def test_blocks_have_the_length_asked_for_and_rows_follow_each_other() -> None:
    rows = np.array(list(stationary_rows(50, 400, 6.0, np.random.default_rng(2))))
    begins = (np.diff(rows, axis=1) % 50) != 1
    # A new block begins with probability 1/6 and one in 50 of these goes on by chance.
    assert begins.mean() == pytest.approx(1 / 6 * 49 / 50, abs=0.01)
    assert np.bincount(rows.ravel()).min() > 0
    weights = row_weights(iter(rows), 50)
    assert (weights.sum(axis=1) == 50).all()
    singles = np.array(list(stationary_rows(50, 400, 1.0, np.random.default_rng(2))))
    assert ((np.diff(singles, axis=1) % 50) == 1).mean() == pytest.approx(1 / 50, abs=0.01)


def test_noise_is_called_better_as_often_as_the_level_says() -> None:
    random = np.random.default_rng(11)
    p = [
        superior_predictive_ability(random.normal(0, 0.03, (120, 20)), draws=200, seed=k)
        for k in range(150)
    ]
    for name in ("p_consistent", "p_upper", "p_white"):
        share = np.mean([getattr(one, name) <= 0.1 for one in p])
        assert share == pytest.approx(0.1, abs=0.06), name  # 2.5 standard errors
    assert all(one.p_lower <= one.p_consistent <= one.p_upper for one in p)


def test_an_edge_is_found_and_poor_trials_do_not_hide_it_from_hansen() -> None:
    # Hansen (2005), section 3: adding poor and erratic trials takes White's test its power.
    random = np.random.default_rng(3)
    good = random.normal(0.012, 0.03, (120, 1))
    poor = random.normal(-0.05, 0.25, (120, 60))
    both = superior_predictive_ability(np.hstack([good, poor]), seed=1)
    assert both.best == 0
    assert both.p_consistent < 0.01
    assert both.p_white > 0.5


def test_a_benchmark_is_what_must_be_beaten_and_flat_trials_are_left_out() -> None:
    base = returns(6, trials=1)[:, 0]
    edge = base + np.random.default_rng(1).normal(0.004, 0.01, len(base))
    both = np.column_stack([base, edge])
    found = superior_predictive_ability(both, base, seed=2)
    assert (found.best, found.n_trials, found.n_flat) == (1, 2, 1)
    assert found.p_consistent < 0.01
    idle = superior_predictive_ability(np.zeros((30, 3)))
    assert (idle.p_consistent, idle.p_white, idle.best, idle.n_flat) == (1.0, 1.0, -1, 3)
    losing = superior_predictive_ability(base[:, None] - 0.05, seed=2)
    assert (losing.statistic, losing.p_lower, losing.p_consistent, losing.p_upper) == (0, 1, 1, 1)


@pytest.mark.parametrize(
    ("given", "options", "message"),
    [
        (np.zeros((5, 3)), {}, "at least 24 periods"),
        (np.full((30, 2), np.nan), {}, "period 0 of trial 0 is nan"),
        (returns(1), {"benchmark": [1.0]}, "of the 120 periods of returns"),
        (returns(1), {"block": 0.5}, "block must be at least 1 row, got 0.5"),
        (returns(1), {"draws": 0}, "draws must be at least 1, got 0"),
    ],
)
def test_bad_input_is_named(given: np.ndarray, options: dict[str, object], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        superior_predictive_ability(given, **options)  # type: ignore[arg-type]

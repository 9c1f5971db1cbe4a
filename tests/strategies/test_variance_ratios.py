"""Variance ratios: closed forms, an independent implementation, and nothing from later rows."""

import numpy as np
import pytest
from scipy.signal import lfilter

from orebound.strategies.variance_ratios import rolling_variance_ratio, variance_ratio

RNG = np.random.default_rng


def test_white_noise_has_a_ratio_of_one() -> None:
    found = [variance_ratio(RNG(seed).normal(size=756), 20).ratio for seed in range(300)]
    assert np.mean(found) == pytest.approx(1.0, abs=3 * np.std(found) / np.sqrt(300))


def test_robust_statistic_of_white_noise_is_about_standard_normal() -> None:
    # Variance that changes by the year does not disturb it.
    steps = np.repeat([0.5, 2.0, 1.0], 252)
    z = [variance_ratio(RNG(seed).normal(size=756) * steps, 5).z for seed in range(400)]
    assert np.mean(np.abs(z) > 1.96) == pytest.approx(0.05, abs=0.025)


@pytest.mark.parametrize(("half", "horizon"), [(20.0, 20), (60.0, 20), (10.0, 5)])
def test_a_reverting_level_has_its_closed_form(half: float, horizon: int) -> None:
    phi = 0.5 ** (1.0 / half)
    level = lfilter([1.0], [1.0, -phi], RNG(1).normal(size=(40, 21_000)), axis=1)[:, 1000:]
    found = np.mean([variance_ratio(np.diff(path), horizon).ratio for path in level])
    # Var over q sessions is 2 s^2 (1 - phi^q), over one 2 s^2 (1 - phi).
    expected = (1.0 - phi**horizon) / (horizon * (1.0 - phi))
    assert found == pytest.approx(expected, abs=0.01)


@pytest.mark.parametrize("horizon", [2, 5, 20])
def test_ratio_and_statistic_equal_an_independent_implementation(horizon: int) -> None:
    arch = pytest.importorskip("arch.unitroot")
    x = RNG(2).standard_t(5, size=800) * 0.01 + 0.002
    level = np.concatenate([[0.0], np.cumsum(x)])
    expected = arch.VarianceRatio(level, lags=horizon, trend="c", robust=True, debiased=True)
    found = variance_ratio(x, horizon)
    assert found.ratio == pytest.approx(expected.vr, rel=1e-10)
    assert found.z == pytest.approx(expected.stat, rel=1e-10)
    assert found.p == pytest.approx(expected.pvalue, rel=1e-8)


def test_rolling_ratio_equals_the_one_on_each_window() -> None:
    x = np.concatenate([np.full(10, np.nan), RNG(3).normal(0.001, 0.01, 1000)])
    rolling = rolling_variance_ratio(x, 20, 756)
    for t in (261, 500, 765, 766, 1009):
        window = x[max(10, t - 755) : t + 1]
        assert rolling[t] == pytest.approx(variance_ratio(window, 20).ratio, rel=1e-9)
    assert np.isnan(rolling[:261]).all()
    later = x.copy()
    later[600:] *= 3.0
    np.testing.assert_array_equal(rolling_variance_ratio(later, 20, 756)[:600], rolling[:600])


def test_increments_that_do_not_vary_have_no_rolling_ratio() -> None:
    assert np.isnan(rolling_variance_ratio(np.full(400, 0.01), 20, 300)).all()
    assert np.isnan(rolling_variance_ratio(np.full(400, np.nan), 20, 300)).all()
    assert np.isnan(rolling_variance_ratio(np.ones(100), 20, 300)).all()


@pytest.mark.parametrize(
    ("values", "horizon", "message"),
    [
        (np.ones(30) * 0.1, 5, "increments must vary"),
        ([1.0, np.nan, 2.0], 2, "increments must be finite"),
        (np.arange(5.0), 5, "horizon must lie between 2 and 4 for 5 values, got 5"),
        (np.arange(5.0), 1, "horizon must lie between 2 and 4 for 5 values, got 1"),
    ],
)
def test_unusable_increments_are_refused(values: object, horizon: int, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        variance_ratio(values, horizon)  # type: ignore[arg-type]

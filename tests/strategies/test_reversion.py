"""Half-lives: known answers on planted processes, never negative, never on a windowed sum."""

import numpy as np
import pytest
from scipy.signal import lfilter

from orebound.strategies import half_life, rolling_half_life


def ou_path(generator: np.random.Generator, half: float, n: int) -> np.ndarray:
    """Return a stationary AR(1) path whose half-life is `half` sessions."""
    shocks = generator.normal(size=n + 1000)
    return np.asarray(lfilter([1.0], [1.0, -(0.5 ** (1.0 / half))], shocks))[1000:]


def test_planted_half_life_is_recovered_after_correction() -> None:
    # Domain case 1: true 60 on 2,500 sessions; corrected median within 10 %, raw biased short.
    generator = np.random.default_rng(5)
    paths = [ou_path(generator, 60.0, 2500) for _ in range(200)]
    corrected = np.median([half_life(path, corrected=True) for path in paths])
    raw = np.median([half_life(path) for path in paths])
    assert 54.0 <= corrected <= 66.0
    assert raw < corrected


def test_short_samples_give_infinity_and_never_a_negative_number() -> None:
    generator = np.random.default_rng(6)
    found = np.array([half_life(ou_path(generator, 60.0, 500), True) for _ in range(1000)])
    assert (found >= 0.0).all()
    assert np.isinf(found).mean() > 0.05


def test_exact_decay_has_its_own_half_life() -> None:
    assert half_life(0.5 ** (np.arange(60) / 7.0)) == pytest.approx(7.0)


def test_a_flat_series_never_reverts() -> None:
    assert half_life(np.ones(50)) == np.inf


def test_an_alternating_series_does_not_persist() -> None:
    assert half_life(np.tile([1.0, -1.0], 30)) == 0.0


@pytest.mark.parametrize(
    ("series", "message"),
    [([1.0, 2.0], "at least 3 values"), ([1.0, np.nan, 2.0], "entry 1 is nan")],
)
def test_unusable_series_are_refused(series: list[float], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        half_life(series)


def test_rolling_estimate_equals_the_one_on_each_window() -> None:
    generator = np.random.default_rng(7)
    levels = np.cumsum(generator.normal(size=(900, 3)), axis=0) * 0.02
    hedge = np.column_stack([np.ones(900), -generator.uniform(0.5, 2.0, (900, 2))])
    rolling = rolling_half_life(levels, hedge, 756)
    for t in (251, 400, 755, 756, 899):
        window = levels[max(0, t - 755) : t + 1] @ hedge[t]
        assert rolling[t] == pytest.approx(half_life(window, corrected=True), rel=1e-6)
    assert np.isnan(rolling[:251]).all()

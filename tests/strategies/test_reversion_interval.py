"""Intervals of half-lives: their coverage up to the unit root, and what noise does not show."""

from collections.abc import Iterator
from importlib.resources import files

import numpy as np
import pytest
from scipy.signal import lfilter

from orebound.strategies import half_life, rolling_half_life
from orebound.strategies.reversion import half_life_of_phi, rolling_phi
from orebound.strategies.reversion_interval import (
    GRID,
    NODES,
    half_life_bootstrap,
    half_life_interval,
    quantile_table,
    shipped_text,
)

RNG = np.random.default_rng
PAIRS = 503  # a node of the table, two years


def paths(seed: int, phi: float, count: int, n: int) -> np.ndarray:
    """Return stationary AR(1) paths by row, random walks for a coefficient of 1."""
    shocks = RNG(seed).normal(size=(count, n))
    if phi < 1.0:
        shocks[:, 0] /= np.sqrt(1.0 - phi**2)
    return np.asarray(lfilter([1.0], [1.0, -phi], shocks, axis=1))


def slopes(series: np.ndarray) -> np.ndarray:
    """Return least-squares AR(1) coefficients by row, by the textbook formula."""
    before, after = series[:, :-1], series[:, 1:]
    before = before - before.mean(axis=1, keepdims=True)
    after = after - after.mean(axis=1, keepdims=True)
    return (before * after).sum(axis=1) / (before**2).sum(axis=1)


@pytest.mark.parametrize("phi", [0.9, 0.99])
@pytest.mark.parametrize("pairs", [PAIRS, 350])
def test_interval_covers_at_its_level(phi: float, pairs: int) -> None:
    low, high = half_life_interval(slopes(paths(1, phi, 1000, pairs + 1)), pairs)
    true = np.log(2.0) / -np.log(phi)
    assert np.mean((low <= true) & (true <= high)) == pytest.approx(0.95, abs=0.02)


def test_no_reversion_is_ruled_out_as_seldom_as_it_says() -> None:
    _, high = half_life_interval(slopes(paths(2, 1.0, 1000, PAIRS + 1)), PAIRS)
    # One tail of 2.5 %: at the unit root the interval holds infinity unless that is ruled out.
    assert np.mean(np.isinf(high)) == pytest.approx(0.975, abs=0.015)


def test_ends_are_ordered_never_negative_and_grow_with_the_coefficient() -> None:
    phi = np.linspace(-0.5, 1.2, 400)
    low, high = half_life_interval(phi, 400)
    assert (low >= 0.0).all()
    assert (low <= high).all()
    assert (np.diff(low[np.isfinite(low)]) >= 0.0).all()
    assert high[0] == low[0] == 0.0
    assert np.isinf(low[-1])
    assert np.isinf(half_life_interval(np.inf, 400)[1])
    wide, _ = half_life_interval(0.9, 90, level=0.99)
    narrow, _ = half_life_interval(0.9, 90, level=0.80)
    assert wide < narrow < half_life_of_phi(np.array([0.9]), 90, corrected=True)[0]


def test_an_interval_does_not_depend_on_what_else_is_asked() -> None:
    alone = half_life_interval(0.98, 350)
    many = half_life_interval(np.array([0.98, 0.99, 0.98]), np.array([350.0, 450.0, 350.0]))
    assert many[0][0] == many[0][2] == alone[0]
    assert many[1][0] == many[1][2] == alone[1]
    assert np.isnan(half_life_interval([0.9, np.nan], 350)[0]).tolist() == [False, True]


def hedged(returns: np.ndarray) -> Iterator[tuple[float, float, float]]:
    """Yield point estimate, upper end and coefficient of each path's last session, as gates do."""
    ones = np.ones((756, 1))
    for path in returns:
        level = np.cumsum(path)[:, None]
        phi, pairs = (values[-1] for values in rolling_phi(level, ones, 756))
        point = rolling_half_life(level, ones, 756)[-1]
        yield point, float(half_life_interval(phi, pairs)[1]), phi


def test_white_noise_residuals_give_no_finite_half_life_signal() -> None:
    # Residual returns of white noise: the level is a random walk and nothing closes.
    found = np.array(list(hedged(RNG(3).normal(0, 0.01, (500, 756)))))
    point, upper, _ = found.T
    assert np.mean(np.isinf(upper)) >= 0.95
    assert np.mean(upper <= 150.0) <= 0.04
    # The point estimate alone is finite and inside 5 to 150 sessions on about a quarter of them.
    assert np.mean((point >= 5.0) & (point <= 150.0)) == pytest.approx(0.24, abs=0.06)


def test_certainty_on_three_years_costs_nine_in_ten_true_half_lives_of_sixty() -> None:
    levels = paths(4, 0.5 ** (1 / 60), 500, 756)
    _, upper = half_life_interval(slopes(levels), 755)
    assert 0.04 < np.mean(upper <= 150.0) < 0.14


def test_plain_bootstrap_of_one_series_brackets_its_half_life() -> None:
    series = paths(5, 0.9, 1, 800)[0]
    low, high = half_life_bootstrap(series, draws=499, seed=1)
    assert low < half_life(series, corrected=True) < high
    assert 3.0 < low < 6.58 < high < 14.0
    assert half_life_bootstrap(series, draws=499, seed=1) == (low, high)
    assert half_life_bootstrap(np.ones(50)) == (np.inf, np.inf)
    # A walk's interval is open above and, unlike the grid's, says so by mere luck of the draws.
    assert half_life_bootstrap(paths(6, 1.0, 1, 400)[0], draws=199)[1] == np.inf


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: half_life_interval(0.9, 12), "pairs must lie between 20 and 2519, got 12"),
        (lambda: half_life_interval(0.9, 9000), "pairs must lie between 20 and 2519, got 9000"),
        (lambda: half_life_interval(0.9, 400, level=1.0), "level must lie between 0.5 and 0.99"),
        (lambda: half_life_bootstrap([1.0, 2.0]), "at least 20 finite values"),
        (lambda: half_life_bootstrap(np.arange(30.0), draws=5), "draws must be at least 99"),
        (lambda: half_life_bootstrap(np.arange(30.0), level=2.0), "level must lie between"),
    ],
)
def test_unusable_input_is_refused(call: object, message: str) -> None:
    assert callable(call)
    with pytest.raises(ValueError, match=message):
        call()


def test_the_shipped_table_is_the_one_that_is_simulated() -> None:
    place = NODES.index(125)
    made = quantile_table(125, 0.95)[place]
    low, high = half_life_interval(made[:, 40], 125)
    # Observed estimates that are quantiles of a true coefficient have it for an end.
    true = np.log(2.0) / -np.log(GRID[40])
    assert high[0] == pytest.approx(true, rel=1e-4)
    assert low[1] == pytest.approx(true, rel=1e-4)


@pytest.mark.slow
def test_every_number_of_the_shipped_table_is_simulated() -> None:
    shipped = files("orebound.strategies").joinpath("half_life_quantiles.csv").read_text()
    assert shipped == shipped_text()

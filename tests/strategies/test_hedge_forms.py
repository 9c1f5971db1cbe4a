"""Hedge ratios against least squares written out, and against planted asynchrony."""

import numpy as np
import pytest

from orebound.strategies.normal_equations import solve_normal
from orebound.strategies.rolling import rolling_sum
from orebound.strategies.signals import ols_hedge
from orebound.strategies.signals.hedge_ewls import ewls_hedge
from orebound.strategies.signals.hedge_returns import (
    HedgeReturns,
    decayed_sum,
    overlapping_returns,
    regressed,
)
from orebound.strategies.signals.returns_dimson import dimson_returns
from orebound.strategies.signals.returns_weekly import weekly_returns

RNG = np.random.default_rng
WIDE = (-99.0, 99.0)
#: Every weekday of six years: no holidays, weeks of five sessions.
WEEKDAYS = np.arange("2010-01-04", "2016-01-01", dtype="datetime64[D]")
WEEKDAYS = WEEKDAYS[np.is_busday(WEEKDAYS)]


@pytest.fixture(scope="module")
def levels() -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    metal, market, own = RNG(6).normal(0.0005, 0.01, (3, 700)).cumsum(axis=1)
    return 1.4 * metal + 0.6 * market + own, metal, market


def late_metal(n: int, beta: float) -> tuple[np.ndarray, np.ndarray]:
    """Return a miner and its metal, of which half of each day is only seen the day after."""
    seen, hidden = RNG(7).normal(0, 0.01, (2, n))
    metal = seen + np.concatenate([[0.0], hidden[:-1]])
    return np.cumsum(beta * (seen + hidden)), np.cumsum(metal)


def test_equal_weights_are_those_of_ols(levels: tuple[np.ndarray, ...]) -> None:
    returns = overlapping_returns(*levels, window=252, horizon=5)
    expected = ols_hedge(*levels, window=252, horizon=5, bounds=WIDE)
    found = ewls_hedge(returns, half_life=1e13, bounds=WIDE)
    np.testing.assert_allclose(found, expected, atol=1e-10, rtol=0)
    np.testing.assert_array_equal(regressed(returns, WIDE), expected)


def test_decaying_weights_are_those_of_weighted_least_squares(
    levels: tuple[np.ndarray, ...],
) -> None:
    miner, metal, _ = levels
    returns = overlapping_returns(miner, metal, None, window=100, horizon=5)
    b, c = ewls_hedge(returns, half_life=30.0, bounds=WIDE)
    for t in (100, 333, 699):
        rows = np.arange(t - 95, t + 1)  # 96 five-session returns lie within 100 sessions
        # polyfit weighs residuals, so the weight of a square is the square of its weight.
        weight = np.sqrt(0.5 ** ((t - rows) / 30.0))
        slope = np.polyfit(
            metal[rows] - metal[rows - 5], miner[rows] - miner[rows - 5], 1, w=weight
        )
        assert b[t] == pytest.approx(slope[0], rel=1e-9)
    assert (c[252:] == 0.0).all()
    assert np.isnan(b[:100]).all()


def test_decayed_sum_weighs_by_age_and_knows_nothing_outside_its_window() -> None:
    x = RNG(1).normal(size=(400, 2))
    found = decayed_sum(x, 60, 0.9)
    weight = 0.9 ** np.arange(60)[::-1]
    for t in (59, 60, 119, 120, 399):
        np.testing.assert_allclose(found[t], weight @ x[t - 59 : t + 1], rtol=1e-12)
    assert np.isnan(found[:59]).all()
    x[100] = np.nan
    assert np.isnan(decayed_sum(x, 60, 0.9)[100:160]).all()
    assert np.isfinite(decayed_sum(x, 60, 0.9)[160:]).all()
    np.testing.assert_array_equal(decayed_sum(x, 60, 1.0), rolling_sum(x, 60))


def test_daily_returns_lose_what_arrives_late_and_dimson_finds_it() -> None:
    miner, metal = late_metal(len(WEEKDAYS), beta=1.6)
    daily, _ = regressed(overlapping_returns(miner, metal, None, window=756, horizon=1), WIDE)
    dimson, _ = regressed(dimson_returns(miner, metal, None, window=756), WIDE)
    weekly, _ = regressed(weekly_returns(miner, metal, None, WEEKDAYS, window=756), WIDE)
    # cov(miner, metal) over h days is 1.6 (h - 1/2) and var(metal) h, halves of equal variance:
    # 0.8 on days, 1.6 x 0.9 = 1.44 on weeks, and 0.8 + 0.8 over the lags.
    assert np.nanmedian(daily) == pytest.approx(0.8, abs=0.05)
    assert np.nanmedian(weekly) == pytest.approx(1.44, abs=0.10)
    assert np.nanmedian(dimson) == pytest.approx(1.6, abs=0.06)


def test_dimson_is_the_sum_of_three_coefficients_up_to_two_sessions_before(
    levels: tuple[np.ndarray, ...],
) -> None:
    miner, metal, market = (np.diff(level, prepend=0.0) for level in levels)
    b, c = regressed(dimson_returns(*levels, window=120), WIDE)
    t = 500
    rows = np.arange(t - 118, t - 1)  # to t - 2, its lead to t - 1, its lag inside 120 sessions
    assert len(rows) == 117
    lags = [x[rows + k] for x in (metal, market) for k in (-1, 0, 1)]
    design = np.column_stack([np.ones(117), *lags])
    fit = np.linalg.lstsq(design, miner[rows], rcond=None)[0]
    np.testing.assert_allclose([b[t], c[t]], [fit[1:4].sum(), fit[4:].sum()], rtol=1e-9)
    later = levels[1].copy()
    later[t - 1 :] += 0.05  # the lead of the last return used is that of t - 1
    moved, _ = regressed(dimson_returns(levels[0], later, levels[2], window=120), WIDE)
    assert moved[t - 1] == b[t - 1]
    assert moved[t] != b[t]


def test_where_dimson_meets_a_bound_the_rest_is_fitted_given_it(
    levels: tuple[np.ndarray, ...],
) -> None:
    miner, metal, market = (np.diff(level, prepend=0.0) for level in levels)
    b, c = regressed(dimson_returns(*levels, window=120), (0.2, 0.9))
    t = 600
    rows = np.arange(t - 118, t - 1)
    lead, same, lag = (metal[rows + k] for k in (1, 0, -1))
    # The sum held at 0.9: one coefficient is 0.9 less the other two.
    design = np.column_stack(
        [np.ones(117), same - lead, lag - lead, *(market[rows + k] for k in (-1, 0, 1))]
    )
    fit = np.linalg.lstsq(design, miner[rows] - 0.9 * lead, rcond=None)[0]
    assert b[t] == 0.9
    assert c[t] == pytest.approx(fit[3:].sum(), rel=1e-8)


def test_weekly_returns_run_from_wednesday_to_wednesday() -> None:
    # Two weeks of January 2010; Wednesday the 13th is left out: Tuesday the 12th ends the week.
    sessions = np.setdiff1d(WEEKDAYS[:13], np.array(["2010-01-13"], dtype="datetime64[D]"))
    level = np.arange(12.0) ** 2
    returns = weekly_returns(level, level, level, sessions, window=60)
    assert sessions[6] == np.datetime64("2010-01-12")
    # Ends: Wednesday the 6th (2), Tuesday the 12th (6), Wednesday the 20th (11).
    np.testing.assert_allclose(returns.miner, [36.0 - 4.0, 121.0 - 36.0])
    # Known: from the 14th on (position 7), when Wednesday had not come; and on the 20th itself.
    np.testing.assert_array_equal(returns.place, [-1] * 7 + [0] * 4 + [1])
    assert returns.count == 11
    assert returns.step == 5


@pytest.mark.parametrize("kind", ["weekly", "dimson", "ewls", "overlapping"])
def test_ratios_know_nothing_of_later_sessions(kind: str, levels: tuple[np.ndarray, ...]) -> None:
    def made(rows: int, shift: float = 0.0) -> HedgeReturns:
        moved = [np.concatenate([x[:rows], x[rows:] + shift]) for x in levels]
        if kind == "weekly":
            return weekly_returns(*moved, WEEKDAYS[:700], window=120)
        if kind == "dimson":
            return dimson_returns(*moved, window=120)
        return overlapping_returns(*moved, window=120, horizon=5)

    decay = 0.98 if kind == "ewls" else 1.0
    for cut in (400, 401, 402, 403, 404, 699):
        whole = regressed(made(cut), WIDE, decay=decay)
        changed = regressed(made(cut, shift=0.3), WIDE, decay=decay)
        for one, other in zip(whole, changed, strict=True):
            np.testing.assert_array_equal(one[:cut], other[:cut])


@pytest.mark.parametrize("rows", [1, 2, 3, 6])
def test_a_run_shorter_than_a_week_between_two_holes_has_no_ratio(
    rows: int, levels: tuple[np.ndarray, ...]
) -> None:
    own = [level[:rows] for level in levels]
    for returns in (
        weekly_returns(*own, WEEKDAYS[:rows], window=120),
        dimson_returns(*own, window=120),
        overlapping_returns(*own, window=120, horizon=5),
    ):
        for ratio in regressed(returns, WIDE):
            assert ratio.shape == (rows,)
            assert np.isnan(ratio).all()


def test_elimination_solves_and_names_the_singular() -> None:
    root = RNG(3).normal(size=(50, 6, 9))
    gram = root @ root.transpose(0, 2, 1)
    right = RNG(4).normal(size=(50, 6, 2))
    gram[7, 5] = gram[7, 4]
    gram[7, :, 5] = gram[7, :, 4]
    gram[9, 0, 0] = np.nan
    found = solve_normal(gram, right)
    keep = np.setdiff1d(np.arange(50), [7, 9])
    np.testing.assert_allclose(found[keep], np.linalg.solve(gram[keep], right[keep]), rtol=1e-6)
    assert np.isnan(found[[7, 9]]).all()

"""Gap forms, hedges and needs on a panel, by the names that a configuration states."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from pydantic import ValidationError

from orebound.feeds import ConfigError, Panel
from orebound.strategies import Regime, Rule, Signals, compute
from orebound.strategies.signals import Blocked
from orebound.strategies.signals.gap import window_lags
from tests.markets import small_sample

ALWAYS = Regime(when_off="ignore")


@pytest.fixture(scope="module")
def panel() -> Panel:
    return small_sample("FCX", "ANTO.L").panel


def signals(panel: Panel, **keys: Any) -> Signals:
    return compute(panel, Rule(**keys), ALWAYS)


def own(panel: Panel, name: int = 0) -> np.ndarray:
    """Return the rows of a name's bars."""
    return panel.bar_rows(name)


def change(values: np.ndarray, sessions: int) -> np.ndarray:
    out = np.full(len(values), np.nan)
    out[sessions:] = values[sessions:] - values[:-sessions]
    return out


def test_an_anchored_gap_is_the_ratio_since_the_last_session_on_or_before_its_date(
    panel: Panel,
) -> None:
    # 2013-12-29 is a Sunday: the base is the close of Friday the 27th on both exchanges.
    found = signals(panel, gap="anchored", anchor_date="2013-12-29")
    for name in (0, 1):
        rows = own(panel, name)
        base = np.flatnonzero(panel.session[rows, name] == np.datetime64("2013-12-27"))[0]
        e, m = found.ln_equity[rows, name], found.ln_basket[rows, name]
        last = len(rows) - 1
        expected = (e[last] - e[base]) - (m[last] - m[base])
        assert found.gap[rows[last], name] == pytest.approx(expected, abs=1e-9)
        assert found.lag[rows[last], name] == pytest.approx(np.expm1(expected), abs=1e-9)
        points = np.expm1(e[last] - e[base]) - np.expm1(m[last] - m[base])
        assert found.lag_points[rows[last], name] == pytest.approx(points, abs=1e-9)
        assert np.isnan(found.gap[rows[: base + 20], name]).all()
        assert np.isfinite(found.gap[rows[base + 20], name])
    assert (found.beta_metal[found.run >= 0] == 1.0).all()
    assert (found.beta_market[found.run >= 0] == 0.0).all()


@pytest.mark.parametrize("gap", ["anchored", "drawdown", "ratio"])
def test_of_forms_that_enter_on_the_lag_it_is_the_gap_as_a_simple_return(
    panel: Panel, gap: str
) -> None:
    rule = Rule(gap=gap, anchor_date="2012-12-31")
    found = compute(panel, rule, ALWAYS)
    assert rule.entry_trigger == "lag"
    has = np.isfinite(found.gap)
    np.testing.assert_allclose(found.lag[has], np.expm1(found.gap[has]), atol=2e-10)
    free = found.blocked == 0
    assert free.any()
    assert (found.lag[free] <= -0.20).all()


def test_difference_in_points_of_a_miner_hedged_one_for_one_is_the_plain_one(panel: Panel) -> None:
    # Ratios held at 1 by their bounds and no market: the drawdown is that of E / M.
    keys = {"hedge": "ols", "beta_min": 1.0, "beta_max": 1.0, "market_factor": False}
    found = signals(panel, gap="drawdown", gap_window=60, **keys)
    rows = own(panel)
    e, m = found.ln_equity[rows, 0], found.ln_basket[rows, 0]
    at = len(rows) - 1
    window = np.arange(at - 59, at + 1)
    high = window[np.argmax((e - m)[window])]
    assert found.gap[rows[at], 0] == pytest.approx((e - m)[at] - (e - m)[high], abs=1e-9)
    points = np.expm1(e[at] - e[high]) - np.expm1(m[at] - m[high])
    assert found.lag_points[rows[at], 0] == pytest.approx(points, abs=1e-9)


def test_ratio_and_points_of_a_miner_up_sixty_and_a_metal_up_a_hundred() -> None:
    miner, metal = np.full(20, np.log(1.6) / 20), np.full(20, np.log(2.0) / 20)
    lag, points = window_lags(miner, metal, 20)
    assert lag[-1] == pytest.approx(-0.20)
    assert points[-1] == pytest.approx(-0.40)


def test_a_level_residual_brings_its_own_ratios(panel: Panel) -> None:
    one, other = (signals(panel, gap="cointegration", hedge=h) for h in ("fixed", "ols"))
    np.testing.assert_array_equal(one.z, other.z)
    rows = own(panel)
    b = one.beta_metal[rows, 0]
    t = int(np.flatnonzero((b > 0.3) & (b < 3.4))[-1])  # no bound binds
    levels = [getattr(one, f"ln_{k}")[rows, 0] for k in ("equity", "basket", "market")]
    before = np.arange(t - 252, t)
    design = np.column_stack([np.ones(252), levels[1][before], levels[2][before]])
    fit = np.linalg.lstsq(design, levels[0][before], rcond=None)[0]
    assert one.beta_metal[rows[t], 0] == pytest.approx(fit[1], abs=1e-6)
    expected = levels[0][t] - fit @ [1.0, levels[1][t], levels[2][t]]
    assert one.gap[rows[t], 0] == pytest.approx(expected, abs=1e-6)


def test_both_needs_the_narrower_and_any_the_wider_of_two_gaps(panel: Panel) -> None:
    keys: dict[str, Any] = {"gap": "ratio"}
    metal, market, both, any_ = (
        signals(panel, gap_needs=need, **keys) for need in ("metal", "market", "both", "any")
    )
    # Ready where both windows are: the market's sessions are a stricter clock than the metal's.
    has = np.isfinite(both.z) & np.isfinite(metal.z) & np.isfinite(market.z)
    assert has.sum() > 3000
    z = np.stack([metal.z[has], market.z[has]])
    lag = np.stack([metal.lag[has], market.lag[has]])
    np.testing.assert_array_equal(both.z[has], z.max(axis=0))
    np.testing.assert_array_equal(any_.z[has], z.min(axis=0))
    np.testing.assert_array_equal(both.lag[has], lag.max(axis=0))
    np.testing.assert_array_equal(any_.lag[has], lag.min(axis=0))
    points = np.stack([metal.lag_points[has], market.lag_points[has]])
    chosen = np.take_along_axis(points, lag.argmax(axis=0)[None], axis=0)[0]
    np.testing.assert_array_equal(both.lag_points[has], chosen)
    # What is entered, held and left is the metal's gap in either case.
    np.testing.assert_array_equal(both.gap[has], metal.gap[has])
    np.testing.assert_array_equal(any_.gap[has], metal.gap[has])
    np.testing.assert_array_equal(any_.beta_metal[has], metal.beta_metal[has])


def test_behind_the_market_alone_the_metal_takes_no_part(panel: Panel) -> None:
    found = signals(panel, gap_needs="market", gap="ratio")
    rows = own(panel)
    e, i = found.ln_equity[rows, 0], found.ln_market[rows, 0]
    expected = change(e - i, 252)
    has = np.isfinite(found.gap[rows, 0]) & np.isfinite(expected)
    np.testing.assert_allclose(found.gap[rows, 0][has], expected[has], atol=1e-9)
    assert (found.beta_metal[rows, 0][has] == 0.0).all()
    assert (found.beta_market[rows, 0][has] == 1.0).all()
    hedged = signals(panel, gap_needs="market", beta_min=0.2)
    ready = hedged.ready
    assert (hedged.beta_metal[ready] == 0.0).all()
    assert (hedged.beta_market[ready] >= 0.2).all()


def test_a_gap_to_the_market_without_a_market_is_refused(panel: Panel) -> None:
    alone = replace(panel, market=None)
    for need in ("market", "any", "both"):
        with pytest.raises(ConfigError, match=f"'{need}' needs a market factor, and this universe"):
            signals(alone, gap_needs=need)
    assert signals(alone).ready.any()


def test_weekly_dimson_and_weighted_ratios_stay_near_least_squares(panel: Panel) -> None:
    plain = signals(panel)
    for keys in (
        {"hedge": "ewls", "ewls_half_life": 250.0},
        {"hedge_returns": "weekly"},
        {"hedge_returns": "dimson"},
        {"hedge": "ewls", "hedge_returns": "dimson"},
    ):
        found = signals(panel, **keys)
        both = found.ready & plain.ready
        assert both.sum() > 0.95 * plain.ready.sum(), keys
        apart = np.abs(found.beta_metal[both] - plain.beta_metal[both])
        assert 0.0 < np.median(apart) < 0.35, keys
    shrunk = {share: signals(panel, hedge="shrunk", shrink=share) for share in (0.0, 0.25, 1.0)}
    has = plain.ready
    stated = signals(panel, hedge="fixed").beta_metal[has]
    np.testing.assert_array_equal(shrunk[0.0].beta_metal[has], plain.beta_metal[has])
    np.testing.assert_array_equal(shrunk[1.0].beta_metal[has], stated)
    mixed = 0.25 * stated + 0.75 * plain.beta_metal[has]
    np.testing.assert_allclose(shrunk[0.25].beta_metal[has], mixed, atol=1e-9)


def test_winsorised_sums_are_ready_a_hedge_window_later(panel: Panel) -> None:
    def first(found: Signals) -> int:
        ready = (found.blocked[own(panel), 0] & int(Blocked.WARM_UP)) == 0
        return int(np.argmax(ready))

    # Half-lives need 252 sessions of their own, long there by then.
    later = first(signals(panel, winsorise=5.0)) - first(signals(panel))
    assert later == 252


@pytest.mark.parametrize(
    ("keys", "message"),
    [
        ({"anchor_date": "29.12.2023"}, "must be an ISO date like 2023-12-29, got '29.12.2023'"),
        ({"winsorise": 1.0}, "winsorise must be 0 or lie between 3 and 10, got 1"),
        ({"half_life_low": 40.0, "half_life_high": 30.0}, "must lie below half_life_high"),
        ({"gap": "rolling"}, "'cumulative', 'ratio', 'anchored', 'drawdown' or 'cointegration'"),
    ],
)
def test_impossible_keys_are_named(keys: dict[str, Any], message: str) -> None:
    with pytest.raises(ValidationError, match=message):
        Rule(**keys)

"""What sizing makes of a rule's arrays: by hand where it can be, properties where it cannot."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from orebound.feeds import Market
from orebound.strategies import (
    RuleArrays,
    Sizing,
    average_daily_value,
    declared_arrays,
    numbers_of,
)
from orebound.strategies.covariance import ewma_covariance, own_returns, shrunk_covariance
from orebound.strategies.weights import sized
from tests.markets import small_sample
from tests.sweeps.own_rules import Reversion


@pytest.fixture(scope="module")
def market() -> Market:
    """Two exchanges, so that rows of one are without bars of the other."""
    return small_sample("FCX", "RIO", "ANTO.L").known_by(np.datetime64("2011-12-30"))


@pytest.fixture(scope="module")
def arrays(market: Market) -> RuleArrays:
    """A rule that would enter on every bar after 100 and half of a full position."""
    panel = market.panel
    bars = np.cumsum(panel.has_bar, axis=0)
    return declared_arrays(
        panel,
        measure=np.where(panel.has_bar, -1.0, np.nan),
        may_enter=bars > 100,
        ready=(bars > 100) & panel.has_bar,
        multiplier=0.5,
    )


def weights_of(arrays: RuleArrays, market: Market, **sizing: Any) -> np.ndarray:
    """Return the weight that an entry on each cell has."""
    asked = Sizing(**sizing)
    weight = numbers_of(Reversion(), asked, market.panel.n_declared).weight
    return weight * sized(arrays, market.panel, asked).multiplier


def test_equal_shares_are_what_they_were(arrays: RuleArrays, market: Market) -> None:
    made = sized(arrays, market.panel, Sizing())
    for name, values in vars(arrays).items():
        np.testing.assert_array_equal(getattr(made, name), values)


def test_inverse_volatility_is_that_of_the_last_own_bars(
    arrays: RuleArrays, market: Market
) -> None:
    panel = market.panel
    given = {"sizing": "inverse_volatility", "max_weight": 1.0, "size_volatility_window": 30}
    found = weights_of(arrays, market, **given)
    row = panel.bar_rows(2)[-50]  # a London row: New York's names count with the day before
    assert not panel.has_bar[row, 0]
    spread = []
    for name in range(3):
        rows = panel.bar_rows(name)
        last = rows[rows <= row][-31:]
        spread.append(np.diff(np.log(panel.known_close[last, name])).std(ddof=1))
    inverse = 1.0 / np.array(spread)
    assert found[row, 2] == pytest.approx(0.5 * inverse[2] / inverse.sum(), rel=1e-9)


@pytest.mark.parametrize("how", ["ewma", pytest.param("shrunk", marks=pytest.mark.slow)])
def test_a_full_book_has_the_volatility_asked_for(
    arrays: RuleArrays, market: Market, how: str
) -> None:
    panel = market.panel
    whole = replace(arrays, multiplier=np.ones_like(arrays.multiplier))
    given = {"sizing": "volatility_target", "max_weight": 1.0, "target_volatility": 0.1}
    found = weights_of(whole, market, **given, covariance=how)
    days = panel.closes.astype("datetime64[D]").astype(np.int64)
    row = panel.bar_rows(0)[-1]  # New York's last close: London's of the day is known
    assert panel.has_bar[row, 1]
    returns = own_returns(panel)
    if how == "ewma":
        covariance = ewma_covariance(returns, days)[row]
    else:
        every = np.unique(days)
        table = np.full((len(every), 3), np.nan)
        for r, name in zip(*np.nonzero(np.isfinite(returns)), strict=True):
            table[np.searchsorted(every, days[r]), name] = returns[r, name]
        covariance = shrunk_covariance(table[-60:]).covariance
    weight = np.array([found[row, 0], found[row, 1], found[panel.bar_rows(2)[-1], 2]])
    # London's own row is an earlier one; its share of this row's book follows from inverse
    # volatility, which the other test holds: here the book of New York's two names and its share.
    inverse = [1.0 / np.nanstd(returns[panel.bar_rows(k)[-60:], k], ddof=1) for k in range(3)]
    weight[2] = weight[0] * inverse[2] / inverse[0]
    assert np.sqrt(252.0 * weight @ covariance @ weight) == pytest.approx(0.1, rel=1e-6)


def test_conviction_multiplies_by_strength(arrays: RuleArrays, market: Market) -> None:
    strong = replace(arrays, strength=np.where(market.panel.has_bar, -2.5, np.nan))
    found = weights_of(strong, market, conviction=True, max_weight=1.0)
    usual = weights_of(arrays, market, max_weight=1.0)
    at = market.panel.has_bar
    np.testing.assert_allclose(found[at], 1.25 * usual[at], rtol=1e-9)


@pytest.mark.parametrize("sizing", ["equal", "inverse_volatility", "volatility_target"])
@pytest.mark.parametrize("max_weight", [0.05, 0.2, 0.4])
def test_no_weight_exceeds_the_cap_of_one_name(
    arrays: RuleArrays, market: Market, sizing: str, max_weight: float
) -> None:
    eager = replace(arrays, multiplier=np.full_like(arrays.multiplier, 1.5))
    given = {"sizing": sizing, "max_weight": max_weight, "conviction": True}
    found = weights_of(eager, market, **given, target_volatility=0.6)
    assert np.nanmax(found) == pytest.approx(max_weight, rel=1e-9)


def test_multipliers_above_one_keep_an_equal_share_under_the_cap(
    arrays: RuleArrays, market: Market
) -> None:
    eager = replace(arrays, multiplier=np.full_like(arrays.multiplier, 1.5))
    assert np.nanmax(weights_of(eager, market, max_weight=0.4)) == pytest.approx(0.4)


def test_an_entry_is_capped_by_a_share_of_what_is_traded(
    arrays: RuleArrays, market: Market
) -> None:
    panel = market.panel
    made = sized(arrays, panel, Sizing(adv_cap=0.05))
    rows = panel.bar_rows(1)
    average = average_daily_value(panel.value_traded[rows, 1])
    np.testing.assert_allclose(made.most_value[rows, 1][9:], 0.05 * average[9:], rtol=1e-12)
    assert (made.most_value[rows, 1][:9] == 0.0).all(), "too little volume is known yet"
    assert np.isinf(sized(arrays, panel, Sizing()).most_value).all()


def test_a_name_without_volume_has_no_cap_by_it(arrays: RuleArrays, market: Market) -> None:
    panel = replace(market.panel, value_traded=np.full(market.panel.close.shape, np.nan))
    assert np.isinf(sized(arrays, panel, Sizing(adv_cap=0.05)).most_value).all()


@pytest.mark.parametrize("how", ["ewma", pytest.param("shrunk", marks=pytest.mark.slow)])
def test_the_future_moves_no_earlier_weight(market: Market, how: str) -> None:
    asked = Sizing(
        sizing="volatility_target", covariance=how, conviction=True, adv_cap=0.1,
        target_volatility=0.05,
    )  # fmt: skip
    rule = Reversion(window=30)
    moment = market.panel.closes[-120]
    cut = market.known_by(moment).panel
    whole, before = (sized(rule.arrays(p, None), p, asked) for p in (market.panel, cut))
    n = cut.n_rows
    assert before.may_enter.sum() > 500
    for name in ("multiplier", "most_value", "may_enter"):
        np.testing.assert_array_equal(getattr(whole, name)[:n], getattr(before, name))

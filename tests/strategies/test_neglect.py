"""Neglect: ranks of return and volume against their own past, and the gate that reads them."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from orebound.feeds import ConfigError, Panel
from orebound.strategies import Regime, Rule, compute
from orebound.strategies.context import (
    neglect_percentile,
    neglect_score,
    relative_percentile,
    volume_shares,
)
from orebound.strategies.signals import Blocked
from tests.markets import small_sample

ANY_TIME = Regime(regime="none", overhang="ignore")
BIT = np.uint32(Blocked.NEGLECT)
KEYS = {"neglect_window": 126, "neglect_past": 504, "neglect_volume": 252}


@pytest.fixture(scope="module")
def panel() -> Panel:
    return small_sample("FCX", "RIO", "B").panel


def test_a_fall_ever_faster_ranks_lowest_and_a_slowing_one_highest() -> None:
    t = np.arange(600.0)
    falling = relative_percentile(-(t**2) / 1e5, 100, 400)
    assert np.isnan(falling[:351]).all()  # 100 to the first return, 252 of them
    assert (falling[351:] == 0.0).all()
    assert (relative_percentile(t**2 / 1e5, 100, 400)[351:] == 1.0).all()


def test_no_return_spans_a_break() -> None:
    ln = np.zeros(700)
    ln[300] = np.nan
    found = relative_percentile(ln, 100, 400)
    assert np.isnan(found[300:401]).all()
    assert found[699] == 0.5  # all alike: half of the ties lie below


def test_volume_shares_move_with_ones_own_volume_against_all() -> None:
    value = np.full((200, 2), 10.0)
    value[100:, 0] = 40.0
    found = volume_shares(value, np.ones((200, 2), bool))
    assert np.isnan(found[:62]).all()
    # From 10 of 20 to 40 of 50: the share grows by 1.6, the other's falls to 0.4.
    change = np.exp(found[199] - found[90])
    np.testing.assert_allclose(change, [1.6, 0.4], rtol=1e-9)


def test_a_late_listing_moves_nobodys_share() -> None:
    value = np.full((300, 3), 10.0)
    value[:150, 2] = np.nan
    has_bar = np.isfinite(value)
    found = volume_shares(value, has_bar)
    assert np.ptp(found[62:, 0]) == 0.0
    assert np.isfinite(found[150 + 62 :, 2]).all()


def test_both_ranks_are_averaged_and_the_return_stands_alone_without_volume() -> None:
    found = neglect_percentile(np.array([0.1, 0.1, np.nan]), np.array([0.3, np.nan, 0.2]))
    np.testing.assert_allclose(found, [0.2, 0.1, np.nan], atol=1e-12)


def test_the_score_is_one_below_the_bar_and_nought_from_the_middle_on() -> None:
    found = neglect_score(np.array([0.0, 0.2, 0.35, 0.5, 0.9, np.nan]), 0.2)
    np.testing.assert_allclose(found, [1.0, 1.0, 0.5, 0.0, 0.0, np.nan], atol=1e-12)


def test_the_gate_ranks_the_return_beyond_the_market_on_own_sessions(panel: Panel) -> None:
    without = replace(panel, value_traded=np.full_like(panel.value_traded, np.nan))
    found = compute(without, Rule(neglect="hard", **KEYS), ANY_TIME)
    name, market = 1, panel.market
    assert market is not None
    own = panel.priced_rows(name)
    ratio = np.log(panel.known_close[own, name] / market.value[own])
    for place in (1500, 2500, len(own) - 1):
        past = np.array([ratio[k] - ratio[k - 126] for k in range(place - 503, place + 1)])
        expected = np.mean(past[:-1] < past[-1])
        assert found.more["neglect"][own[place], name] == pytest.approx(expected, abs=0.003)


def test_hard_closes_what_is_not_below_the_bar_and_soft_scales(panel: Panel) -> None:
    hard = compute(panel, Rule(neglect="hard", neglect_percentile=0.3, **KEYS), ANY_TIME)
    rank = hard.more["neglect"]
    np.testing.assert_array_equal(hard.blocked & BIT > 0, ~(rank < 0.3))
    assert 0.05 < (rank < 0.3)[np.isfinite(rank)].mean() < 0.6
    soft = compute(panel, Rule(neglect="soft", neglect_percentile=0.3, **KEYS), ANY_TIME)
    known = np.isfinite(rank)
    expected = np.clip((0.5 - rank[known]) / 0.2, 0.0, 1.0)
    np.testing.assert_allclose(soft.size_multiplier[known], expected, atol=1e-9)


def test_without_a_market_factor_it_is_refused(panel: Panel) -> None:
    with pytest.raises(ConfigError, match=r"rule.neglect: it ranks returns beyond the market"):
        compute(replace(panel, market=None), Rule(neglect="soft", market_factor=False), ANY_TIME)

"""Tightness as a gate, and the copper premium as a measured overhang, on a world that has both."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from orebound.feeds import ConfigError, Market
from orebound.strategies import Regime, Rule, Signals, compute, needed
from orebound.strategies.context import panel_premium
from orebound.strategies.signals import Blocked
from tests.copper_world import PREMIUM, copper_world
from tests.markets import real, small_sample

TIGHT, OVER = np.uint32(Blocked.TIGHTNESS), np.uint32(Blocked.OVERHANG)


@pytest.fixture(scope="module")
def market() -> Market:
    return copper_world("FCX", "ANTO.L", "AU")


def signals(market: Market, rule: dict[str, Any], **regime: Any) -> Signals:
    keys = {"regime": "none", "overhang": "ignore"} | regime
    return compute(market.panel, Rule(**rule), Regime(**keys))


def row_of(market: Market, symbol: str, day: str) -> tuple[int, int]:
    name = market.names.index(symbol)
    return int(np.flatnonzero(market.panel.session[:, name] == np.datetime64(day))[0]), name


def test_a_copper_miner_is_as_tight_as_copper_on_the_day(market: Market) -> None:
    found = signals(market, {"tightness": "hard", "tight_window": 300})
    cell = row_of(market, "FCX", "2025-03-24")
    series = {name: one.frame["close"] for name, one in market.parts.extra.items()}
    own = series["LME_CU.stock"].loc[:"2025-03-24"].to_numpy()
    spread = (series["LME_CU.cash"] / series["LME_CU"] - 1.0).loc[:"2025-03-24"].to_numpy()
    rank = []
    for values in (own, spread):
        # New York's holidays hide a few of London's sessions from a New York line.
        others, now = values[-301:-1], values[-1]
        rank.append(float(np.mean(others < now) + 0.5 * np.mean(others == now)))
    expected = 0.5 * (1.0 - rank[0] + rank[1])
    assert found.more["stock_percentile"][cell] == pytest.approx(rank[0], abs=0.02)
    assert found.more["tightness"][cell] == pytest.approx(expected, abs=0.02)


def test_hard_asks_for_score_and_low_stock_and_soft_scales_up_to_the_bar(market: Market) -> None:
    keys = {"tight_window": 300, "tight_score": 0.6, "tight_stock": 0.4}
    hard = signals(market, {"tightness": "hard"} | keys)
    score, stock = hard.more["tightness"], hard.more["stock_percentile"]
    is_open = (score >= 0.6) & (stock <= 0.4)
    np.testing.assert_array_equal(hard.blocked & TIGHT > 0, ~is_open)
    assert is_open.any()
    soft = signals(market, {"tightness": "soft"} | keys)
    known = np.isfinite(score)
    np.testing.assert_allclose(
        soft.size_multiplier[known], np.clip(score[known] / 0.6, 0.0, 1.0), atol=1e-9
    )
    assert (soft.blocked[~known] & TIGHT > 0).all()


def test_a_bar_of_nought_asks_for_stocks_alone(market: Market) -> None:
    found = signals(market, {"tightness": "hard", "tight_score": 0.0, "tight_stock": 0.2})
    stock = found.more["stock_percentile"]
    np.testing.assert_array_equal(found.blocked & TIGHT > 0, ~(stock <= 0.2))


def test_a_gold_miner_has_no_lme_stock_and_is_not_known_to_be_tight(market: Market) -> None:
    found = signals(market, {"tightness": "soft"})
    gold = market.names.index("AU")
    has = market.panel.has_bar[:, gold]
    assert np.isnan(found.more["tightness"][has, gold]).all()
    assert (found.blocked[has, gold] & TIGHT > 0).all()


def test_the_premium_is_seen_by_each_exchange_when_both_prices_are_known(market: Market) -> None:
    path = panel_premium(market.panel)
    # London closes before New York settles: on the shock's first day it still has the day before.
    first = np.array(["2025-02-26T16:35", "2025-02-26T21:00"], "datetime64[ns]")
    seen = path.at(first)[0]
    assert abs(seen[0]) < 0.06
    assert seen[1] == pytest.approx(PREMIUM, abs=0.06)
    assert np.isnan(path.at(np.array(["2020-01-01"], "datetime64[ns]"))[0])


def test_the_measured_overhang_concerns_names_with_copper(market: Market) -> None:
    found = signals(market, {}, overhang="no_entries", overhang_from="premium")
    shut = found.blocked & OVER > 0
    fcx, gold = row_of(market, "FCX", "2025-03-24"), row_of(market, "AU", "2025-03-24")
    assert shut[fcx]
    assert shut[row_of(market, "ANTO.L", "2025-03-24")]
    assert not shut[gold]
    assert not shut[row_of(market, "FCX", "2025-07-31")]
    assert found.more["premium"][fcx] == pytest.approx(PREMIUM, abs=0.06)
    by_name = signals(
        market, {}, overhang="no_entries", overhang_from="premium", overhang_scope="name"
    )
    shut = by_name.blocked & OVER > 0
    assert not shut[fcx]  # its own cathode sells at the premium
    assert shut[row_of(market, "ANTO.L", "2025-03-24")]


def test_either_is_on_where_one_of_them_is(market: Market) -> None:
    state = {
        source: signals(market, {}, overhang_from=source).more["overhang_state"]
        for source in ("events", "premium", "either")
    }
    has = market.panel.has_bar
    both = np.maximum(state["events"], state["premium"])
    np.testing.assert_array_equal(state["either"][has], both[has])
    assert (state["events"][has] != state["premium"][has]).any()


@pytest.mark.parametrize(
    ("rule", "regime"),
    [
        ({"v_shape": "hard"}, {}),
        ({"v_shape": "soft"}, {"overhang": "half_size"}),
        ({"momentum": "hard"}, {"scheduled_days_before": 20}),
        ({"momentum": "soft"}, {"overhang": "no_entries", "overhang_scope": "name"}),
        ({"tightness": "hard"}, {"overhang": "on_resolution", "resolution_window": 120}),
        ({"tightness": "soft"}, {"overhang": "half_size", "overhang_from": "either"}),
    ],
)
def test_a_gate_only_removes_entries_and_lowers_sizes(
    market: Market, rule: dict[str, Any], regime: dict[str, Any]
) -> None:
    plain, found = signals(market, {}), signals(market, rule, **regime)
    enters = found.blocked == 0
    assert (plain.blocked[enters] == 0).all()
    assert (found.size_multiplier[enters] <= plain.size_multiplier[enters]).all()
    assert (
        not (found.blocked == plain.blocked).all()
        or (np.nan_to_num(found.size_multiplier) < np.nan_to_num(plain.size_multiplier)).any()
    )


@pytest.mark.usefixtures("shared_data")
@pytest.mark.parametrize(
    "rule", [{}, {"v_shape": "soft", "v_entry": "recent", "v_window": 250}, {"momentum": "soft"}]
)
def test_no_gate_lets_the_leading_gold_miners_in_at_the_note(rule: dict[str, Any]) -> None:
    # Case 13, as far as gates go: AngloGold led gold by a fifth over 252 sessions.
    panel = real().panel
    found = compute(panel, Rule(**rule), Regime())
    for symbol in ("AU", "NEM"):
        name = panel.names.index(symbol)
        row = np.flatnonzero(panel.session[:, name] == np.datetime64("2025-03-24"))[0]
        assert found.blocked[row, name] != 0
        assert found.lag[row, name] > 0.0


def test_what_is_needed_follows_what_is_switched_on() -> None:
    assert needed(Rule(), Regime()) == ()
    assert needed(Rule(tightness="soft"), Regime(overhang_from="either")) == (
        *("HG", "LME_CU", "LME_CU.cash", "LME_CU.stock"),
    )


def test_tightness_without_its_series_is_refused_by_name() -> None:
    with pytest.raises(ConfigError, match=r"tightness needs stock and cash of LME metals"):
        compute(small_sample("FCX").panel, Rule(tightness="hard"), Regime())

"""The overhang's four policies, its scopes, and awaited dates, by session and name."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from orebound.feeds import ConfigError, Market, Panel, as_announcements
from orebound.strategies import Regime, Rule, Signals, build, compute
from orebound.strategies.signals import Blocked
from tests.markets import small_sample

RULE = Rule()


@pytest.fixture(scope="module")
def market() -> Market:
    return small_sample("ANTO.L", "FCX", "RIO", "AU")


def signals(market: Market, **keys: Any) -> Signals:
    return compute(market.panel, RULE, Regime(**{"regime": "none", "overhang": "ignore"} | keys))


def at(panel: Panel, symbol: str, day: str) -> tuple[int, int]:
    name = panel.names.index(symbol)
    return int(np.flatnonzero(panel.session[:, name] == np.datetime64(day))[0]), name


def days(market: Market, symbol: str, flags: np.ndarray, *span: str) -> tuple[str, str, int]:
    """Return the first and the last flagged session of a name in a span, and their number."""
    name = market.panel.names.index(symbol)
    session = market.panel.session[:, name]
    found = session[flags[:, name] & (session >= np.datetime64(span[0]))]
    found = found[found <= np.datetime64(span[1])]
    return str(found[0]), str(found[-1]), len(found)


def test_half_size_halves_between_the_reference_dates_and_nowhere_else(market: Market) -> None:
    found = signals(market, overhang="half_size")
    has = market.panel.has_bar
    assert set(np.unique(found.size_multiplier[has]).tolist()) == {0.5, 1.0}
    half = np.where(has, found.size_multiplier, 1.0) == 0.5
    assert days(market, "ANTO.L", half, "2018-01-01", "2019-12-31")[:2] == (
        *("2018-03-02", "2018-11-30"),
    )
    assert days(market, "ANTO.L", half, "2024-01-01", "2025-12-31")[:2] == (
        *("2025-02-10", "2025-07-30"),
    )
    plain = signals(market)
    np.testing.assert_array_equal(found.blocked, plain.blocked)
    np.testing.assert_array_equal(plain.size_multiplier[has], 1.0)


def test_no_entries_closes_the_same_sessions_with_their_own_reason(market: Market) -> None:
    found = signals(market, overhang="no_entries")
    shut = found.blocked & np.uint32(Blocked.OVERHANG) > 0
    np.testing.assert_array_equal(shut, found.more["overhang_state"] == 1.0)
    assert days(market, "FCX", shut, "2024-01-01", "2025-12-31")[:2] == (
        # New York's close of 2025-07-30 came two hours after the copper proclamation.
        *("2025-02-10", "2025-07-29"),
    )


def test_entries_on_resolution_follow_content_and_not_the_awaited_date(market: Market) -> None:
    found = signals(market, overhang="on_resolution", resolution_window=10)
    shut = found.blocked & np.uint32(Blocked.OVERHANG) > 0
    free = market.panel.has_bar & ~shut
    panel = market.panel
    # The second of April came and went; the pause of 9 April, after London's close, resolved.
    for day in ("2025-04-02", "2025-04-03", "2025-04-09"):
        assert not free[at(panel, "ANTO.L", day)]
    assert days(market, "ANTO.L", free, "2025-03-01", "2025-05-11") == (
        *("2025-04-10", "2025-04-25", 10),
    )
    # Between resolutions the level fades below every threshold, and nothing opens.
    assert not free[at(panel, "ANTO.L", "2019-06-28")]


def test_by_name_a_copper_miner_waits_while_a_gold_miner_does_not(market: Market) -> None:
    found = signals(market, overhang="no_entries", overhang_scope="name")
    panel = market.panel
    anto, gold = at(panel, "ANTO.L", "2025-03-24"), at(panel, "AU", "2025-03-24")
    fcx = at(panel, "FCX", "2025-03-24")
    level = found.more["overhang"]
    # china .0223 + all .9958, and .84 of copper's 1.8757 for Antofagasta alone: Freeport's own
    # cathode sells at the premium.
    assert level[gold] == pytest.approx(0.0223 + 0.9958, abs=1e-3)
    assert level[anto] == pytest.approx(0.0223 + 0.9958 + 0.84 * 1.8757, abs=1e-3)
    assert level[fcx] == pytest.approx(level[gold], abs=1e-9)
    # In New York the order of 25 February counts that day, in London the day after.
    copper = 1.5 * 2 ** (-27 / 90) + 0.75 * 2 ** (-19 / 90)
    assert found.blocked[anto] & Blocked.OVERHANG
    assert not found.blocked[gold] & Blocked.OVERHANG
    assert not found.blocked[fcx] & Blocked.OVERHANG
    direction = found.more["tariff_direction"]
    assert direction[fcx] == pytest.approx(0.75 * copper, abs=1e-9)
    assert direction[at(panel, "RIO", "2025-03-24")] == pytest.approx(-0.15 * 0.6547, abs=1e-3)
    assert direction[gold] == 0.0


def test_the_overhang_is_shown_whatever_the_policy(market: Market) -> None:
    shown = [signals(market, overhang=policy).more for policy in ("ignore", "no_entries")]
    for key in ("overhang", "overhang_state", "tariff_direction"):
        np.testing.assert_array_equal(shown[0][key], shown[1][key])
    assert np.isnan(shown[0]["overhang"][~market.panel.has_bar]).all()


def test_size_falls_before_an_awaited_date_and_returns_the_session_after(market: Market) -> None:
    found = signals(market, scheduled_days_before=2, scheduled_size=0.25)
    panel, size = market.panel, found.size_multiplier
    on = ("2025-03-31", "2025-04-01", "2025-04-02")
    assert [size[at(panel, "ANTO.L", day)] for day in on] == [0.25] * 3
    assert size[at(panel, "ANTO.L", "2025-04-03")] == 1.0
    assert size[at(panel, "ANTO.L", "2025-03-26")] == 1.0
    none = signals(market, scheduled_days_before=2, scheduled_size=0.0)
    shut = none.blocked & np.uint32(Blocked.SCHEDULED) > 0
    np.testing.assert_array_equal(shut, none.more["scheduled"] == 1.0)
    assert shut[at(panel, "ANTO.L", "2025-04-01")]


def test_by_name_only_those_with_the_metal_wait_for_its_date(market: Market) -> None:
    # 2025-03-12: duties on steel and aluminium come into force.
    found = signals(market, scheduled_days_before=3, overhang_scope="name")
    panel, size = market.panel, found.size_multiplier
    assert size[at(panel, "RIO", "2025-03-11")] == 0.5
    assert size[at(panel, "FCX", "2025-03-11")] == 1.0


def test_another_table_of_announcements_moves_the_overhang(market: Market) -> None:
    known = as_announcements(None)
    nothing = replace(known, trade=known.trade.until("2017-01-01"))
    regime = Regime(regime="none", overhang="no_entries")
    found = compute(market.panel, RULE, regime, nothing)
    assert not (found.blocked & np.uint32(Blocked.OVERHANG)).any()
    assert np.nanmax(found.more["overhang"]) == 0.0


@pytest.mark.parametrize(
    ("keys", "message"),
    [
        (
            {"overhang_in": 1.0, "overhang_out": 1.0},
            r"overhang_out must lie below overhang_in, got 1.0 >= 1.0",
        ),
        (
            {"overhang": "on_resolution", "overhang_from": "premium"},
            r"overhang_from must be events or either .* got 'premium'",
        ),
        ({"overhang": "half"}, r"overhang.*half_size"),
    ],
)
def test_impossible_settings_are_refused_by_name(keys: dict[str, Any], message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        build("regime", keys)


def test_a_premium_without_its_series_is_refused(market: Market) -> None:
    with pytest.raises(ConfigError, match=r"data.extra: HG or HG=F is absent, got no further"):
        signals(market, overhang_from="premium")

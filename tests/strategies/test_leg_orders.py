"""Hedge legs in worlds where one certain thing happens: sizes, closing, holes, orphans, carry."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from orebound.analyzers import episodes_of_legs
from orebound.feeds import ConfigError, Line, Market, Panel
from orebound.strategies import (
    DeclaredRule,
    Legs,
    Rule,
    RuleArrays,
    Sizing,
    arrays_of,
    compute,
    declared_arrays,
)
from orebound.strategies.signals import Blocked
from orebound.sweeps import Parameters, backtest, from_names
from tests.sweeps.directed_worlds import FREE, Name, day, world
from tests.sweeps.hedged_worlds import HEDGED, hedged_world, run, story, with_hedges

#: The name falls by a tenth on day 1 and is back on day 9; the fund that hedges it stays.
DIP = Name({1: 0.9, 9: 1.0})


def test_a_leg_is_sold_with_its_name_and_bought_back_with_it() -> None:
    found = run(hedged_world(DIP))
    assert story(found) == [
        ("N0", "buy", "entry", 1, 2),
        ("N0-FUND", "sell", "entry", 1, 2),
        ("N0", "sell", "captured", 9, 10),
        ("N0-FUND", "buy", "captured", 9, 10),
    ]
    # 40 % of a million at 90, and as much of the fund at 100, ripples aside; a tenth is earned.
    assert found.orders["size"].tolist() == pytest.approx([4444, 3999] * 2, abs=4)
    assert found.equity["value"].iloc[-1] == pytest.approx(1e6 + 44_440, rel=1e-3)
    assert found.trades["leg_of"].tolist() == ["", "N0"]
    assert found.trades["entry_decision"].nunique() == 1
    assert np.isnan(found.trades["entry_gap"].iloc[1]), "a leg has no gap of its own"


def test_what_the_metal_does_is_not_earned() -> None:
    # The name closes its gap and then both fall by a fifth, on the day of the exit's fill.
    both = {9: 1.0, 10: 0.8}
    opens = {10: 0.8}
    hedged = run(hedged_world(Name({1: 0.9} | both, opens), fund=Name({10: 0.8}, opens)))
    alone = run(hedged_world(Name({1: 0.9} | both, opens)), mode="long_only")
    ended = [found.equity["value"].iloc[-1] for found in (hedged, alone)]
    # 4,444 shares from 90 to 80, and 3,999 of the fund from 100 to 80.
    assert ended == pytest.approx([1e6 - 44_440 + 79_980, 1e6 - 44_440], rel=2e-3)


def test_whole_lots_are_sold_and_none_where_one_is_too_much() -> None:
    assert run(hedged_world(DIP, lot=100)).orders["size"].iloc[1] == 3900
    found = run(hedged_world(DIP, lot=10_000))
    assert set(found.orders["symbol"]) == {"N0"}


def test_a_leg_of_a_name_that_was_not_bought_is_an_orphan() -> None:
    # The name opens at three times its price: its order has no cash, the leg is sold already.
    found = run(hedged_world(Name({1: 0.9}, {2: 3.0})))
    assert story(found)[:3] == [
        ("N0", "buy", "entry", 1, None),
        ("N0-FUND", "sell", "entry", 1, 2),
        ("N0-FUND", "buy", "orphan", 2, 3),
    ]
    assert found.orders["status"].iloc[0] == "Margin"


def test_a_leg_whose_market_is_closed_fills_later_and_is_left_later() -> None:
    found = run(hedged_world(DIP, fund=Name({}, absent=(2, 10, 11))))
    assert story(found) == [
        ("N0", "buy", "entry", 1, 2),
        ("N0-FUND", "sell", "entry", 1, 3),
        ("N0", "sell", "captured", 9, 10),
        ("N0-FUND", "buy", "captured", 9, 12),
    ]


def test_a_leg_is_left_at_once_where_its_name_cannot_trade() -> None:
    found = run(hedged_world(Name({1: 0.9, 9: 1.0}, absent=(10,))))
    assert story(found)[2:] == [
        ("N0", "sell", "captured", 9, 11),
        ("N0-FUND", "buy", "captured", 9, 10),
    ]


def test_a_name_is_not_entered_again_before_its_old_leg_is_left() -> None:
    # Back on day 9 and down again on day 10, when the fund does not trade until day 13.
    name = Name({1: 0.9, 9: 1.0, 10: 0.88})
    found = run(hedged_world(name, fund=Name({}, absent=(10, 11, 12))))
    again = [line for line in story(found) if line[2] == "entry"][2:]
    assert again == [("N0", "buy", "entry", 13, 14), ("N0-FUND", "sell", "entry", 13, 14)]


def test_a_leg_lost_to_the_end_of_its_data_leaves_its_name() -> None:
    found = run(hedged_world(Name({1: 0.9}), fund=Name({}, last=5)))
    symbols = [line[:3] for line in story(found)]
    assert symbols == [
        ("N0", "buy", "entry"),
        ("N0-FUND", "sell", "entry"),
        ("N0-FUND", "buy", "data_hole"),
        ("N0", "sell", "time_stop"),
    ]


def test_nothing_is_entered_without_a_price_of_its_leg() -> None:
    market = hedged_world(Name({1: 0.9}), fund=Name({}, last=-20))
    assert not len(run(market).orders)
    rule, regime = (from_names(HEDGED).rule, from_names(HEDGED).regime)
    assert isinstance(rule, Rule)
    panel = market.arranged(rule.lines(market)).panel
    row = panel.priced_rows(0)[322]
    assert compute(panel, rule, regime).blocked[row, 0] == Blocked.NO_HEDGE


def test_a_short_leg_pays_borrow_and_its_hedge_may_state_the_rate() -> None:
    for market, keys in (
        (hedged_world(DIP), {"borrow_bps": 365.0}),
        (hedged_world(DIP, borrow_bps=365.0), {}),
    ):
        flows = run(market, **keys).cash
        assert set(flows["kind"]) == {"borrow"}
        assert set(flows["symbol"]) == {"N0-FUND"}
        # 400,000 at 1 bp a day, from the fill's day to that of the exit, both at the open.
        nights = (day(10) - day(2)).days
        assert flows["amount"].sum() == pytest.approx(-40.0 * nights, rel=3e-3)


def test_a_future_pays_rolls_and_no_borrow() -> None:
    # Held from mid-April to the end of the data in May: the first of May is one roll.
    market = hedged_world(Name({1: 0.9}), days=30, instrument="future", rolls_a_year=12)
    months = day(30).to_period("M").ordinal - day(2).to_period("M").ordinal
    assert months == 1
    found = run(market, borrow_bps=365.0, roll_bps=2.0)
    assert set(found.cash["kind"]) == {"roll"}
    assert found.cash["amount"].tolist() == pytest.approx([-80.0] * months, rel=3e-3)
    free = run(market, roll_bps=0.0)
    assert free.cash.empty
    ended = [one.equity["value"].iloc[-1] for one in (free, found)]
    assert ended[0] - ended[1] == pytest.approx(80.0 * months, rel=3e-3)


def test_dearer_borrow_never_helps() -> None:
    market = hedged_world(DIP)
    ended = [run(market, borrow_bps=b).equity["value"].iloc[-1] for b in (0.0, 40.0, 400.0)]
    assert ended[0] > ended[1] > ended[2]


def test_the_cap_on_the_gross_counts_legs() -> None:
    found = run(hedged_world(DIP), gross_cap=0.4).orders
    # Half of 40 % for the name, half for its leg.
    assert (found["size"] * found["price"]).iloc[:2].tolist() == pytest.approx([2e5] * 2, rel=5e-3)


def test_a_leg_whose_market_is_in_session_waits_for_its_close() -> None:
    # London closes at 16:35 while New York trades: its bar of the day opened two hours before.
    found = run(hedged_world(DIP, mic="XLON"))
    line, leg = (found.orders[found.orders["symbol"] == name] for name in ("N0", "N0-FUND"))
    assert leg["reason"].tolist() == line["reason"].tolist() == ["entry", "captured"]
    waited = leg["submitted"].to_numpy() - line["submitted"].to_numpy()
    assert (waited == np.timedelta64(265, "m")).all(), "from 16:40 to 21:05 in London"
    assert (found.orders["filled"] > found.orders["submitted"]).all()
    # Sized when London decided; one trade all the same.
    assert leg["size"].iloc[0] == pytest.approx(3999, abs=4)
    assert episodes_of_legs(found.trades).tolist() == [-1, 0]
    closes = hedged_world(DIP, mic="XLON")
    fund = closes.parts.hedges["FUND"][1]
    at_close = replace(fund, frame=fund.frame.assign(open=np.nan, high=np.nan, low=np.nan))
    at_close = replace(at_close, facts=replace(fund.facts, fill="next_close"))
    closes = with_hedges(closes, FUND=(closes.parts.hedges["FUND"][0], at_close))
    orders = run(closes).orders
    # A bar that trades at its close alone is still to come: the same evening's.
    assert orders["submitted"].iloc[0] == orders["submitted"].iloc[1]
    first = orders[orders["symbol"] == "N0-FUND"].iloc[0]
    assert first["filled"] - first["submitted"] < np.timedelta64(5, "h")


def test_two_names_have_legs_of_their_own() -> None:
    found = run(hedged_world(DIP, Name({3: 0.9, 12: 1.0})))
    legs = found.trades[found.trades["leg_of"] != ""]
    assert legs[["symbol", "leg_of"]].to_numpy().tolist() == [["N0-FUND", "N0"], ["N1-FUND", "N1"]]


def test_modes_that_have_nothing_to_sell_are_refused() -> None:
    with pytest.raises(ConfigError, match="sells the market by the gap's ratio to it"):
        from_names({"mode": "hedged_bench", "market_factor": False})
    with pytest.raises(ConfigError, match='by stated exposures; accepted exposures: "fundamental"'):
        from_names({"mode": "hedged_metal", "exposures": "regression"})
    with pytest.raises(ConfigError, match="the gap has no metal to sell"):
        from_names({"mode": "two_factor", "gap_needs": "market"})
    market = world(DIP)
    with pytest.raises(ConfigError, match="this market was made without: pass hedges="):
        from_names({"mode": "two_factor"}).rule.lines(market)


def test_a_config_says_which_hedges_it_needs_and_that_backtrader_runs_it() -> None:
    config = from_names({"mode": "two_factor"})
    assert config.data.hedges == "metals+market"
    assert config.rule.not_replayed(config) == "hedge legs"
    assert from_names({}).data.hedges == ""
    assert from_names({}).rule.not_replayed(config) == ""


class Paired(DeclaredRule):
    """Buy the first name at a dip under 95 with half its value sold in the fund."""

    def lines(self, market: Market) -> tuple[Line, ...]:
        (name,) = [series.symbol for _, series in market.parts.traded]
        return (Line(name, 0, "name", name), Line("HALF", 1, "leg", "FUND"))

    def arrays(self, panel: Panel, regime: Any, events: Any = None) -> RuleArrays:
        measure = np.where(panel.has_bar, panel.known_close - 95.0, np.nan)
        return declared_arrays(panel, measure=measure, may_enter=True)

    def numbers(self, of: Any) -> Mapping[str, Any]:
        return {"enter_at": 0.0, "leave_above": 0.0}

    def hedges_needed(self) -> tuple[str, ...]:
        return ("FUND",)

    def legs(self, panel: Panel, arrays: RuleArrays) -> Legs:
        return Legs(np.array([1]), np.array([0]), np.full((panel.n_rows, 1), -0.5))


def test_a_rule_of_ones_own_has_legs_by_the_same_declaration() -> None:
    market = hedged_world(DIP)
    costs = from_names(FREE).costs
    found = backtest(market, Parameters(Paired(), sizing=Sizing(max_weight=0.4), costs=costs))
    assert [line[:3] for line in story(found)] == [
        ("N0", "buy", "entry"),
        ("HALF", "sell", "entry"),
        ("N0", "sell", "threshold"),
        ("HALF", "buy", "threshold"),
    ]
    assert found.orders["size"].iloc[:2].tolist() == pytest.approx([4444, 1999], abs=3)
    panel = market.arranged(Paired().lines(market)).panel
    known = arrays_of(Paired(), panel, None, Sizing())
    assert not known.may_enter[:, 1].any(), "a leg is not entered by itself"
    assert Paired().not_replayed(None) == "hedge legs"

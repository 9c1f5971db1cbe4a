"""Hedge legs in the replay: every order, cost and row of backtrader's, and its trade figures."""

from __future__ import annotations

from collections import Counter
from typing import Any

import numpy as np
import pandas as pd
import pytest

from orebound.feeds import Market, Panel, china_events
from orebound.strategies import Legs, RuleArrays, Sizing, numbers_of
from orebound.sweeps import Parameters, RunConfig, backtest, from_names
from orebound.sweeps.by_backtrader import row_metrics
from orebound.sweeps.moved_states import MovedStates
from orebound.sweeps.parity import compare, crowded, metrics_of_scalar
from orebound.sweeps.parity_report import Compared
from orebound.sweeps.parity_sets import random_set
from orebound.sweeps.prepared import Workshop, changed
from orebound.sweeps.replay.many import replay_many, runs_in_lanes, sweep_legs
from orebound.sweeps.replay.ready import compile_now
from orebound.sweeps.rerun import run_again, trades
from tests.strategies.test_leg_orders import Paired
from tests.sweeps.directed_worlds import FREE, Name, day
from tests.sweeps.hedged_worlds import HEDGED, hedged_world, random_hedged_market
from tests.sweeps.test_legging import two_exchanges

#: The name falls by a tenth on day 1 and is back on day 9; the fund that hedges it stays.
DIP = Name({1: 0.9, 9: 1.0})
BUSY: dict[str, Any] = {
    **{"start": "2015-01-02", "end": "2016-03-31", "z_in": 0.8, "regime": "none"},
    **{"when_off": "ignore", "max_weight": 0.4},
}


@pytest.fixture(scope="module")
def market() -> Market:
    return two_exchanges()


def proven(market: Market, **keys: Any) -> Compared:
    """Return what stock backtrader does, which the replay must do bit by bit."""
    found = compare(Workshop(from_names(HEDGED | keys), market), {})
    assert found.difference is None
    assert found.largest_difference == 0.0
    return found


def story(found: Compared) -> list[tuple[Any, ...]]:
    """Return symbol, reason and status of each order."""
    columns = ["symbol", "reason", "status"]
    return [tuple(row) for row in found.orders[columns].to_numpy().tolist()]


def filled(*orders: tuple[str, str]) -> list[tuple[str, str, str]]:
    return [(*order, "Filled") for order in orders]


TOGETHER = filled(
    ("N0", "entry"), ("N0-FUND", "entry"), ("N0", "captured"), ("N0-FUND", "captured")
)


@pytest.mark.parametrize(
    "market",
    [
        hedged_world(DIP),
        hedged_world(DIP, lot=100),
        hedged_world(DIP, fund=Name({}, absent=(2, 10, 11))),
        hedged_world(Name({1: 0.9, 9: 1.0}, absent=(10,))),
    ],
    ids=["with its line", "in lots", "fund shut", "name shut"],
)
def test_a_leg_is_opened_and_closed_with_its_line(market: Market) -> None:
    assert story(proven(market)) == TOGETHER


def test_a_lot_too_large_is_no_leg() -> None:
    assert story(proven(hedged_world(DIP, lot=10_000))) == [TOGETHER[0], TOGETHER[2]]


def test_a_rejected_line_leaves_an_orphan() -> None:
    # The name opens at three times its price: its order has no cash, the leg is sold already.
    found = proven(hedged_world(Name({1: 0.9}, {2: 3.0})))
    assert story(found)[:3] == [
        ("N0", "entry", "Margin"),
        *filled(("N0-FUND", "entry"), ("N0-FUND", "orphan")),
    ]


def test_an_orphan_whose_market_is_shut_is_left_when_it_opens() -> None:
    # The entry fills on day 3, when its line is rejected long since; it is closed on day 4.
    found = proven(hedged_world(Name({1: 0.9}, {2: 3.0}), fund=Name({}, absent=(2,)), days=6))
    assert [one for one in story(found) if one[1] == "orphan"]


def test_a_bought_leg_without_cash_leaves_its_line_alone() -> None:
    # Gold falls with its miner: a ratio below zero buys the fund, which opens at four times.
    market = hedged_world(DIP, fund=Name({}, {2: 4.0}))
    found = compare(Workshop(RunConfig(rule=Bought(), **SECTIONS), market), {})
    assert found.difference is None
    assert story(found)[:2] == [("N0", "entry", "Filled"), ("HALF", "entry", "Margin")]


def test_a_line_waits_for_its_old_leg() -> None:
    name = Name({1: 0.9, 9: 1.0, 10: 0.88})
    found = proven(hedged_world(name, fund=Name({}, absent=(10, 11, 12))))
    assert [one[0] for one in story(found) if one[1] == "entry"] == ["N0", "N0-FUND"] * 2


@pytest.mark.parametrize("last", [2, 5])
def test_a_leg_ends_with_its_data_and_its_line_goes_on(last: int) -> None:
    found = proven(hedged_world(Name({1: 0.9}), fund=Name({}, last=last)))
    assert [one[:2] for one in story(found)][2:] == [
        ("N0-FUND", "data_hole"), ("N0", "time_stop")
    ]  # fmt: skip


def test_a_line_that_ends_takes_its_leg_along() -> None:
    found = proven(hedged_world(Name({1: 0.9}, last=5)))
    assert [one[:2] for one in story(found)][2:] == [("N0", "data_hole"), ("N0-FUND", "data_hole")]


@pytest.mark.parametrize("days", [1, 2, 9, 10])
def test_orders_of_the_last_rows_wait(days: int) -> None:
    found = proven(hedged_world(DIP, days=days))
    waiting = [one for one in story(found) if one[2] == "Waiting"]
    assert [one[0] for one in waiting] == (["N0", "N0-FUND"] if days in (1, 9) else [])


def test_a_leg_in_session_waits_for_its_close() -> None:
    found = proven(hedged_world(DIP, mic="XLON"))
    # In the order in which they were sent: a leg after its line's fill in London.
    assert story(found) == TOGETHER
    waited = found.orders["submitted"].diff().dt.total_seconds() / 60.0
    assert waited.iloc[[1, 3]].tolist() == [265.0, 265.0]


def test_an_entry_that_still_waits_is_forgotten_with_its_line() -> None:
    # London decides while New York trades, so that the leg waits; the name is rejected on day 2.
    rejected = Name({1: 0.9}, {2: 3.0})
    found = proven(hedged_world(rejected, mic="XLON", days=3))
    assert [one[:2] for one in story(found)] == [
        ("N0", "entry"), ("N0-FUND", "entry"), ("N0-FUND", "orphan")
    ]  # fmt: skip
    # Where the fund has no bar meanwhile its order is never sent, and keeps the name out.
    shut = Name({}, absent=tuple(range(-2, 5)))
    found = proven(hedged_world(rejected, mic="XLON", fund=shut, days=10))
    assert story(found)[0] == ("N0", "entry", "Margin")
    assert [one[:2] for one in story(found)[1:]] == [("N0", "entry"), ("N0-FUND", "entry")]
    assert found.orders["submitted"][1] - found.orders["submitted"][0] > np.timedelta64(7, "D")


def test_a_leg_that_still_waits_when_its_line_is_left_is_never_sent() -> None:
    # The fund has no bar from the day of the entry to the day before the exit. On that day New York
    # closes hours after London decided to leave, and before the name is sold.
    began, left = day(1, "XLON"), day(5, "XLON")
    shut = Name({}, absent=tuple(k for k in range(-9, 20) if began <= day(k) < left))
    found = proven(hedged_world(Name({1: 0.9, 5: 1.0}), mic="XLON", fund=shut, days=12))
    assert story(found) == filled(("N0", "entry"), ("N0", "captured"))
    assert found.orders["session"].tolist() == [began, left]


def test_a_line_in_thirds_has_a_leg_for_each(market: Market) -> None:
    values = BUSY | {"mode": "two_factor", "tranches": "thirds", "z_in": 0.5}
    found = compare(Workshop(from_names(values), market), {})
    assert found.difference is None
    assert {"FCX-2-DBB", "FCX-2-SPY"} <= set(found.orders["symbol"])


@pytest.mark.parametrize(
    ("facts", "keys"),
    [
        ({}, {"borrow_bps": 365.0}),
        ({"borrow_bps": 365.0}, {"cash_rate": 0.03}),
        ({"instrument": "future", "rolls_a_year": 12}, {"roll_bps": 2.0, "borrow_bps": 40.0}),
        ({"instrument": "future", "rolls_a_year": 4}, {"roll_bps": 9.0, "cash_rate": -0.01}),
        ({}, {"instrument": "cfd", "financing_bps": 365.0}),
    ],
    ids=str,
)
def test_what_legs_owe_by_the_day_is_paid(facts: dict[str, Any], keys: dict[str, Any]) -> None:
    market = hedged_world(Name({1: 0.9}), days=38, **facts)
    owing, free = proven(market, **keys), proven(hedged_world(Name({1: 0.9}), days=38))
    assert owing.equity[-1] != free.equity[-1]


def test_each_name_has_legs_of_its_own() -> None:
    found = proven(hedged_world(DIP, Name({1: 0.9, 12: 1.0})), borrow_bps=50.0)
    sent = [one[0] for one in story(found)]
    assert sent == ["N0", "N0-FUND", "N1", "N1-FUND"] + ["N0", "N0-FUND", "N1", "N1-FUND"]


def test_a_rule_of_ones_own_with_legs_is_replayed() -> None:
    found = compare(Workshop(RunConfig(rule=Paired(), **SECTIONS), hedged_world(DIP)), {})
    assert found.difference is None
    assert story(found) == filled(
        ("N0", "entry"), ("HALF", "entry"), ("N0", "threshold"), ("HALF", "threshold")
    )


class Bought(Paired):
    """Buy half as much of the fund as of the name."""

    def legs(self, panel: Panel, arrays: RuleArrays) -> Legs:
        return Legs(np.array([1]), np.array([0]), np.full((panel.n_rows, 1), 0.5))


SECTIONS: dict[str, Any] = {
    "sizing": Sizing(max_weight=0.6, cash=1e5),
    "costs": from_names(FREE).costs,
}


@pytest.mark.parametrize("mode", ["hedged_metal", "hedged_bench", "two_factor"])
def test_figures_of_hedged_trades_are_the_analyzers_own(market: Market, mode: str) -> None:
    config = from_names(BUSY | {"mode": mode})
    workshop = Workshop(config, market)
    mine = metrics_of_scalar(workshop.prepared({})._replace(config=config))
    theirs, _, _ = row_metrics(market, config)
    np.testing.assert_allclose(list(mine.values()), theirs, rtol=1e-9, atol=1e-12)
    assert mine["entries"] > 8
    assert mine["orders"] > 2 * mine["entries"]


def test_trades_made_again_say_whose_legs_they_are(market: Market) -> None:
    config = from_names(BUSY | {"mode": "two_factor"})
    mine = trades(run_again(Workshop(config, market).prepared({})))
    parameters = Parameters(config.rule, config.regime, config.sizing, config.costs)
    theirs = backtest(market, parameters, start=config.data.start, end=config.data.end).trades
    key = ["symbol", "entry_decision"]
    names = ["leg_of", "entry_date", "exit_reason", "status"]
    both = [one.sort_values(key)[[*key, *names]].reset_index(drop=True) for one in (mine, theirs)]
    pd.testing.assert_frame_equal(*both, check_dtype=False)
    assert {"", "FCX", "ANTO.L"} <= set(mine["leg_of"])
    assert not trades(run_again(Workshop(from_names(BUSY), market).prepared({})))["leg_of"].any()


def test_legs_stay_out_of_the_lanes(market: Market) -> None:
    config = from_names(BUSY | {"mode": "two_factor", "borrow_bps": 0.0})
    made = Workshop(config, market).prepared({})
    numbers = np.array([numbers_of(config.rule, config.sizing, 4)])
    assert made.legs is not None
    assert made.lanes is None
    assert not runs_in_lanes(made.market, made.rule, numbers, made.legs).any()
    given = (made.market, made.rule, numbers, made.calendar)
    found = replay_many(*given, engine="lanes", legs=made.legs)
    assert not found.in_lanes.any()
    assert found.metrics[0, 0] == run_again(made).equity[-1]


def test_the_placebo_of_the_regime_moves_hedged_trades(market: Market) -> None:
    keys = {"mode": "two_factor", "z_in": 0.5, "when_off": "reduced", "start": "2014-06-02"}
    stage = MovedStates(from_names(keys | {"end": "2016-12-30"}), market, china_events())
    assert "sharpe" in stage.statistics()
    assert stage.sharpe(stage.states) == metrics_of_scalar(stage.prepared)["sharpe"]


def test_what_is_compiled_ahead_is_what_a_hedged_sweep_calls(market: Market) -> None:
    compile_now("legs")
    before = len(sweep_legs.signatures)  # type: ignore[attr-defined]
    config = from_names(BUSY | {"mode": "two_factor"})
    metrics_of_scalar(Workshop(config, market).prepared({})._replace(config=config))
    assert len(sweep_legs.signatures) == before == 1  # type: ignore[attr-defined]


def seen(*seeds: int) -> Counter[str]:
    """Check random sets of hedged modes on random markets; return what was met, by status."""
    total: Counter[str] = Counter()
    base = from_names({"mode": "two_factor"})
    for seed in seeds:
        generator = np.random.default_rng(seed)
        market = random_hedged_market(generator, int(generator.integers(2, 5)))
        if generator.random() < 0.4:
            market = crowded(market, n_declared=int(generator.integers(1, 3)))
        config = changed(base, random_set(generator, base))
        days = {"start": market.panel.closes[0].astype("datetime64[D]").item()}
        config = config.model_copy(update={"data": config.data.model_copy(update=days)})
        found = compare(Workshop(config, market), {})
        assert found.difference is None, (seed, config.rule)
        assert found.largest_difference == 0.0
        orders = found.orders
        total += Counter(orders["status"]) + Counter(orders["reason"])
        total["legs"] += int(orders["symbol"].str.contains("-").sum())
    return total


def test_random_hedged_sets_equal_stock_backtrader() -> None:
    total = seen(1109, 1121, 1140)  # chosen for what they meet in little time
    assert total["legs"] > 400
    for what in ("Margin", "Waiting", "orphan", "data_hole"):
        assert total[what], what


@pytest.mark.slow
def test_two_hundred_random_hedged_sets_equal_stock_backtrader() -> None:
    total = seen(*range(1000, 1200))
    print(dict(total))
    assert total["orphan"] > 10
    assert total["Margin"] > 50

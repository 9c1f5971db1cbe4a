"""Situations in which a replay goes wrong first, each made to happen, each as stock backtrader."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import numpy as np
import pandas as pd
import pytest

from orebound.feeds import Duty, Market
from orebound.sweeps import from_names
from orebound.sweeps.parity import compare, crowded
from orebound.sweeps.parity_report import Compared
from orebound.sweeps.prepared import Workshop
from tests.sweeps.directed_worlds import FREE, RULE, Name, day, proven, world

LAGS = {0: 0.9}  # ten per cent behind from day 0 on
WHOLE = {"max_weight": 1.0}
QUIET = Name({})


def story(found: Compared, mic: str = "XNYS") -> list[tuple[Any, ...]]:
    """Return symbol, side, status, day of the decision and day of the fill of each order."""
    number = {day(k, mic): k for k in range(-60, 350)}
    return [
        (one["symbol"], one["side"], one["status"], number[one["session"]])
        + (number.get(one["fill_session"]),)
        for one in found.orders.to_dict("records")
    ]


def cell(market: Market, name: str, offset: int, what: str, mic: str = "XNYS") -> float:
    """Return one figure of the panel by name and day."""
    column = market.panel.names.index(name)
    date = day(offset, mic).to_datetime64().astype("datetime64[D]")
    rows = market.panel.bar_rows(column)
    (row,) = rows[market.panel.session[rows, column] == date]
    return float(getattr(market.panel, what)[row, column])


def test_orders_that_wait_are_filled_oldest_first_whatever_the_order_of_the_feeds() -> None:
    # N1 decides on day 0 and has no bar until day 4; N0 decides on day 3. Either takes the book.
    market = world(
        Name({3: 0.9}, opens={4: 0.99}),
        Name(LAGS, absent=(1, 2, 3), opens={4: 0.99}),
        days=4,
    )
    told = story(proven(crowded(market, 1), **WHOLE))
    assert told[:2] == [("N1", "buy", "Filled", 0, 4), ("N0", "buy", "Margin", 3, None)]


def test_several_buys_are_rejected_on_one_bar_and_a_later_sale_with_them() -> None:
    # Four tenths each: N3 is held. On day 5 N0 passes, N1 and N2 do not, and the cash that runs on
    # is so far below zero that what N3's sale would bring does not lift it.
    late = {5: 0.9}
    market = world(Name(late), Name(late), Name(late), Name({0: 0.9, 5: 1.0}), days=8)
    found = proven(crowded(market, 2))
    assert story(found)[:5] == [
        ("N3", "buy", "Filled", 0, 1),
        ("N0", "buy", "Filled", 5, 6),
        ("N1", "buy", "Margin", 5, None),
        ("N2", "buy", "Margin", 5, None),
        ("N3", "sell", "Margin", 5, None),
    ]
    assert found.orders["reason"].iloc[4] == "captured"


def test_an_order_that_passed_on_submission_is_rejected_at_a_gap_up_of_its_fill() -> None:
    market = crowded(world(Name(LAGS, opens={1: 1.05}), QUIET, days=1), 1)
    found = proven(market, **WHOLE)
    assert story(found)[0] == ("N0", "buy", "Margin", 0, None)
    size = found.orders["size"].iloc[0]
    assert size * cell(market, "N0", 0, "close") <= 1e6 < size * cell(market, "N0", 1, "open")


def test_a_name_is_entered_again_on_the_bar_of_its_rejection() -> None:
    market = crowded(world(Name(LAGS, opens={1: 1.05, 2: 0.99}), QUIET, days=3), 1)
    assert story(proven(market, **WHOLE)) == [
        ("N0", "buy", "Margin", 0, None),
        ("N0", "buy", "Filled", 1, 2),
    ]


def test_an_order_of_the_last_bar_waits_for_ever() -> None:
    found = proven(world(Name(LAGS), Name({-2: 0.9}), days=0))
    assert story(found) == [("N1", "buy", "Filled", -2, -1), ("N0", "buy", "Waiting", 0, None)]


def test_a_bar_without_volume_fills_in_full() -> None:
    found = proven(world(Name(LAGS, volumes={0: 0.0, 1: 0.0}), QUIET, days=3), impact_bps=10.0)
    assert story(found)[0] == ("N0", "buy", "Filled", 0, 1)
    assert found.orders["cost"].iloc[0] > 0.0


def test_a_name_that_lists_late_silences_nobody_and_trades_once_it_is_ready() -> None:
    # N1 has its first bar after N0 was bought and sold, and its windows full 252 bars later.
    late = Name({5: 1.0, 290: 0.9}, first=10)
    found = proven(world(Name({0: 0.9, 5: 1.0}), late, days=295))
    assert story(found) == [
        ("N0", "buy", "Filled", 0, 1),
        ("N0", "sell", "Filled", 5, 6),
        ("N1", "buy", "Filled", 290, 291),
    ]


def test_a_name_delisted_while_held_is_closed_on_its_settlement_bars() -> None:
    # Its last bar is that of day 3: it is missed for the sixth time on day 9.
    market = world(Name(LAGS, last=3), QUIET, days=20)
    found = proven(market)
    assert story(found) == [("N0", "buy", "Filled", 0, 1), ("N0", "sell", "Filled", 9, 10)]
    assert found.orders["reason"].iloc[1] == "data_hole"
    assert found.orders["price"].iloc[1] == cell(market, "N0", 3, "close")


def test_an_order_that_meets_a_hole_is_filled_and_closed_on_the_settlement_bars() -> None:
    market = world(Name(LAGS, absent=tuple(range(1, 13))), QUIET, days=20)
    found = proven(market)
    assert story(found)[:2] == [("N0", "buy", "Filled", 0, 6), ("N0", "sell", "Filled", 6, 7)]
    assert found.orders["reason"].iloc[1] == "data_hole"
    assert set(found.orders["price"].iloc[:2]) == {cell(market, "N0", 0, "close")}


def test_a_duty_that_begins_while_a_name_is_held_is_owed_on_the_next_buy_alone() -> None:
    begins = day(3, "XLON").date()
    duty = Duty("N0", "SDRT", 0.005, begins, None)
    path = {0: 0.9, 6: 1.0, 9: 0.9}
    market = world(Name(path, duties=(duty,)), QUIET, mic="XLON", days=12)
    found = proven(market, stamp_duty=0.005)
    sides = [("buy", 0, 1), ("sell", 6, 7), ("buy", 9, 10)]
    assert story(found, "XLON") == [("N0", side, "Filled", k, at) for side, k, at in sides]
    value = found.orders["value"].iloc[2]
    assert found.orders["cost"].tolist() == pytest.approx([0.0, 0.0, 0.005 * value])


def test_a_duty_is_owed_from_its_first_day_on() -> None:
    costs = []
    for wait in (1, 2):
        begins = (day(1, "XLON") + timedelta(days=wait - 1)).date()
        line = Name(LAGS, duties=(Duty("N0", "SDRT", 0.005, begins, None),))
        found = proven(world(line, QUIET, mic="XLON", days=2), stamp_duty=0.005)
        assert story(found, "XLON")[0] == ("N0", "buy", "Filled", 0, 1)
        costs.append(found.orders["cost"].iloc[0])
    assert costs[0] > 0.0 == costs[1]


def test_the_levy_is_owed_above_its_threshold_and_not_at_it() -> None:
    market = world(Name(LAGS, levy="PTM"), QUIET, mic="XLON", days=2)
    value = float(proven(market).orders["value"].iloc[0])
    for threshold, owed in ((value, 0.0), (float(np.nextafter(value, 0.0)), 1.5)):
        found = proven(market, ptm_levy=1.5, ptm_threshold=threshold)
        assert found.orders["cost"].iloc[0] == owed


def test_impact_is_measured_by_the_value_traded_before_the_fill() -> None:
    # The fill's own bar trades a hundred times as much, which it may not know.
    market = world(Name(LAGS, volumes={1: 1e7}), QUIET, days=3)
    found = proven(market, impact_bps=10.0)
    closes = [cell(market, "N0", k, "known_close") for k in range(-19, 1)]
    value = float(found.orders["value"].iloc[0])
    share = value / (0.01 * float(np.mean(closes)) * 1e5)
    assert found.orders["cost"].iloc[0] == pytest.approx(10e-4 * value * np.sqrt(share))


@pytest.mark.parametrize("cool_down", [0, 1, 7])
def test_the_cool_down_ends_on_the_bar_after_its_last(cool_down: int) -> None:
    # Still far behind when the time stop ends it: only the cool-down stands against an entry.
    limits = {"time_stop_min": 5, "time_stop_max": 5, "cool_down": cool_down}
    told = story(proven(world(Name(LAGS), QUIET, days=30), **limits))
    assert told[1] == ("N0", "sell", "Filled", 6, 7)
    assert told[2][:4] == ("N0", "buy", "Filled", 7 + cool_down + 1)


@pytest.mark.parametrize("limit", [1, 2, 9])
def test_the_time_stop_counts_own_bars_from_the_fill(limit: int) -> None:
    # Days 4 and 5 have no bar and do not count.
    market = world(Name(LAGS, absent=(4, 5)), QUIET, days=30)
    found = proven(market, time_stop_min=limit, time_stop_max=limit)
    bars = [k for k in range(1, 31) if k not in (4, 5)]
    decided = bars[limit]
    assert story(found)[1] == ("N0", "sell", "Filled", decided, bars[bars.index(decided) + 1])
    assert found.orders["reason"].iloc[1] == "time_stop"


def test_a_gap_that_closes_where_the_metal_lapsed_is_not_known_to_have_closed() -> None:
    # The metal misses eight sessions and returns on the day on which the share has caught up.
    path = Name({0: 0.9, 12: 1.0})
    whole, lapsed = world(path, QUIET), world(path, QUIET, metal_absent=tuple(range(4, 12)))
    found = {"whole": proven(whole), "lapsed": proven(lapsed)}
    assert story(found["whole"])[1] == ("N0", "sell", "Filled", 12, 13)
    assert story(found["lapsed"])[1] == ("N0", "sell", "Filled", 31, 32)
    reasons = [one.orders["reason"].iloc[1] for one in found.values()]
    assert reasons == ["captured", "time_stop"]


def test_cash_bears_interest_by_the_calendar_day_on_the_cash_of_the_row_before() -> None:
    market = world(Name({2: 0.9}), QUIET, days=6)
    config = from_names(RULE | FREE | {"cash_rate": 0.03, "start": day(0).date()})
    found = compare(Workshop(config, market), {})
    assert found.difference is None
    assert story(found) == [("N0", "buy", "Filled", 2, 3)]
    # Monday 2015-04-13 to Thursday: each new day's interest is paid on the row after it.
    daily = 1e6 * 0.03 / 365.0
    assert [day(k).day_name()[:3] for k in range(4)] == ["Mon", "Tue", "Wed", "Thu"]
    assert found.equity[:3] == pytest.approx([1e6, 1e6, 1e6 + daily], abs=1e-6)
    # The weekend of days 4 to 5 bears three days' interest, on the cash that the buy left.
    free = compare(Workshop(config, market), {"cash_rate": 0.0})
    assert free.difference is None
    earned = found.equity - free.equity
    assert free.orders["size"].iloc[0] == found.orders["size"].iloc[0]
    assert earned[6] - earned[5] == pytest.approx(3 * 6e5 * 0.03 / 365.0, rel=1e-3)


def test_slippage_moves_each_fill_and_ends_with_the_range_of_its_bar() -> None:
    # N0 is bought and sold inside wide bars, N1 in bars that end 10 bp beyond open and close.
    path = {0: 0.9, 5: 1.0}
    wide, narrow = ({1: size, 6: size} for size in (0.02, 0.001))
    market = world(Name(path, ranges=wide), Name(path, ranges=narrow), days=8)
    found = proven(market, slippage_bps=50.0)
    assert story(found) == [
        *((name, "buy", "Filled", 0, 1) for name in ("N0", "N1")),
        *((name, "sell", "Filled", 5, 6) for name in ("N0", "N1")),
    ]
    assert found.orders["price"].tolist() == [
        cell(market, "N0", 1, "open") * (1 + 0.005),
        cell(market, "N1", 1, "high"),
        cell(market, "N0", 6, "open") * (1 - 0.005),
        cell(market, "N1", 6, "low"),
    ]
    assert found.orders["cost"].tolist() == [0.0] * 4


def test_slippage_rejects_at_the_fill_what_the_open_alone_would_not() -> None:
    market = crowded(world(Name(LAGS, opens={1: 0.999}, ranges={1: 0.02}), QUIET, days=1), 1)
    assert story(proven(market, **WHOLE))[0] == ("N0", "buy", "Filled", 0, 1)
    assert story(proven(market, **WHOLE, slippage_bps=50.0))[0][:3] == ("N0", "buy", "Margin")


def test_a_settlement_bar_has_no_range_and_does_not_slip() -> None:
    market = world(Name(LAGS, last=3), QUIET, days=20)
    found = proven(market, slippage_bps=50.0)
    assert found.orders["price"].iloc[1] == cell(market, "N0", 3, "close")
    assert pd.notna(found.orders["price"]).all()

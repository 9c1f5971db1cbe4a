"""Exits that arrays decide, each on the bar written down, alike in all three engines.

Day 0 is 2015-04-13. With a memory of ten days the regime is ON from 2015-04-20 (day 5, the cut of
the reserve ratio of the day before) and ends on 2015-05-04 (day 15).
"""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

import numpy as np
import pandas as pd
import pytest

from orebound.feeds import Market, Veto
from orebound.strategies import arrays_of
from orebound.sweeps import from_names
from tests.sweeps.directed_worlds import FREE, RULE, Name, day, proven, world

#: Entered on day 6, at 10 % behind; never captured.
FALLEN = Name({6: 0.9})
SHORT_REGIME: dict[str, Any] = {
    "regime": "level", "memory_days": 10.0, "on_score": 2.0, "off_score": 1.0,
}  # fmt: skip


def left_on(market: Market, **parameters: Any) -> tuple[str, pd.Timestamp]:
    """Return why and on which session's close the first position is left."""
    orders = proven(market, **parameters).orders
    assert orders["reason"].iloc[0] == "entry"
    assert orders["session"].iloc[0] == day(parameters.pop("entered", 6))
    return orders["reason"].iloc[1], orders["session"].iloc[1]


def reasons(market: Market, **parameters: Any) -> set[int]:
    """Return the reasons that the rule states for its forced exits."""
    config = from_names(RULE | FREE | parameters)
    arrays = arrays_of(config.rule, market.panel, config.regime, config.sizing)
    return set(arrays.leave_reason[np.isposinf(arrays.measure)].tolist())


def test_the_end_of_the_regime_alone_ends_no_position() -> None:
    assert left_on(world(FALLEN), **SHORT_REGIME) == ("time_stop", day(37))


def test_an_immediate_exit_comes_on_the_first_close_without_the_regime() -> None:
    asked = SHORT_REGIME | {"regime_exit": "immediate"}
    assert left_on(world(FALLEN), **asked) == ("threshold", day(15))
    assert reasons(world(FALLEN), **asked) == {6}


def test_a_trailing_exit_waits_for_a_fall_from_the_highest_since_the_regime_ended() -> None:
    # 0.97 on day 20 is the highest; 0.93 lies 4.1 % below. Three jumps of 10.5, 7.5 and 4.2 % in
    # 63 sessions are 1.7 % a day: half of that times sqrt(10) is 2.7 %, five times it never comes.
    market = world(Name({6: 0.9, 20: 0.97, 23: 0.93}))
    asked = SHORT_REGIME | {"regime_exit": "trail"}
    assert left_on(market, **asked, trail_multiple=0.5) == ("threshold", day(23))
    assert left_on(market, **asked, trail_multiple=5.0) == ("time_stop", day(37))


def test_without_a_regime_there_is_none_to_end() -> None:
    asked = {"regime": "none", "regime_exit": "immediate"}
    assert left_on(world(FALLEN), **asked) == ("time_stop", day(37))


def test_a_corporate_event_ends_a_position_from_its_first_bar() -> None:
    market = world(FALLEN)
    veto = Veto("N0", date(2015, 5, 7), None, "bid")
    vetoed = replace(market.universe, vetoes=(veto,))
    market = Market._of("frames", vetoed, market.parts, True, market.latency, None)
    first = pd.Timestamp("2015-05-07")
    assert left_on(market, event_exit=True) == ("threshold", first)
    assert reasons(market, event_exit=True) == {7}
    assert left_on(market) == ("time_stop", day(37))


@pytest.mark.parametrize(
    ("level", "z_out", "expected"),
    # Two jumps in 126 sessions: at 0.99 z is -0.07, at 0.95 it is -0.43.
    [(0.99, 0.25, 15), (0.95, 0.5, 15), (0.95, 0.25, None)],
)
def test_a_rolling_gap_is_left_where_it_has_closed(
    level: float, z_out: float, expected: int | None
) -> None:
    market = world(Name({6: 0.9, 15: level}))
    wanted = ("time_stop", day(37)) if expected is None else ("threshold", day(expected))
    assert left_on(market, gap_exit="z", z_out=z_out) == wanted


def test_a_rolling_gap_closes_by_mere_roll_off_and_an_anchored_one_does_not() -> None:
    # The fall of day 6 leaves the window of 126 sessions on day 132; the price has not moved.
    market = world(FALLEN, days=140)
    long = {"time_stop_min": 250, "time_stop_max": 252}
    assert left_on(market, gap_exit="z", **long) == ("threshold", day(132))
    assert left_on(market, gap_exit="either", **long) == ("threshold", day(132))
    kept = proven(market, **long).orders
    assert kept["reason"].tolist() == ["entry"]


def test_either_takes_whichever_comes_first() -> None:
    market = world(Name({6: 0.9, 15: 0.99}))
    assert left_on(market, gap_exit="either", z_out=0.0) == ("captured", day(15))

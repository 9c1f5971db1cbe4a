"""Exits: anchored, in order, and silent where nothing is known."""

import math

import pytest

from orebound.strategies import Exit, anchored_gap, exit_reason, stop_of, time_stop_of

STAY = {
    "anchored_gap": -0.30,
    "entry_gap": -0.30,
    "capture": 0.8,
    "trade_return": 0.0,
    "stop": 0.5,
    "held": 10,
    "time_stop": 63.0,
    "measure": -1.0,
    "leave_above": math.nan,
    "leave_below": math.nan,
}


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({}, Exit.STAY),
        ({"anchored_gap": -0.0601}, Exit.STAY),
        ({"anchored_gap": -0.0599}, Exit.CAPTURED),
        ({"anchored_gap": 0.10}, Exit.CAPTURED),
        ({"trade_return": -0.499}, Exit.STAY),
        ({"trade_return": -0.5}, Exit.STOP),
        ({"held": 62}, Exit.STAY),
        ({"held": 63}, Exit.TIME_STOP),
        ({"anchored_gap": -0.01, "trade_return": -0.6}, Exit.CAPTURED),
        ({"trade_return": -0.6, "held": 99}, Exit.STOP),
        ({"stop": math.inf, "trade_return": -0.99}, Exit.STAY),
        ({"anchored_gap": math.nan}, Exit.STAY),
        ({"capture": math.nan, "anchored_gap": 0.5}, Exit.STAY),
        ({"leave_above": -1.0}, Exit.STAY),
        ({"leave_above": -1.1}, Exit.THRESHOLD),
        ({"leave_below": -1.0}, Exit.STAY),
        ({"leave_below": -0.9}, Exit.THRESHOLD),
        ({"leave_below": -0.9, "measure": math.nan}, Exit.STAY),
        ({"anchored_gap": math.nan, "held": 63}, Exit.TIME_STOP),
    ],
)
def test_first_reason_wins(change: dict[str, float], expected: Exit) -> None:
    assert exit_reason(**(STAY | change)) == expected


def test_time_stop_is_whole_sessions_within_its_bounds() -> None:
    assert time_stop_of(31.5, 2.0, 1.0, 252.0) == 63.0
    assert time_stop_of(31.6, 2.0, 1.0, 252.0) == 64.0
    assert time_stop_of(3.0, 2.0, 63.0, 252.0) == 63.0
    assert time_stop_of(math.inf, 2.0, 63.0, 252.0) == 252.0
    assert math.isnan(time_stop_of(math.nan, 2.0, 63.0, 252.0))


def test_stop_grows_with_volatility_and_the_root_of_the_half_life() -> None:
    assert stop_of(0.02, 25.0, 2.5) == 0.25
    assert stop_of(0.02, math.inf, 2.5) == math.inf


def test_an_anchored_gap_moves_by_hedged_returns_since() -> None:
    assert anchored_gap(-0.30, 0.10, 0.04, 0.02, 1.5, 0.5) == -0.27

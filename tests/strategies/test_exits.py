"""Exits: anchored, in order, and silent where nothing is known."""

import math

import pytest

from orebound.strategies import Exit, exit_reason

STAY = {
    "anchored_gap": -0.30,
    "entry_gap": -0.30,
    "capture": 0.8,
    "trade_return": 0.0,
    "stop": 0.5,
    "sessions_held": 10,
    "time_stop": 63.0,
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
        ({"sessions_held": 62}, Exit.STAY),
        ({"sessions_held": 63}, Exit.TIME_STOP),
        ({"anchored_gap": -0.01, "trade_return": -0.6}, Exit.CAPTURED),
        ({"trade_return": -0.6, "sessions_held": 99}, Exit.STOP),
        ({"stop": math.inf, "trade_return": -0.99}, Exit.STAY),
        ({"anchored_gap": math.nan}, Exit.STAY),
        ({"anchored_gap": math.nan, "sessions_held": 63}, Exit.TIME_STOP),
    ],
)
def test_first_reason_wins(change: dict[str, float], expected: Exit) -> None:
    assert exit_reason(**(STAY | change)) == expected

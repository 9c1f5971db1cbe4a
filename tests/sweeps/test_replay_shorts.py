"""A short that loses: its stop lies above the price it was sold at, in all three engines."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

import numpy as np
import pytest

from orebound.feeds import Market, Panel
from orebound.strategies import Costs, DeclaredRule, Regime, RuleArrays, Sizing, declared_arrays
from orebound.sweeps import RunConfig
from orebound.sweeps.parity import compare
from orebound.sweeps.prepared import Workshop
from tests.sweeps.directed_worlds import BEFORE, FREE, Name, assert_lanes_agree, day, world


class SoldOnce(DeclaredRule):
    """Sell every name short at the close of day 0; leave at a loss of 5 %."""

    THRESHOLDS: ClassVar[tuple[str, ...]] = ("stop_multiple",)
    stop_multiple: float = 1.0
    side: float = -1.0

    def arrays(self, panel: Panel, regime: Any, events: Any = None) -> RuleArrays:
        measure = np.zeros((panel.n_rows, panel.n_names))
        measure[BEFORE] = -1.0
        # 5 % a day over a half-life of one session: the stop is 5 % to the last digit.
        return declared_arrays(
            panel, measure=measure, may_enter=measure < 0.0, direction=self.side,
            volatility=np.full(measure.shape, 0.05), half_life=np.ones(measure.shape),
        )  # fmt: skip

    def numbers(self, of: Any) -> Mapping[str, Any]:
        return {
            "enter_at": -0.5,
            "stop_multiple": of.stop_multiple,
            "time_stop_min": 300.0,
        }


def sold(market: Market, side: float = -1.0) -> list[tuple[Any, ...]]:
    """Return side, reason and day of the decision of each order, the same in all three engines."""
    config = RunConfig(
        rule=SoldOnce(side=side),
        regime=Regime(),
        sizing=Sizing(max_weight=0.4),
        costs=Costs(**FREE),
    )
    workshop = Workshop(config, market)
    found = compare(workshop, {})
    assert found.difference is None
    assert_lanes_agree(workshop)
    number = {day(k): k for k in range(41)}
    return [
        (one["side"], one["reason"], number[one["session"]])
        for one in found.orders.to_dict("records")
    ]


def test_a_short_that_rises_ten_per_cent_is_left_on_that_bar() -> None:
    assert sold(world(Name({5: 1.1}))) == [("sell", "entry", 0), ("buy", "stop", 5)]


def test_a_short_that_falls_is_not_stopped() -> None:
    assert sold(world(Name({5: 0.9}))) == [("sell", "entry", 0)]


@pytest.mark.parametrize(("level", "left"), [(0.9, [("sell", "stop", 5)]), (1.1, [])])
def test_a_long_is_stopped_on_the_other_side(level: float, left: list[tuple[Any, ...]]) -> None:
    assert sold(world(Name({5: level})), side=1.0) == [("buy", "entry", 0), *left]

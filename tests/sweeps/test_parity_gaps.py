"""Every form of the gap, hedge and gate: backtrader, scalar and lanes send the same orders."""

from __future__ import annotations

from typing import Any

import pytest

from orebound.feeds import Market
from orebound.sweeps import from_names
from orebound.sweeps.parity import compare
from orebound.sweeps.prepared import Workshop
from tests.markets import small_sample

BASE: dict[str, Any] = {
    **{"start": "2013-01-02", "end": "2016-12-30", "when_off": "ignore"},
    **{"z_in": 0.6, "lag_in": 0.05, "gap_window": 63, "hedge_window": 126},
}
SETS: dict[str, dict[str, Any]] = {
    "anchored": {"gap": "anchored", "anchor_date": "2012-12-31"},
    "drawdown, ewls": {"gap": "drawdown", "hedge": "ewls", "ewls_half_life": 60.0},
    "cointegration, mad": {"gap": "cointegration", "z_scale": "mad"},
    "weekly, shrunk": {"hedge": "shrunk", "shrink": 0.25, "hedge_returns": "weekly"},
    "dimson, winsorised, any": {"hedge_returns": "dimson", "winsorise": 4.0, "gap_needs": "any"},
    "market": {"gap_needs": "market"},
    "both, on the lag": {"gap_needs": "both", "trigger": "lag", "gap": "drawdown"},
    "soft gates": {
        **{"half_life_gate": "soft", "variance_ratio_gate": "soft", "cointegration_gate": "soft"},
        **{"half_life_window": 252, "half_life_high": 600.0, "variance_ratio_horizon": 5},
    },
    "hard gates": {
        **{"half_life_gate": "hard", "half_life_high": 900.0, "half_life_window": 300},
        **{"cointegration_gate": "hard", "cointegration_p": 0.45},
    },
}


@pytest.fixture(scope="module")
def market() -> Market:
    return small_sample("FCX", "ANTO.L", "RIO")


@pytest.mark.parametrize("name", SETS)
def test_orders_are_those_of_stock_backtrader_bit_by_bit(market: Market, name: str) -> None:
    workshop = Workshop(from_names(BASE), market)
    found = compare(workshop, SETS[name])
    assert not found.refused
    assert found.difference is None
    assert found.largest_difference == 0.0
    assert found.count("Filled") >= 2, "something must have been traded"

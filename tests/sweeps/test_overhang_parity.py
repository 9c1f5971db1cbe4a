"""Confirmation, tightness and overhang in backtrader, the scalar replay and the lanes: one order.

The random markets of the other proofs end before the tariffs begin and have no stocks; this one
has both, COMEX copper, and the cash price.
"""

from __future__ import annotations

from typing import Any

import pandas as pd
import pytest

from orebound.sweeps import from_names
from orebound.sweeps.parity import compare
from orebound.sweeps.prepared import Workshop
from tests.copper_world import copper_world

BASE: dict[str, Any] = {
    **{"start": "2024-10-01", "end": "2025-10-31", "regime": "none", "z_in": 0.4, "capture": 0.3},
    **{"overhang": "ignore"},
    **{"time_stop_min": 5, "time_stop_max": 15, "cool_down": 0, "hedge_window": 126},
    **{"gap_window": 126, "half_life_window": 252},
}
SETS: tuple[dict[str, Any], ...] = (
    {},
    {"v_shape": "hard", "v_recovered": 0.1, "v_high": 3},
    {"v_shape": "soft", "v_entry": "recent", "v_high": 3},
    {"momentum": "hard"},
    {"momentum": "soft", "momentum_floor": 0.05},
    {"tightness": "hard", "tight_stock": 0.6, "tight_window": 252},
    {"tightness": "soft"},
    {"overhang": "half_size"},
    {"overhang": "half_size", "overhang_scope": "name", "overhang_in": 1.5},
    {"overhang": "no_entries", "overhang_from": "either"},
    {"overhang": "no_entries", "overhang_from": "premium"},
    {"overhang": "on_resolution", "resolution_window": 60, "resolution_drop": 0.5},
    {"overhang": "half_size", "overhang_size": 0.0},
    {"scheduled_days_before": 20, "scheduled_size": 0.25},
    {"scheduled_days_before": 20, "scheduled_size": 0.0, "overhang_scope": "name"},
)


@pytest.fixture(scope="module")
def workshop() -> Workshop:
    return Workshop(from_names(BASE), copper_world("FCX", "RIO", "ANTO.L"))


@pytest.fixture(scope="module")
def plain(workshop: Workshop) -> pd.DataFrame:
    return compare(workshop, {}).orders


@pytest.mark.parametrize("values", SETS, ids=str)
def test_all_three_send_the_same_orders(
    workshop: Workshop, plain: pd.DataFrame, values: dict[str, Any]
) -> None:
    found = compare(workshop, values)
    assert found.difference is None
    assert found.largest_difference == 0.0
    assert len(plain) > 20
    if values:
        assert not found.orders.equals(plain), "the part changed nothing here"

"""Breadth, neglect, cycle, valuation and re-rating in all three engines alike."""

from __future__ import annotations

from typing import Any

import pandas as pd
import pytest

from orebound.sweeps import from_names
from orebound.sweeps.parity import compare
from orebound.sweeps.prepared import Workshop
from tests.reports_world import reports_world

BASE: dict[str, Any] = {
    **{"start": "2014-06-02", "end": "2016-12-30", "regime": "none", "z_in": 0.4, "capture": 0.3},
    **{"time_stop_min": 5, "time_stop_max": 15, "cool_down": 0, "hedge_window": 126},
    **{"gap_window": 126, "half_life_window": 252, "max_weight": 1.0, "overhang": "ignore"},
    "series_max_age": 230,
}
SETS: tuple[dict[str, Any], ...] = (
    {"breadth": "hard", "breadth_share": 0.3},
    {"breadth": "soft", "breadth_share": 0.9, "breadth_window": 20},
    {"neglect": "hard", "neglect_percentile": 0.4, "neglect_window": 126},
    {"neglect": "soft", "breadth": "soft"},
    {"series_mode": "hard", "series_gate": "cycle:early>0 or rerating:change21>0"},
    {"series_mode": "soft", "series_gate": "ev_ebitda_spot:z126<0 and fcf_yield_spot:level>.05"},
)


@pytest.fixture(scope="module")
def workshop() -> Workshop:
    return Workshop(from_names(BASE), reports_world("FCX", "RIO", "B", "ANTO.L"))


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
    columns = ["submitted", "symbol", "side", "size"]
    assert not found.orders[columns].equals(plain[columns]), "the part changed nothing here"
    assert len(found.orders) > 5

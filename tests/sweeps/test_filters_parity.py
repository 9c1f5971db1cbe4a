"""Filters, conditions and walking hedges in backtrader, the scalar replay and the lanes alike.

The random markets of the other proofs hold no monthly numbers, no stocks and too few weeks for
two regimes; this one has them all.
"""

from __future__ import annotations

from typing import Any

import pandas as pd
import pytest

from orebound.sweeps import from_names
from orebound.sweeps.parity import compare
from orebound.sweeps.prepared import Workshop
from tests.china_world import china_world

BASE: dict[str, Any] = {
    **{"start": "2014-06-02", "end": "2016-12-30", "regime": "none", "z_in": 0.4, "capture": 0.3},
    **{"time_stop_min": 5, "time_stop_max": 15, "cool_down": 0, "hedge_window": 126},
    **{"gap_window": 126, "half_life_window": 252, "max_weight": 1.0},
}
SETS: tuple[dict[str, Any], ...] = (
    {"filters": "pmi", "combine": "any"},
    {"filters": "m1+tsf", "combine": "all"},
    {"filters": "credit_impulse+lme_stocks+csi300", "combine": "vote", "when_off": "reduced"},
    {"filters": "copper_gold+markov", "combine": "any", "regime": "level", "reinforced_size": 2.0},
    {"regime": "level", "when_off": "ignore", "reinforced_size": 1.25, "reinforce_days": 400},
    {"series_mode": "hard", "series_gate": "cpi:change6<0 or pmi:percentile24>.5"},
    {"series_mode": "soft", "series_gate": "cpi:level<2.5 and pmi:z12>0 and m1:level>5"},
    {"hedge": "kalman", "kalman_least_half_life": 0.0},
    {"hedge": "kalman", "kalman_noise": 1e-3, "kalman_step": 0.05},
)


@pytest.fixture(scope="module")
def workshop() -> Workshop:
    return Workshop(from_names(BASE), china_world("FCX", "RIO", "ANTO.L"))


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
    columns = ["submitted", "symbol", "side", "size"]
    is_other = not found.orders[columns].equals(plain[columns])
    assert is_other, "the part must have changed something"

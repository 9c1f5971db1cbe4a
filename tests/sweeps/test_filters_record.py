"""What a run's record and page say of filters and conditions."""

from __future__ import annotations

import numpy as np
import pytest

from orebound.analyzers import RunRecord
from orebound.analyzers.page.sheet import render
from orebound.strategies import compute
from orebound.strategies.context import on_spells, regime_states
from orebound.sweeps import from_names
from orebound.sweeps.engine import execute
from tests.china_world import china_world

CONFIG = from_names(
    {
        **{"start": "2014-06-02", "end": "2016-12-30", "z_in": 0.8, "null_draws": 50},
        **{"filters": "pmi+tsf+csi300", "combine": "any", "series_mode": "hard"},
        "series_gate": "cpi:change6<0.5",
    }
)


@pytest.fixture(scope="module")
def record() -> RunRecord:
    return execute(CONFIG, market=china_world("FCX", "ANTO.L"))


def test_a_config_names_what_its_filters_read() -> None:
    assert CONFIG.data.extra == "CSI300"
    both = from_names({"filters": "lme_stocks+copper_gold", "extra": "GLD"})
    assert both.data.extra == "GLD+LME_CU.stock+LME_CU"


def test_the_record_counts_each_filters_verdicts(record: RunRecord) -> None:
    regime = record.info["regime"]
    assert regime["combine"] == "any"
    assert [one["name"] for one in regime["filters"]] == ["pmi", "tsf", "csi300"]
    for one in regime["filters"]:
        counts = [one[f"rows_{kind}"] for kind in ("on", "off", "unknown")]
        assert sum(counts) == record.info["rows"]
        assert counts[0] > 0


def test_spells_are_those_of_what_decides(record: RunRecord) -> None:
    market = china_world("FCX", "ANTO.L")
    states = regime_states(market.panel, CONFIG.regime)
    signals = compute(market.panel, CONFIG.rule, CONFIG.regime)
    assert np.array_equal(states.state, signals.state)
    spells = on_spells(market.panel, states, market.panel.listings[0].mic)
    # Walked bar by bar: a day is ON where it lies in a spell.
    for row in market.panel.bar_rows(0)[::17]:
        day = market.panel.session[row, 0]
        inside = any(a <= day and (b is None or day < b) for a, b in spells)
        assert inside == (states.state[row, 0] == 1)
    assert record.info["regime"]["spells"]
    entered = record.trades[record.trades["entry_regime"] != "ON"]
    assert entered.empty, "entries wait for the combined state"


def test_entries_wait_for_the_conditions(record: RunRecord) -> None:
    at = record.signals.set_index(["time", "symbol"])["series_holds"]
    orders = record.orders[record.orders["side"] == "buy"]
    assert len(orders) > 3
    for order in orders.to_dict("records"):
        decided = order["submitted"] - np.timedelta64(5, "m")
        assert at.loc[(decided, order["symbol"])] == 1.0


def test_the_page_shows_both(record: RunRecord) -> None:
    page = render(record)
    assert "ON where any of them, or the announcements, are" in page
    assert 'data-key="filter.pmi.rows_on"' in page
    assert "Conditions on series" in page
    assert 'data-key="series.FCX.holds"' in page

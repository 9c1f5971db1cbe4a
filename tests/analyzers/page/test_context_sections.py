"""Sections on breadth, neglect, the cycle, valuation and re-rating read back what was recorded."""

from __future__ import annotations

import numpy as np
import pytest

from orebound.analyzers import RunRecord
from orebound.analyzers.page.sections_breadth import breadth_section
from orebound.analyzers.page.sections_derived import derived_section
from orebound.analyzers.page.sheet import render
from orebound.strategies.context import PHASES
from orebound.sweeps import from_names
from orebound.sweeps.engine import execute
from tests.reports_world import reports_world

CONFIG = from_names(
    {
        **{"start": "2014-06-02", "end": "2015-06-30", "z_in": 0.8, "null_draws": 20},
        **{"when_off": "ignore", "breadth": "soft", "neglect": "soft", "series_mode": "soft"},
        **{"series_max_age": 230, "neglect_percentile": 0.4},
        "series_gate": "cycle:late>0 or ev_ebitda_spot:level<9 or rerating:change9>0",
    }
)


@pytest.fixture(scope="module")
def record() -> RunRecord:
    return execute(CONFIG, market=reports_world("FCX", "RIO", "B"))


def test_breadth_and_neglect_are_counted_by_name(record: RunRecord) -> None:
    section = breadth_section(record)
    assert section is not None
    of_fcx = record.signals[record.signals["symbol"] == "FCX"]
    from orebound.analyzers.page.sections_breadth import _by_name

    found = _by_name(record, "neglect").set_index("symbol").loc["FCX"]
    assert found["open"] == np.mean(of_fcx["neglect"].dropna() < 0.4)
    assert found["last"] == of_fcx["neglect"].iloc[-1]
    assert found["entries"] == (record.trades["symbol"] == "FCX").sum()


def test_days_by_phase_add_up_to_the_change_of_equity(record: RunRecord) -> None:
    from orebound.analyzers.page.sections_derived import _by_phase

    found = _by_phase(record)
    value = record.equity["value"]
    parts = found[found["phase"].isin([*PHASES, "unknown"])]
    assert parts["pnl"].sum() == pytest.approx(value.iloc[-1] - value.iloc[0], abs=1e-6)
    assert parts["days"].sum() == len(value) - 1


def test_the_page_has_both_and_a_run_without_has_none(record: RunRecord) -> None:
    page = render(record)
    for text in ("Breadth and neglect", "Cycle and valuation", "proxies, not positions"):
        assert text in page
    assert derived_section(record) is not None
    gone = ["breadth", "neglect", "cycle", "ev_ebitda_spot", "rerating"]
    object.__setattr__(record, "signals", record.signals.drop(columns=gone))
    assert breadth_section(record) is None
    assert derived_section(record) is None

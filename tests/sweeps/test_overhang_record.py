"""A run's record and page tell when the tariff overhang was ON, on whom, and what was earned."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from orebound.analyzers import RunRecord
from orebound.analyzers.page import draw_nothing, render
from orebound.analyzers.page.sections_overhang import by_name, overhang_section, overhang_states
from orebound.analyzers.page.text import LONGEST
from orebound.analyzers.record import read_run, write_run
from orebound.sweeps import execute, from_names
from tests.copper_world import copper_world

RUN = {
    **{"start": "2024-10-01", "end": "2025-10-31", "null_draws": 1, "regime": "none"},
    **{"z_in": 0.4, "time_stop_min": 5, "time_stop_max": 15, "cool_down": 0, "capture": 0.3},
    **{"half_life_window": 252, "overhang": "half_size", "overhang_from": "either"},
}
NAMES = ("FCX", "ANTO.L", "AU")


@lru_cache(maxsize=1)
def record() -> RunRecord:
    return execute(from_names(RUN), market=copper_world(*NAMES))


def test_each_episode_names_the_overhang_at_both_ends() -> None:
    trades, signals = record().trades, record().signals
    at = signals.set_index(["symbol", "time"])["overhang_state"]
    latency = pd.Timedelta(minutes=5)
    for side in ("entry", "exit"):
        closed = trades[trades[f"{side}_decision"].notna()]
        keys = zip(closed["symbol"], closed[f"{side}_decision"] - latency, strict=True)
        expected = ["ON" if at[key] == 1.0 else "OFF" for key in keys]
        assert closed[f"{side}_overhang"].tolist() == expected
    assert set(trades["entry_overhang"]) == {"ON", "OFF"}


def test_the_record_states_spells_and_announcements_known_by_the_end() -> None:
    found = record().info["overhang"]
    assert found["calendar"] == "XNYS"
    # In New York the copper proclamation of 30 July, 14:00, counts on its own day.
    assert found["spells"] == [["2025-02-10", "2025-07-30"]]
    assert found["episodes_with_entries"] == 1
    assert [one["id"] for one in found["events"]][-1] == "TR046"
    assert {"scope", "intensity", "description", "kind", "date"} <= found["events"][0].keys()


def test_far_premiums_are_findings_of_the_run() -> None:
    days = [one["date"] for one in record().info["findings"] if one["rule"] == "COMEX-LME premium"]
    assert days[0] == "2025-02-26"
    assert days[-1] == "2025-07-30"
    assert len(days) > 90


def test_the_section_adds_up_to_the_run() -> None:
    section = overhang_section(record())
    assert section is not None
    page = render(record(), draw_nothing)
    assert 'id="overhang"' in page
    cells = {
        cell.key: cell.text
        for block in section.blocks
        for one in getattr(block, "tables", [block])
        for row in one.rows
        for cell in row
        if cell.key
    }
    days = sum(int(cells[f"overhang.{state}.days"]) for state in ("ON", "OFF"))
    assert days == len(record().equity) - 1
    entries = sum(int(cells[f"overhang.{state}.entries"]) for state in ("ON", "OFF"))
    assert entries == len(record().trades)
    assert cells["overhang_name.AU.direction"] == "0.00"
    names = by_name(record()).set_index("symbol")
    # Every session of New York from the order on copper, 2025-02-25, to the end.
    assert names.loc["FCX", "helped"] == 174
    assert (names["hurt"] == 0).all()
    assert "at its highest" in page


def test_a_day_is_on_where_any_name_is() -> None:
    states = overhang_states(record())
    assert states["2025-03-24"] == "ON"
    assert states["2025-09-01"] == "OFF"


def test_the_new_columns_survive_the_files(tmp_path: Path) -> None:
    again = read_run(write_run(record(), tmp_path / "run"))
    pd.testing.assert_series_equal(again.trades["exit_overhang"], record().trades["exit_overhang"])
    np.testing.assert_array_equal(again.signals["premium"], record().signals["premium"])


def test_an_older_record_has_no_such_section(small_record: RunRecord) -> None:
    assert overhang_section(small_record) is None


@pytest.mark.parametrize("policy", ["ignore", "no_entries", "on_resolution"])
def test_the_lead_says_what_the_policy_does(policy: str) -> None:
    info = {**record().info, "config": {**record().info["config"]}}
    info["config"]["regime"] = {**info["config"]["regime"], "overhang": policy}
    section = overhang_section(RunRecord(**{**vars(record()), "info": info}))
    assert section is not None
    assert policy.replace("_", " ") in section.lead
    assert len(section.lead) < LONGEST  # longer texts are cut on the page

from __future__ import annotations

from dataclasses import replace

import pandas as pd
import pytest

from orebound.analyzers.explanation import explain
from orebound.analyzers.record import RunRecord
from orebound.feeds import ConfigError


def test_a_buy_is_explained_from_inputs_to_costs(small_record: RunRecord) -> None:
    said = explain(small_record, "RIO", "2024-10-14").text
    for part in (
        "RIO on 2024-10-14: bought 3,000 at 65.1235",
        "9,650.5000  known 2024-10-14 12:00 UTC",
        "gap             -0.1000",
        "z               -1.8000",
        "regime          ON",
        "sent 2024-10-14 20:05 UTC",
        "filled 2024-10-15 13:30 UTC",
        "commission          0.30",
    ):
        assert part in said


def test_inputs_are_those_known_by_the_decision(small_record: RunRecord) -> None:
    found = explain(small_record, "RIO", "2024-10-11")
    assert found.inputs["value"].tolist() == [9700.0]


def test_a_name_not_bought_says_why(small_record: RunRecord) -> None:
    assert explain(small_record, "BHP", "2024-10-14").verdict == (
        "BHP on 2024-10-14: not bought: does not trail far enough."
    )


def test_a_held_name_says_since_when(small_record: RunRecord) -> None:
    assert "held since 2024-10-15" in explain(small_record, "RIO", "2024-10-15").verdict


def test_a_rejected_order_says_how_it_ended(small_record: RunRecord) -> None:
    orders = small_record.orders.assign(status="Margin", filled=pd.NaT, fill_session=pd.NaT)
    found = explain(replace(small_record, orders=orders), "RIO", "2024-10-14")
    assert "which ended Margin" in found.verdict


def test_the_announcements_behind_the_regime_are_listed(small_record: RunRecord) -> None:
    # 2024-09-24 is the announcement of three Chinese authorities; it still counts in October.
    found = explain(small_record, "RIO", "2024-10-14")
    assert found.events
    assert all(line.startswith(("+", "-")) for line in found.events)


def test_a_day_without_session_names_the_nearest(small_record: RunRecord) -> None:
    with pytest.raises(ConfigError, match="nearest sessions: 2024-10-11 and 2024-10-14"):
        explain(small_record, "RIO", "2024-10-12")


def test_an_excluded_name_gives_its_reason(small_record: RunRecord) -> None:
    with pytest.raises(ConfigError, match="VALE was not traded in this run: no data"):
        explain(small_record, "VALE", "2024-10-14")


def test_an_unknown_name_lists_the_near_ones(small_record: RunRecord) -> None:
    with pytest.raises(ConfigError, match="unknown symbol in this run 'RIOO'; did you mean 'RIO'"):
        explain(small_record, "RIOO", "2024-10-14")

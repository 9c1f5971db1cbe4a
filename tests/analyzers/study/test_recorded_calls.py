"""Calls written down before their outcome: followed from the next close, counted as calls."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from orebound.analyzers.page.sections_record import call_table, record_section
from orebound.analyzers.page.sheet import render
from orebound.analyzers.record import RunRecord
from orebound.analyzers.study import outcome_summary, recorded_outcomes
from orebound.sweeps import RunConfig, recorded_evidence
from orebound.sweeps.daily_rows import write_row

DAYS = pd.bdate_range("2025-01-06", periods=300)


def signals() -> pd.DataFrame:
    """RIO gains 0.001 a session on its metals, BHP loses 0.002."""
    frames = []
    for symbol, step in (("RIO", 0.001), ("BHP", -0.002)):
        basket = 0.01 * np.arange(len(DAYS))
        frames.append(
            pd.DataFrame(
                {"date": DAYS, "symbol": symbol, "time": DAYS + pd.Timedelta(hours=20)}
                | {"ln_basket": basket, "ln_equity": basket + step * np.arange(len(DAYS))}
                | {"run": 0}
            )
        )
    return pd.concat(frames, ignore_index=True)


def call(day: int, *inside: str) -> dict[str, Any]:
    return {
        "session": f"{DAYS[day]:%Y-%m-%d}",
        "is_in": {symbol: symbol in inside for symbol in ("RIO", "BHP")},
    }


#: RIO in on sessions 0, 1 and 5, out between; BHP in on the last session but 20.
CALLS = [call(0, "RIO"), call(1, "RIO"), call(3), call(5, "RIO"), call(280, "BHP")]


def test_each_name_is_followed_beyond_its_metals_from_the_next_close() -> None:
    found = recorded_outcomes(CALLS, signals()).set_index(["symbol", "date"])
    assert found.loc[("RIO", DAYS[0]), "after_21"] == pytest.approx(0.021)
    assert found.loc[("BHP", DAYS[3]), "after_252"] == pytest.approx(-0.504)
    # 300 sessions: from the close of 281, 18 later ones exist.
    assert np.isnan(found.loc[("BHP", DAYS[280]), "after_21"])


def test_calls_are_unbroken_stretches_of_recorded_sessions() -> None:
    table = call_table(recorded_outcomes(CALLS, signals()))
    assert table[["symbol", "sessions"]].to_numpy().tolist() == [
        ["BHP", 1],
        ["RIO", 1],
        ["RIO", 2],
    ]
    assert table["first"].tolist() == [DAYS[280], DAYS[5], DAYS[0]]


def test_in_is_compared_with_out_on_the_same_record() -> None:
    summary = outcome_summary(recorded_outcomes(CALLS, signals())).set_index("horizon")
    row = summary.loc[21]
    # In: RIO on three sessions of two calls; out: BHP on four, RIO on one.
    assert (row["calls"], row["sessions_in"], row["sessions_out"]) == (2, 3, 5)
    assert row["mean_in"] == pytest.approx(0.021)
    assert row["mean_out"] == pytest.approx((4 * -0.042 + 0.021) / 5)
    assert row["difference"] == pytest.approx(row["mean_in"] - row["mean_out"])


def test_a_record_without_outcomes_has_no_figures() -> None:
    summary = outcome_summary(recorded_outcomes([], signals()))
    assert summary["calls"].tolist() == [0, 0, 0, 0]
    assert summary["mean_in"].isna().all()
    assert call_table(recorded_outcomes([], signals())).empty


def write(folder: Path, day: int, config: RunConfig, **values: Any) -> None:
    names = [{"symbol": symbol, "is_in": symbol == "RIO"} for symbol in ("RIO", "BHP")]
    row = {"session": f"{DAYS[day]:%Y-%m-%d}", "name": "nyse-miners", "recorded_at": "x"}
    row |= {"config": config.as_dict(), "names": names, "in_time": True, "synthetic": False}
    write_row(folder, row | values)


def test_only_rows_in_time_of_the_same_rule_and_real_prices_count(tmp_path: Path) -> None:
    own = RunConfig()
    other = own.model_copy(update={"rule": own.rule.model_copy(update={"z_in": 2.0})})
    write(tmp_path, 0, own)
    write(tmp_path, 1, own, in_time=False)
    write(tmp_path, 2, other)
    write(tmp_path, 3, own, synthetic=True)
    (tmp_path / "2025-02-03-nyse-miners.json").write_text("{")
    kept = recorded_evidence(tmp_path, own)
    counts = {key: kept[key] for key in ("rows", "late", "otherwise", "synthetic", "unreadable")}
    assert counts == {"rows": 4, "late": 1, "otherwise": 1, "synthetic": 1, "unreadable": 1}
    assert [one["session"] for one in kept["calls"]] == ["2025-01-06"]
    assert kept["calls"][0]["is_in"] == {"RIO": True, "BHP": False}
    assert recorded_evidence(tmp_path / "none", own) == {}
    # A record of another name with the same rule counts too, each session once.
    write(tmp_path, 0, own, name="again", recorded_at="y")
    write(tmp_path, 4, own, name="again")
    again = recorded_evidence(tmp_path, own)["calls"]
    assert [(one["session"], one["recorded_at"]) for one in again] == [
        ("2025-01-06", "x"),
        ("2025-01-10", "x"),
    ]


def with_daily(record: RunRecord, **kept: Any) -> RunRecord:
    counts = {"rows": 6, "late": 1, "otherwise": 0, "synthetic": 0, "unreadable": 0}
    return replace(record, info=record.info | {"daily": counts | {"calls": CALLS} | kept})


def test_the_page_shows_the_record_and_what_does_not_count(small_record: RunRecord) -> None:
    assert record_section(small_record) is None
    own = small_record.signals.iloc[:0]
    record = with_daily(replace(small_record, signals=pd.concat([own, signals()])))
    section = record_section(record)
    assert section is not None
    assert "5 rows count, 2025-01-06 to" in section.lead
    assert "Not counted: 1 written too late." in section.lead
    cells = {cell.key: cell.text for row in section.blocks[0].rows for cell in row}
    assert cells["record.21.calls"] == "2"
    assert cells["record.21.mean_in"].startswith("2.1")
    assert "Daily record" in render(with_daily(small_record, calls=[]))
    empty = record_section(with_daily(small_record, calls=[]))
    assert empty is not None
    assert "No row counts yet." in empty.lead

"""Policy events count at the first close after they are public, whatever takes effect when."""

import csv
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from orebound.feeds import ConfigError, DataRefused, clock
from orebound.feeds.policy import china_events, first_session, read_events, trade_events
from orebound.feeds.policy.events import REFERENCE

CHINA = REFERENCE / "china_policy_events.csv"
TRADE = REFERENCE / "trade_policy_events.csv"


def rows_of(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def write(path: Path, rows: list[dict[str, str]]) -> Path:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
    return path


def test_the_tables_hold_139_china_and_50_trade_events() -> None:
    assert len(china_events()) == 139
    assert len(trade_events()) == 50


@pytest.mark.parametrize(("path", "table"), [(CHINA, "china"), (TRADE, "trade")])
def test_first_london_session_agrees_with_the_compiled_column(path: Path, table: str) -> None:
    events = read_events(path, table)
    compiled = {row["id"]: row["first_lse_close"] for row in rows_of(path)}
    found = first_session(events, clock("XLON"))
    assert dict(zip(events.ids, map(str, found), strict=True)) == compiled


@pytest.mark.parametrize(
    ("event", "session", "why"),
    [
        ("CN123", "2024-09-24", "announced 09:00 Beijing, not on 09-27 when it took effect"),
        ("CN060", "2016-02-29", "18:45 Beijing is 10:45 in London, before the close"),
        ("CN057", "2015-08-25", "announced on the 25th; one source lists the 26th"),
        ("CN010", "2008-11-10", "a Sunday counts on Monday"),
        ("CN066", "2017-10-02", "announced four months before it took effect"),
        ("CN004", "2008-04-17", "unknown hour in summer time: after the London close"),
    ],
)
def test_an_announcement_counts_at_the_first_close_after_it(
    event: str, session: str, why: str
) -> None:
    events = china_events()
    found = dict(zip(events.ids, first_session(events, clock("XLON")), strict=True))
    assert str(found[event]) == session, why


@pytest.mark.parametrize(
    ("event", "session"),
    [("TR034", "2025-04-03"), ("TR036", "2025-04-10"), ("TR043", "2025-07-31")],
)
def test_new_york_afternoon_news_reaches_london_the_next_day(event: str, session: str) -> None:
    events = trade_events()
    found = dict(zip(events.ids, first_session(events, clock("XLON")), strict=True))
    assert str(found[event]) == session


def test_deleting_the_effective_date_changes_nothing(tmp_path: Path) -> None:
    rows = rows_of(CHINA)
    for row in rows:
        del row["eff_date"]
    cut = read_events(write(tmp_path / "events.csv", rows))
    whole = china_events()
    assert cut.ids == whole.ids
    assert (cut.known_at == whole.known_at).all()
    assert (cut.intensity == whole.intensity).all()
    assert (cut.mechanical == whole.mechanical).all()


def test_rows_in_any_order_give_events_ascending_in_time(tmp_path: Path) -> None:
    shuffled = read_events(write(tmp_path / "events.csv", rows_of(CHINA)[::-1]))
    assert (np.diff(shuffled.known_at) >= np.timedelta64(0)).all()
    assert set(shuffled.ids) == set(china_events().ids)
    by_id = dict(zip(china_events().ids, china_events().intensity, strict=True))
    assert [by_id[name] for name in shuffled.ids] == shuffled.intensity.tolist()


def test_until_keeps_what_was_public_at_that_moment() -> None:
    announced = np.datetime64("2024-09-24T01:00")
    assert china_events().until(announced).ids[-1] == "CN123"
    assert china_events().until(announced - np.timedelta64(1, "m")).ids[-1] == "CN122"


def test_events_can_be_replaced_without_touching_the_shipped_ones() -> None:
    silent = replace(china_events(), intensity=np.zeros(len(china_events())))
    assert silent.weights(judgement=True).sum() == 0.0
    assert china_events().weights(judgement=True).sum() != 0.0


def test_judgement_kinds_weigh_nothing_mechanically() -> None:
    events = china_events()
    judged = {"stance", "property", "liquidity", "commodity", "reg"}
    weights = [w for kind, w in zip(events.kind, events.mechanical, strict=True) if kind in judged]
    assert len(weights) > 30
    assert set(weights) == {0.0}
    assert (np.abs(events.mechanical) <= np.abs(events.intensity)).all()


def test_a_wrong_cell_is_refused_with_its_place(tmp_path: Path) -> None:
    rows = rows_of(CHINA)[:3]
    rows[1]["intensity"] = "strong"
    with pytest.raises(DataRefused, match=r"bad\.csv, row 3, column 'intensity'.*'strong'"):
        read_events(write(tmp_path / "bad.csv", rows))
    rows = rows_of(CHINA)[:3]
    rows[2]["avail_utc"] = "yesterday"
    with pytest.raises(DataRefused, match=r"row 4, column 'avail_utc'.*'yesterday'"):
        read_events(write(tmp_path / "bad.csv", rows))
    for row in rows:
        del row["avail_utc"]
    with pytest.raises(DataRefused, match=r"row 2: column 'avail_utc' is missing"):
        read_events(write(tmp_path / "bad.csv", rows))


def test_events_before_a_calendar_are_refused() -> None:
    old = replace(china_events(), known_at=china_events().known_at - np.timedelta64(15 * 366, "D"))
    with pytest.raises(ConfigError, match="XLON begin after the first event"):
        first_session(old, clock("XLON"))

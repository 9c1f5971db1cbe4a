"""An expected date counts from the moment it was public until it passed or was withdrawn."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from orebound.feeds import DataRefused, clock, trade_events
from orebound.feeds.policy.scheduled import (
    ScheduledEvents,
    awaited,
    read_scheduled,
    scheduled_events,
)

LONDON = clock("XLON")
HEADER = "id,known_utc,date,withdrawn_utc,scope,confidence,source,desc\n"


def near(event: str, first: str, last: str, days_before: int) -> list[str]:
    table = scheduled_events()
    sessions = LONDON.sessions(first, last)
    found = awaited(table, LONDON, sessions, days_before)[:, table.ids.index(event)]
    return [str(day) for day in sessions[found]]


def test_the_five_sessions_before_the_second_of_april_and_the_day_itself_are_near() -> None:
    # The news came at 16:00 New York, after the London close of the day.
    assert near("SC011", "2025-03-20", "2025-04-10", 5) == [
        *("2025-03-26", "2025-03-27", "2025-03-28", "2025-03-31", "2025-04-01", "2025-04-02"),
    ]


def test_a_date_is_not_awaited_before_it_was_public() -> None:
    # Announced on Sunday 2019-05-05 for Friday 10 May: the bank holiday leaves four sessions.
    assert near("SC005", "2019-04-23", "2019-05-20", 20) == [
        *("2019-05-07", "2019-05-08", "2019-05-09", "2019-05-10"),
    ]


def test_a_withdrawn_date_is_awaited_no_more() -> None:
    # The pause to 9 July was moved on 7 July, after the London close.
    assert near("SC013", "2025-07-01", "2025-07-15", 3)[-1] == "2025-07-07"
    assert near("SC013", "2025-07-01", "2025-07-15", 3)[0] == "2025-07-04"


def test_what_was_known_on_a_day_holds_no_later_date_and_no_later_withdrawal() -> None:
    table = scheduled_events().until("2025-07-01")
    assert "SC013" in table.ids
    assert "SC015" not in table.ids
    assert np.isnat(table.withdrawn_at[table.ids.index("SC013")])
    assert not np.isnat(table.withdrawn_at[table.ids.index("SC003")])


def test_cutting_the_table_at_a_close_changes_no_session_up_to_it() -> None:
    sessions = LONDON.sessions("2018-01-02", "2026-07-31")
    table = scheduled_events()
    whole = awaited(table, LONDON, sessions, 10).any(axis=1)
    closes = LONDON.known_at(sessions)
    for row in range(0, len(sessions), 37):
        cut = awaited(table.until(closes[row]), LONDON, sessions[: row + 1], 10)
        assert cut.any(axis=1).tolist() == whole[: row + 1].tolist()


def test_no_days_before_and_no_table_await_nothing() -> None:
    sessions = LONDON.sessions("2025-03-20", "2025-04-10")
    assert not awaited(scheduled_events(), LONDON, sessions, 0).any()
    nothing = scheduled_events().until("2017-01-01")
    assert awaited(nothing, LONDON, sessions, 5).shape == (len(sessions), 0)


def test_the_shipped_table_ascends_and_names_trade_events_that_exist() -> None:
    table = scheduled_events()
    assert (np.diff(table.known_at) >= np.timedelta64(0)).all()
    gone = ~np.isnat(table.withdrawn_at)
    assert (table.withdrawn_at[gone] > table.known_at[gone]).all()
    assert (table.withdrawn_at[gone].astype("datetime64[D]") <= table.date[gone]).all()
    times = dict(zip(trade_events().ids, trade_events().known_at, strict=True))
    path = Path(__file__).parents[3] / "feeds" / "reference" / "scheduled_events.csv"
    rows = {row.ids[0]: row for row in _each(table)}
    for line in path.read_text().splitlines()[1:]:
        for source in (part.strip('"') for part in line.split(",")):
            if source.startswith("TR"):
                row = rows[line.split(",")[0]]
                moments = (row.known_at[0], row.withdrawn_at[0])
                is_named = times[source] in moments or source == "TR050"  # the day's own event
                assert is_named, (line, source)


def _each(table: ScheduledEvents) -> list[ScheduledEvents]:
    return [
        ScheduledEvents(
            *((one,), table.known_at[[i]], table.date[[i]], table.withdrawn_at[[i]]),
            *((table.scope[i],), (table.confidence[i],), (table.description[i],)),
        )
        for i, one in enumerate(table.ids)
    ]


@pytest.mark.parametrize(
    ("row", "message"),
    [
        ("A,2025-02-30T00:00Z,2025-04-02,,all,M,K,x", "row 2, column 'known_utc': expected a time"),
        ("A,2025-02-15T00:00Z,soon,,all,M,K,x", "'date': expected .*2025-04-02, got 'soon'"),
        ("A,2025-02-15T00:00Z,2025-01-02,,all,M,K,x", "'date': 2025-01-02 lies before the day"),
        ("A,2025-02-15T00:00Z,2025-04-02", "row 2: column 'withdrawn_utc' is missing"),
    ],
)
def test_a_faulty_row_is_refused_with_its_place(tmp_path: Path, row: str, message: str) -> None:
    file = tmp_path / "dates.csv"
    file.write_text(HEADER + row + "\n")
    with pytest.raises(DataRefused, match=message):
        read_scheduled(file)

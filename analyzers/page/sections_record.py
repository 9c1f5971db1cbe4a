"""The daily record with its outcome since: what was said before it could be known."""

from __future__ import annotations

from typing import Any

import pandas as pd

from ..record import RunRecord
from ..study.recorded_calls import HORIZONS, outcome_summary, recorded_outcomes
from .facts import listing, mapping, number, words
from .text import show
from .views import Column, Section, Table, table

#: Calls listed, the latest first.
MOST_CALLS = 40
NEEDED = {"ln_equity", "ln_basket", "run"}
COMPARED = (
    Column("horizon", "After", "integer", "sessions"),
    Column("calls", "Calls", "integer", "distinct"),
    Column("sessions_in", "In", "integer", "name-sessions"),
    Column("mean_in", "In, mean", "percent", "log, beyond metals", is_gain=True),
    Column("sessions_out", "Out", "integer", "name-sessions"),
    Column("mean_out", "Out, mean", "percent", "log, beyond metals", is_gain=True),
    Column("difference", "Difference", "percent", "log", is_gain=True),
)
CALLS = (
    Column("first", "First in", "date"),
    Column("symbol", "Name"),
    Column("sessions", "In for", "integer", "recorded sessions"),
    *(
        Column(f"after_{horizon}", f"After {horizon}", "percent", "log, beyond metals", True)
        for horizon in HORIZONS
    ),
)


def record_section(record: RunRecord) -> Section | None:
    """Return the daily record's calls and what came of them; None where none was kept."""
    kept = mapping(record.info, "daily")
    if not kept:
        return None
    calls = listing(kept, "calls")
    blocks: list[Any] = []
    if calls and set(record.signals) >= NEEDED:
        outcomes = recorded_outcomes(calls, record.signals)
        blocks = [_compared(outcomes), _listed(outcomes)]
    return Section("record", "Daily record", _lead(kept, calls), blocks)


def call_table(outcomes: pd.DataFrame) -> pd.DataFrame:
    """Return one row a call: its first session, its name, its length, and what came after."""
    inside = outcomes[outcomes["call"] > 0]
    if inside.empty:
        return pd.DataFrame(columns=[column.key for column in CALLS])
    frame = inside.drop_duplicates("call").rename(columns={"date": "first"})
    frame["sessions"] = frame["call"].map(inside["call"].value_counts())
    return frame.sort_values(["first", "symbol"], ascending=[False, True], ignore_index=True)


def _compared(outcomes: pd.DataFrame) -> Table:
    return table(
        outcome_summary(outcomes),
        COMPARED,
        "In against out",
        keys=("record", "horizon"),
        note="From the close after a recorded session on. Sessions of one call overlap: the "
        "distinct calls are the size of the sample.",
    )


def _listed(outcomes: pd.DataFrame) -> Table:
    frame = call_table(outcomes)
    more = f"; the first {len(frame) - MOST_CALLS} are left out" if len(frame) > MOST_CALLS else ""
    return table(
        frame.head(MOST_CALLS),
        CALLS,
        f"{len(frame)} calls, from the first session on which a name was in{more}",
        empty="No name was ever in.",
    )


def _lead(kept: dict[str, Any], calls: list[Any]) -> str:
    said = (
        "Rows that `orebound daily` wrote before the first open at which they could be acted on: "
        "the only evidence here that no choice of rule, data or event could have seen. "
    )
    if calls:
        said += (
            f"{show(len(calls), 'integer')} rows count, {calls[0]['session']} to "
            f"{calls[-1]['session']}."
        )
    else:
        said += "No row counts yet."
    left = [
        f"{show(number(kept.get(key)), 'integer')} {why}"
        for key, why in (
            ("late", "written too late"),
            ("otherwise", "of another universe, rule, regime or sizing"),
            ("synthetic", "of invented prices"),
            ("unreadable", "that cannot be read"),
        )
        if number(kept.get(key)) > 0
    ]
    return said + (f" Not counted: {words(left)}." if left else "")

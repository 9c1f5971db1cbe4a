"""Tariff overhang: when US trade policy weighed on miners, on whom, and what was earned then."""

from __future__ import annotations

import math
from typing import Any

import pandas as pd

from ..record import RunRecord
from .columns import EVENTS, REGIME, SPANS
from .facts import listing, mapping, number, setting, spaced, stated, words
from .regimes import spell_table, spells_in, state_table
from .text import MISSING, show
from .views import Beside, Column, Section, Table, table

POLICIES = {
    "ignore": "it is shown and changes nothing",
    "half_size": "positions are entered at a share of their size while it is ON",
    "no_entries": "nothing is entered while it is ON",
    "on_resolution": "entries are made only in the sessions after announcements lowered it",
}
SOURCES = {
    "events": "announcements",
    "premium": "the COMEX-LME premium of copper",
    "either": "announcements or the COMEX-LME premium of copper",
}
BY_NAME = (
    Column("symbol", "Name"),
    Column("days", "Days ON", "integer", "sessions"),
    Column("entries", "Entries", "integer", "while ON"),
    Column("level", "Level", "number", "at the end"),
    Column("direction", "Direction", "number", "at the end"),
    Column("hurt", "Days hurt", "integer", "direction < 0"),
    Column("helped", "Days helped", "integer", "direction > 0"),
)
SCOPED = (*EVENTS[:2], Column("scope", "Scope"), *EVENTS[2:])


def overhang_section(record: RunRecord) -> Section | None:
    """Return spells, states and names under the overhang; None where the run recorded none."""
    if "overhang_state" not in record.signals or not mapping(record.info, "overhang"):
        return None
    recorded = overhang_states(record)
    by_state = table(
        state_table(record, recorded, "entry_overhang"),
        REGIME,
        "By state",
        note=_premium(record),
        keys=("overhang", "state"),
        empty="No state.",
    )
    exchange = words(stated(record.info, "overhang", "calendar"))
    each = table(
        spell_table(record, spells_in(record, "overhang")),
        SPANS,
        f"ON spells of all announcements together, sessions of {exchange}",
        keys=("overhang_spell", "first"),
        empty="The announcements' overhang was never ON.",
    )
    names = table(
        by_name(record),
        BY_NAME,
        "By name",
        note="Direction weighs each metal's level by exposure and by the side a US duty puts the "
        "name on: above 0 the duties in the air help it.",
        keys=("overhang_name", "symbol"),
    )
    blocks: list[Any] = [Beside([by_state, each]), names, _events(record)]
    return Section("overhang", "Tariff overhang", _lead(record), blocks)


def overhang_states(record: RunRecord) -> pd.Series[Any]:
    """Return ON or OFF by session date, oldest first: ON where it is for any name."""
    known = record.signals.dropna(subset=["overhang_state"])
    on = known.groupby("date")["overhang_state"].max() == 1.0
    return on.map({True: "ON", False: "OFF"}).astype(object)


def by_name(record: RunRecord) -> pd.DataFrame:
    """Return, by name, its days under the overhang, entries in it, last level and direction."""
    rows = []
    entered = record.trades[record.trades["entry_overhang"] == "ON"]["symbol"].value_counts()
    for symbol, own in record.signals.sort_values("time", kind="stable").groupby("symbol"):
        known = own.dropna(subset=["overhang_state"])
        rows.append(
            {
                "symbol": symbol,
                "days": int((known["overhang_state"] == 1.0).sum()),
                "entries": int(entered.get(symbol, 0)),
                "level": _last(known["overhang"]),
                "direction": _last(known["tariff_direction"]),
                "hurt": int((known["tariff_direction"] < 0.0).sum()),
                "helped": int((known["tariff_direction"] > 0.0).sum()),
            }
        )
    return pd.DataFrame(rows, columns=[column.key for column in BY_NAME])


def _last(values: pd.Series[float]) -> float:
    return float(values.iloc[-1]) if len(values) else math.nan


def _lead(record: RunRecord) -> str:
    policy = words(setting(record, "regime", "overhang"))
    held = words(stated(record.info, "overhang", "episodes_with_entries")) or MISSING
    memory = show(number(setting(record, "regime", "overhang_memory_days")), "integer")
    source = SOURCES.get(words(stated(record.info, "overhang", "source")), MISSING)
    return (
        f"US trade policy on metals, ON by {source}: announcements add to a level or lift it, and "
        f"it halves in {memory} days. Under the policy {spaced(policy)}, "
        f"{POLICIES.get(policy, MISSING)}. A date that passes resolves nothing. Distinct spells "
        f"with entries: {held}."
    )


def _premium(record: RunRecord) -> str:
    if "premium" not in record.signals:
        return ""
    known = record.signals.dropna(subset=["premium"]).sort_values("time", kind="stable")
    if known.empty:
        return "The copper premium was never known."
    top = known.iloc[int(known["premium"].to_numpy().argmax())]
    return (
        f"The copper premium stood at {show(_last(known['premium']), 'percent')} at the end and "
        f"at {show(float(top['premium']), 'percent')} at its highest, {top['date']:%Y-%m-%d}."
    )


def _events(record: RunRecord) -> Table:
    found = listing(record.info, "overhang", "events")
    keys = [column.key for column in SCOPED]
    frame = pd.DataFrame([{key: row.get(key) for key in keys} for row in found], columns=keys)
    frame["kind"] = frame["kind"].map(spaced)
    said = f"{len(found)} announcements behind the level"
    return table(
        frame.astype(object),
        SCOPED,
        said,
        summary=said,
        style="prose",
        empty="Nothing is recorded.",
    )

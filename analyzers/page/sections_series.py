"""Conditions on monthly and fundamental series: how often they held, by name."""

from __future__ import annotations

import pandas as pd

from ..record import RunRecord
from .facts import setting
from .views import Column, Section, table

HELD = "series_holds"
CONDITIONS = (
    Column("symbol", "Name"),
    Column("holds", "Held", "integer", "bars"),
    Column("fails", "Failed", "integer", "bars"),
    Column("unknown", "No verdict", "integer", "bars"),
    Column("entries", "Entries", "integer"),
)


def series_section(record: RunRecord) -> Section | None:
    """Return how often the conditions held, failed and could not be told; None without any."""
    if HELD not in record.signals or record.signals.empty:
        return None
    mode = setting(record, "rule", "series_mode")
    does = "entries only where they are known to hold" if mode == "hard" else "size by their share"
    lead = (
        f"{setting(record, 'rule', 'series_gate')}: {does}. A number is known from its release, in "
        f"the vintage of the day; {setting(record, 'regime', 'series_max_age')} days after it, or "
        "where its past is too short, there is no verdict."
    )
    frame = _by_name(record)
    counts = table(frame, CONDITIONS, "Conditions on series, by name", keys=("series", "symbol"))
    return Section("series", "Conditions on series", lead, [counts])


def _by_name(record: RunRecord) -> pd.DataFrame:
    held = record.signals.assign(
        holds=record.signals[HELD] == 1.0,
        fails=record.signals[HELD] == 0.0,
        unknown=record.signals[HELD].isna(),
    )
    frame = held.groupby("symbol", sort=False)[["holds", "fails", "unknown"]].sum().astype(int)
    entries = record.trades["symbol"].value_counts()
    frame["entries"] = entries.reindex(frame.index, fill_value=0).astype(int)
    return frame.reset_index()

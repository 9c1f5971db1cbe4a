"""Breadth of the recovery and neglect: what they said, by name, and how often they let in."""

from __future__ import annotations

from typing import Any

import pandas as pd

from ..record import RunRecord
from .facts import setting
from .views import Column, Facts, Section, table

SHARE, RANK = "breadth", "neglect"
COLUMNS = (
    Column("symbol", "Name"),
    Column("known", "Known", "integer", "bars"),
    Column("mean", "Mean", "share"),
    Column("last", "Last", "share"),
    Column("open", "Gate open", "share", "of bars known"),
    Column("entries", "Entries", "integer"),
)
PROXY = (
    (
        "What neglect is",
        "The mean rank of a name's return beyond the market and of its share of the traded value, "
        "among its own past: 0 never so neglected. Both are proxies, not positions; short interest "
        "or shares of funds outstanding come as a known series (rule.series_gate).",
    ),
    (
        "What breadth is",
        "The share of names whose gap's ten-session mean rose and whose price over its metals "
        "stands above its mean: one figure for all names of a closing time.",
    ),
)


def breadth_section(record: RunRecord) -> Section | None:
    """Return both gates by name; None where neither is on."""
    shown = [name for name in (SHARE, RANK) if name in record.signals]
    if not shown or record.signals.empty:
        return None
    said = [f"{name} {setting(record, 'rule', name)}" for name in shown]
    lead = (
        f"Gates: {', '.join(said)}. A gate is open where breadth exceeds "
        f"{setting(record, 'rule', 'breadth_share')} and neglect lies below "
        f"{setting(record, 'rule', 'neglect_percentile')}; soft ones size by how near it is."
    )
    blocks: list[Any] = [
        table(
            _by_name(record, name),
            COLUMNS,
            name.capitalize(),
            keys=(name, "symbol"),
        )
        for name in shown
    ]
    return Section("breadth", "Breadth and neglect", lead, [*blocks, Facts(PROXY, "wide")])


def _by_name(record: RunRecord, name: str) -> pd.DataFrame:
    limit = setting(record, "rule", "breadth_share" if name == SHARE else "neglect_percentile")
    values = record.signals[name]
    is_open = values > float(limit) if name == SHARE else values < float(limit)
    held = record.signals.assign(value=values, is_open=is_open)[values.notna()]
    grouped = held.groupby("symbol", sort=False)
    frame = pd.DataFrame(
        {
            "known": grouped["value"].size(),
            "mean": grouped["value"].mean(),
            "last": grouped["value"].last(),
            "open": grouped["is_open"].mean(),
        }
    )
    entries = record.trades["symbol"].value_counts()
    frame["entries"] = entries.reindex(frame.index, fill_value=0).astype(int)
    return frame.rename_axis("symbol").reset_index()

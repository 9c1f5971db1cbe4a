"""What was earned under which state of the world, by entry and by day."""

from __future__ import annotations

from typing import Any

import pandas as pd

from ..record import RunRecord
from ..study import by_day, by_entry
from .facts import has_regime, number, setting
from .numbers import risk_free
from .regimes import states
from .sections_overhang import overhang_states
from .views import Column, Section, Table, table

LABELS = {"stimulus": "China regime", "overhang": "Tariff overhang"}
DAY = (
    Column("days", "Sessions", "integer"),
    Column("episodes", "Episodes", "integer", "distinct"),
    Column("pnl", "Profit", "money", "base currency", is_gain=True),
    Column("return", "Return", "percent", "compounded", is_gain=True),
    Column("volatility", "Volatility", "percent", "a year, inside"),
    Column("sharpe", "Sharpe", "number", "a year, inside"),
)
ENTRY = (
    Column("part", "Part"),
    Column("trades", "Entries", "integer"),
    Column("closed", "Closed", "integer"),
    Column("episodes", "Episodes", "integer", "with entries"),
    Column("pnl", "Profit", "money", "net", is_gain=True),
    Column("return", "Return", "percent", "of first equity", is_gain=True),
    Column("hit_rate", "Hit rate", "share"),
    Column("capture", "Capture", "number", "mean ratio"),
)


def attribution_section(record: RunRecord) -> Section | None:
    """Return both tables by state; None where no state is recorded or nothing ran."""
    known = state_frame(record)
    if known is None or len(record.equity) < 2 or not (record.equity["value"] > 0.0).all():
        return None
    year = number(setting(record, "run", "periods_per_year"))
    days = by_day(
        record.equity,
        known,
        periods_per_year=252 if year != year else int(year),
        risk_free=risk_free(record),
    )
    entries = by_entry(
        record.trades, record.cash, record.equity, known, at_entry=_at_entry(record, known)
    )
    lead = (
        "Two ways to share out the same change of equity; each table sums to it. By day, a "
        "session belongs to the states known at the close before it. By entry, a trade belongs to "
        "those of its entry decision, whatever came after; flows that are not trades stand apart. "
        "The distinct episodes are the size of the sample, not the sessions or the entries. TIGHT "
        "counts as OFF."
    )
    blocks = [
        _shown(days, known, DAY, "By day", "day"),
        _shown(entries, known, ENTRY, "By state at entry", "entry"),
    ]
    return Section("attribution", "Attribution by state", lead, blocks)


def state_frame(record: RunRecord) -> pd.DataFrame | None:
    """Return the states at each session's close by date, ON or OFF; None where none is recorded.

    The regime is the last recorded of the date; the overhang is ON where it is for any name.
    """
    found: dict[str, Any] = {}
    if record.signals.empty:
        return None
    if has_regime(record):
        found["stimulus"] = states(record).map(lambda state: "ON" if state == "ON" else "OFF")
    if "overhang_state" in record.signals:
        found["overhang"] = overhang_states(record)
    return pd.DataFrame(found).sort_index() if found else None


def _at_entry(record: RunRecord, known: pd.DataFrame) -> pd.DataFrame | None:
    """Return the states that each entry itself saw, None where the record lacks one."""
    columns = {"stimulus": "entry_regime", "overhang": "entry_overhang"}
    wanted = {name: columns[str(name)] for name in known}
    if any(column not in record.trades for column in wanted.values()):
        return None
    own = {name: record.trades[column] for name, column in wanted.items()}
    return pd.DataFrame(own).replace({"TIGHT": "OFF"})


def _shown(
    frame: pd.DataFrame, known: pd.DataFrame, columns: Any, caption: str, name: str
) -> Table:
    names = [str(column) for column in known]
    heads = [Column(one, LABELS[one]) for one in names]
    keyed = frame.assign(
        key=frame[[*names, *(["part"] if "part" in frame else [])]].agg("/".join, axis=1)
    )
    note = ""
    if name == "entry":
        note = (
            "Open trades are marked at the last close. A row that nothing explains would stand "
            "before the total."
        )
    return table(
        keyed, (*heads, *columns), caption, note=note, keys=(name, "key"), empty="No session."
    )

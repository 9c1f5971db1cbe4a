"""What conditions read beside plain series: the cycle, valuation at spot and re-rating."""

from __future__ import annotations

from typing import Any

import pandas as pd

from orebound.strategies.context import DERIVED, PHASES

from ..record import RunRecord
from ..study import by_day
from .facts import setting
from .views import Column, Facts, Section, table

CYCLE = "cycle"
BY_NAME = (
    Column("symbol", "Name"),
    Column("known", "Known", "integer", "bars"),
    Column("low", "Lowest", "number"),
    Column("median", "Median", "number"),
    Column("high", "Highest", "number"),
    Column("last", "Last", "number"),
)
BY_PHASE = (
    Column("phase", "Phase"),
    Column("days", "Days", "integer"),
    Column("episodes", "Episodes", "integer"),
    Column("pnl", "P&L", "money"),
    Column("return", "Return", "percent"),
    Column("volatility", "Volatility", "percent", "a year"),
    Column("sharpe", "Sharpe", "number"),
)
ABOUT = {
    "cycle": (
        "Phases",
        "Of unemployment and the yield curve as known on the day; recessions dated later are not "
        "read. A day's return belongs to the phase known at the close before it.",
    ),
    "ev_ebitda_spot": (
        "EV/EBITDA at spot",
        "The last report's EBITDA moved by its elasticity to today's metal prices. A low multiple "
        "at a high metal price may be a peak of earnings.",
    ),
    "fcf_yield_spot": (
        "Free cash flow at spot",
        "The last report's, with the change of EBITDA after 30 % tax, over market value.",
    ),
    "rerating": (
        "Re-rating",
        "Log return of a session that earnings at metal prices do not explain: more was paid for "
        "them.",
    ),
}


def derived_section(record: RunRecord) -> Section | None:
    """Return what was derived for the conditions; None where they read plain series alone."""
    read = [name for name in DERIVED if name in record.signals]
    if not read or record.signals.empty:
        return None
    lead = f"Read by {setting(record, 'rule', 'series_gate')}."
    blocks: list[Any] = []
    if CYCLE in read:
        title = "What was earned by phase of the cycle"
        keys = ("cycle", "phase")
        blocks.append(table(_by_phase(record), BY_PHASE, title, keys=keys, empty="Too short."))
    for name in (one for one in read if DERIVED[one].by_name):
        title = f"{ABOUT[name][0]}, by name"
        blocks.append(table(_by_name(record, name), BY_NAME, title, keys=(name, "symbol")))
    return Section(
        "derived",
        "Cycle and valuation",
        lead,
        [*blocks, Facts([ABOUT[one] for one in read], "wide")],
    )


def _by_phase(record: RunRecord) -> pd.DataFrame:
    if len(record.equity) < 2:
        return pd.DataFrame(columns=[column.key for column in BY_PHASE])
    code = record.signals.groupby("date")[CYCLE].last()
    words = dict(enumerate(PHASES))
    states = pd.DataFrame({"phase": code.map(words).fillna("unknown")})
    states.index = pd.DatetimeIndex(states.index)
    return by_day(record.equity, states)


def _by_name(record: RunRecord, name: str) -> pd.DataFrame:
    values = record.signals.groupby("symbol", sort=False)[name]
    frame = pd.DataFrame(
        {
            "known": values.count(),
            "low": values.min(),
            "median": values.median(),
            "high": values.max(),
            "last": values.last(),
        }
    )
    return frame.rename_axis("symbol").reset_index()

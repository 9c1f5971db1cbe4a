"""The China regime: its spells, and what was earned inside and outside."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pandas as pd

from ..record import RunRecord
from .facts import has_regime, listing
from .numbers import MINERS, RULE, curve_frame

ORDER = {"ON": 0, "TIGHT": 1, "OFF": 2}
STATES = ["state", "days", "spells", "entries", "closed", "hit_rate", "rule", "miners"]
SPELLS = ["first", "until", "days", "entries", "rule", "miners"]


def spells(record: RunRecord) -> list[tuple[pd.Timestamp, pd.Timestamp]]:
    """Return the ON spells inside the run: first session, and the first one after it.

    A spell that still runs when the data end has NaT there. A rule without a regime has no spell.
    """
    return spells_in(record, "regime") if has_regime(record) else []


def spells_in(record: RunRecord, part: str) -> list[tuple[pd.Timestamp, pd.Timestamp]]:
    """Return the spells inside the run that run.json states under a part's name."""
    dates = record.equity["date"]
    if dates.empty:
        return []
    return [
        (max(pd.Timestamp(first), dates.min()), pd.to_datetime(until))
        for first, until in listing(record.info, part, "spells")
    ]


def states(record: RunRecord) -> pd.Series[Any]:
    """Return the last recorded state of each session date, oldest first."""
    latest = record.signals.sort_values("time", kind="stable")
    return latest.groupby("date")["state"].last().astype(object)


def _earned_under(
    record: RunRecord, recorded: pd.Series[Any]
) -> tuple[pd.DataFrame, pd.Series[Any]]:
    """Log returns of the curves, and the state at the close before each of them."""
    curves = curve_frame(record)
    logs = curves.apply(np.log).diff().iloc[1:]
    by_day = recorded.reindex(curves.index, method="ffill").shift(1)
    return logs, by_day.reindex(logs.index).fillna("unknown")


def _compound(logs: pd.DataFrame, name: str) -> float:
    known = logs[name].dropna() if name in logs else logs.iloc[:0, 0]
    return float(np.expm1(known.sum())) if len(known) else math.nan


def regime_table(record: RunRecord) -> pd.DataFrame:
    """Return, by state of the China regime, what `state_table` says."""
    return state_table(record, states(record), "entry_regime")


def state_table(record: RunRecord, recorded: pd.Series[Any], entry: str) -> pd.DataFrame:
    """Return, by state: days, spells, entries, and what rule and miners earned there.

    `recorded` holds the state of each session date, `entry` names the column of trades with the
    state at entry. A day's return belongs to the state known at the close before it, so the
    states' returns compound to the run's total.
    """
    if record.equity.empty or RULE not in record.baselines:
        return pd.DataFrame(columns=STATES)
    logs, under = _earned_under(record, recorded)
    starts = recorded[recorded != recorded.shift()].value_counts()
    found = sorted({*under, *recorded}, key=lambda state: (ORDER.get(state, 9), state))
    lines = [_state_row(record, entry, state, logs[under == state]) for state in found]
    counted = [line | {"spells": int(starts.get(line["state"], 0))} for line in lines]
    return pd.DataFrame(counted, columns=STATES)


def _state_row(record: RunRecord, entry: str, state: str, logs: pd.DataFrame) -> dict[str, Any]:
    taken = record.trades[record.trades[entry] == state]
    net = taken.loc[taken["status"] == "closed", "net"]
    hits = float((net > 0).mean()) if len(net) else math.nan
    row: dict[str, Any] = {"state": state, "days": len(logs), "entries": len(taken)}
    row |= {"closed": len(net), "hit_rate": hits}
    return row | {"rule": _compound(logs, RULE), "miners": _compound(logs, MINERS)}


def on_spells(record: RunRecord) -> pd.DataFrame:
    """Return each ON spell of the China regime as `spell_table` does."""
    return spell_table(record, spells(record))


def spell_table(record: RunRecord, found: list[tuple[pd.Timestamp, pd.Timestamp]]) -> pd.DataFrame:
    """Return each spell: its first session, the first one after it, entries and earnings."""
    if RULE not in record.baselines:
        return pd.DataFrame(columns=SPELLS)
    logs = curve_frame(record).apply(np.log).diff().iloc[1:]
    return pd.DataFrame([_spell(record, logs, *one) for one in found], columns=SPELLS)


def _spell(
    record: RunRecord, logs: pd.DataFrame, first: pd.Timestamp, until: pd.Timestamp
) -> dict[str, Any]:
    dates, decided = record.equity["date"], record.trades["entry_decision"].dt.normalize()
    end = dates.max() + pd.Timedelta(days=1) if pd.isna(until) else until
    inside = logs[(logs.index > first) & (logs.index <= end)]
    return {
        "first": first,
        "until": until,
        "days": int(((dates >= first) & (dates < end)).sum()),
        "entries": int(((decided >= first) & (decided < end)).sum()),
        "rule": _compound(inside, RULE),
        "miners": _compound(inside, MINERS),
    }

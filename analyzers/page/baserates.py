"""How often the entry condition held anyway, and how often noise would meet it, by name."""

from __future__ import annotations

import math

import pandas as pd

from orebound.strategies import Rule

from ..record import RunRecord
from .facts import names, number, setting, stated
from .text import show

COLUMNS = ["symbol", "sessions", "observed", "noise", "entries", "closed", "hit_rate"]


def base_rates(record: RunRecord) -> pd.DataFrame:
    """Return, by name: the base rates of run.json beside the entries and their hit rate."""
    lines = []
    for name in names(record):
        rates = {key: number(stated(record.info, "base_rates", name, key)) for key in COLUMNS[1:4]}
        taken = record.trades[record.trades["symbol"] == name]
        net = taken.loc[taken["status"] == "closed", "net"]
        hits = float((net > 0).mean()) if len(net) else math.nan
        row = {"symbol": name, **rates, "entries": len(taken)}
        lines.append(row | {"closed": len(net), "hit_rate": hits})
    return pd.DataFrame(lines, columns=COLUMNS)


def trigger_of(record: RunRecord) -> str:
    """Return whether the run enters on z or on the lag."""
    trigger = setting(record, "rule", "trigger")
    if trigger in ("z", "lag"):
        return str(trigger)
    return "lag" if setting(record, "rule", "gap") in Rule.BY_LAG else "z"


def entry_condition(record: RunRecord) -> str:
    """Return the entry condition as it is read."""
    if trigger_of(record) == "z":
        return f"z \u2264 \u2212{show(number(setting(record, 'rule', 'z_in')), 'number')}"
    return f"lag \u2264 \u2212{show(number(setting(record, 'rule', 'lag_in')), 'share')}"

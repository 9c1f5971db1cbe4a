"""How often the entry condition held anyway: observed by name, and in pure noise."""

from __future__ import annotations

import math
from statistics import NormalDist
from typing import Any

import pandas as pd

from .contract import RecordLike
from .facts import days, figures, labels, number, part, rows, setting

COLUMNS = ["symbol", "sessions", "observed", "noise", "entries", "closed", "hit_rate"]
_NOISE = ("noise", "noise_base_rate", "noise_rate", "expected")
_OBSERVED = ("observed", "rate", "base_rate", "share", "value")


def base_rates(record: RecordLike) -> pd.DataFrame:
    """Return, by name: how often the entry condition held, how often noise meets it, hit rate.

    Rates come from run.json; where it states none they are counted in the recorded signals.
    """
    stated = _stated(record)
    trades = labels(record.trades, "symbol")
    names = sorted({*stated, *labels(record.signals, "symbol"), *trades} - {""})
    lines = [_row(record, name, stated.get(name, {})) for name in names]
    return pd.DataFrame(lines, columns=COLUMNS)


def _row(record: RecordLike, name: str, stated: dict[str, Any]) -> dict[str, Any]:
    mine = record.signals[labels(record.signals, "symbol") == name]
    sessions, counted = _counted(record, mine)
    taken = record.trades[labels(record.trades, "symbol") == name]
    closed = figures(taken, "net")[days(taken, "exit_date").notna()].dropna()
    observed = _first(stated, _OBSERVED)
    return {
        "symbol": name,
        "sessions": number(stated.get("n", stated.get("sessions", sessions))),
        "observed": counted if math.isnan(observed) else observed,
        "noise": noise_rate(record, stated),
        "entries": len(taken),
        "closed": len(closed),
        "hit_rate": float((closed > 0).mean()) if len(closed) else math.nan,
    }


def _stated(record: RecordLike) -> dict[str, dict[str, Any]]:
    rates = record.info.get("base_rates")
    table = part(record.info, "base_rates")
    inner = next((table[key] for key in ("by_name", "observed", "names") if key in table), rates)
    found = rows(inner, key="symbol", scalar="observed")
    flat = {str(row.get("symbol", row.get("name", ""))): row for row in found}
    return {name: row for name, row in flat.items() if name and name not in _NOISE}


def _first(values: dict[str, Any], names: tuple[str, ...]) -> float:
    return next((number(values[name]) for name in names if name in values), math.nan)


def _counted(record: RecordLike, signals: pd.DataFrame) -> tuple[float, float]:
    trigger = trigger_of(record)
    column, least = (
        ("lag", number(setting(record.info, "rule", "lag_in", 0.20)))
        if trigger == "lag"
        else ("z", number(setting(record.info, "rule", "z_in", 1.5)))
    )
    known = figures(signals, column).dropna()
    if known.empty or math.isnan(least):
        return float(len(known)), math.nan
    return float(len(known)), float((known <= -least).mean())


def trigger_of(record: RecordLike) -> str:
    """Return whether the run enters on z or on the lag."""
    trigger = str(setting(record.info, "rule", "trigger", "auto"))
    gap = str(setting(record.info, "rule", "gap", "cumulative"))
    return ("lag" if gap == "ratio" else "z") if trigger == "auto" else trigger


def noise_rate(record: RecordLike, stated: dict[str, Any] | None = None) -> float:
    """Return how often noise meets the condition: as stated, else the normal tail for a z trigger.

    A lag in per cent has no such tail without a simulation, so it stays NaN unless stated.
    """
    found = _first(stated or {}, _NOISE)
    table = part(record.info, "base_rates")
    found = _first(table, _NOISE) if math.isnan(found) else found
    if not math.isnan(found) or trigger_of(record) != "z":
        return found
    z_in = number(setting(record.info, "rule", "z_in", 1.5))
    return math.nan if math.isnan(z_in) else NormalDist().cdf(-z_in)

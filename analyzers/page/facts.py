"""Reading `run.json` without trusting it: a missing or odd entry is `n/a`, never a crash."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import pandas as pd

from .contract import RecordLike

#: Fewer entries than this and the page warns on top.
FEW_ENTRIES = 30


def part(info: Mapping[str, Any], name: str) -> dict[str, Any]:
    """Return a nested table of run.json, empty where it is absent or no table."""
    value = info.get(name)
    return dict(value) if isinstance(value, Mapping) else {}


def setting(info: Mapping[str, Any], section: str, name: str, default: Any = None) -> Any:
    """Return one resolved parameter of the run."""
    return part(part(info, "config"), section).get(name, default)


def number(value: Any) -> float:
    """Return a finite float, NaN for anything else."""
    if isinstance(value, Mapping):
        value = value.get("value")
    try:
        figure = float(value)
    except (TypeError, ValueError):
        return math.nan
    return figure if math.isfinite(figure) else math.nan


def metric(info: Mapping[str, Any], name: str) -> float:
    """Return a metric of run.json, NaN where it has none."""
    return number(part(info, "metrics").get(name))


def metric_count(info: Mapping[str, Any], name: str) -> int:
    """Return how many observations a metric of run.json rests on, 0 where it does not say."""
    entry = part(info, "metrics").get(name)
    count = number(entry.get("n")) if isinstance(entry, Mapping) else math.nan
    return 0 if math.isnan(count) else int(count)


def rows(value: Any, key: str = "name", scalar: str = "value") -> list[dict[str, Any]]:
    """Return records from what JSON calls a list of tables, a table of tables or plain names."""
    if isinstance(value, Mapping):
        return [_row(name, entry, key, scalar) for name, entry in value.items()]
    if isinstance(value, (list, tuple)):
        return [dict(v) if isinstance(v, Mapping) else {key: v} for v in value]
    return [] if value in (None, "") else [{key: value}]


def _row(name: Any, entry: Any, key: str, scalar: str) -> dict[str, Any]:
    return {key: name, **entry} if isinstance(entry, Mapping) else {key: name, scalar: entry}


def words(value: Any) -> str:
    """Return a plain sentence for a nested value: lists by comma, tables by ``key value``."""
    if isinstance(value, Mapping):
        return ", ".join(f"{key} {words(entry)}" for key, entry in value.items())
    if isinstance(value, (list, tuple, set)):
        return ", ".join(words(entry) for entry in value)
    return "" if value is None else str(value)


def days(frame: pd.DataFrame, column: str) -> pd.Series[Any]:
    """Return a column as naive session dates whatever form the file gave it."""
    if column not in frame:
        return pd.Series(pd.NaT, index=frame.index, dtype="datetime64[ns]")
    moments = pd.to_datetime(frame[column], utc=True, errors="coerce", format="mixed")
    return moments.dt.tz_localize(None).dt.normalize()


def figures(frame: pd.DataFrame, column: str) -> pd.Series[Any]:
    """Return a column as floats, NaN where it is absent or not a figure."""
    if column not in frame:
        return pd.Series(math.nan, index=frame.index, dtype=float)
    values = pd.to_numeric(frame[column], errors="coerce").astype(float)
    return values.where(values.abs() < math.inf)


def labels(frame: pd.DataFrame, column: str) -> pd.Series[Any]:
    """Return a column as text, empty where it is absent or missing."""
    if column not in frame:
        return pd.Series("", index=frame.index, dtype=object)
    return frame[column].astype(object).where(frame[column].notna(), "").astype(str)


def periods_per_year(info: Mapping[str, Any]) -> float:
    """Return the sessions that make a year in this run (252 unless it says otherwise)."""
    stated = number(setting(info, "run", "periods_per_year"))
    return stated if stated > 0 else 252.0


def entries(record: RecordLike) -> int:
    """Return how many episodes were entered."""
    return len(record.trades)

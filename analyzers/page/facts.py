"""Reading `run.json` by its one schema (docs/design.md, section 4); what is absent is unknown."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from ..record import RunRecord

#: Fewer entries than this and the page warns on top.
FEW_ENTRIES = 30


def stated(info: Mapping[str, Any], *path: str) -> Any:
    """Return the entry at a path of keys, None where run.json lacks it."""
    found: Any = info
    for key in path:
        found = found.get(key) if isinstance(found, Mapping) else None
    return found


def mapping(info: Mapping[str, Any], *path: str) -> dict[str, Any]:
    """Return the table at a path of keys, empty where run.json lacks it."""
    found = stated(info, *path)
    return dict(found) if isinstance(found, Mapping) else {}


def listing(info: Mapping[str, Any], *path: str) -> list[Any]:
    """Return the list at a path of keys, empty where run.json lacks it."""
    found = stated(info, *path)
    return list(found) if isinstance(found, list) else []


def number(value: Any) -> float:
    """Return a finite figure as a float, NaN for anything else."""
    is_figure = isinstance(value, int | float) and math.isfinite(value)
    return float(value) if is_figure else math.nan


def setting(record: RunRecord, section: str, name: str) -> Any:
    """Return one resolved parameter of the run."""
    return stated(record.info, "config", section, name)


def metric(record: RunRecord, name: str) -> float:
    """Return a metric of run.json, NaN where it has none."""
    return number(stated(record.info, "metrics", name, "value"))


def metric_count(record: RunRecord, name: str) -> int:
    """Return how many observations a metric of run.json rests on."""
    count = number(stated(record.info, "metrics", name, "n"))
    return 0 if math.isnan(count) else int(count)


def names(record: RunRecord) -> list[str]:
    """Return the traded names in the order of the universe."""
    return [str(name) for name in listing(record.info, "universe", "names")]


def has_regime(record: RunRecord) -> bool:
    """Whether the rule looks at the China regime at all, by announcements or by filters."""
    combine, filters = (setting(record, "regime", key) for key in ("combine", "filters"))
    is_combined = combine not in (None, "", "events") and bool(filters)
    return is_combined or bool(setting(record, "regime", "regime") != "none")


def words(value: Any) -> str:
    """Return a plain phrase for a nested value: lists by comma, tables by ``key value``."""
    if isinstance(value, Mapping):
        return ", ".join(f"{key} {words(entry)}" for key, entry in value.items())
    if isinstance(value, list | tuple):
        return ", ".join(words(entry) for entry in value)
    return "" if value is None else str(value)


def spaced(name: Any) -> str:
    """Return a recorded name as it is read: ``iron_ore`` as iron ore."""
    return str(name).replace("_", " ")

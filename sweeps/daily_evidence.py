"""Which rows of the daily record are evidence for one configuration, for a run's page."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from .config import RunConfig
from .daily_rows import DailyRow, read_rows

#: What must be the same for a row to speak of a run's rule.
SAME = ("rule", "regime", "sizing")


def recorded_evidence(folder: Path, config: RunConfig) -> dict[str, Any]:
    """Return the record of a name as a run's page reads it; empty where there is none.

    A row counts if it was written before the first open at which it could be acted on, of real
    prices, and by the same universe, rule, regime and sizing.

    Returns
    -------
    dict
        ``name, rows, late, synthetic, otherwise, unreadable`` (counts) and ``calls``: of each row
        that counts ``session, recorded_at, is_in`` (by symbol).
    """
    if not folder.is_dir():
        return {}
    found = read_rows(folder, config.run.name)
    if not found.whole and not found.unreadable:
        return {}
    own = config.as_dict()
    real = [row for row in found.whole if not row.content.get("synthetic")]
    same = [row for row in real if _is_same(row.content["config"], own)]
    in_time = [row for row in same if row.content.get("in_time")]
    return {
        "name": config.run.name,
        "rows": len(found.whole),
        "synthetic": len(found.whole) - len(real),
        "otherwise": len(real) - len(same),
        "late": len(same) - len(in_time),
        "unreadable": len(found.unreadable),
        "calls": [_call(row) for row in in_time],
    }


def _is_same(config: dict[str, Any], own: dict[str, Any]) -> bool:
    # A later version's keys stand at their defaults in a row that was written before them.
    return (
        all(
            own[section].get(key) == value
            for section in SAME
            for key, value in config.get(section, {}).items()
        )
        and config.get("data", {}).get("universe") == own["data"]["universe"]
    )


def _call(row: DailyRow) -> dict[str, Any]:
    return {
        "session": row.session,
        "recorded_at": row.content["recorded_at"],
        "is_in": {symbol: bool(line["is_in"]) for symbol, line in row.names.items()},
    }

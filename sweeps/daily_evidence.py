"""Which rows of the daily record are evidence for one configuration, for a run's page."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from .config import RunConfig
from .daily_rows import DailyRow, read_rows

#: What must be the same for a row to speak of a run's rule.
SAME = ("rule", "regime", "sizing")


def recorded_evidence(folder: Path, config: RunConfig) -> dict[str, Any]:
    """Return the daily records of a folder as a run's page reads them; empty where there is none.

    A row counts if it was written before the first open at which it could be acted on, of real
    prices, and by the same universe, rule, regime and sizing, whatever its record is called. Of
    two such rows of one session the first written counts.

    Returns
    -------
    dict
        ``rows, late, synthetic, otherwise, unreadable`` (counts) and ``calls``: of each row that
        counts ``session, recorded_at, is_in`` (by symbol), oldest first.
    """
    names = sorted({path.name[len("2025-01-01-") : -len(".json")] for path in _files(folder)})
    found = [read_rows(folder, name) for name in names]
    whole = [row for rows in found for row in rows.whole]
    n_unreadable = sum(len(rows.unreadable) for rows in found)
    if not whole and not n_unreadable:
        return {}
    own = config.as_dict()
    real = [row for row in whole if not row.content.get("synthetic")]
    same = [row for row in real if _is_same(row.content["config"], own)]
    in_time = [row for row in same if row.content.get("in_time")]
    first: dict[str, DailyRow] = {}
    for row in sorted(in_time, key=lambda row: (row.session, row.content["recorded_at"])):
        first.setdefault(row.session, row)
    return {
        "rows": len(whole),
        "synthetic": len(whole) - len(real),
        "otherwise": len(real) - len(same),
        "late": len(same) - len(in_time),
        "unreadable": n_unreadable,
        "calls": [_call(row) for row in first.values()],
    }


def _files(folder: Path) -> list[Path]:
    return list(folder.glob("????-??-??-*.json")) if folder.is_dir() else []


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

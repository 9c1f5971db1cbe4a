"""Chosen combinations again through backtrader: equal in every order and every bit, or not.

Broker and loop are backtrader's own; bars come through the hooks of `feeds.bulk_feed`, because
reading them one by one would take several times as long. ``orebound check parity SWEEP.toml``
compares rows of a sweep without those hooks.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from .parity import Compared, compare
from .parity import VerificationFailed as VerificationFailed
from .prepared import Workshop
from .stock import hooked_run


def verify(workshop: Workshop, rows: Iterable[dict[str, Any]]) -> dict[str, Any]:
    """Return what was compared and the largest difference, which is 0.

    Parameters
    ----------
    rows : iterable of dict
        ``combination``, ``final_value`` as stored, and ``parameters`` by flat name.

    Raises
    ------
    VerificationFailed
        Naming the first combination, and the first order, date or value that differs.
    """
    done = []
    for row in rows:
        found = compare(workshop, row["parameters"], through=hooked_run)
        _refuse_difference(row, found)
        done.append(
            {
                "combination": row["combination"],
                "orders": len(found.orders),
                "rows": len(found.equity),
                "final_value": float(found.equity[-1]),
                "largest_difference": found.largest_difference,
            }
        )
    return {
        "combinations": done,
        "largest_difference": max((one["largest_difference"] for one in done), default=0.0),
    }


def _refuse_difference(row: dict[str, Any], found: Compared) -> None:
    said = str(found.difference or "")
    real = float(found.equity[-1])
    if not said and real != row["final_value"]:
        said = f"final value is stored as {row['final_value']!r}, backtrader says {real!r}"
    if said:
        written = ", ".join(f"{name} = {value}" for name, value in row["parameters"].items())
        raise VerificationFailed(
            f"combination {row['combination']} ({written}) is not what backtrader does: {said}"
        )

"""Chosen combinations again through backtrader: equal in every order and every bit, or not.

Orders and every row's equity of the scalar replay are held against backtrader's, and every metric
that the sweep stored, by whichever form of the replay, against the scalar replay's.

Broker and loop are backtrader's own; bars come through the hooks of `feeds.bulk_feed`, because
reading them one by one would take several times as long. ``orebound check parity SWEEP.toml``
compares rows of a sweep without those hooks.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np

from .parity import compare, metrics_of_scalar
from .parity_report import Compared
from .parity_report import VerificationFailed as VerificationFailed
from .prepared import Prepared, Workshop
from .stock import hooked_run


def verify(workshop: Workshop, rows: Iterable[dict[str, Any]]) -> dict[str, Any]:
    """Return what was compared and the largest difference, which is 0.

    Parameters
    ----------
    rows : iterable of dict
        ``combination``, ``final_value`` and ``metrics`` as stored, ``parameters`` by flat name.

    Raises
    ------
    VerificationFailed
        Naming the first combination, and the first order, date or value that differs.
    """
    done = []
    for row in rows:
        values = row["parameters"]
        found = compare(workshop, values, through=hooked_run)
        prepared = workshop.prepared(values)._replace(config=workshop.config(values))
        _refuse_difference(row, str(found.difference or "") or _stored(row, found, prepared))
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


def _stored(row: dict[str, Any], found: Compared, prepared: Prepared) -> str:
    """Return what the stored row holds that the proven run does not say; empty for nothing."""
    real = float(found.equity[-1])
    if real != row["final_value"]:
        return f"final value is stored as {row['final_value']!r}, backtrader says {real!r}"
    for name, value in metrics_of_scalar(prepared).items():
        stored = row["metrics"][name]
        if stored != value and not (np.isnan(stored) and np.isnan(value)):
            return f"{name} is stored as {stored!r}, the run that backtrader proved has {value!r}"
    return ""


def _refuse_difference(row: dict[str, Any], said: str) -> None:
    if said:
        written = ", ".join(f"{name} = {value}" for name, value in row["parameters"].items())
        raise VerificationFailed(
            f"combination {row['combination']} ({written}) is not what backtrader does: {said}"
        )

"""Where a run's money came from: one amount a name, a cash kind and the opening cash."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pandas as pd

from orebound.feeds import DataRefused

from .record import RunRecord

COLUMNS = ("kind", "name", "leg_of", "amount")
#: What the files of a record may leave unexplained (docs/design.md, section 4).
TOLERANCE = 1e-6


def name_profits(record: RunRecord, first: Any = None, last: Any = None) -> pd.DataFrame:
    """Return what each name earned, so that all rows sum to the change of equity.

    A name's amount is what its fills brought and cost, and what its position is worth at the end,
    less what it was worth at the beginning. Flows of cash that are no trade stand apart, a row a
    kind; what the files do not explain is a row ``not explained``, never spread.

    Parameters
    ----------
    first, last : date-like, optional
        Sessions, both included; without them the whole run, and a row ``start`` holds the opening
        cash, so that the rows sum to the final value.

    Returns
    -------
    DataFrame
        ``kind`` (name, cash, start or not explained), ``name``, ``leg_of``, ``amount`` in base
        currency.

    Raises
    ------
    DataRefused
        If equity has no value on a day that is needed.
    """
    days = record.equity["date"]
    end = days.max() if last is None else pd.Timestamp(last)
    before = None if first is None else pd.Timestamp(first) - pd.Timedelta(days=1)
    opening = _opening_cash(record)
    earned = _fills(record, before, end)
    for amounts, sign in ((_held(record, end), 1.0), (_held(record, before), -1.0)):
        for name, value in amounts.items():
            earned[name] = earned.get(name, 0.0) + sign * value
    legs = _legs(record)
    rows = [("name", name, legs.get(name, ""), value) for name, value in earned.items()]
    flows = _between(record.cash, "date", before, end)
    rows += [
        ("cash", str(kind), "", math.fsum(own)) for kind, own in flows.groupby("kind")["amount"]
    ]
    begun = opening if before is None else _value(record, before, opening)
    if before is None:
        rows.append(("start", "opening cash", "", opening))
        begun = 0.0
    rest = _value(record, end, opening) - begun - math.fsum(row[3] for row in rows)
    if abs(rest) > max(TOLERANCE, 1e-12 * abs(begun)):
        rows.append(("not explained", "not explained", "", rest))
    return pd.DataFrame(rows, columns=list(COLUMNS)).astype({"amount": "float64"})


def _opening_cash(record: RunRecord) -> float:
    stated = record.info["config"].get("sizing", {}).get("cash")
    if isinstance(stated, int | float):
        return float(stated)
    return float(record.equity["value"].iloc[0]) if len(record.equity) else 0.0


def _value(record: RunRecord, day: Any, opening: float) -> float:
    """Return equity at the last session up to a day, the opening cash before the first."""
    known = record.equity[record.equity["date"] <= day]
    if known.empty:
        return opening
    value = float(known["value"].iloc[-1])
    if not math.isfinite(value):
        raise DataRefused(f"equity.csv, {known['date'].iloc[-1]:%Y-%m-%d}: value is missing")
    return value


def _between(frame: pd.DataFrame, column: str, before: Any, end: Any) -> pd.DataFrame:
    inside = frame[column].notna()
    if not pd.isna(end):
        inside &= frame[column] <= end
    if before is not None:
        inside &= frame[column] > before
    return frame[inside]


def _fills(record: RunRecord, before: Any, end: Any) -> dict[str, float]:
    filled = record.orders[record.orders["status"] == "Filled"]
    filled = _between(filled, "fill_session", before, end)
    sign = np.where(filled["side"] == "sell", 1.0, -1.0)
    brought = filled.assign(brought=sign * filled["value"] - filled["cost"])
    return {
        str(name): math.fsum(own) for name, own in brought.groupby("symbol", sort=True)["brought"]
    }


def _held(record: RunRecord, day: Any) -> dict[str, float]:
    """Return what was held at the last session up to a day, by name."""
    if day is None:
        return {}
    known = record.equity.loc[record.equity["date"] <= day, "date"]
    rows = record.positions[record.positions["date"] == known.max()]
    return {str(name): math.fsum(own) for name, own in rows.groupby("symbol")["value"]}


def _legs(record: RunRecord) -> dict[str, str]:
    """Return whose hedge each leg is; older records have none."""
    if "leg_of" not in record.trades:
        return {}
    legs = record.trades[record.trades["leg_of"] != ""]
    return dict(zip(legs["symbol"].astype(str), legs["leg_of"].astype(str), strict=True))

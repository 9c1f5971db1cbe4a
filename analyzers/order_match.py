"""Two order lists side by side: what both sent, what only one did, and when they first part."""

from __future__ import annotations

from typing import Any

import pandas as pd

from .record import RunRecord

#: One decision: the session it was taken at, the name and the side.
KEY = ["session", "symbol", "side"]
FIELDS = ("submitted", "size", "status", "fill_session", "price", "value", "cost", "reason")


def decisions(orders: pd.DataFrame) -> pd.DataFrame:
    """Return one row a decision, however many fills it had.

    `price` is the mean of its fills, `status` that of all its parts (``Filled+Margin``).
    """
    groups = orders.assign(filled_size=orders["size"].where(orders["status"] == "Filled", 0))
    found = groups.groupby(KEY, sort=True).agg(
        submitted=("submitted", "min"),
        size=("size", "sum"),
        status=("status", lambda own: "+".join(dict.fromkeys(own))),
        fill_session=("fill_session", "max"),
        filled_size=("filled_size", "sum"),
        value=("value", "sum"),
        cost=("cost", "sum"),
        reason=("reason", "first"),
    )
    found["price"] = (found["value"] / found["filled_size"]).where(found["filled_size"] > 0)
    return found[list(FIELDS)].reset_index()


def matched(a: RunRecord, b: RunRecord) -> pd.DataFrame:
    """Return one row a decision of either run, ordered in time.

    Returns
    -------
    DataFrame
        ``session, symbol, side, kind`` and every field of `decisions` with ``_a`` and ``_b``;
        `kind` is ``only_in_a``, ``only_in_b``, ``size``, ``fill`` (the same order with another
        end or another day of its fill) or ``same``. Moments of decision are not compared: another
        latency moves them all.
    """
    one, two = decisions(a.orders), decisions(b.orders)
    both = one.merge(two, on=KEY, how="outer", suffixes=("_a", "_b"), indicator="side_of")
    kind = both["side_of"].astype(str).map({"left_only": "only_in_a", "right_only": "only_in_b"})
    is_both = kind.isna()
    other_size = is_both & (both["size_a"] != both["size_b"])
    days = both["fill_session_a"], both["fill_session_b"]
    other_day = (days[0] != days[1]) & ~(days[0].isna() & days[1].isna())
    other_end = is_both & ~other_size & ((both["status_a"] != both["status_b"]) | other_day)
    kind = kind.where(~other_size, "size").where(~other_end, "fill").fillna("same")
    both["kind"] = kind.astype(str)
    both["moment"] = both["submitted_a"].fillna(both["submitted_b"])
    ordered = both.sort_values(["moment", "symbol", "side"], kind="stable", ignore_index=True)
    return ordered.drop(columns="side_of")


def sent(row: pd.Series[Any], run: str) -> dict[str, Any] | None:
    """Return one run's order of a row of `matched`, None where it sent none."""
    if pd.isna(row[f"submitted_{run}"]):
        return None
    found = {name: row[f"{name}_{run}"] for name in FIELDS}
    return {"symbol": row["symbol"], "side": row["side"]} | found | {"size": int(found["size"])}


def in_words(order: dict[str, Any] | None) -> str:
    """Return an order as a phrase."""
    if order is None:
        return "no order"
    why = f" ({order['reason']})" if order["reason"] else ""
    end = "" if order["status"] == "Filled" else f", {order['status']}"
    return f"{order['side']} {order['size']:,}{why}{end}"

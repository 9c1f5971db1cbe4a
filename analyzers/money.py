"""The first session at which two runs are worth something else, and what made it so."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pandas as pd

from .order_match import KEY, decisions
from .record import RunRecord

#: Equity nearer than this is the same: a record rebuilds its equity to 1e-6.
CLOSE = 1e-6


@dataclass(frozen=True)
class FirstMoney:
    """The first session both have at which equity differs, and the difference B less A."""

    session: pd.Timestamp
    difference: float
    cause: str

    @property
    def text(self) -> str:
        return f"on {self.session:%Y-%m-%d}, by {self.difference:+,.2f}: {self.cause}"

    def as_dict(self) -> dict[str, Any]:
        """Return everything in plain JSON types."""
        return {"session": f"{self.session:%Y-%m-%d}", "difference": self.difference,
                "cause": self.cause}  # fmt: skip


def first_money(a: RunRecord, b: RunRecord) -> FirstMoney | None:
    """Return where equity parts, None where it never does on a session that both have."""
    values = a.equity.merge(b.equity, on="date", suffixes=("_a", "_b"))
    change = values["value_b"] - values["value_a"]
    apart = values[change.abs() > CLOSE]
    if apart.empty:
        return None
    row = apart.iloc[0]
    day = row["date"]
    words = _opening(a, b, values, day) or _fills(a, b, day) or _flows(a, b, day)
    words = words or _marks(a, b, day) or "nothing that the two records hold explains it"
    return FirstMoney(day, float(row["value_b"] - row["value_a"]), words)


def _opening(a: RunRecord, b: RunRecord, values: pd.DataFrame, day: pd.Timestamp) -> str:
    if day != values["date"].iloc[0]:
        return ""
    cash = [record.info["config"].get("sizing", {}).get("cash") for record in (a, b)]
    if cash[0] != cash[1]:
        return f"opening cash of {cash[0]:,.2f} in A, {cash[1]:,.2f} in B"
    begun = [record.equity["date"].min() for record in (a, b)]
    if begun[0] != begun[1]:
        return f"A began on {begun[0]:%Y-%m-%d}, B on {begun[1]:%Y-%m-%d}"
    return ""


def _fills(a: RunRecord, b: RunRecord, day: pd.Timestamp) -> str:
    """Return the fills of a day that are not the same, in words."""
    found = []
    for record in (a, b):
        own = record.orders[(record.orders["fill_session"] == day)]
        found.append(decisions(own[own["status"] == "Filled"]))
    both = found[0].merge(found[1], on=KEY, how="outer", suffixes=("_a", "_b"))
    words = []
    for row in both.to_dict("records"):
        what = f"{row['symbol']} {row['side']}"
        if pd.isna(row["size_a"]) or pd.isna(row["size_b"]):
            words.append(f"{what} filled in {'B' if pd.isna(row['size_a']) else 'A'} alone")
            continue
        for name, form in (("size", ",.0f"), ("price", ",.6f"), ("cost", ",.2f")):
            one, two = row[f"{name}_a"], row[f"{name}_b"]
            if one != two:
                words.append(f"{what}, {name} {one:{form}} in A, {two:{form}} in B")
                break
    kinds = _cost_kinds(a, b, day) if words else ""
    more = f" and {len(words) - 2} more fills" if len(words) > 2 else ""
    return "; ".join(words[:2]) + more + kinds


def _cost_kinds(a: RunRecord, b: RunRecord, day: pd.Timestamp) -> str:
    sums = [
        record.costs[record.costs["date"] == day].groupby("kind")["amount"].sum()
        for record in (a, b)
    ]
    both = pd.DataFrame({"a": sums[0], "b": sums[1]}).fillna(0.0)
    apart = both[(both["b"] - both["a"]).abs() > CLOSE]
    said = [f"{kind} {row['a']:,.2f} in A, {row['b']:,.2f} in B" for kind, row in apart.iterrows()]
    return f" (costs of that day: {'; '.join(said)})" if said else ""


def _flows(a: RunRecord, b: RunRecord, day: pd.Timestamp) -> str:
    sums = [
        record.cash[record.cash["date"] == day].groupby("kind")["amount"].sum() for record in (a, b)
    ]
    both = pd.DataFrame({"a": sums[0], "b": sums[1]}).fillna(0.0)
    apart = both[(both["b"] - both["a"]).abs() > CLOSE]
    said = [f"{kind} {row['a']:,.2f} in A, {row['b']:,.2f} in B" for kind, row in apart.iterrows()]
    return f"flows of cash: {'; '.join(said)}" if said else ""


def _marks(a: RunRecord, b: RunRecord, day: pd.Timestamp) -> str:
    rows = [record.positions[record.positions["date"] == day] for record in (a, b)]
    both = rows[0].merge(rows[1], on="symbol", how="outer", suffixes=("_a", "_b"))
    for row in both.to_dict("records"):
        for name, form in (("size", ",.0f"), ("price", ",.6f")):
            one, two = row[f"{name}_a"], row[f"{name}_b"]
            if one != two:
                return f"{row['symbol']} is marked with {name} {one:{form}} in A, {two:{form}} in B"
    return ""

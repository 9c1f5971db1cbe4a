"""Orders, episodes and costs as the tables that a desk reads."""

from __future__ import annotations

import math
from typing import Any

import pandas as pd

from .contract import RecordLike
from .facts import days, figures, labels
from .regimes import state_name

SHARES = ("equity_share", "metal_share", "market_share")
#: Shares of a smaller closing (in logs) are rounding over rounding; they print as n/a.
LEAST_CLOSING = 0.01
EPISODE_TEXT = ("symbol", "exit_reason", "entry_regime", "status")
EPISODE_FIGURES = (
    "days_held",
    "entry_z",
    "exit_z",
    "entry_gap",
    "closing",
    "equity_share",
    "metal_share",
    "market_share",
    "roll_off",
    "gross",
    "costs",
    "net",
    "net_return",
)


def episodes(record: RecordLike) -> pd.DataFrame:
    """Return one row an episode, oldest first; open ones have no exit."""
    trades = record.trades
    frame = pd.DataFrame({name: labels(trades, name) for name in EPISODE_TEXT})
    for name in ("entry_date", "exit_date"):
        frame[name] = days(trades, name)
    for name in EPISODE_FIGURES:
        frame[name] = figures(trades, name)
    frame["entry_regime"] = frame["entry_regime"].map(state_name)
    frame.loc[frame["closing"].abs() < LEAST_CLOSING, list(SHARES)] = math.nan
    frame.loc[frame["status"] == "open", "exit_reason"] = "still open"
    return frame.sort_values(["entry_date", "symbol"], kind="stable").reset_index(drop=True)


def traded_value(record: RecordLike) -> float:
    """Return the consideration of all fills, both sides, base currency."""
    filled = labels(record.orders, "status") == "Filled"
    return float(figures(record.orders, "value")[filled].abs().sum())


def cost_kinds(record: RecordLike) -> pd.DataFrame:
    """Return, by kind: amount, basis points of the traded value, and drag a year on mean equity."""
    amounts = figures(record.costs, "amount").groupby(labels(record.costs, "kind")).sum()
    equity = figures(record.equity, "value").dropna()
    traded, years = traded_value(record), _years(record)
    scale = float(equity.mean()) * years if len(equity) else 0.0
    table = [*amounts.items(), ("all costs", amounts.sum())] if len(amounts) else []
    lines = [
        {
            "kind": kind,
            "amount": amount,
            "bp": 1e4 * amount / traded if traded > 0 else math.nan,
            "drag": amount / scale if scale > 0 else math.nan,
        }
        for kind, amount in table
    ]
    return pd.DataFrame(lines, columns=["kind", "amount", "bp", "drag"])


def _years(record: RecordLike) -> float:
    dates = days(record.equity, "date").dropna()
    return (dates.max() - dates.min()).days / 365.25 if len(dates) > 1 else 0.0


def unfilled(record: RecordLike) -> pd.DataFrame:
    """Return every order that did not fill, with its reason."""
    orders = record.orders[labels(record.orders, "status") != "Filled"]
    frame = pd.DataFrame({"submitted": days(orders, "submitted")})
    for name in ("symbol", "side", "status", "reason"):
        frame[name] = labels(orders, name)
    frame["size"] = figures(orders, "size")
    return frame.sort_values("submitted", kind="stable").reset_index(drop=True)


def order_counts(record: RecordLike) -> pd.DataFrame:
    """Return the number of orders by side and status."""
    pairs = pd.DataFrame(
        {"side": labels(record.orders, "side"), "status": labels(record.orders, "status")}
    )
    return pairs.groupby(["side", "status"]).size().rename("n").reset_index()


def readings(record: RecordLike, symbol: str) -> pd.DataFrame:
    """Return a name's gap and z at each quarter's end and at its decisions: the picture's table."""
    mine = record.signals[labels(record.signals, "symbol") == symbol]
    frame = pd.DataFrame(
        {"date": days(mine, "date"), "gap": figures(mine, "gap"), "z": figures(mine, "z")}
    ).dropna(subset=["date"])
    ends = frame.dropna(subset=["gap", "z"]).sort_values("date")
    ends = ends.groupby(ends["date"].dt.to_period("Q")).last().assign(event="quarter end")
    parts = [part for part in (ends, *_decisions(record, symbol)) if len(part)]
    if not parts:
        return pd.DataFrame(columns=["date", "event", "gap", "z"])
    return pd.concat(parts, ignore_index=True).sort_values("date", kind="stable")


def _decisions(record: RecordLike, symbol: str) -> list[pd.DataFrame]:
    return [
        marks(record, symbol, end).assign(event=f"{end} decision").dropna(subset=["date"])
        for end in ("entry", "exit")
    ]


def marks(record: RecordLike, symbol: str, end: str) -> pd.DataFrame:
    """Return date, gap and z of a name's entry or exit decisions."""
    mine = record.trades[labels(record.trades, "symbol") == symbol]
    columns: dict[str, pd.Series[Any]] = {
        "date": days(mine, f"{end}_decision"),
        "gap": figures(mine, f"{end}_gap"),
        "z": figures(mine, f"{end}_z"),
    }
    return pd.DataFrame(columns).dropna(subset=["date"])

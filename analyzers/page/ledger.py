"""Orders, episodes and costs as the tables that a desk reads."""

from __future__ import annotations

import math

import pandas as pd

from ..record import RunRecord
from .facts import number, setting, spaced

PARTS = ("equity", "metal", "market")
#: Shares of a smaller closing (in logs) are rounding over rounding; they print as n/a.
LEAST_CLOSING = 0.01
KINDS = {"fx": "FX", "ptm_levy": "PTM levy", "stamp_duty": "stamp duty"}


def episodes(record: RunRecord) -> pd.DataFrame:
    """Return one row an episode, oldest first, numbered from 1; open ones have no exit."""
    ordered = record.trades.sort_values(["entry_date", "symbol"], kind="stable")
    frame = ordered.reset_index(drop=True)
    frame["number"] = frame.index + 1
    reasons = frame["exit_reason"].map(spaced).where(frame["status"] == "closed", "still open")
    return frame.assign(exit_reason=reasons)


def closings(record: RunRecord) -> pd.DataFrame:
    """Return what closed the anchored gap of each closed episode: its parts in logs, and shares.

    The parts sum to the closing; with the roll-off they give the change of the rolling gap.
    """
    every = episodes(record)
    frame = every[every["status"] == "closed"].reset_index(drop=True)
    for part in PARTS:
        share = frame[f"{part}_share"]
        frame[part] = share * frame["closing"]
        frame[f"{part}_share"] = share.where(frame["closing"].abs() >= LEAST_CLOSING)
    return frame


def stops(record: RunRecord) -> pd.Series[float]:
    """Return the stop of each entry, a fraction of its price: infinite with the half-life.

    One at or above 1 has no effect: no long position loses more than its price.
    """
    multiple = number(setting(record, "rule", "stop_multiple"))
    signals = record.signals[["symbol", "time", "volatility"]].sort_values("time")
    entries = record.trades[["symbol", "entry_decision", "half_life"]]
    decided = pd.merge_asof(
        entries.sort_values("entry_decision"),
        signals,
        left_on="entry_decision",
        right_on="time",
        by="symbol",
    )
    width: pd.Series[float] = multiple * decided["volatility"] * decided["half_life"] ** 0.5
    return width


def traded_value(record: RunRecord) -> float:
    """Return the consideration of all fills, both sides, base currency."""
    orders = record.orders
    return float(orders.loc[orders["status"] == "Filled", "value"].abs().sum())


def cost_kinds(record: RunRecord) -> pd.DataFrame:
    """Return, by kind: amount, basis points of the traded value, and of mean equity a year."""
    amounts = record.costs.groupby("kind")["amount"].sum()
    traded, equity_years = traded_value(record), record.equity["value"].mean() * _years(record)
    table = [*amounts.items(), ("all costs", amounts.sum())] if len(amounts) else []
    lines = [
        {
            "kind": KINDS.get(str(kind), str(kind)),
            "amount": amount,
            "bp": 1e4 * amount / traded if traded > 0 else math.nan,
            "drag": 1e4 * amount / equity_years if equity_years > 0 else math.nan,
        }
        for kind, amount in table
    ]
    return pd.DataFrame(lines, columns=["kind", "amount", "bp", "drag"])


def _years(record: RunRecord) -> float:
    dates = record.equity["date"]
    return float((dates.max() - dates.min()).days / 365.25) if len(dates) > 1 else 0.0


def unfilled(record: RunRecord) -> pd.DataFrame:
    """Return every order that did not fill, with its reason."""
    orders = record.orders[record.orders["status"] != "Filled"]
    return orders.sort_values("submitted", kind="stable").reset_index(drop=True)


def order_counts(record: RunRecord) -> pd.DataFrame:
    """Return the number of orders by side and status."""
    return record.orders.groupby(["side", "status"]).size().rename("n").reset_index()


def readings(record: RunRecord, symbol: str) -> pd.DataFrame:
    """Return a name's gap and z at each quarter's end and at its decisions: the picture's table."""
    mine = record.signals[record.signals["symbol"] == symbol]
    known = mine[["date", "gap", "z"]].dropna().sort_values("date")
    ends = known.groupby(known["date"].dt.to_period("Q")).last().assign(event="quarter end")
    parts = [ends] + [
        marks(record, symbol, end).assign(event=f"{end} decision") for end in ("entry", "exit")
    ]
    filled = [part for part in parts if len(part)]
    if not filled:
        return pd.DataFrame(columns=["date", "event", "gap", "z"])
    return pd.concat(filled, ignore_index=True).sort_values("date", kind="stable")


def marks(record: RunRecord, symbol: str, end: str) -> pd.DataFrame:
    """Return date, gap and z of a name's entry or exit decisions."""
    mine = record.trades[record.trades["symbol"] == symbol]
    frame = pd.DataFrame(
        {
            "date": mine[f"{end}_decision"].dt.normalize(),
            "gap": mine[f"{end}_gap"],
            "z": mine[f"{end}_z"],
        }
    )
    return frame.dropna(subset=["date"])

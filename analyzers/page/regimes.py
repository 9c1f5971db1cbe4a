"""The China regime by session: spans to shade, and what was earned inside and outside."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pandas as pd

from .contract import RecordLike
from .facts import days, figures, labels
from .numbers import RULE, curve_frame

ON = "ON"
ORDER = {"ON": 0, "TIGHT": 1, "OFF": 2}


def state_name(value: Any) -> str:
    """Return ON, OFF, TIGHT or another recorded word; numbers above zero are ON."""
    text = str(value).strip().upper()
    try:
        return ON if float(text) > 0 else "OFF"
    except ValueError:
        return "" if text in ("NAN", "NONE", "NAT", "<NA>") else text


def states(record: RecordLike) -> pd.Series[Any]:
    """Return the regime's last recorded state of each session date, oldest first."""
    signals = record.signals
    frame = pd.DataFrame({"day": days(signals, "date"), "state": labels(signals, "state")})
    if "time" in signals:
        frame = frame.loc[pd.to_datetime(signals["time"], utc=True).sort_values().index]
    names = {raw: state_name(raw) for raw in frame["state"].unique()}
    frame["state"] = frame["state"].map(names)
    frame = frame[frame["day"].notna() & (frame["state"] != "")]
    return frame.groupby("day")["state"].last().sort_index()


def spans(by_day: pd.Series[Any]) -> pd.DataFrame:
    """Return each unbroken stretch of one state: state, first and last session, days."""
    if by_day.empty:
        return pd.DataFrame(columns=["state", "first", "last", "days"])
    changed = by_day != by_day.shift()
    number = changed.cumsum()
    frame = pd.DataFrame({"state": by_day, "day": by_day.index, "number": number.to_numpy()})
    return frame.groupby("number").agg(
        state=("state", "first"), first=("day", "min"), last=("day", "max"), days=("day", "size")
    )


def _earned_under(record: RecordLike) -> tuple[pd.DataFrame, pd.Series[Any]]:
    """Log returns of the curves, and the state at the close before each of them."""
    curves = curve_frame(record)
    logs = curves.apply(np.log).diff().iloc[1:]
    by_day = states(record).reindex(curves.index, method="ffill").shift(1)
    return logs, by_day.reindex(logs.index).fillna("unknown")


def _compound(logs: pd.Series[Any]) -> float:
    known = logs.dropna()
    return float(np.expm1(known.sum())) if len(known) else math.nan


def regime_table(record: RecordLike) -> pd.DataFrame:
    """Return, by state: days, distinct episodes, entries, and what rule and miners earned there.

    A day's return belongs to the state known at the close before it, so the states' returns
    compound to the run's total.
    """
    logs, under = _earned_under(record)
    stretches = spans(states(record))
    names = sorted(set(under) | set(stretches["state"]), key=lambda s: (ORDER.get(s, 9), s))
    lines = [_state_row(record, name, logs[under == name], stretches) for name in names]
    columns = ["state", "days", "episodes", "entries", "closed", "hit_rate", "rule", "miners"]
    return pd.DataFrame(lines, columns=columns)


def _state_row(
    record: RecordLike, name: str, logs: pd.DataFrame, stretches: pd.DataFrame
) -> dict[str, Any]:
    taken = record.trades[labels(record.trades, "entry_regime").map(state_name) == name]
    closed = figures(taken, "net")[days(taken, "exit_date").notna()].dropna()
    return {
        "state": name,
        "days": len(logs),
        "episodes": int((stretches["state"] == name).sum()),
        "entries": len(taken),
        "closed": len(closed),
        "hit_rate": float((closed > 0).mean()) if len(closed) else math.nan,
        "rule": _compound(logs[RULE]),
        "miners": _compound(logs["equal_weight_miners"]) if "equal_weight_miners" in logs else None,
    }


def on_episodes(record: RecordLike) -> pd.DataFrame:
    """Return each ON episode: first and last session, days, entries, earnings."""
    logs, _ = _earned_under(record)
    stretches = spans(states(record))
    lines = [_episode(record, logs, span) for span in _records(stretches) if span["state"] == ON]
    return pd.DataFrame(lines, columns=["first", "last", "days", "entries", "rule", "miners"])


def _records(frame: pd.DataFrame) -> list[dict[str, Any]]:
    return [{str(key): value for key, value in row.items()} for row in frame.to_dict("records")]


def _episode(record: RecordLike, logs: pd.DataFrame, span: dict[str, Any]) -> dict[str, Any]:
    inside = logs[(logs.index > span["first"]) & (logs.index <= span["last"])]
    entered = days(record.trades, "entry_decision").between(span["first"], span["last"])
    return {
        "first": span["first"],
        "last": span["last"],
        "days": span["days"],
        "entries": int(entered.sum()),
        "rule": _compound(inside[RULE]),
        "miners": _compound(inside["equal_weight_miners"])
        if "equal_weight_miners" in inside
        else None,
    }

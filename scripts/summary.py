"""The terminal's view of one run: the page's own figures, so that the two never differ."""

from __future__ import annotations

from typing import Any

import pandas as pd
from rich.console import Console

from orebound.analyzers import RunRecord
from orebound.analyzers.page import base_rates, headline, hit_rate, null_figures, rows

from .terminal import table

HEADLINE = ("total_return", "cagr", "volatility", "sharpe", "sharpe_error", "max_drawdown")
SHARES = {"total_return", "cagr", "volatility", "max_drawdown", "time_in_market"}


def print_summary(record: RunRecord, console: Console) -> None:
    """Print what a run did beside its baselines, how it was judged, and its warnings."""
    _print_identity(record, console)
    console.print(_headline_table(record))
    console.print(_entries_line(record))
    console.print(_base_rate_table(record))
    decisions = rows(record.info.get("first_decisions", {}), key="symbol", scalar="date")
    if decisions:
        said = ", ".join(f"{row['symbol']} {row.get('date')}" for row in decisions)
        console.print(f"First possible decisions: {said}")
    for warning in (*_hindsight(record), *record.info["warnings"]):
        console.print(f"warning: {_warning(warning)}", style="yellow")


def _hindsight(record: RunRecord) -> list[str]:
    """Return what the run knew before it was published: its names, and their exposures."""
    said = str(record.info.get("universe", {}).get("hindsight") or "")
    late = record.info.get("hindsight_exposure") or {}
    listed = ", ".join(f"{name} {day}" for name, day in late.items())
    return ([said] if said else []) + (
        [f"exposures are carried back from their publication: {listed}"] if listed else []
    )


def _print_identity(record: RunRecord, console: Console) -> None:
    info = record.info
    days = record.equity["date"]
    span = f"{days.min():%Y-%m-%d} to {days.max():%Y-%m-%d}" if len(days) else "no session"
    kind = "synthetic market" if info["synthetic"] else "market data"
    console.print(
        f"Run {info['id']} ({record.name}), source {info['source']}, {kind}", style="bold"
    )
    console.print(f"{info['sessions']} sessions, {span}; orders {_counts(info['orders'])}")
    console.print(f"order hash {info['order_hash']}")
    verdict = info.get("verdict")
    if verdict:
        console.print(f"Verdict: {_warning(verdict)}")


def _headline_table(record: RunRecord) -> Any:
    frame = headline(record)
    columns = [*HEADLINE, "time_in_market", "n"]
    lines = [
        [row["label"], row["nature"], *(_figure(name, row[name]) for name in columns)]
        for row in frame.to_dict("records")
    ]
    names = ("return", "a year", "volatility", "Sharpe", "+-", "drawdown", "in market", "n")
    return table("The rule beside its baselines", ("curve", "what it is", *names), lines)


def _entries_line(record: RunRecord) -> str:
    share, error, closed = hit_rate(record)
    hits = "n/a" if pd.isna(share) else f"{share:.1%} +- {error:.1%}"
    return f"Entries {len(record.trades)}, closed {closed}, hit rate {hits}; {_null_words(record)}"


def _null_words(record: RunRecord) -> str:
    null = null_figures(record)
    if null.get("p_value") is None:
        return f"exposure-matched null: n/a {null.get('note', '')}".rstrip()
    return (
        f"exposure-matched null: {null['statistic']} {_plain(null['observed'])} against "
        f"{_plain(null['mean'])} at random entries, p = {_plain(null['p_value'])} "
        f"({null['draws']} draws)"
    )


def _base_rate_table(record: RunRecord) -> Any:
    frame = base_rates(record)
    lines = [
        [row["symbol"], int(row["entries"]), int(row["closed"]), _percent(row["hit_rate"])]
        + [_percent(row["observed"]), _percent(row["noise"])]
        for row in frame.to_dict("records")
    ]
    names = ("symbol", "entries", "closed", "hit rate", "condition held", "in pure noise")
    return table("By name: hit rate beside the base rate of the entry condition", names, lines)


def _figure(name: str, value: float) -> str:
    if name == "n":
        return f"{int(value):,}"
    return _percent(value) if name in SHARES else ("n/a" if pd.isna(value) else f"{value:.2f}")


def _percent(value: float) -> str:
    return "n/a" if pd.isna(value) else f"{value:.1%}"


def _plain(value: Any) -> str:
    return f"{value:.4g}" if isinstance(value, float) else str(value)


def _warning(value: Any) -> str:
    if isinstance(value, dict):
        return ", ".join(f"{key} {item}" for key, item in value.items())
    return str(value)


def _counts(orders: Any) -> str:
    if not isinstance(orders, dict):
        return str(orders)
    return ", ".join(f"{count} {status}" for status, count in orders.items()) or "none"

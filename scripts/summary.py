"""The terminal's view of one run: the page's own figures, so that the two never differ."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pandas as pd
from rich.console import Console

from orebound.analyzers import RunRecord, own_lines
from orebound.analyzers.page import (
    CURVES,
    base_rates,
    cautions,
    entry_condition,
    first_decisions,
    headline,
    hit_rate,
    null_figures,
)

from .terminal import say, table

#: Rows of the table: name, column of the headline, and how its figures are written.
ROWS = (
    ("total return", "total_return", ",.1%"),
    ("a year", "cagr", ".1%"),
    ("volatility", "volatility", ".1%"),
    ("Sharpe ratio", "sharpe", ".2f"),
    ("± its error", "sharpe_error", ".2f"),
    ("max drawdown", "max_drawdown", ".1%"),
    ("in the market", "time_in_market", ".0%"),
    ("daily returns", "n", ",.0f"),
)
#: Widths of the table's first column and of the others, with the space between them.
LABEL, COLUMN = 13, 11
#: More cautions than this are left to run.json.
SHOWN = 8


def print_summary(record: RunRecord, console: Console, page: Path) -> None:
    """Print how a run was judged, what it did beside its baselines, its cautions and its page."""
    say(console, str(record.info.get("verdict") or "No verdict is recorded."), style="bold")
    say(console, _identity(record), style="dim")
    console.print()
    for part in _headline_tables(record, console.width):
        console.print(part)
    say(console, _about_curves(record), style="dim")
    console.print()
    for words in (_entries(record), _null(record), *_base_rates(record), _first(record)):
        say(console, words)
    _print_cautions(record, console)
    console.print(f"Page: {page}", soft_wrap=True)


def _identity(record: RunRecord) -> str:
    info, days = record.info, record.equity["date"]
    span = f"{days.min():%Y-%m-%d} to {days.max():%Y-%m-%d}" if len(days) else "no session"
    counts = ", ".join(f"{count} {status}" for status, count in info["orders"].items())
    return (
        f"{record.name}, run {info['id']}, source {info['source']}; {span}, "
        f"{info['sessions']:,} sessions; orders: {counts or 'none'}"
    )


def _headline_tables(record: RunRecord, width: int) -> list[Any]:
    """Return the curves as columns, in as many tables as the width asks for: no figure is cut."""
    frame = headline(record)
    fit = max(1, (width - LABEL) // COLUMN)
    return [_headline_table(frame.iloc[k : k + fit]) for k in range(0, len(frame), fit)]


def _headline_table(frame: pd.DataFrame) -> Any:
    lines = [
        [label, *(_figure(value, form) for value in frame[column])] for label, column, form in ROWS
    ]
    return table("", ["", *(CURVES[name].tiny for name in frame["curve"])], lines)


def _about_curves(record: RunRecord) -> str:
    frame = headline(record)
    said = [
        f"{', '.join(CURVES[name].tiny for name in group['curve'])}: {nature}"
        for nature, group in frame.groupby("nature", sort=False)
    ]
    return ". ".join(said) + "."


def _entries(record: RunRecord) -> str:
    share, error, closed = hit_rate(record)
    n = len(own_lines(record.trades))
    counts = f"{n} {'entry' if n == 1 else 'entries'}, {closed} closed"
    if not closed:
        return f"{counts}; hit rate n/a."
    return f"{counts}; hit rate {_figure(share, '.1%')} ± {_figure(error, '.1%')} of the closed."


def _null(record: RunRecord) -> str:
    null = null_figures(record)
    if pd.isna(null["observed"]):
        return "Gross return of a closed trade n/a: nothing to set beside random entries."
    return (
        f"A closed trade earned {_figure(null['observed'], '.1%')} gross on average; at random "
        f"entries {_figure(null['mean'], '.1%')}, 90% of the draws {_figure(null['p05'], '.1%')} "
        f"to {_figure(null['p95'], '.1%')} (p = {_figure(null['p_value'], '.3f')}, "
        f"{_figure(null['draws'], ',.0f')} draws)."
    )


def _base_rates(record: RunRecord) -> list[str]:
    rates = base_rates(record)
    if rates.empty:
        return []
    by_name = ", ".join(
        f"{row['symbol']}\u00a0{_figure(row['observed'], '.1%')}"
        for row in rates.to_dict("records")
    )
    return [
        f"The entry condition {entry_condition(record)} held on "
        f"{_figure(rates['observed'].mean(), '.1%')} of sessions, mean of names; noise would meet "
        f"it on {_figure(rates['noise'].mean(), '.1%')}. {by_name}."
    ]


def _first(record: RunRecord) -> str:
    said = [f"{day or 'never'}\u00a0{', '.join(names)}" for day, names in first_decisions(record)]
    return f"First possible decisions: {'; '.join(said) or 'n/a'}."


def _print_cautions(record: RunRecord, console: Console) -> None:
    found = cautions(record)
    for caution in found[:SHOWN]:
        style = "bold yellow" if caution.is_loud else "yellow"
        say(console, f"{caution.name}: {caution.text}", style=style)
    if len(found) > SHOWN:
        console.print(f"{len(found) - SHOWN} more in run.json", style="yellow")


def _figure(value: float, form: str) -> str:
    # z: what rounds to nothing carries no sign.
    return "n/a" if pd.isna(value) else format(value, f"z{form}")

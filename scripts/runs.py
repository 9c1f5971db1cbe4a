"""List the runs below the results folder."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Annotated, Any

import typer

from orebound.feeds import ConfigError, unknown_name
from orebound.scripts.terminal import (
    RESULTS,
    AsJson,
    Debug,
    Results,
    console,
    print_json,
    print_table,
    run,
    say,
    table,
)

if TYPE_CHECKING:
    from orebound.analyzers import RunEntry

UNITS = {"h": "hours", "d": "days", "w": "weeks"}
#: Columns of the table and their heads.
SHOWN = {
    "id": "id",
    "started": "started, UTC",
    "name": "name",
    "source": "source",
    "entries": "entries",
    "sharpe": "Sharpe",
    "cagr": "a year",
    "max_drawdown": "max DD",
}
CHOSEN = (
    "A run that is the best of many was chosen from a sweep: being best is part of its figures, "
    "and its page says what is left of them."
)
SHARES = ("total_return", "cagr", "volatility", "max_drawdown", "hit_rate", "time_in_market")
Sort = Annotated[str, typer.Option(metavar="COLUMN", help="started, name or any metric.")]
Since = Annotated[str | None, typer.Option(metavar="7d", help="Age, as 12h, 7d or 2w, or a date.")]


def runs(
    sort: Sort = "started",
    since: Since = None,
    results: Results = RESULTS,
    as_json: AsJson = False,
    _debug: Debug = False,
) -> None:
    """List the runs below the results folder, newest or best first.

    Any id, or its beginning, opens a run: orebound show ID.

    Example: [bold]orebound runs --sort sharpe --since 7d[/bold]
    """
    from orebound.analyzers import list_runs

    first = earliest(since, datetime.now(UTC)) if since else None
    found = [run for run in list_runs(results) if first is None or run.started >= first]
    lines = _sorted([_line(entry) for entry in found], sort)
    if as_json:
        print_json(lines)
        return
    if not lines:
        console().print(f"No runs below {results}; `orebound backtest` makes one.")
        return
    print_table(console(), table(f"Runs below {results}", *_shown(lines, sort)))
    if any(line["chosen"] for line in lines):
        say(console(), CHOSEN, style="yellow")


def _shown(lines: list[dict[str, Any]], sort: str) -> tuple[list[str], list[list[Any]]]:
    """Return header and cells that fit a narrow terminal: a run is opened by its id."""
    columns = dict(SHOWN)
    if sort not in columns:
        # Eighty columns hold no more: the figure asked for stands in the place of two others.
        kept = {name: head for name, head in SHOWN.items() if name not in ("source", "entries")}
        columns = {**kept, sort: sort.replace("_", "\n")}
    named = [line | {"name": _named(line)} for line in lines]
    cells = [[_written(line.get(name), name) for name in columns] for line in named]
    return list(columns.values()), cells


def _named(line: dict[str, Any]) -> str:
    """Return a run's name, of one that a sweep chose with what it was chosen of."""
    return f"{line['name']}, {line['chosen']}" if line["chosen"] else str(line["name"])


def _chosen(selection: Any) -> str:
    """Return ``best of 193,536`` of a run that a sweep chose, nothing of one that was typed."""
    if not isinstance(selection, Mapping) or not selection.get("sweep"):
        return ""
    trials, rank = selection.get("trials"), selection.get("rank")
    many = f"{trials:,}" if isinstance(trials, int) else "a sweep"
    if rank is None:
        return f"one of {many}"
    return f"best of {many}" if rank == 1 else f"number {rank} of {many}"


def _written(value: Any, column: str) -> Any:
    if value is None or isinstance(value, str):
        return str(value)[: len("2026-01-02 03:04")] if column == "started" else value
    is_whole = float(value).is_integer()
    return format(value, "z.1%" if column in SHARES else ",.0f" if is_whole else "z,.2f")


def _line(entry: RunEntry) -> dict[str, Any]:
    info = entry.info
    metrics = info.get("metrics", {})
    return {
        "run": entry.path.name,
        "id": str(info["id"]),
        "started": f"{entry.started:%Y-%m-%d %H:%M:%S}",
        "name": info["config"].get("run", {}).get("name", ""),
        "source": info.get("source", ""),
        "chosen": _chosen(info.get("selection")),
        **{key: _value(value) for key, value in metrics.items()},
    }


def _value(metric: Any) -> Any:
    return metric["value"] if isinstance(metric, dict) else metric


def _sorted(lines: list[dict[str, Any]], column: str) -> list[dict[str, Any]]:
    """Sort the largest first; runs without the figure come last."""
    known = {name for line in lines for name in line}
    if lines and column not in known:
        raise ConfigError(unknown_name("column", column, known))
    having = [line for line in lines if line.get(column) is not None]
    lacking = [line for line in lines if line.get(column) is None]
    return sorted(having, key=lambda line: line[column], reverse=True) + lacking


def earliest(since: str, now: datetime) -> datetime:
    """Return the moment that an age, as 12h, 7d or 2w, or a date means."""
    age = re.fullmatch(r"(\d{1,5})([hdw])", since)
    if age:
        return now - timedelta(**{UNITS[age[2]]: int(age[1])})
    try:
        moment = datetime.fromisoformat(since)
    except ValueError:
        raise ConfigError(f"--since accepts 12h, 7d, 2w or a date, got {since!r}") from None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


if __name__ == "__main__":
    run(runs)

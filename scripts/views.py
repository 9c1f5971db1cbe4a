"""Ask when to act on a published view: at its date, by the rule, with the regime, or whenever."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from orebound.scripts.backtest import (
    Config,
    DataFolder,
    End,
    Set,
    SkipMissing,
    Source,
    Start,
    Universe,
    settings_of,
)
from orebound.scripts.terminal import (
    AsJson,
    Debug,
    console,
    print_json,
    print_table,
    progress,
    run,
    say,
    table,
)

if TYPE_CHECKING:
    import pandas as pd

    from orebound.sweeps import ViewReport

#: Reading, the view, random dates, peers.
STAGES = 4
View = Annotated[str, typer.Option(metavar="ID", help="A view of feeds/reference/views.csv.")]
Hold = Annotated[int, typer.Option(min=20, max=504, metavar="N", help="Sessions held.")]
Draws = Annotated[int, typer.Option(min=10, max=100_000, metavar="N", help="Random dates.")]
Block = Annotated[
    int,
    typer.Option(
        min=0, max=504, metavar="N", help="Sessions that follow each other in a path; 0: all held."
    ),
]
ANECDOTE = (
    "one view is an anecdote: nothing may be calibrated on it, and sessions held at random dates "
    "overlap, so that a rank is worth little where they are few"
)


def views(
    config: Config = None,
    view: View = "V001",
    hold: Hold = 252,
    draws: Draws = 1000,
    block: Block = 60,
    source: Source = None,
    data: DataFolder = None,
    universe: Universe = None,
    skip_missing: SkipMissing = False,
    start: Start = None,
    end: End = None,
    set_: Set = None,
    as_json: AsJson = False,
    _debug: Debug = False,
) -> None:
    """Compare acting on a view with the rule, the regime, random dates and the names not picked.

    Without a config or --universe the view's own picks are held.

    Example: [bold]orebound views --data prices --skip-missing[/bold]
    """
    from orebound.feeds import view_named
    from orebound.sweeps import compare_entries

    chosen = view_named(view)
    settings = settings_of(
        config if config is None else Path(config),
        source=source,
        data=data,
        universe=universe or (chosen.universe if config is None else None),
        skip_missing=skip_missing,
        allow_hindsight=False,
        start=start,
        end=end,
        overrides=set_,
    )
    with progress("views", STAGES) as step:
        report = compare_entries(
            settings, chosen, hold=hold, draws=draws, block=block, progress=step
        )
    if as_json:
        print_json(report.as_dict())
    else:
        print_views(report)


def print_views(report: ViewReport) -> None:
    """Print one table of entries beside random dates, and what must be known to read it."""
    target, view = console(), report.view
    moved = f"{view.before} to {view.stance}" if view.before else view.stance
    say(target, f"{view.id}, {view.known_at.astype('M8[D]')}: {moved}; {view.description}")
    head = ["entry", "first", "last", "entries", "return", "rank", "what"]
    rows = [
        [line["entry"], line["first"] or "n/a", line["last"] or "n/a", f"{line['entries']}"]
        + [_percent(line["return"]), _rank(line["rank"]), line["about"]]
        for line in report.table.to_dict("records")
    ]
    mean, low, high = (_percent(report.random[key]) for key in ("mean", "p05", "p95"))
    whole = f"{report.draws:,} dates, blocks of {report.block} sessions; 5 to 95 %: {low} to {high}"
    place = 1 + next(k for k, row in enumerate(rows) if row[0] == "regime")
    rows.insert(place, ["random", str(report.first), str(report.last), "", mean, "", whole])
    title = f"{', '.join(report.names)}: {report.hold} sessions"
    print_table(target, table(title, head, rows))
    picks = report.by_name[report.by_name["is_pick"]]
    others = report.by_name[~report.by_name["is_pick"]]
    said = (
        "each name before costs, from the open after the note to the open at which it is sold, "
        f"or its last: picks {_listed(picks)}"
    )
    if len(others):
        ahead = float(picks["return"].mean() - others["return"].mean())
        said += f"; not picked {_listed(others)}; mean difference {100.0 * ahead:+.1f} points"
    say(console(), said)
    say(console(), "return: of the account after costs, 95 % of it held but for the rule; rank: "
                   "share of the random dates that did worse")  # fmt: skip
    for words in (*report.notes, ANECDOTE):
        say(console(), words)


def _listed(frame: pd.DataFrame) -> str:
    rows = frame.to_dict("records")
    return ", ".join(f"{row['symbol']} {_percent(row['return'])}" for row in rows)


def _percent(value: float) -> str:
    return "n/a" if value != value else f"{100.0 * value:+.1f} %"


def _rank(value: float) -> str:
    return "" if value != value else f"{value:.2f}"


if __name__ == "__main__":
    run(views)

"""Download prices into the local store; the only command that touches the network."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console

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
    from orebound.feeds import FetchReport

Universe = Annotated[str, typer.Option(metavar="NAME", help="Whose series are downloaded.")]
Start = Annotated[str | None, typer.Option(metavar="DATE", help="First session wanted.")]
End = Annotated[str | None, typer.Option(metavar="DATE", help="Last session wanted.")]


def fetch(
    universe: Universe = "nyse-miners",
    start: Start = None,
    end: End = None,
    as_json: AsJson = False,
    _debug: Debug = False,
) -> None:
    """Download a universe's prices into the local store, and say what is tradable and why not.

    Example: [bold]orebound fetch --universe nyse-miners --start 2010-01-01[/bold]
    """
    from orebound.feeds import DEFAULT_START, Store, load_universe
    from orebound.feeds import fetch as download

    wanted = load_universe(universe, source="yahoo")
    first = start or DEFAULT_START
    with progress("fetch", None) as step:
        report = download(wanted, store=Store(), start=first, end=end, step=step)
    if as_json:
        failed = {name: str(why) for name, why in report.failed.items()}
        names = report.table.to_dict("records")
        print_json({"verdict": report.verdict, "names": names, "failed": failed})
    else:
        _print(console(), report)
    raise typer.Exit(report.exit_code)


def _print(target: Console, report: FetchReport) -> None:
    """Print the names, what keeps each out, the series of the metals, and what went wrong."""
    head = ["name", "symbol", "first", "last", "rows", "coverage", "tradable"]
    names = report.table
    lines = names[head].replace({"tradable": {True: "yes", False: "no"}})
    lines["coverage"] = [f"{share:.0%}" for share in names["coverage"]]
    print_table(target, table("", head, lines.itertuples(index=False)))
    said = set()
    for name, why in names[["name", "why"]].itertuples(index=False):
        if why:
            said.add(why)
            say(target, f"{name}: {why}")
    legs = [
        (leg.role, leg.spec.symbol, leg.spec.stand_in) if leg.spec else (leg.role, None, "")
        for leg in report.legs
    ]
    print_table(target, table("Measured by", ["what", "series", "stands in"], legs))
    for words in (*report.failed.values(), *report.notes):
        if words not in said:
            say(target, words)
    target.print(report.verdict, soft_wrap=True)  # one line, for those who read it by script


if __name__ == "__main__":
    run(fetch)

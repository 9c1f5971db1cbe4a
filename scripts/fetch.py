"""Download prices into the local store; the only command that touches the network."""

from __future__ import annotations

from typing import Annotated

import typer

from orebound.scripts.terminal import AsJson, Debug, console, print_json, run, table

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
    report = download(wanted, store=Store(), start=start or DEFAULT_START, end=end)
    if as_json:
        failed = {name: str(why) for name, why in report.failed.items()}
        names = report.table.to_dict("records")
        print_json({"verdict": report.verdict, "names": names, "failed": failed})
    else:
        frame = report.table
        console().print(table("", map(str, frame.columns), frame.itertuples(index=False)))
        for said in (*report.failed.values(), *report.notes):
            console().print(said, soft_wrap=True)
        console().print(report.verdict, soft_wrap=True)
    raise typer.Exit(report.exit_code)


if __name__ == "__main__":
    run(fetch)

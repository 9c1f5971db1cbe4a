"""Say why a name was, or was not, bought on a date."""

from __future__ import annotations

from typing import Annotated

import typer

from orebound.scripts.terminal import (
    RESULTS,
    AsJson,
    Debug,
    Results,
    RunKey,
    console,
    print_json,
    run,
)

Symbol = Annotated[str, typer.Argument(help="The name as the run calls it, as RIO.")]
Date = Annotated[str, typer.Argument(help="A session of the name, YYYY-MM-DD.")]


def explain(
    run: RunKey,
    symbol: Symbol,
    date: Date,
    results: Results = RESULTS,
    as_json: AsJson = False,
    _debug: Debug = False,
) -> None:
    """Say what was known when, what the rule saw and did, or why it did nothing.

    Example: [bold]orebound explain latest RIO 2024-10-14[/bold]
    """
    from orebound.analyzers import explain as explained
    from orebound.analyzers import open_path, read_run

    found = explained(read_run(open_path(run, results)), symbol, date)
    if as_json:
        print_json(found.as_dict())
        return
    console().print(found.text, soft_wrap=True)


if __name__ == "__main__":
    run(explain)

"""Run one row of a sweep whole, through real backtrader, and write its run directory."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from orebound.scripts.backtest import Out, execute_and_write
from orebound.scripts.terminal import (
    RESULTS,
    AsJson,
    Debug,
    Results,
    console,
    notes,
    print_json,
    run,
    say,
)

SweepKey = Annotated[
    str, typer.Argument(metavar="SWEEP", help="A directory, latest, previous or a prefix.")
]
Rank = Annotated[
    int, typer.Option(min=1, help="1 for the best; rows that are one run share a rank.")
]
Combination = Annotated[
    int | None,
    typer.Option(min=0, metavar="N", help="Its number in the sweep, instead of a rank."),
]
By = Annotated[str, typer.Option(metavar="COLUMN", help="Any column of the sweep.")]


def pick(
    sweep: SweepKey = "latest",
    rank: Rank = 1,
    by: By = "sharpe",
    combination: Combination = None,
    out: Out = None,
    results: Results = RESULTS,
    as_json: AsJson = False,
    _debug: Debug = False,
) -> None:
    """Run the row of a rank, or of a number, through real backtrader, with its page.

    Example: [bold]orebound pick latest --rank 1[/bold]
    """
    from orebound.analyzers import read_run
    from orebound.scripts.summary import print_summary
    from orebound.sweeps import chosen, find_sweep, open_sweep

    found = open_sweep(find_sweep(sweep, results))
    if combination is None:
        settings, words = found.pick(rank, by), f"Chosen as number {rank} by {by} of"
        number = int(found.best_runs(rank, by)["combination"].iloc[-1])
        selection = chosen(found, number, rank=rank, by=by)
    else:
        settings, words = found.run_config(combination), f"Combination {combination} of"
        selection = chosen(found, combination)
    folder = execute_and_write(settings, results=results, out=out, selection=selection)
    record = read_run(folder)
    verdict = found.verdict or "the sweep is not finished and has no verdict yet"
    if as_json:
        asked = {"rank": rank, "by": by} if combination is None else {"combination": combination}
        print_json({"path": str(folder), "sweep": str(found.path)} | asked
                   | {"sweep_verdict": verdict} | record.info)  # fmt: skip
        return
    print_summary(record, console(), Path(folder) / "tearsheet.html")
    say(notes(), f"{words} {len(found):,}. The sweep's verdict: "
                 f"{verdict}")  # fmt: skip


if __name__ == "__main__":
    run(pick)

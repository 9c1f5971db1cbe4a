"""Ask on daily returns whether the best of a sweep is better than cash, or the luckiest row."""

from __future__ import annotations

from typing import Annotated

import typer

from orebound.scripts.pick import SweepKey
from orebound.scripts.sweep import ticking
from orebound.scripts.terminal import (
    RESULTS,
    AsJson,
    Debug,
    Results,
    console,
    print_json,
    run,
    say,
)

Rows = Annotated[
    int, typer.Option(min=1, metavar="N", help="At most so many of the rows it is judged by.")
]
Draws = Annotated[int, typer.Option(min=1, metavar="N", help="Stationary bootstraps.")]
Seed = Annotated[int, typer.Option(min=0, help="Draws them.")]


def spa(
    sweep: SweepKey = "latest",
    rows: Rows = 2_000,
    draws: Draws = 1_000,
    seed: Seed = 0,
    results: Results = RESULTS,
    as_json: AsJson = False,
    _debug: Debug = False,
) -> None:
    """Hansen's test on daily returns of the judged rows, made again; writes spa.json.

    A sweep keeps months, and its own test rests on these.

    Example: [bold]orebound spa latest[/bold]
    """
    from orebound.sweeps import Tick, daily_superior, find_sweep, open_sweep

    chosen = open_sweep(find_sweep(sweep, results))
    n_rows = min(rows, len(chosen))
    with ticking() as tick:
        found = daily_superior(
            chosen,
            rows,
            draws=draws,
            seed=seed,
            told=lambda done: tick(Tick("rows made again", done, n_rows)),
        )
    path = found.save()
    if as_json:
        print_json({"path": str(path), "monthly_p": chosen.selection.get("spa")} | found.document)
        return
    monthly = chosen.selection.get("spa_basis", {}).get("words")
    say(console(), f"superior predictive ability (Hansen): {found.document['words']}")
    say(console(), f"by the months the sweep keeps: {monthly or 'n/a, they were too few'}")


if __name__ == "__main__":
    run(spa)

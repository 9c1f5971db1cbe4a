"""Run a sweep's grid on histories without an edge, and say how good its best would be there."""

from __future__ import annotations

import signal
from typing import Annotated, Any

import typer

from orebound.analyzers import counted
from orebound.scripts.pick import SweepKey
from orebound.scripts.sweep import ticking
from orebound.scripts.terminal import (
    RESULTS,
    AsJson,
    Debug,
    Interrupted,
    Results,
    again,
    console,
    print_json,
    print_table,
    run,
    say,
    table,
)

Worlds = Annotated[int, typer.Option(min=1, metavar="N", help="Histories without an edge.")]
Seed = Annotated[int, typer.Option(min=0, help="Draws them.")]
Block = Annotated[
    float | None,
    typer.Option(min=1.0, metavar="SESSIONS", help="Mean length of a joint block; optimal if not."),
]
Jobs = Annotated[int | None, typer.Option(min=1, metavar="N", help="Worlds at once; one a core.")]


def null(
    sweep: SweepKey = "latest",
    worlds: Worlds = 100,
    seed: Seed = 0,
    block: Block = None,
    jobs: Jobs = None,
    results: Results = RESULTS,
    as_json: AsJson = False,
    _debug: Debug = False,
) -> None:
    """Sweep worlds in which miners do not catch up; writes null.json, which the verdict reads.

    Each world is kept as it ends: run again, it goes on where it stood, and more worlds only add.

    Example: [bold]orebound null latest --worlds 100[/bold]
    """
    from orebound.sweeps import find_sweep, null_sweep, open_sweep

    signal.signal(signal.SIGTERM, signal.default_int_handler)
    chosen = open_sweep(find_sweep(sweep, results))
    kept = [0]
    options: dict[str, Any] = {"seed": seed, "block": block, "jobs": jobs, "told": kept.append}
    try:
        with ticking("null sweep") as tick:
            found = null_sweep(chosen, worlds, progress=tick, **options)
    except KeyboardInterrupt:
        raise Interrupted(
            f"{kept[-1]:,} of {counted(worlds, 'world')} are kept; to go on: {again()}"
        ) from None
    path = found.save()
    verdict = chosen.read_again().verdict
    if as_json:
        print_json({"path": str(path), "verdict": verdict} | found.document)
        return
    target = console()
    rows = [(of, f"{value:.2f}") for of, value in found.table.itertuples(index=False)]
    title = f"best of {found.document['rows']:,} rows where miners do not catch up"
    print_table(target, table(title, ["", "Sharpe ratio a year"], rows))
    say(console(), f"null sweep: {found.document['words']}")
    say(console(), f"verdict: {verdict or 'none'}", style="bold")


if __name__ == "__main__":
    run(null)

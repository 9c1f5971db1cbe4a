"""Run a run again with a change and say what came of it."""

from __future__ import annotations

import shlex
import sys
from pathlib import Path
from typing import Annotated

import typer

from orebound.scripts.backtest import STAGES, Out, Set, check_writable
from orebound.scripts.diff import print_difference
from orebound.scripts.terminal import (
    RESULTS,
    AsJson,
    Debug,
    Results,
    RunKey,
    console,
    print_json,
    progress,
    run,
)

Again = Annotated[
    bool,
    typer.Option("--again", help="Run the unchanged settings today as well; compare with that."),
]


def whatif(
    run: RunKey,
    set_: Set = None,
    again: Again = False,
    out: Out = None,
    results: Results = RESULTS,
    as_json: AsJson = False,
    _debug: Debug = False,
) -> None:
    """Run a run again with a change, on the same data, and say what came of it.

    The run with the change gets a directory of its own. Where data were restated since the run,
    it is refused (exit code 3) without --again.

    Example: [bold]orebound whatif latest --set costs.stamp_duty=0[/bold]
    """
    from orebound.analyzers import checked_target, open_path, run_folder, write_run
    from orebound.analyzers.page import write as write_page
    from orebound.sweeps import what_if, without_secrets

    folder = open_path(run, results)
    if out is not None:
        checked_target(out)
    check_writable(results if out is None else out.absolute().parent)
    command = without_secrets(shlex.join([Path(sys.argv[0]).name, *sys.argv[1:]]))
    with progress("whatif", STAGES * (2 if again else 1)) as step:
        found = what_if(folder, set_ or [], again=again, command=command, progress=step)
    record = found.record
    made = write_run(record, out or run_folder(results, record.info), page=write_page)
    if as_json:
        print_json(
            {"path": str(made), "of": str(folder), "again": again, "changes": list(set_ or [])}
            | {"difference": found.difference.as_dict()}
        )
        return
    print_difference(found.difference, console())
    console().print(f"Run: {made}", soft_wrap=True)


if __name__ == "__main__":
    run(whatif)

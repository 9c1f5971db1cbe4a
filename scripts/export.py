"""Write one run as a workbook for the desk."""

from __future__ import annotations

from pathlib import Path
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
    progress,
    run,
)

Target = Annotated[Path, typer.Argument(metavar="OUT.xlsx", help="The workbook.")]
Force = Annotated[bool, typer.Option("--force", help="Replace an existing file.")]
Only = Annotated[
    list[str] | None,
    typer.Option("--sheet", metavar="NAME", help="Only this sheet, as trades; may be repeated."),
]


def export(
    run: RunKey,
    out: Target,
    sheet: Only = None,
    force: Force = False,
    results: Results = RESULTS,
    as_json: AsJson = False,
    _debug: Debug = False,
) -> None:
    """Write one run as a workbook: typed sheets, dates as dates, and no cell that runs.

    Sheets: metrics, run, settings, data, and one for each file of the run. The signals of a long
    run are more than a million cells and take most of a minute.

    Example: [bold]orebound export latest out.xlsx --sheet metrics --sheet trades[/bold]
    """
    from orebound.analyzers import EXPORT_SHEETS, export_run, open_path, read_run

    folder = open_path(run, results)
    only = tuple(sheet or ())
    with progress("export", len(only or EXPORT_SHEETS)) as step:
        path = export_run(read_run(folder), out, force=force, only=only, progress=step)
    if as_json:
        print_json({"path": str(path), "run": str(folder), "sheets": list(only or EXPORT_SHEETS)})
        return
    console().print(f"Workbook: {path}", soft_wrap=True)


if __name__ == "__main__":
    run(export)

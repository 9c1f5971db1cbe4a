"""Audit data, each audit ending in one verdict line."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from orebound.scripts.terminal import (
    AsJson,
    Debug,
    console,
    new_program,
    print_json,
    run,
    table,
)

app = new_program(no_args_is_help=True)
Target = Annotated[Path, typer.Argument(metavar="PATH", help="A folder of price files, or a file.")]


@app.callback()
def _audits() -> None:
    """Audit data before it may reach a backtest; exit code 3 where some of it is refused.

    Example: [bold]orebound check data prices/[/bold]
    """


@app.command()
def data(path: Target, as_json: AsJson = False, _debug: Debug = False) -> None:
    """Audit a folder of price files or one file, and say what would be refused or repaired.

    Example: [bold]orebound check data prices/RIO.csv[/bold]
    """
    from orebound.feeds.check import check_data

    report = check_data(path)
    if as_json:
        files = report.frame.to_dict("records")
        findings = report.findings_frame.to_dict("records")
        print_json({"verdict": report.verdict, "files": files, "findings": findings})
    else:
        frame = report.frame
        shown = frame[["file", "outcome", "role", "rows", "first", "last"]]
        console().print(table("", shown.columns, shown.itertuples(index=False)))
        for detail in frame.loc[frame["detail"] != "", "detail"]:
            console().print(detail, soft_wrap=True)
        console().print(report.verdict, soft_wrap=True)
    raise typer.Exit(report.exit_code)


if __name__ == "__main__":
    run(app)

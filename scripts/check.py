"""Audit data, each audit ending in one verdict line."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

import typer

from orebound.scripts.check_lookahead import lookahead
from orebound.scripts.check_parity import parity
from orebound.scripts.terminal import (
    AsJson,
    Debug,
    console,
    new_program,
    print_json,
    print_table,
    run,
    table,
)

app = new_program(no_args_is_help=True)
Target = Annotated[Path, typer.Argument(metavar="PATH", help="A folder of price files, or a file.")]


@app.callback()
def _audits() -> None:
    """Audit data before it may reach a backtest, and prove what runs on it.

    Exit code 3 where data are refused or a run sees the future, 4 where replay and backtrader
    differ.

    Example: [bold]orebound check data prices/[/bold]
    """


@app.command()
def data(
    path: Target,
    symbol: Annotated[
        str | None, typer.Option(metavar="SYMBOL", help="What one file would be used as.")
    ] = None,
    role: Annotated[
        Literal["traded", "signal"] | None, typer.Option(help="How strictly to look.")
    ] = None,
    facts: Annotated[
        str | None,
        typer.Option(
            metavar="CURRENCY,UNIT,CLOCK", help="What prices.toml would say, as GBP,GBp,XLON."
        ),
    ] = None,
    allow: Annotated[
        list[str] | None,
        typer.Option(metavar="RULE[:DATE]", help="A rule to waive, for all days or for one."),
    ] = None,
    list_all: Annotated[
        bool, typer.Option("--all", help="Every finding, warnings included, one a line.")
    ] = False,
    as_json: AsJson = False,
    _debug: Debug = False,
) -> None:
    """Audit a folder of price files or one file, and say what would be refused or repaired.

    Example: [bold]orebound check data prices/RIO.csv[/bold]
    """
    from orebound.feeds import ConfigError, StatedFacts, check_data

    stated = None
    if facts is not None:
        parts = [part.strip() for part in facts.split(",")]
        if len(parts) != 3:
            raise ConfigError(f"--facts: accepted: CURRENCY,UNIT,CLOCK, got {facts!r}")
        currency, unit, clock_name = parts
        stated = StatedFacts(currency, unit, clock_name)
    report = check_data(path, symbol=symbol, role=role, facts=stated, allow=tuple(allow or ()))
    if as_json:
        files = report.frame.to_dict("records")
        findings = report.findings_frame.to_dict("records")
        print_json({"verdict": report.verdict, "files": files, "findings": findings})
    else:
        frame = report.frame
        shown = frame[["file", "outcome", "role", "rows", "first", "last"]]
        print_table(console(), table("", shown.columns, shown.itertuples(index=False)))
        every = report.findings_frame
        said = [str(f) for file in report.files for f in file.findings]
        brief = frame.loc[frame["detail"] != "", "detail"]
        for detail in said if list_all else brief:
            console().print(detail, soft_wrap=True)
        warned = int((every["outcome"] == "warned").sum())
        more = f"; {warned} warnings, listed with --all" if warned and not list_all else ""
        console().print(f"{report.verdict}{more}", soft_wrap=True)
    raise typer.Exit(report.exit_code)


app.command()(lookahead)
app.command()(parity)


if __name__ == "__main__":
    run(app)

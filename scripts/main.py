"""The command line `orebound`: every command of the package under one name."""

from __future__ import annotations

import sys
from typing import Annotated

import typer

from orebound.scripts import check, doctor
from orebound.scripts.article import article
from orebound.scripts.backtest import backtest
from orebound.scripts.daily import NotifyLast, daily
from orebound.scripts.desk import signal
from orebound.scripts.diff import diff
from orebound.scripts.explain import explain
from orebound.scripts.export import export
from orebound.scripts.fetch import fetch
from orebound.scripts.modes import modes
from orebound.scripts.null import null
from orebound.scripts.params import params
from orebound.scripts.pick import pick
from orebound.scripts.placebo import placebo
from orebound.scripts.regime import regime
from orebound.scripts.review import review
from orebound.scripts.runs import runs
from orebound.scripts.scenario import scenario
from orebound.scripts.show import show
from orebound.scripts.spa import spa
from orebound.scripts.sweep import sweep
from orebound.scripts.tearsheet import tearsheet
from orebound.scripts.terminal import call, new_program
from orebound.scripts.views import views
from orebound.scripts.walkforward import walkforward
from orebound.scripts.whatif import whatif

COMMANDS = (
    article,
    backtest,
    daily,
    diff,
    doctor.doctor,
    explain,
    export,
    fetch,
    modes,
    null,
    params,
    pick,
    placebo,
    regime,
    review,
    runs,
    scenario,
    show,
    signal,
    spa,
    sweep,
    tearsheet,
    views,
    walkforward,
    whatif,
)
#: Commands whose line is read otherwise than typer does.
CLASSES = {"daily": NotifyLast}


def _print_version(wanted: bool) -> None:
    if wanted:
        from orebound.sweeps import own_version

        sys.stdout.write(f"orebound {own_version()}\n")
        raise typer.Exit


Version = Annotated[
    bool, typer.Option("--version", callback=_print_version, is_eager=True, help="Print it.")
]


def _root(version: Version = False) -> None:
    """Test honestly whether mining shares that lag their metals catch up.

    Example: [bold]orebound backtest[/bold], then [bold]orebound show latest[/bold]
    """


def make_app() -> typer.Typer:
    """Return the program with all its commands."""
    app = new_program(no_args_is_help=True)
    app.callback()(_root)
    for command in COMMANDS:
        name = command.__name__
        app.command(name=name, cls=CLASSES.get(name))(command)
    app.add_typer(check.app, name="check")
    return app


def main(arguments: list[str] | None = None) -> None:
    """Run one command line and end the process with its exit code."""
    sys.exit(call(make_app(), sys.argv[1:] if arguments is None else arguments, name="orebound"))


if __name__ == "__main__":
    main()

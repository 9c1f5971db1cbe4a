"""Run one backtest through real backtrader and write its run directory."""

from __future__ import annotations

import shlex
import shutil
import sys
import tempfile
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from orebound.feeds import ConfigError
from orebound.scripts.terminal import (
    RESULTS,
    AsJson,
    Debug,
    Results,
    console,
    notes,
    print_json,
    progress,
    run,
)

if TYPE_CHECKING:
    from orebound.sweeps import RunConfig, Selection

#: Bytes of the smallest run directory, and of what is written to see whether it can be.
LEAST_FREE, TRIED = 2_000_000, 100_000
#: The market, the run, its baselines, its null.
STAGES = 4

Config = Annotated[Path | None, typer.Argument(metavar="[CONFIG.toml]", help="A run's settings.")]
Source = Annotated[str | None, typer.Option(metavar="sample|csv|yahoo", help="Origin of prices.")]
DataFolder = Annotated[
    Path | None, typer.Option("--data", metavar="DIR", help="Price folder; means source csv.")
]
Universe = Annotated[str | None, typer.Option(metavar="NAME", help="Which names are traded.")]
SkipMissing = Annotated[bool, typer.Option("--skip-missing", help="Leave names without data out.")]
Hindsight = Annotated[
    bool, typer.Option("--allow-hindsight", help="Use a list before it was published.")
]
Strict = Annotated[
    bool, typer.Option("--strict", help="Refuse exposures that were published after the start.")
]
Start = Annotated[str | None, typer.Option(metavar="DATE", help="First possible decision.")]
End = Annotated[str | None, typer.Option(metavar="DATE", help="Last session.")]
Set = Annotated[
    list[str] | None,
    typer.Option("--set", metavar="KEY=VALUE", help="Any parameter, as costs.stamp_duty=0."),
]
Name = Annotated[str | None, typer.Option(metavar="NAME", help="The run's name.")]
Out = Annotated[Path | None, typer.Option(metavar="DIR", help="The run directory; must be new.")]


def backtest(
    config: Config = None,
    source: Source = None,
    data: DataFolder = None,
    universe: Universe = None,
    skip_missing: SkipMissing = False,
    allow_hindsight: Hindsight = False,
    strict: Strict = False,
    start: Start = None,
    end: End = None,
    set_: Set = None,
    name: Name = None,
    out: Out = None,
    results: Results = RESULTS,
    as_json: AsJson = False,
    _debug: Debug = False,
) -> None:
    """Run one backtest through real backtrader and write its run directory.

    Example: [bold]orebound backtest --start 2016-01-01 --set rule.z_in=2 --name wider[/bold]
    """
    settings = settings_of(
        config,
        source=source,
        data=data,
        universe=universe,
        skip_missing=skip_missing,
        allow_hindsight=allow_hindsight,
        strict=strict,
        start=start,
        end=end,
        name=name,
        overrides=set_,
    )
    _compile_ahead()
    folder = execute_and_write(settings, results=results, out=out)
    _report(folder, as_json=as_json)


def _compile_ahead() -> None:
    """Let the first sweep after the first backtest find the replay compiled."""
    from orebound.sweeps import COMPILE_AHEAD, compile_ahead

    if compile_ahead():
        said = "compiling the replay of sweeps in the background: once a version, half a minute"
        notes().print(f"{said}; {COMPILE_AHEAD}=0 leaves it to the first sweep")


def settings_of(
    config: Path | None,
    *,
    source: str | None,
    data: Path | None,
    universe: str | None,
    skip_missing: bool,
    allow_hindsight: bool,
    start: str | None,
    end: str | None,
    overrides: list[str] | None,
    strict: bool = False,
    name: str | None = None,
) -> RunConfig:
    """Return the configuration that a file, the options and ``--set`` make together."""
    from orebound.sweeps import is_sweep, load

    if config is not None and is_sweep(config):
        raise ConfigError(_sweep_file(config))
    changes: dict[str, Any] = {
        "source": source or ("csv" if data else None),
        "folder": str(data.absolute()) if data else None,
        "universe": universe,
        "skip_missing": skip_missing or None,
        "allow_hindsight": allow_hindsight or None,
        "strict": strict or None,
        "start": start,
        "end": end,
    }
    given = {key: value for key, value in changes.items() if value is not None}
    named = {"name": name} if name is not None else {}
    return load(config, changes={"data": given, "run": named}, overrides=overrides or [])


def _sweep_file(config: Path) -> str:
    from orebound.strategies import is_own
    from orebound.sweeps import load_sweep

    said = f"{config} is a sweep file, and this takes the settings of one run: `orebound sweep"
    if is_own(load_sweep(config).base.rule):
        return (
            f"{said} {config}`, then `orebound check lookahead latest`; the record and page of one "
            "run are those of the catch-up rule"
        )
    return (
        f"{said} {config}`, then `orebound pick latest` writes the best row's config.toml in its "
        "run directory, to be given here"
    )


def execute_and_write(
    settings: RunConfig,
    *,
    results: Path,
    out: Path | None,
    selection: Selection | None = None,
) -> Path:
    """Return the run directory of one executed configuration.

    `selection` says how it was found; without one it stands beside the ledger of `results`.
    """
    from orebound.analyzers import checked_target, run_folder, write_run
    from orebound.analyzers.page import draw_beside
    from orebound.analyzers.page import write as write_page
    from orebound.sweeps import (
        daily_folder,
        declared,
        execute,
        ledger_below,
        recorded_evidence,
        without_secrets,
    )

    if out is not None:
        checked_target(out)
    check_writable(results if out is None else out.absolute().parent)
    command = without_secrets(shlex.join([Path(sys.argv[0]).name, *sys.argv[1:]]))
    found = selection or declared(ledger_below(results))
    with draw_beside() as draw:
        with progress("backtest", STAGES) as step:
            record = execute(settings, command=command, progress=step, selection=found)
        if kept := recorded_evidence(daily_folder(results), settings):
            record = replace(record, info=record.info | {"daily": kept})
        target = out or run_folder(results, record.info)
        return write_run(record, target, page=partial(write_page, draw=draw))


def check_writable(folder: Path) -> None:
    """Refuse before the work where the result could not be written after it."""
    from orebound.analyzers import sized

    nearest = next(p for p in (folder.absolute(), *folder.absolute().parents) if p.exists())
    elsewhere = "name another place with --results or --out"
    try:
        # Tried, not asked: permissions say nothing of a read-only or a full disk, or of root.
        with tempfile.TemporaryFile(dir=nearest) as file:
            file.write(bytes(TRIED))
    except OSError as error:
        raise ConfigError(
            f"{nearest} cannot be written to: {error.strerror}; {elsewhere}"
        ) from None
    free = shutil.disk_usage(nearest).free
    if free < LEAST_FREE:
        raise ConfigError(
            f"{nearest}: the disk has {sized(free)} left, a run takes {sized(LEAST_FREE)} or more; "
            f"{elsewhere}"
        )


def _report(folder: Path, *, as_json: bool) -> None:
    from orebound.analyzers import read_run
    from orebound.scripts.summary import print_summary

    record = read_run(folder)
    if as_json:
        print_json({"path": str(folder), **record.info})
        return
    print_summary(record, console(), folder / "tearsheet.html")


if __name__ == "__main__":
    run(backtest)

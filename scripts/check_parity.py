"""Prove on a user's own data and parameters that the replay is backtrader."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from orebound.feeds import ConfigError
from orebound.scripts.backtest import (
    DataFolder,
    End,
    Hindsight,
    Set,
    SkipMissing,
    Source,
    Start,
    Universe,
    settings_of,
)
from orebound.scripts.terminal import (
    AsJson,
    Debug,
    console,
    print_json,
    print_table,
    progress,
    run,
    say,
    say_notes,
    table,
)

if TYPE_CHECKING:
    from orebound.sweeps import RunConfig, SweepConfig

File = Annotated[
    Path | None,
    typer.Argument(metavar="[CONFIG.toml | SWEEP.toml]", help="A run's settings, or a sweep."),
]
Sets = Annotated[int, typer.Option(min=1, metavar="N", help="Sets of parameters to compare.")]
Seed = Annotated[int, typer.Option(min=0, metavar="S", help="Of the sets that are drawn.")]


def parity(
    config: File = None,
    source: Source = None,
    data: DataFolder = None,
    universe: Universe = None,
    skip_missing: SkipMissing = False,
    allow_hindsight: Hindsight = False,
    start: Start = None,
    end: End = None,
    set_: Set = None,
    sets: Sets = 20,
    seed: Seed = 0,
    as_json: AsJson = False,
    _debug: Debug = False,
) -> None:
    """Run sets of parameters through stock backtrader and the replay, and compare every bit.

    The first set is the configuration itself, the others are drawn over every parameter; every
    third set runs as if the universe had two names, so that orders are rejected for cash. Of a
    sweep, rows of its own design are compared. Exit code 4 where anything differs.

    Example: [bold]orebound check parity --data prices --sets 5 --start 2015-01-02[/bold]
    """
    from orebound.sweeps import check_parity

    options: dict[str, Any] = {
        "source": source, "data": data, "universe": universe, "skip_missing": skip_missing,
        "allow_hindsight": allow_hindsight, "start": start, "end": end, "overrides": set_,
    }  # fmt: skip
    chosen = _chosen(config, options)
    with progress("parity", sets) as step:
        report = check_parity(chosen, sets=sets, seed=seed, progress=step)
    if as_json:
        print_json({"verdict": report.verdict, "equal": report.is_equal, "seed": seed,
                    "sets": report.documents, "notes": report.notes})  # fmt: skip
    else:
        lines = report.frame
        print_table(console(), table("", lines.columns, lines.itertuples(index=False)))
        say_notes(console(), report.notes)
        say(console(), report.verdict, style="bold")
    raise typer.Exit(report.exit_code)


def _chosen(config: Path | None, options: dict[str, Any]) -> RunConfig | SweepConfig:
    """Return the sweep or the run that the file and the options name."""
    from orebound.sweeps import is_sweep, load_sweep

    if config is None or not is_sweep(config):
        return settings_of(config, **options)
    words = {name: f"--{name.replace('_', '-')}" for name in options} | {"overrides": "--set"}
    permitted = {"allow_hindsight": True} if options["allow_hindsight"] else {}
    given = ", ".join(words[k] for k, value in options.items() if value and k not in permitted)
    if given:
        raise ConfigError(f"{config} is a sweep, which states its own base run: leave {given} out")
    return load_sweep(config, data=permitted)


if __name__ == "__main__":
    run(parity)

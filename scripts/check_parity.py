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
    table,
)

if TYPE_CHECKING:
    from orebound.sweeps.prepared import Workshop

#: One drawn set in so many runs as if the universe declared two names.
CROWD_EVERY = 3
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
    from orebound.sweeps.parity import check_parity
    from orebound.sweeps.verify import VerificationFailed

    options: dict[str, Any] = {
        "source": source, "data": data, "universe": universe, "skip_missing": skip_missing,
        "allow_hindsight": allow_hindsight, "start": start, "end": end, "overrides": set_,
    }  # fmt: skip
    workshop, chosen, crowd_every = _trials(config, options, sets, seed)
    with progress("parity", len(chosen)) as step:
        report = check_parity(workshop, chosen, crowd_every=crowd_every, progress=step)
    lines = report.frame
    if as_json:
        print_json(
            {
                "verdict": report.verdict,
                "equal": report.is_equal,
                "seed": seed,
                "sets": [
                    line
                    | {"values": dict(one.values), "largest_difference": one.largest_difference}
                    for line, one in zip(lines.to_dict("records"), report.sets, strict=True)
                ],
            }
        )
    else:
        print_table(console(), table("", lines.columns, lines.itertuples(index=False)))
        say(console(), report.verdict, style="bold")
    raise typer.Exit(0 if report.is_equal else VerificationFailed.exit_code)


def _trials(
    config: Path | None, options: dict[str, Any], sets: int, seed: int
) -> tuple[Workshop, list[dict[str, Any]], int]:
    """Return the market's workshop, the sets to compare, and how many of them share one crowd."""
    from orebound.sweeps import load_sweep
    from orebound.sweeps.parity_sets import is_sweep, random_sets, sweep_sets
    from orebound.sweeps.prepared import Workshop

    if config is not None and is_sweep(config):
        given = [f"--{k.replace('_', '-')}" for k, value in options.items() if value]
        if given:
            named = ", ".join(given).replace("--overrides", "--set")
            raise ConfigError(
                f"{config} is a sweep, which states its own base run: leave {named} out"
            )
        swept = load_sweep(config)
        return Workshop(swept.base), sweep_sets(swept, sets, seed), 0
    base = settings_of(config, **options)
    return Workshop(base), random_sets(base, sets, seed), CROWD_EVERY


if __name__ == "__main__":
    run(parity)

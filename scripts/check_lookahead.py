"""Cut and change the future of a run, of its settings or of a sweep's row, and watch its past."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from orebound.analyzers import counted
from orebound.feeds import ConfigError, DataRefused
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
    RESULTS,
    AsJson,
    Debug,
    Interrupted,
    Results,
    console,
    notes,
    print_json,
    progress,
    run,
    say_notes,
)

if TYPE_CHECKING:
    from orebound.feeds import Market
    from orebound.sweeps import LookaheadReport, RunConfig

#: More leaks than this are left to --json: what sees the future sees it at every moment.
SHOWN_LEAKS = 10
Subject = Annotated[
    str | None,
    typer.Argument(
        metavar="[CONFIG.toml | SWEEP]",
        help="A run's settings, or a sweep: its directory, latest, previous or a prefix.",
    ),
]
Combination = Annotated[
    int | None, typer.Option(min=0, metavar="N", help="Of a sweep: this row, not the best.")
]
Moments = Annotated[int, typer.Option(min=1, help="Moments at which to cut the future.")]


def lookahead(
    config: Subject = None,
    source: Source = None,
    data: DataFolder = None,
    universe: Universe = None,
    skip_missing: SkipMissing = False,
    allow_hindsight: Hindsight = False,
    start: Start = None,
    end: End = None,
    set_: Set = None,
    combination: Combination = None,
    moments: Moments = 20,
    results: Results = RESULTS,
    as_json: AsJson = False,
    _debug: Debug = False,
) -> None:
    """Cut and change the future of a run, and say whether its past stays the same.

    Of a sweep, its best row is run, or that of --combination. Exit code 3 where something sees
    the future.

    Example: [bold]orebound check lookahead latest --moments 5[/bold]
    """
    from orebound.sweeps import Parameters, check_lookahead

    options: dict[str, Any] = {
        "source": source, "data": data, "universe": universe, "skip_missing": skip_missing,
        "allow_hindsight": allow_hindsight, "start": start, "end": end, "overrides": set_,
    }  # fmt: skip
    market, settings, of = _subject(config, combination, results, options)
    told = _Told(moments)
    try:
        with progress("look-ahead", moments) as step:
            report = check_lookahead(
                market,
                Parameters(settings.rule, settings.regime, settings.sizing, settings.costs),
                start=settings.data.start,
                end=settings.data.end,
                moments=moments,
                seed=settings.run.seed,
                told=told.by(step),
            )
    except KeyboardInterrupt:
        raise Interrupted(told.so_far()) from None
    _print(report, of, as_json=as_json)
    raise typer.Exit(0 if report.is_clean else DataRefused.exit_code)


def _subject(
    config: str | None, combination: int | None, results: Path, options: dict[str, Any]
) -> tuple[Market, RunConfig, dict[str, Any]]:
    """Return market and settings of a run or of a sweep's row, and which row of which it is."""
    from orebound.sweeps import find_sweep, is_sweep, load_market, open_sweep

    path = None if config is None else Path(config)
    if path is None or path.is_file() or path.suffix == ".toml":
        if path is not None and path.is_file() and is_sweep(path):
            raise ConfigError(
                f"{path} is a sweep file, and this takes one run: `orebound sweep {path}`, then "
                "`orebound check lookahead latest` checks its best row, or that of --combination N"
            )
        if combination is not None:
            raise ConfigError("--combination: accepted with a sweep: its directory, latest, ...")
        settings = settings_of(path, **options)
        return load_market(settings), settings, {}
    given = [f"--{'set' if k == 'overrides' else k.replace('_', '-')}" for k, v in options.items()
             if v]  # fmt: skip
    if given:
        raise ConfigError(f"{config} is a sweep, which states its own base run: leave "
                          f"{', '.join(given)} out")  # fmt: skip
    found = open_sweep(find_sweep(str(config), results))
    if combination is None:
        best = found.best(1)["combination"]
        if best.empty:
            raise ConfigError(f"{found.path}: no row has a Sharpe ratio; name one: --combination N")
        combination = int(best.iloc[0])
    settings = found.run_config(combination)
    notes().print(f"combination {combination} of {found.path}", soft_wrap=True)
    of = {"sweep": str(found.path), "combination": combination}
    return found.workshop.market(settings), settings, of


class _Told:
    """What is shown and known while moments are cut."""

    def __init__(self, asked: int) -> None:
        self.asked, self.total = asked, asked
        self.began = time.monotonic()
        self.last: LookaheadReport | None = None

    def by(self, step: Callable[[str], None]) -> Callable[[LookaheadReport, int], None]:
        """Return what the check calls after the whole run and after each moment."""

        def told(report: LookaheadReport, total: int) -> None:
            self.last, self.total = report, total
            if not report.moments:
                self.began = time.monotonic()
                step(f"0 of {counted(total, 'moment')}")
                return
            each = (time.monotonic() - self.began) / report.moments
            left = f"about {each * (total - report.moments):,.0f} s to go"
            step(f"{report.moments} of {counted(total, 'moment')}, {left}")
            if report.moments == 1 and total > 1:
                notes().print(f"look-ahead: {counted(total, 'moment')}, {each:.1f} s each; {left}")

        return told

    def so_far(self) -> str:
        """Return what is proven when it ends before its end."""
        if self.last is None or not self.last.moments:
            return "no moment was cut yet, and nothing is proven"
        return f"{self.last.moments} of {self.total} moments were cut; {self.last.verdict}"


def _print(report: LookaheadReport, of: dict[str, Any], *, as_json: bool) -> None:
    leaks = [str(leak) for leak in report.leaks]
    if as_json:
        print_json({"verdict": report.verdict, "leaks": leaks, "bad_fills": report.bad_fills,
                    "notes": report.notes} | of)  # fmt: skip
        return
    found = (*leaks, *report.bad_fills)
    for text in found[:SHOWN_LEAKS]:
        console().print(text, soft_wrap=True)
    if len(found) > SHOWN_LEAKS:
        console().print(f"and {len(found) - SHOWN_LEAKS:,} more, all of them with --json")
    say_notes(console(), report.notes)
    console().print(report.verdict, soft_wrap=True)


if __name__ == "__main__":
    run(lookahead)

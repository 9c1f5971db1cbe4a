"""Run a sweep: every combination of a file's parameters, kept as it goes, judged at the end."""

from __future__ import annotations

import signal
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

from orebound.analyzers import counted
from orebound.scripts.backtest import Hindsight
from orebound.scripts.terminal import (
    PLAIN_LINE_SECONDS,
    RESULTS,
    AsJson,
    Debug,
    Interrupted,
    Results,
    again,
    console,
    notes,
    print_json,
    print_table,
    run,
    say,
    say_notes,
    table,
)

if TYPE_CHECKING:
    from orebound.sweeps import Sweep, Tick

SOME_FAILED = 4
SHOWN_BEST = 5
BASES = {
    "pbo": "PBO (overfitting) rests on",
    "effective": "effective trials rest on",
    "spa": "superior predictive ability (Hansen) rests on",
}
File = Annotated[Path, typer.Argument(metavar="SWEEP.toml", help="Base run and what varies.")]
Out = Annotated[
    Path | None, typer.Option(metavar="DIR", help="The sweep directory; resumed if it is there.")
]
Engine = Annotated[str, typer.Option(metavar="local|dask", help="What the chunks run on.")]
Address = Annotated[str, typer.Option(metavar="ADDRESS", help="Of a dask scheduler.")]
Jobs = Annotated[int | None, typer.Option(min=1, metavar="N", help="Runs at once; one a core.")]
Verify = Annotated[
    int | None,
    typer.Option(min=0, metavar="N", help="At random and of the best, again in backtrader."),
]


def sweep(
    file: File,
    out: Out = None,
    engine: Engine = "local",
    address: Address = "",
    jobs: Jobs = None,
    verify: Verify = None,
    allow_hindsight: Hindsight = False,
    results: Results = RESULTS,
    as_json: AsJson = False,
    _debug: Debug = False,
) -> None:
    """Run a grid, random, Sobol or listed design or a search; run again, it goes on where it stood.

    The file holds a run's settings and [sweep]: design, n, table, impossible, through, ...
    (orebound params says each), what varies in [sweep.parameters], where it does in
    [sweep.conditions], or [[sweep.rows]] instead; docs/sweeps.md shows all of them.

    Example: [bold]orebound sweep examples/sweep.toml[/bold]
    """
    from orebound.sweeps import load_sweep
    from orebound.sweeps import sweep as run_sweep

    signal.signal(signal.SIGTERM, signal.default_int_handler)
    config = load_sweep(file, data={"allow_hindsight": True} if allow_hindsight else None)
    options: dict[str, Any] = {"out": out, "engine": engine, "address": address, "jobs": jobs}
    try:
        with ticking() as tick:
            done = run_sweep(config, results=results, verify=verify, progress=tick, **options)
    except KeyboardInterrupt:
        raise Interrupted(f"finished parts are kept; to go on: {again()}") from None
    if as_json:
        print_json({"path": str(done.path), **done.info, "verified": done.verified})
    else:
        print_sweep(done)
    if done.info["counts"]["failed"]:
        raise typer.Exit(SOME_FAILED)


def print_sweep(done: Sweep) -> None:
    """Print what a sweep found: counts, the best rows, what was verified, and the verdict."""
    target, info = console(), done.info
    counts = info["counts"]
    left_out = [f"{counts[k]:,} {k}" for k in ("duplicates", "impossible") if counts[k]]
    words = [counted(counts["combinations"], "combination"), f"{counts['failed']:,} failed"]
    say(target, f"{done.path}: {', '.join([*words, *(f'{one} left out' for one in left_out)])}")
    for reason, n in info.get("not_replayed", {}).items():
        say(target, f"through backtrader: {counted(n, 'combination')}, {reason}")
    say_notes(target, info.get("warnings", ()))
    scalar = done.forms().get("scalar", 0)
    if scalar:
        n_scalar = counted(scalar, "combination")
        say(target, f"through the scalar replay: {n_scalar}, with interest on cash, borrow or "
                    "financing owed, hedge legs, a cap of the book or of what is traded, or more "
                    "than 63 names; the others side by side in the lanes")  # fmt: skip
    if done.is_explore_only:
        say(target, "explore only: a search chose each batch by the results before it; judge an "
                    "idea by a grid, a random or a Sobol design")  # fmt: skip
    best = done.best_runs(SHOWN_BEST)
    head = [name for name, n in info["parameters"].items() if n > 1]
    # Where a parameter does not bind, many rows are one run.
    shared = ["rows"] if (best["rows"] > 1).any() else []
    best["rows"] = [f"x{n}" for n in best["rows"]]
    shown = ["combination", *shared, *head, "sharpe", "total_return", "max_drawdown", "entries"]
    rows = [[_cell(str(name), value) for name, value in row.items()] for row in
            best[shown].to_dict("records")]  # fmt: skip
    print_table(target, table("best by Sharpe ratio", shown, rows))
    print_judgement(done)


def print_judgement(done: Sweep) -> None:
    """Print what the best is worth, and what backtrader confirmed."""
    target, found, selection = console(), done.verified, done.selection
    n = len(found.get("combinations", ()))
    difference = found.get("largest_difference", 0.0)
    if n:
        words = counted(n, "combination")
        say(target, f"verified: {words} again through backtrader, orders and every value equal, "
                    f"largest difference {difference:g}")  # fmt: skip
    if proof := found.get("lookahead"):
        rows, moments = proof.get("rows", ()), counted(len(proof.get("moments", ())), "moment")
        say(target, f"look-ahead: {counted(len(rows), 'combination')} with the future cut off and "
                    f"changed at {moments}, every earlier decision unchanged")  # fmt: skip
    for name, reason in selection.get("notes", {}).items():
        say(target, f"{name}: n/a, {reason}")
    for name in BASES:
        if basis := selection.get(f"{name}_basis"):
            say(target, f"{BASES[name]}: {basis['words']}")
    if daily := selection.get("spa_daily"):
        say(target, f"superior predictive ability (Hansen) again: {daily['words']}")
    if around := selection.get("neighbourhood"):
        say(target, f"neighbourhood: {around['words']}")
    _print_months(done)
    if null := selection.get("null"):
        say(target, f"null sweep: {null['words']}")
    say(target, f"verdict: {selection.get('verdict', 'none')}", style="bold")
    if missed := selection.get("missed"):
        say(target, f"missed: {'; '.join(missed)}")
    if done.info["synthetic"]:
        notes().print("The market of this sweep is synthetic: its figures say nothing of real ones")


def _print_months(done: Sweep) -> None:
    """Say where overfitting and effective trials rest on a part of the history only."""
    used = done.selection.get("months")
    n_all = int(done.info["months"]["n"])
    if used and len(used["sessions"]) < n_all:
        n = len(used["sessions"])
        say(console(), f"of {n_all} months, {n} are common to all rows: PBO and effective trials "
                       f"leave out {n_all - n}")  # fmt: skip
    if {"start", "end"} & set(done.parameters):
        say(console(), "start or end vary: rows of different periods stand in one ranking, and "
                       "their Sharpe ratios are not of the same history")  # fmt: skip


def _cell(name: str, value: Any) -> Any:
    if isinstance(value, float):
        return f"{value:.1%}" if name in ("total_return", "max_drawdown") else f"{value:g}"
    return value


@contextmanager
def ticking(label: str = "sweep") -> Iterator[Callable[[Tick], None]]:
    """Yield what a sweep calls: a bar with an ETA on a terminal, else one line a minute."""
    target = notes()
    if not target.is_terminal:
        yield _plain_lines(label)
        return
    columns = (TextColumn("{task.description}"), BarColumn(), TimeRemainingColumn())
    with Progress(*columns, console=target, transient=True) as bar:
        task = bar.add_task(label, total=None)

        def show(tick: Tick) -> None:
            if tick.is_note:
                bar.console.print(tick.words)
            else:
                bar.update(task, description=tick.words, completed=tick.done, total=tick.total)

        yield show


def _plain_lines(label: str) -> Callable[[Tick], None]:
    last = time.monotonic()

    def show(tick: Tick) -> None:
        nonlocal last
        if tick.is_note or time.monotonic() - last >= PLAIN_LINE_SECONDS:
            last = time.monotonic()
            notes().print(f"{label}: {tick.words}")

    return show


if __name__ == "__main__":
    run(sweep)

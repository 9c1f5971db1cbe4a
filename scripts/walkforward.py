"""Walk a sweep forward: choose on past months, hold over the next, and say what was left."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from orebound.scripts.pick import SweepKey
from orebound.scripts.sweep import ticking
from orebound.scripts.terminal import (
    RESULTS,
    AsJson,
    Debug,
    Results,
    console,
    notes,
    print_json,
    print_table,
    run,
    say,
    table,
)

if TYPE_CHECKING:
    from orebound.sweeps import Sweep, SweepWalkForward

Train = Annotated[int, typer.Option(min=1, metavar="MONTHS", help="Months to choose on.")]
Test = Annotated[int, typer.Option(min=1, metavar="MONTHS", help="Months to test on.")]
Embargo = Annotated[
    int, typer.Option(min=0, metavar="MONTHS", help="Months between them that belong to neither.")
]
Anchored = Annotated[
    bool,
    typer.Option("--anchored/--rolling", help="Choose on all months before, or on the last ones."),
]
By = Annotated[str, typer.Option(metavar="FIGURE", help="sharpe or mean_return, in sample.")]


def walkforward(
    sweep: SweepKey = "latest",
    train: Train = 60,
    test: Test = 12,
    embargo: Embargo = 0,
    anchored: Anchored = False,
    by: By = "sharpe",
    results: Results = RESULTS,
    as_json: AsJson = False,
    _debug: Debug = False,
) -> None:
    """Choose in sample, report out of sample, window by window; writes walkforward.json.

    Example: [bold]orebound walkforward latest --train 60 --test 12[/bold]
    """
    from orebound.sweeps import Tick, find_sweep, open_sweep

    chosen = open_sweep(find_sweep(sweep, results))
    options: dict[str, Any] = {"train": train, "test": test, "embargo": embargo, "by": by}
    if not chosen.info["months"]["stored"]:
        say(notes(), "monthly sums were not stored (the sweep is larger than keep_monthly): every "
                     "row is run again, which takes as long as the sweep did")  # fmt: skip
    with ticking() as tick:
        walk = chosen.walkforward(
            anchored=anchored,
            told=lambda done: tick(Tick("walking forward", done, len(chosen))),
            **options,
        )
    path = walk.save()
    if as_json:
        print_json({"path": str(path)} | walk.document)
    else:
        print_walk(chosen, walk)


def print_walk(sweep: Sweep, walk: SweepWalkForward) -> None:
    """Print windows, the joined result, what was chosen, and the verdict."""
    target, document = console(), walk.document
    rows, months, out = document["rows"], document["months"], document["out_of_sample"]
    say(target, f"{sweep.path}: {rows['used']:,} of {rows['combinations']:,} combinations, "
                f"{rows['failed']:,} failed, {rows['without_all_months']:,} without all months; "
                f"{months['walked']} months, {months['left_out']} left out because not every row "
                f"has them; sums {rows['sums']}")  # fmt: skip
    say(target, f"{document['windows_are']} windows: {document['train_months']} months to choose "
                f"on by {document['by']}, {document['embargo_months']} of embargo, "
                f"{document['test_months']} to test on; {document['units']}")  # fmt: skip
    head = ["train", "test", "combination", *sweep.varied, "equal", "in", "out", "decay"]
    lines = [_line(one, sweep.varied) for one in document["windows"]]
    print_table(target, table("Sharpe ratio a year, in and out of sample", head, lines))
    target = console()  # the table may have widened the other one
    error = "n/a" if out["sharpe_error"] is None else f"{out['sharpe_error']:.2f}"
    say(target, f"joined out of sample, {out['first']} to {out['last']} ({out['months']} months): "
                f"Sharpe ratio {out['sharpe_out']:.2f} ± {error} a year (standard error by "
                f"months), total return {out['total_return']:.1%}; mean in sample "
                f"{out['sharpe_in']:.2f}, decay {out['decay']:.2f}; mean of all combinations over "
                f"the same months {out['sharpe_of_all']:.2f}")  # fmt: skip
    _print_drift(walk)
    say(target, document["purged"]["words"])
    say(target, "equal: combinations that were just as good in sample; that of the window before "
                "is kept if it is one of them, else the lowest number is taken")  # fmt: skip
    for words in (document["positions"], *document["notes"]):
        say(target, words)
    say(target, f"verdict: {walk.verdict}", style="bold")
    if sweep.info["synthetic"]:
        notes().print("The market of this sweep is synthetic: its figures say nothing of real ones")


def _print_drift(walk: SweepWalkForward) -> None:
    borders = len(walk.windows) - 1
    say(console(), f"the combination changed at {walk.document['choice_changes']} of {borders} "
                   "borders between windows")  # fmt: skip
    lines = [
        (name, row["changes"], _share(row["kept"]), row["values"], row["path"])
        for name, row in walk.drift.iterrows()
    ]
    head = ["parameter", "changes", "kept", "value (windows)", "window by window"]
    print_table(console(), table("what was chosen", head, lines))


def _share(value: float) -> str:
    return "n/a" if value != value else f"{value:.0%}"


def _line(window: dict[str, Any], varied: tuple[str, ...]) -> list[Any]:
    spans = [f"{window[f'{side}_start']}..{window[f'{side}_end']}" for side in ("train", "test")]
    values = [_plain(window[name]) for name in varied]
    sharpes = [f"{window[name]:.2f}" for name in ("sharpe_in", "sharpe_out", "decay")]
    return [*spans, window["combination"], *values, window["n_best"], *sharpes]


def _plain(value: Any) -> Any:
    return f"{value:g}" if isinstance(value, float) else value


if __name__ == "__main__":
    run(walkforward)

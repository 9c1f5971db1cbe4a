"""The page of a night: everything below a folder, what is best, what broke, every combination."""

from __future__ import annotations

import os
import shlex
import tempfile
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from orebound.feeds import ConfigError, DataRefused
from orebound.scripts.runs import earliest
from orebound.scripts.terminal import (
    RESULTS,
    AsJson,
    Debug,
    console,
    print_json,
    run,
    say,
)

if TYPE_CHECKING:
    from orebound.analyzers.night import Entry
    from orebound.analyzers.page.review import SweepView
    from orebound.sweeps import SweepColumns

#: Curves that stand beside a run and rest on its data alone.
BASELINES = ("equal_weight_miners", "metal_basket", "market")
#: Runs whose data are looked at again: where they changed, each takes a reading of its market.
MOST_ASKED = 20
Folder = Annotated[Path, typer.Argument(metavar="DIR", help="What lies below it is reviewed.")]
Since = Annotated[
    str | None,
    typer.Option(metavar="12h", help="Last night began so long ago, or on a date; else found."),
]


def review(
    folder: Folder = RESULTS,
    since: Since = None,
    as_json: AsJson = False,
    _debug: Debug = False,
) -> None:
    """Write one offline page over all runs and sweeps below a folder: DIR/index.html.

    Example: [bold]orebound review results[/bold]
    """
    from orebound.analyzers import counted

    began = earliest(since, datetime.now(UTC)) if since else None
    page, found = build(folder, began)
    if as_json:
        print_json({"path": str(page), **found})
        return
    say(console(), found["lead"])
    say(console(), f"{counted(found['runs'], 'run')}, {counted(found['sweeps'], 'sweep')}, "
                   f"{found['damaged']} damaged, {counted(found['failures'], 'failure')} last night"
        )  # fmt: skip
    console().print(f"Page: {page}", soft_wrap=True)


def build(root: Path, since: datetime | None = None) -> tuple[Path, dict[str, Any]]:
    """Return the page's path and what it says in short; its files are put in place one by one.

    Raises
    ------
    ConfigError
        If the folder is none.
    """
    from orebound.analyzers.night import compared, gather, nights
    from orebound.analyzers.page.review import (
        PAGE,
        SCRIPT,
        night_view,
        render_review,
        review_script,
    )

    if not root.is_dir():
        raise ConfigError(f"{root}: no such folder; accepted: a folder with runs and sweeps below")
    root = root.absolute()
    entries = gather(root)
    runs = [one for one in entries if one.kind == "run" and not one.is_damaged]
    files: dict[str, str] = {}
    sweeps, notes = [], {}
    for place, entry in enumerate(entries):
        if entry.kind != "sweep" or entry.is_damaged:
            continue
        entries[place], shown, said, name, text = _sweep(entry, root, runs)
        notes[entry.path] = said
        if shown is not None:
            sweeps.append(shown)
            files[name] = text
    last, before = nights(entries, since)
    undated = [one for one in entries if one.started is None]
    found = compared(last, before, undated)
    restated = _restated(last.entries if last else ())
    view = night_view(root, entries, last, before, found, sweeps[::-1], notes, restated)
    files |= {SCRIPT: review_script(), PAGE: render_review(view, {})}
    _put(root, files)
    return root / PAGE, {
        "lead": view.lead,
        "runs": sum(one.kind == "run" for one in entries),
        "sweeps": sum(one.kind == "sweep" for one in entries),
        "damaged": sum(one.is_damaged for one in entries),
        "failures": sum(one.times for one in found.failures),
        "lost": [one.name for one in found.lost],
        "new_best": found.is_new_best,
        "best": str(found.best.path) if found.best else None,
    }


def _restated(entries: Sequence[Entry]) -> dict[str, str]:
    """Return by run of last night which of its data were restated since, the newest runs only."""
    from orebound.analyzers import read_run
    from orebound.sweeps import restated_since

    runs = [one for one in reversed(entries) if one.kind == "run" and not one.is_damaged]
    found = {}
    for one in runs[:MOST_ASKED]:
        try:
            changes = restated_since(read_run(one.path))
        except DataRefused as error:  # a table that no run writes: said where the page is read
            found[one.name] = f"cannot be told: {error}"
            continue
        if changes:
            found[one.name] = "; ".join(str(change) for change in changes)
    return found


def _sweep(
    entry: Entry, root: Path, runs: Sequence[Entry]
) -> tuple[Entry, SweepView | None, Sequence[str], str, str]:
    """Return a sweep's entry with its failures, and its rows; damaged where they cannot be read."""
    from orebound.analyzers.page.review import DATA, SweepView, data_script
    from orebound.sweeps import sweep_columns

    try:
        columns = sweep_columns(entry.path)
    except (ValueError, KeyError, OSError) as error:
        trouble = f"its parts cannot be read: {error}"
        return _spoilt(entry, trouble), None, (), "", ""
    if not columns.n_all and columns.failures:
        return _spoilt(entry, next(iter(columns.failures))), None, (), "", ""
    entry = replace(entry, failures=columns.failures, figures=columns.best)
    # By its place below the folder: two copies of one sweep are two.
    key = _key(entry.path.relative_to(root))
    name = DATA.format(key=key)
    kept = entry.path.parent.parent if entry.path.parent.name == "sweeps" else root
    about = {
        "name": entry.name,
        "command": shlex.join(["orebound", "pick", str(entry.path)]),
        "more": shlex.join(["--results", str(kept)]),
        "luck": entry.selection.get("expected_best"),
    }
    when = f"{entry.started:%Y-%m-%d %H:%M}" if entry.started else "undated"
    title = f"{entry.name}, {entry.done:,} of {entry.rows:,}, {when}"
    document = _document(columns, _baselines(entry, runs, columns))
    return (
        entry,
        SweepView(key, title, name, about),
        columns.notes,
        name,
        data_script(key, document),
    )


def _spoilt(entry: Entry, trouble: str) -> Entry:
    """Return the entry of a sweep of which no row can be read."""
    return replace(entry, status="damaged", trouble=trouble, failures={trouble: 1})


def _document(columns: SweepColumns, baselines: Mapping[str, Any]) -> dict[str, Any]:
    """Return a sweep as the page's script takes it."""
    from orebound.analyzers.page.review import (
        column_of_codes,
        column_of_floats,
        column_of_whole,
        rounded,
    )

    made = [column_of_whole("combination", columns.combination)]
    for is_parameter, coded in ((True, columns.parameters), (False, columns.words)):
        made += [
            column_of_codes(name, one.levels, one.codes, is_parameter=is_parameter)
            for name, one in coded.items()
        ]
    made += [column_of_floats(name, one) for name, one in _ordered(columns.figures)]
    return {
        "n": len(columns.combination),
        "n_sampled": columns.n_sampled,
        "n_all": columns.n_all,
        "columns": made,
        "curves": [[key, rounded(one)] for key, one in columns.curves.items()],
        "middle": None if columns.middle is None else rounded(columns.middle),
        "first_month": columns.first_month,
        "baselines": {name: rounded(one) for name, one in baselines.items()},
        "least_first": sorted(columns.least_first),
        "notes": list(columns.notes),
    }


def _ordered(figures: Mapping[str, Any]) -> Iterable[tuple[str, Any]]:
    """Yield figures, the one that a row is judged by first, and its neighbours' beside it."""
    first = [name for name in ("sharpe", "sharpe_around", "sharpe_error") if name in figures]
    return ((name, figures[name]) for name in (*first, *(n for n in figures if n not in first)))


def _baselines(entry: Entry, runs: Sequence[Entry], columns: SweepColumns) -> dict[str, Any]:
    """Return the monthly sums of the baselines of the newest run that read the same data."""
    from orebound.analyzers import read_run
    from orebound.sweeps import monthly_sums

    n = len(next(iter(columns.curves.values()), ()))
    for one in reversed(runs):
        same = (one.basis.series, one.basis.currency) == (entry.basis.series, entry.basis.currency)
        if not n or not same or not one.basis.series:
            continue
        try:
            frame = read_run(one.path).baselines.set_index("date")
        except DataRefused:  # it is listed as what it is; another run may serve
            continue
        return {
            name: monthly_sums(frame[name], columns.first_month, n)
            for name in BASELINES
            if name in frame
        }
    return {}


def _key(place: Path) -> str:
    """Return a name for a file and a page that stands for a place below the folder."""
    from hashlib import sha256

    return sha256(place.as_posix().encode()).hexdigest()[:12]


def _put(root: Path, files: Mapping[str, str]) -> None:
    """Put files in place, each whole; the page last, so that it never lacks what it loads."""
    building = Path(tempfile.mkdtemp(prefix=".review-", dir=root))
    try:
        for name, text in files.items():
            (building / name).write_text(text, encoding="utf-8", newline="\n")
        for name in files:
            os.replace(building / name, root / name)
        for old in root.glob("data-*.js"):
            if old.name not in files:
                old.unlink()
    finally:
        for left in building.iterdir():
            left.unlink()
        building.rmdir()


if __name__ == "__main__":
    run(review)

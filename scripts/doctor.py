"""Say whether this installation is ready, and what to do where it is not."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from datetime import date, timedelta
from pathlib import Path

import typer

from orebound.scripts.terminal import (
    RESULTS,
    AsJson,
    Debug,
    Results,
    console,
    print_json,
    print_table,
    run,
    table,
)

OLDEST_PYTHON = (3, 11)
TESTED_BACKTRADER = "1.9.78.123"
CALENDARS = ("XNYS", "XLON", "XOSL", "XSTO", "XSHG")
HORIZON = timedelta(days=30)


@dataclass(frozen=True)
class Finding:
    """One thing looked at: what was found, and what to do where it is not ready."""

    part: str
    found: str
    ready: bool
    remedy: str = ""


def doctor(results: Results = RESULTS, as_json: AsJson = False, _debug: Debug = False) -> None:
    """Look at versions, folders, calendars and the compiled replay; exit code 2 if not ready.

    Example: [bold]orebound doctor[/bold]
    """
    findings = list(_findings(results))
    is_ready = all(finding.ready for finding in findings)
    if as_json:
        print_json({"ready": is_ready, "findings": [asdict(finding) for finding in findings]})
    else:
        rows = [(f.part, f.found, "ready" if f.ready else f.remedy) for f in findings]
        print_table(console(), table("", ("part", "found", "verdict"), rows))
        console().print("Ready." if is_ready else "Not ready: see the verdicts above.")
    raise typer.Exit(0 if is_ready else 2)


def _findings(results: Path) -> Iterator[Finding]:
    yield from _versions()
    yield _results_folder(results)
    yield _store()
    yield from (_calendar(name) for name in CALENDARS)
    yield from _replay()


def _versions() -> Iterator[Finding]:
    from orebound.sweeps import own_version, package_versions

    packages = package_versions()
    is_new_enough = sys.version_info[:2] >= OLDEST_PYTHON
    yield Finding("python", packages["python"], is_new_enough, "install Python 3.11 or later")
    yield Finding("orebound", own_version(), own_version() != "unknown", "pip install orebound")
    found = packages.get("backtrader", "missing")
    remedy = f"pip install backtrader=={TESTED_BACKTRADER}"
    yield Finding("backtrader", found, found == TESTED_BACKTRADER, remedy)


def _results_folder(results: Path) -> Finding:
    nearest = next(
        path for path in (results.absolute(), *results.absolute().parents) if path.exists()
    )
    is_writable = nearest.is_dir() and os.access(nearest, os.W_OK)
    return Finding(
        "results", str(results), is_writable, f"make {nearest} writable or use --results"
    )


def _store() -> Finding:
    from orebound.feeds import Store

    store = Store()
    held = len(store.list())
    said = f"{held} series" if held else "empty; `orebound fetch` fills it, the sample needs none"
    return Finding("store", f"{store.root}: {said}", ready=True)


def _calendar(name: str) -> Finding:
    from orebound.feeds import clock

    horizon = date.fromisoformat(str(clock(name).horizon))
    is_ahead = horizon >= date.today() + HORIZON
    return Finding(f"calendar {name}", f"known to {horizon}", is_ahead, "update exchange_calendars")


def _replay() -> Iterator[Finding]:
    """Compile the forms of the replay that are not, so that no sweep has to wait for one."""
    from orebound.sweeps import prepare_replay

    width, seconds = prepare_replay()
    said = {
        "lanes": f"{width} combinations side by side",
        "scalar": "one at a time: interest, borrow, many names",
        "legs": "one at a time, with hedge legs and book caps",
    }
    for form, words in said.items():
        made = f"compiled now in {seconds[form]:.0f} s" if seconds[form] else "compiled already"
        yield Finding(f"compiled replay, {form}", f"{words}; {made}", ready=True)


if __name__ == "__main__":
    run(doctor)

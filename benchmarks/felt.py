"""What a user waits for: whole processes, from the call to the last line.

    python -m benchmarks.felt --json felt.json

Seconds by the clock and CPU seconds, medians of rounds taken turn by turn; a first round fills
the disk's cache and is not counted. The first run of a new machine is the row with an empty
folder for compiled code (NUMBA_CACHE_DIR), the row beside it finds that folder full. A first
sweep after a first backtest finds what the backtest had compiled in the background.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any

from benchmarks.machine import facts
from orebound.sweeps import COMPILE_AHEAD

ROOT = Path(__file__).resolve().parents[1]
COMMAND = str(Path(sys.executable).with_name("orebound"))
SWEEP = """
[sweep]
name = "felt"
verify = 0
[sweep.parameters]
z_in = [1.0, 1.5, 2.0, 2.5]
"""


@dataclass(frozen=True)
class Wait:
    """One row; `{results}` and `{sweep}` are filled in, `compiled` is the folder it finds.

    `before`, if any, runs first and is not counted, nor are the seconds its result is read for.
    """

    name: str
    command: tuple[str, ...]
    compiled: str = ""
    before: tuple[str, ...] = ()
    reading: float = 0.0


def _run(form: str) -> tuple[str, ...]:
    return sys.executable, "-m", "benchmarks.whole_run", form


WAITS = (
    Wait("python -c pass", (sys.executable, "-c", "pass")),
    Wait("import orebound", (sys.executable, "-c", "import orebound")),
    Wait("orebound --help", (COMMAND, "--help")),
    Wait("orebound backtest, to its page", (COMMAND, "backtest", "--results", "{results}")),
    Wait(
        "orebound sweep, 4 combinations, compiled before",
        (COMMAND, "sweep", "{sweep}", "--results", "{results}"),
        compiled="full",
    ),
    Wait(
        "orebound sweep, 4 combinations, first on a machine",
        (COMMAND, "sweep", "{sweep}", "--results", "{results}"),
        compiled="empty",
    ),
    Wait(
        "the same, half a minute after a first backtest",
        (COMMAND, "sweep", "{sweep}", "--results", "{results}"),
        compiled="empty",
        before=(COMMAND, "backtest", "--results", "{results}"),
        reading=30.0,
    ),
    Wait(
        "orebound review, 100,000 combinations, to its page",
        (COMMAND, "review", "{results}"),
        before=(sys.executable, "-m", "benchmarks.made_sweep", "{results}/sweeps/made"),
    ),
    Wait("the reference rule's prices invented, no run", _run("prices")),
    Wait("the reference rule once, stock backtrader", _run("stock")),
    Wait("the reference rule once, our feeds and signals", _run("ours")),
)


def waited(wait: Wait, folder: Path) -> dict[str, float]:
    """Return seconds by the clock and CPU seconds of one call.

    Raises
    ------
    RuntimeError
        If the command fails: a failure is no time.
    """
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as name:
        here, sweep = Path(name), Path(name, "sweep.toml")
        sweep.write_text(SWEEP, encoding="utf-8")
        # Results of its own each time: a finished sweep would return at once.
        filled = {"results": str(here / "results"), "sweep": str(sweep)}
        before, command = (
            [part.format(**filled) for part in parts] for parts in (wait.before, wait.command)
        )
        caches = {"": {}, "full": {"NUMBA_CACHE_DIR": str(folder)}}
        caches["empty"] = {"NUMBA_CACHE_DIR": str(here / "compiled")}
        environment = dict(os.environ) | {"PYTHONPATH": str(ROOT)} | caches[wait.compiled]
        # In a cache of its own, and only where the row is about it: nothing runs beside the others.
        environment |= {"XDG_CACHE_HOME": str(here / "cache")}
        environment |= {COMPILE_AHEAD: "1" if before else "0"}
        if before:
            _called(wait.name, before, environment, here)
            time.sleep(wait.reading)
        spent = _called(wait.name, command, environment, here)
    return spent


def _called(
    name: str, command: Sequence[str], environment: Mapping[str, str], folder: Path
) -> dict[str, float]:
    before, began = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    done = subprocess.run(  # noqa: S603 - our own commands
        command, env=environment, capture_output=True, text=True, check=False, cwd=folder
    )
    spent, after = time.perf_counter() - began, resource.getrusage(resource.RUSAGE_CHILDREN)
    if done.returncode:
        raise RuntimeError(f"{name} ended with {done.returncode}: {done.stderr[-300:]}")
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return {"wall": spent, "cpu": cpu}


def measure(rounds: int, waits: Sequence[Wait] = WAITS) -> list[dict[str, Any]]:
    """Return one record a row, with every round's seconds."""
    found: dict[str, list[dict[str, float]]] = {wait.name: [] for wait in waits}
    with tempfile.TemporaryDirectory() as name:
        for number in range(rounds + 1):
            for wait in waits:
                spent = waited(wait, Path(name))
                if number:
                    found[wait.name].append(spent)
    return [
        {"name": name, "wall": [one["wall"] for one in spent], "cpu": [one["cpu"] for one in spent]}
        for name, spent in found.items()
    ]


def table(records: Sequence[dict[str, Any]]) -> str:
    """Return the waits as a table."""
    lines = [f"{'whole process':<54}{'s':>8}{'CPU s':>8}"]
    for one in records:
        lines.append(f"{one['name']:<54}{median(one['wall']):>8.2f}{median(one['cpu']):>8.2f}")
    return "\n".join(lines)


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.felt", description=(__doc__ or "").split("\n")[0]
    )
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--json", type=Path, help="write machine and seconds here")
    chosen = parser.parse_args(arguments)
    records = measure(chosen.rounds)
    print(table(records))
    if chosen.json is not None:
        chosen.json.write_text(json.dumps({**facts(), "waits": records}, indent=1), "utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())

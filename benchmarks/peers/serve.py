"""Run one contestant: reads requests, answers each in one line of JSON, and times what it does.

    python -P benchmarks/peers/serve.py FILE.py:Class PRICES.npz CORES

`-P` keeps this folder off the import path, where files are called like the libraries they use.
"""

from __future__ import annotations

import gc
import importlib.util
import json
import os
import platform
import sys
import time
import traceback
from collections.abc import Callable
from dataclasses import asdict
from importlib.metadata import version
from pathlib import Path
from types import ModuleType
from typing import Any, TextIO


def module_of(path: Path, name: str) -> ModuleType:
    """Return the module of a file, under a name that hides no library."""
    spec = importlib.util.spec_from_file_location(name, path)
    if spec is None or spec.loader is None:
        raise ImportError(f"{path} is no Python file")
    made = importlib.util.module_from_spec(spec)
    sys.modules[name] = made
    spec.loader.exec_module(made)
    return made


def timed(work: Callable[[], Any]) -> dict[str, Any]:
    """Return what a call gives, with its CPU and its wall seconds."""
    gc.collect()
    wall, cpu = time.perf_counter(), time.process_time()
    found = work()
    spent = {"cpu": time.process_time() - cpu, "wall": time.perf_counter() - wall}
    return spent | {"found": asdict(found)}


def peak_mb() -> float:
    """Return the most memory this process had; `getrusage` would begin with its parent's."""
    lines = Path("/proc/self/status").read_text(encoding="utf-8").splitlines()
    (peak,) = (line.split()[1] for line in lines if line.startswith("VmHWM:"))
    return int(peak) / 1024


def answer(contestant: Any, request: dict[str, Any]) -> dict[str, Any]:
    """Return the reply to one request: ``run`` a rule, ``sweep`` several, or ``memory``."""
    rules = request.get("rules", [])
    if request["do"] == "run":
        return timed(lambda: contestant.run(rules[0]))
    if request["do"] == "sweep":
        return timed(lambda: contestant.sweep(rules))
    return {"peak_mb": peak_mb()}


def opened(chosen: str, prices: Path) -> tuple[Any, dict[str, Any]]:
    """Return the contestant and what it says of itself."""
    path, _, name = chosen.rpartition(":")
    common = module_of(Path(__file__).with_name("common.py"), "common")
    kind = getattr(module_of(Path(path), f"contestant_{Path(path).stem}"), name)
    contestant = kind(common.load(prices))
    facts = {"how": kind.how, "lacks": list(kind.lacks), "compiles": kind.compiles}
    versions = {package: version(package) for package in kind.packages}
    return contestant, facts | {"versions": versions, "python": platform.python_version()}


def guarded(work: Callable[[], dict[str, Any]]) -> dict[str, Any]:
    """Return the reply, or the error in words: one failed library must not end the others."""
    try:
        return work()
    except Exception as error:  # noqa: BLE001 - reported to the parent, which shows it
        traceback.print_exc()
        return {"error": f"{type(error).__name__}: {error}"}


def serve(replies: TextIO, chosen: str, prices: Path) -> None:
    """Answer until the requests end."""
    held: dict[str, Any] = {}

    def hello() -> dict[str, Any]:
        held["contestant"], facts = opened(chosen, prices)
        return facts

    def say(reply: dict[str, Any]) -> None:
        print(json.dumps(reply), file=replies, flush=True)

    say(guarded(hello))
    for line in sys.stdin:
        request = json.loads(line)
        say(guarded(lambda: answer(held["contestant"], request)))  # noqa: B023


def main() -> None:
    chosen, prices, cores = sys.argv[1:]
    if cores:
        os.sched_setaffinity(0, {int(core) for core in cores.split(",")})
    # Libraries print; the replies keep the real standard output to themselves.
    replies = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)
    serve(replies, chosen, Path(prices))


if __name__ == "__main__":
    main()

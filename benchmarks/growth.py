"""How time and memory of a sweep grow: with combinations, bars, instruments and workers.

    python -m benchmarks.growth --json growth.json

Each point is a process of its own, pinned to as many cores as it has workers. Memory is that
process's peak, once with its market and arrays made and once at the end: what the sweep itself
adds is the difference. That peak is read once more where the runs end and their judgement begins,
which holds sums of up to 200,000 rows at once and of samples beyond.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.machine import facts
from benchmarks.peers.serve import peak_mb

TIMEOUT_SECONDS = 3_600
ROOT = Path(__file__).resolve().parents[1]
#: A peak that grows by more than this from the smallest sweep to the largest is called growing.
FLAT = 1.25
#: The stage after the runs, as a sweep tells it.
JUDGING = "selection statistics"


@dataclass(frozen=True)
class Point:
    """One measurement."""

    combinations: int = 1_000
    bars: int = 2_500
    instruments: int = 10
    workers: int = 1


FULL: dict[str, Sequence[int]] = {
    "combinations": (1_000, 10_000, 100_000, 200_000, 1_000_000),
    "bars": (1_000, 3_000, 10_000, 30_000, 100_000),
    "instruments": (4, 8, 16, 32, 64),
    "workers": (1, 2),
}
QUICK: dict[str, Sequence[int]] = {"combinations": (100, 1_000), "workers": (1,)}
#: Enough work that two workers can show what they are worth.
OF_WORKERS = Point(combinations=200_000)


def points(axes: dict[str, Sequence[int]], *, quick: bool) -> Iterable[tuple[str, Point]]:
    """Yield axis and point: one axis varies, the others keep their base."""
    base = Point(combinations=100, bars=1_000, instruments=3) if quick else Point()
    for axis, values in axes.items():
        from_here = OF_WORKERS if axis == "workers" and not quick else base
        for value in values:
            yield axis, replace(from_here, **{axis: value})


def run_point(point: Point) -> dict[str, Any]:
    """Return what one point took, measured in a process of its own."""
    mine = sorted(os.sched_getaffinity(0), reverse=True)[: point.workers]
    if len(mine) < point.workers:
        return {"reason": f"needs {point.workers} cores, this process may use {len(mine)}"}
    command = [sys.executable, "-m", "benchmarks.growth", "--point", json.dumps(asdict(point))]
    began = time.perf_counter()
    try:
        done = subprocess.run(  # noqa: S603 - our own interpreter and module
            command, capture_output=True, text=True, timeout=TIMEOUT_SECONDS, check=False,
            env=dict(os.environ) | {"GROWTH_CORES": ",".join(map(str, mine))},
        )  # fmt: skip
    except subprocess.TimeoutExpired:
        return {"reason": f"not done within {TIMEOUT_SECONDS} s"}
    if done.returncode:
        return {"reason": (done.stderr.strip().splitlines() or ["no output"])[-1]}
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return found | {"process_s": time.perf_counter() - began}


def measured(point: Point) -> dict[str, float]:
    """Return seconds and memory of one sweep of the product's default rule in this process."""
    from benchmarks.worlds import world
    from orebound.sweeps import Tick, from_names, make_sweep_config, sweep
    from orebound.sweeps.prepared import Workshop

    market = world(point.bars, point.instruments)
    # Without a calendar of announcements: stretched markets reach years that have none.
    base = from_names({"regime": "none"})
    own = {"parameters": _grid(point.combinations), "verify": 0, "impossible": "drop"}
    began = time.perf_counter()
    Workshop(base, market).prepared({})
    arrays, before = time.perf_counter() - began, peak_mb()
    with tempfile.TemporaryDirectory() as name:
        cpu, began = time.process_time(), time.perf_counter()
        config = make_sweep_config(base, own)
        running = []

        def tell(tick: Tick) -> None:
            if tick.words == JUDGING:
                running.append(peak_mb())

        out = Path(name, "sweep")
        done = sweep(config, market=market, out=out, jobs=point.workers, progress=tell)
        spent = time.perf_counter() - began
        counted = done.info["counts"]["combinations"]
    return {
        "arrays_s": arrays,
        "sweep_s": spent,
        "sweep_cpu_s": time.process_time() - cpu,
        "combinations_a_second": counted / spent,
        "rows": float(market.panel.n_rows),
        "before_mb": before,
        "run_mb": running[-1],
        "peak_mb": peak_mb(),
    }


def _grid(n: int) -> dict[str, list[float]]:
    """Return thresholds and exits whose product is `n`, a multiple of ten."""
    z_in, capture = np.linspace(1.0, 3.0, n // 10), np.linspace(0.5, 1.0, 10)
    return {"z_in": z_in.tolist(), "capture": capture.round(6).tolist()}


def table(records: Sequence[dict[str, Any]]) -> str:
    """Return the points as a table, and whether memory is flat in the combinations."""
    head = f"{'axis':<14}{'comb.':>10}{'bars':>9}{'names':>7}{'workers':>9}"
    head += f"{'arrays s':>10}{'sweep s':>10}{'comb./s':>10}"
    head += f"{'MB before':>11}{'MB run':>8}{'MB peak':>9}"
    return "\n".join([head, *map(_line, records), "", flatness(records)])


def _line(one: dict[str, Any]) -> str:
    words = f"{one['axis']:<14}{one['combinations']:>10,}{one['bars']:>9,}"
    words += f"{one['instruments']:>7}{one['workers']:>9}"
    if "reason" in one:
        return f"{words}  not measured: {one['reason']}"
    words += f"{one['arrays_s']:>10.2f}{one['sweep_s']:>10.2f}"
    return words + (
        f"{one['combinations_a_second']:>10,.0f}{one['before_mb']:>11,.0f}{one['run_mb']:>8,.0f}"
        f"{one['peak_mb']:>9,.0f}"
    )


def flatness(records: Sequence[dict[str, Any]]) -> str:
    """Return in words how the peak grows from the smallest sweep to the largest."""
    found = [one for one in records if one["axis"] == "combinations" and "reason" not in one]
    if len(found) < 2:
        return "memory against combinations: not measured"
    first, last = found[0], found[-1]
    times = last["combinations"] / first["combinations"]
    growth = last["run_mb"] / first["run_mb"]
    judged = max(found, key=lambda one: one["peak_mb"])
    verdict = "flat" if growth <= FLAT else "NOT flat"
    return (
        f"memory of the runs is {verdict} in the number of combinations: {times:,.0f} times as "
        f"many take {growth:.2f} times the peak; the selection statistics after them add most at "
        f"{judged['combinations']:,}: {judged['peak_mb'] - judged['run_mb']:,.0f} MB"
    )


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.growth", description=(__doc__ or "").split("\n")[0]
    )
    parser.add_argument("--quick", action="store_true", help="three small points")
    parser.add_argument("--axes", nargs="*", choices=FULL, help="only these axes")
    parser.add_argument("--most", type=int, help="leave out points above this many combinations")
    parser.add_argument("--json", type=Path, help="write machine and points here")
    parser.add_argument("--point", help=argparse.SUPPRESS)
    chosen = parser.parse_args(arguments)
    if chosen.point is not None:
        cores = {int(core) for core in os.environ["GROWTH_CORES"].split(",")}
        os.sched_setaffinity(0, cores)
        print(json.dumps(measured(Point(**json.loads(chosen.point)))))
        return 0
    axes = QUICK if chosen.quick else FULL
    axes = {name: axes[name] for name in chosen.axes or axes if name in axes}
    records = []
    for axis, point in points(axes, quick=chosen.quick):
        if chosen.most is None or point.combinations <= chosen.most:
            records.append({"axis": axis, **asdict(point), **run_point(point)})
            print(_line(records[-1]), file=sys.stderr, flush=True)
    print(table(records))
    if chosen.json is not None:
        chosen.json.write_text(json.dumps({**facts(), "points": records}, indent=1), "utf-8")
    return 1 if any("reason" in one for one in records) else 0


if __name__ == "__main__":
    sys.exit(main())

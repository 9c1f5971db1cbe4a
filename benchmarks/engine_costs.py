"""What a sweep costs beside its arithmetic: tasks, parts, the market's journey, processes.

    python benchmarks/engine_costs.py [--json FILE]

Everything on the embedded market and on this machine; a dask cluster of two processes is started
on loopback and ended again. Absolute times swing from machine to machine and from hour to hour, so
compare the figures of one run with each other.
"""

from __future__ import annotations

import json
import os
import pickle
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

from orebound.feeds import Market
from orebound.sweeps import Parameters, RunConfig, backtest
from orebound.sweeps.dask_engine import map_chunks
from orebound.sweeps.parts import write_part
from orebound.sweeps.prepared import Prepared, Workshop, numbers_matrix
from orebound.sweeps.replay.many import replay_many
from orebound.sweeps.replay.totals import METRICS
from orebound.sweeps.supervisor import Task, run

ROUNDS = 5
TASKS = 2_000
COMBINATIONS = 400
ROWS = 10_000
SWEPT = 6
ROOT = Path(__file__).resolve().parents[1]
#: A function that needs no import beside the worker's own: the cost of a process, not of pandas.
BARE = "operator:is_"
TASK = "benchmarks.engine_costs:nothing"


def nothing(_context: Any, payload: Any) -> Any:
    """Return the payload: what a task costs when it does nothing."""
    return payload


def one_backtest(market: Market, _payload: Any) -> float:
    """Return the final value of one run through real backtrader."""
    outcome = backtest(market, Parameters(), only_equity=True)
    return float(outcome.equity["value"].iloc[-1])


def best_seconds(measured: Callable[[], object]) -> float:
    """Return the shortest time of a few rounds: what others do on the machine only adds."""
    measured()
    times = []
    for _ in range(ROUNDS):
        began = time.perf_counter()
        measured()
        times.append(time.perf_counter() - began)
    return min(times)


def replay_costs(prepared: Prepared, config: RunConfig) -> dict[str, float]:
    """Return the cost of a combination in the replay and of a group's arrays."""
    columns = {"z_in": np.linspace(0.5, 2.5, COMBINATIONS)}
    n_declared = prepared.source.panel.n_declared
    numbers = numbers_matrix(config, columns, COMBINATIONS, n_declared)
    given = (prepared.market, prepared.rule, numbers, prepared.calendar)

    def replayed() -> object:
        return replay_many(*given, lanes=prepared.lanes)

    def arrays() -> object:
        return Workshop(config, prepared.source).prepared({})

    return {
        "combination_s": best_seconds(replayed) / COMBINATIONS,
        "group_s": best_seconds(arrays),
        "rows": float(prepared.window[1] - prepared.window[0]),
        "names": float(prepared.source.panel.n_names),
    }


def part_costs(n_months: int) -> dict[str, float]:
    """Return what a part of many rows costs, and one of a single row: the fixed share."""
    random = np.random.default_rng(1)
    out = {}
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for label, n_rows, months in (
            ("one_row", 1, n_months),
            ("monthly", ROWS, n_months),
            ("metrics", ROWS, 0),
        ):
            table = _rows(random, n_rows, months)
            key = f"{label:0<64}"
            out[f"{label}_s"] = best_seconds(lambda: write_part(folder, key, table))  # noqa: B023
            out[f"{label}_bytes_a_row"] = write_part(folder, key, table).stat().st_size / n_rows
    return out


def _rows(random: np.random.Generator, n_rows: int, n_months: int) -> pa.Table:
    """Return rows like a sweep's; random figures do not compress: an upper bound."""
    columns: dict[str, Any] = {"combination": np.arange(n_rows)}
    columns |= {f"parameter_{k}": random.choice(20, n_rows) / 4.0 for k in range(SWEPT)}
    columns |= {name: random.normal(size=n_rows) for name in METRICS}
    arrays = {name: pa.array(values) for name, values in columns.items()}
    if n_months:
        sums = pa.array(random.normal(size=n_rows * n_months * 2).astype(np.float32))
        arrays["monthly"] = pa.FixedSizeListArray.from_arrays(sums, 2 * n_months)
    return pa.table(arrays)


def supervisor_costs(market: Market) -> dict[str, float]:
    """Return what the supervised processes cost: one task, a start, a market, a dead worker."""

    def tasks(n: int) -> Callable[[], object]:
        listed = [Task(k, k) for k in range(n)]
        return lambda: list(run(listed, BARE, workers=2, timeout_seconds=60.0))

    def with_market() -> object:
        return list(run([Task(0)], TASK, workers=1, timeout_seconds=60.0, recipe=market))

    def direct() -> object:
        return one_backtest(market, None)

    ten = [Task(k) for k in range(10)]
    work = "benchmarks.engine_costs:one_backtest"
    began = time.perf_counter()
    done = list(run(ten, work, workers=1, timeout_seconds=600.0, recipe=market))
    whole = time.perf_counter() - began
    few, many = best_seconds(tasks(1)), best_seconds(tasks(TASKS))
    return {
        "start_s": few,
        "task_s": (many - few) / (TASKS - 1),
        "start_with_market_s": best_seconds(with_market),
        "backtest_direct_s": best_seconds(direct),
        "backtest_supervised_s": min(one.seconds for one in done),
        "ten_backtests_s": whole,
        "dead_worker_noticed_s": _noticed(),
    }


def die(_context: Any, mark: str) -> None:
    """Leave the time of death and die."""
    Path(mark).write_text(repr(time.time()), encoding="utf-8")
    os.kill(os.getpid(), signal.SIGKILL)


def _noticed() -> float:
    """Return how long after its death a worker's task is reported."""
    with tempfile.TemporaryDirectory() as name:
        mark = Path(name, "died")
        task = Task(0, str(mark))
        work = "benchmarks.engine_costs:die"
        list(run([task], work, workers=1, timeout_seconds=60.0, retries=0))
        return time.time() - float(mark.read_text(encoding="utf-8"))


@contextmanager
def cluster(n_workers: int) -> Iterator[str]:
    """Start a scheduler and workers on loopback, wait for them, and end them."""
    from distributed import Client

    with tempfile.TemporaryDirectory() as name:
        file, processes = Path(name, "scheduler.json"), []
        kinds = [("scheduler", "--port", "0")]
        kinds += [("worker", "--no-nanny", "--nthreads", "1")] * n_workers
        try:
            for kind, *options in kinds:
                processes.append(_dask(kind, *options, "--scheduler-file", str(file)))
            address = _address(file)
            with Client(address, set_as_default=False) as client:
                client.wait_for_workers(n_workers, timeout=60)
            yield address
        finally:
            for process in processes:
                process.kill()
                process.wait()


def _dask(kind: str, *options: str) -> subprocess.Popen[bytes]:
    return subprocess.Popen(  # noqa: S603 - fixed words
        [sys.executable, "-m", "dask", kind, "--no-dashboard", "--host", "127.0.0.1", *options],
        env=dict(os.environ) | {"PYTHONPATH": str(ROOT)},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )


def _address(file: Path) -> str:
    while not file.exists() or not file.stat().st_size:
        time.sleep(0.05)
    return str(json.loads(file.read_text(encoding="utf-8"))["address"])


def dask_costs(market: Market) -> dict[str, float]:
    """Return the cost of a task, and of a market on its way to two workers."""
    with cluster(2) as address:

        def chunks(n: int, context: Any) -> Callable[[], object]:
            return lambda: list(map_chunks(nothing, range(n), context, address=address))

        few, many = best_seconds(chunks(1, None)), best_seconds(chunks(TASKS, None))
        carried = best_seconds(chunks(1, market))
    return {
        "connect_s": few,
        "task_s": (many - few) / (TASKS - 1),
        "market_to_two_workers_s": carried - few,
    }


def market_costs(market: Market) -> dict[str, float]:
    """Return what a market weighs and how long it takes to pack and to unpack."""
    packed = pickle.dumps(market)
    return {
        "bytes": float(len(packed)),
        "pack_s": best_seconds(lambda: pickle.dumps(market)),
        "unpack_s": best_seconds(lambda: pickle.loads(packed)),  # noqa: S301 - our own bytes
    }


def measure() -> dict[str, dict[str, float]]:
    """Return every figure by room."""
    config, market = RunConfig(), Market.sample()
    prepared = Workshop(config, market).prepared({})
    n_months = len(prepared.calendar.month_ends)
    return {
        "replay": replay_costs(prepared, config) | {"months": float(n_months)},
        "part": part_costs(n_months),
        "market": market_costs(market),
        "supervisor": supervisor_costs(market),
        "dask": dask_costs(market),
    }


def main() -> None:
    """Measure, print the table, and write JSON where asked."""
    sys.path.insert(0, str(ROOT))  # workers import this file by name
    figures = measure()
    for room, values in figures.items():
        for name, value in values.items():
            print(f"{room:<12}{name:<28}{value:>16,.6f}")
    if sys.argv[1:2] == ["--json"]:
        Path(sys.argv[2]).write_text(json.dumps(figures, indent=1), encoding="utf-8")


if __name__ == "__main__":
    main()

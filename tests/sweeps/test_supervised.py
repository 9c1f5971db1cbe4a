"""Sweeps through real backtrader: what goes wrong is a row, and nothing else notices."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from datetime import date
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from orebound.feeds import ConfigError
from orebound.sweeps import Sweep, Tick, from_names, sweep
from orebound.sweeps import make_sweep_config as make
from orebound.sweeps.chunk import METRIC_COLUMNS, Context, run_chunk
from orebound.sweeps.crew import WorkersFailed
from orebound.sweeps.design import make_design
from orebound.sweeps.parts import _sealed
from orebound.sweeps.plan import make_plan
from orebound.sweeps.prepared import Workshop
from orebound.sweeps.supervised import in_words, run_supervised
from tests.markets import small_sample
from tests.sweeps.troubles import troubled, unreadable

ROOT = Path(__file__).resolve().parents[2]
BASE = {"start": date(2014, 6, 2), "end": date(2015, 6, 30), "regime": "none"}
#: A threshold no other combination has: the one that goes wrong.
BAD = 1.25
LEVELS = [0.8, 1.0, BAD, 1.5]
TWO_NAMES = 'listings = ["fcx-xnys", "rio-xnys"]\n'


@pytest.fixture(autouse=True)
def path_of_workers(monkeypatch: pytest.MonkeyPatch) -> None:
    """Workers get the path of this process, which holds the checkout only under `python -m`."""
    monkeypatch.syspath_prepend(str(ROOT))


def children(pid: int) -> set[int]:
    """The running processes that a process has started."""
    listed: set[int] = set()
    for thread in Path(f"/proc/{pid}/task").glob("*"):
        with suppress(FileNotFoundError, ProcessLookupError):
            listed |= {int(one) for one in (thread / "children").read_text().split()}
    return {one for one in listed if is_alive(one)}


def is_alive(pid: int) -> bool:
    """Whether a process runs; a zombie does not."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except FileNotFoundError:
        return False


def all_end_within(seconds: float, pids: set[int]) -> bool:
    stop = time.monotonic() + seconds
    while time.monotonic() < stop and any(map(is_alive, pids)):
        time.sleep(0.02)
    return not any(map(is_alive, pids))


@pytest.fixture(autouse=True)
def no_orphans() -> Iterator[None]:
    """Every test leaves the processes it found."""
    before = children(os.getpid())
    yield
    assert all_end_within(2.0, children(os.getpid()) - before)


def run(
    folder: Path,
    troubles: dict[float, str] | None = None,
    *,
    marks: Path | None = None,
    jobs: int = 1,  # a process takes three seconds to begin
    progress: Any = None,
    **own: Any,
) -> Sweep:
    given = {"parameters": {"z_in": LEVELS}, "through": "backtrader", "verify": 0} | own
    market = troubled(small_sample("FCX", "ANTO.L"), troubles or {}, marks)
    config = make(from_names(BASE), given)
    return sweep(config, market=market, out=folder, jobs=jobs, progress=progress)


@lru_cache(maxsize=1)
def _calm(root: Path) -> Sweep:
    return run(root / "s")


@pytest.fixture
def calm(tmp_path_factory: pytest.TempPathFactory, no_orphans: None) -> Sweep:
    """The sweep of `LEVELS` without any trouble, which no test may write to."""
    return _calm(tmp_path_factory.getbasetemp() / "calm")


def test_what_raises_and_what_kills_is_a_row_and_the_others_never_notice(
    tmp_path: Path, calm: Sweep
) -> None:
    troubles = {0.9: "raise", 1.4: "kill"}
    found = run(tmp_path / "s", troubles, jobs=2, parameters={"z_in": sorted([*LEVELS, *troubles])})
    frame = found.frame.set_index("z_in")
    assert set(frame.index[frame["status"] == "failed"]) == set(troubles)
    assert frame["error"][0.9].startswith("LookupError: no price at 0.9 (_raise, line ")
    assert frame["error"][1.4] == "killed by signal 9 (Killed)"
    both = frame.loc[LEVELS].drop(columns="combination")
    assert both.equals(calm.frame.set_index("z_in").drop(columns="combination"))


@pytest.mark.slow
def test_each_trouble_is_a_row_with_its_cause_and_the_others_never_notice(
    tmp_path: Path, calm: Sweep
) -> None:
    """The whole list at once: what raises, hangs, swells and kills runs beside what works.

    A combination that succeeds on its second attempt is as whole as the others.
    """
    marks = tmp_path / "marks"
    marks.mkdir()
    troubles = {0.9: "raise", 1.1: "odd", 1.2: "hang", 1.3: "swell", 1.4: "kill"}
    levels = sorted([*LEVELS, *troubles])
    limits = {"timeout_seconds": 15.0, "memory_gb": 0.9, "parameters": {"z_in": levels}}
    planted = troubles | {BAD: "kill once"}
    found = run(tmp_path / "s", planted, marks=marks, jobs=2, **limits)
    frame = found.frame.set_index("z_in")
    is_bad = frame.index.isin(list(troubles))
    assert (frame["engine"] == "backtrader").all()
    assert (frame["status"] == np.where(is_bad, "failed", "ok")).all()
    assert frame.loc[is_bad, list(METRIC_COLUMNS)].isna().all(axis=None)
    assert found.info["counts"]["failed"] == len(troubles)
    said = frame["error"]
    assert said[0.9].startswith("LookupError: no price at 0.9 (_raise, line ")
    assert said[1.1] == "StopAsyncIteration: of a kind that nobody expects"
    assert said[1.2] == "timed out after 15 s"
    assert re.match(r"used (0\.9|1\.)\d* GB of memory; accepted: 0\.9", said[1.3])
    assert said[1.4] == "killed by signal 9 (Killed)"
    attempts = {level: len(list(marks.glob(f"{level:g}.*.*"))) for level in levels}
    assert all(attempts[level] >= 2 for level in planted)
    both = frame.loc[LEVELS].drop(columns="combination")
    assert both.equals(calm.frame.set_index("z_in").drop(columns="combination"))


@pytest.mark.slow
def test_a_combination_whose_second_attempt_succeeds_is_whole(tmp_path: Path, calm: Sweep) -> None:
    found = run(tmp_path / "s", {BAD: "kill once"}, marks=tmp_path, jobs=2)
    assert len(list(tmp_path.glob(f"{BAD:g}.*"))) == 2
    assert (found.frame["status"] == "ok").all()
    assert found.frame.equals(calm.frame)


@pytest.mark.slow
def test_a_part_with_failed_rows_that_is_removed_is_tried_again(tmp_path: Path) -> None:
    found = run(tmp_path / "s", {BAD: "kill"}, chunk=2)
    (part,) = [part["name"] for part in found.info["parts"] if part["failed"]]
    (found.path / "parts" / part).unlink()
    again = run(tmp_path / "s", chunk=2, timeout_seconds=500.0)
    assert (again.frame["status"] == "ok").all()
    assert again.selection["trials"] == found.selection["trials"] == len(LEVELS)


@pytest.mark.slow
def test_a_worker_that_somebody_kills_costs_nothing(tmp_path: Path) -> None:
    before, struck = children(os.getpid()), list[float]()

    def strike() -> None:
        while not list(tmp_path.glob(f"{BAD:g}.*")):
            time.sleep(0.01)
        (mark,) = tmp_path.glob(f"{BAD:g}.*")
        os.kill(int(mark.name.split(".")[-2]), signal.SIGKILL)
        struck.append(time.monotonic())

    killer = threading.Thread(target=strike)
    killer.start()
    # It waits two seconds in each run: time enough to be struck in the first.
    found = run(tmp_path / "s", {BAD: "wait"}, marks=tmp_path)
    killer.join()
    assert time.monotonic() - struck[0] < 10.0
    assert (found.frame["status"] == "ok").all()
    assert len(list(tmp_path.glob(f"{BAD:g}.*"))) == 2
    assert children(os.getpid()) <= before


def test_figures_are_those_of_a_run_in_this_process() -> None:
    config = make(
        from_names(BASE), {"parameters": {"z_in": LEVELS}, "through": "backtrader", "chunk": 3}
    )
    plan = make_plan(config, make_design(config), data="d", code="c", months=(533, 13))
    context = Context(plan, Workshop(config.base, small_sample("FCX", "ANTO.L")))
    alone = {chunk.number: run_chunk(context, chunk) for chunk in plan.chunks()}
    there = {
        one.chunk.number: one.table for one in run_supervised(context, plan.chunks(), workers=1)
    }
    assert len(alone) == 2
    assert there.keys() == alone.keys()
    for number, table in alone.items():
        assert _sealed(there[number], "key") == _sealed(table, "key")
    assert sum(len(table) for table in there.values()) == len(LEVELS)


def test_only_what_the_replay_lacks_goes_through_backtrader(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from orebound.sweeps import sweep_open

    real = sweep_open.make_plan

    def lacking(config: Any, design: Any, **named: Any) -> Any:
        def why(one: Any) -> str:
            return "the replay has no windows of 126" if one.rule.gap_window == 126 else ""

        return real(config, design, uncovered=(why,), **named)

    monkeypatch.setattr(sweep_open, "make_plan", lacking)
    ticks: list[Tick] = []
    varied = {"gap_window": [126, 252], "z_in": [0.8, 1.5]}
    found = run(tmp_path / "s", through="replay", parameters=varied, progress=ticks.append)
    engines = dict(zip(found.frame["gap_window"], found.frame["engine"], strict=True))
    assert engines == {126: "backtrader", 252: "replay"}
    said = "2 combinations go through backtrader: the replay has no windows of 126"
    assert said in [tick.words for tick in ticks if tick.is_note]
    assert found.info["counts"]["through_backtrader"] == 2
    assert found.info["not_replayed"] == {"the replay has no windows of 126": 2}


@pytest.mark.slow
def test_processes_that_cannot_be_made_ready_end_the_sweep(tmp_path: Path) -> None:
    config = make(from_names(BASE), {"parameters": {"z_in": LEVELS}, "through": "backtrader"})
    market = unreadable(small_sample("FCX", "ANTO.L"))
    with pytest.raises(WorkersFailed, match="ValueError: this market cannot be read") as caught:
        sweep(config, market=market, out=tmp_path / "s", jobs=1)
    assert caught.value.exit_code == 4


CHILD = """
import sys
from pathlib import Path
from tests.markets import small_sample
from tests.sweeps import test_supervised as tests
tests.run(Path(sys.argv[1]), {1.5: sys.argv[2]} if sys.argv[2] else None, chunk=1, jobs=2)
"""


def started(folder: Path, trouble: str = "") -> subprocess.Popen[bytes]:
    command = [sys.executable, "-c", CHILD, str(folder), trouble]
    return subprocess.Popen(command, cwd=ROOT, stderr=subprocess.DEVNULL, start_new_session=True)


def wait_for_parts(child: subprocess.Popen[bytes], folder: Path, n: int) -> None:
    while child.poll() is None and len(list(folder.glob("parts/*.parquet"))) < n:
        time.sleep(0.01)
    assert child.poll() is None


@pytest.mark.slow
def test_a_killed_sweep_leaves_no_process_and_goes_on(tmp_path: Path, calm: Sweep) -> None:
    folder = tmp_path / "a" / "killed"
    child = started(folder, "wait")
    wait_for_parts(child, folder, 1)
    workers = children(child.pid)
    child.kill()  # the process alone, not its group
    child.wait()
    assert workers
    assert all_end_within(3.0, workers)
    kept = {path: path.stat().st_mtime_ns for path in folder.glob("parts/*.parquet")}
    again = run(folder, chunk=1)  # with another number of processes
    assert again.frame.equals(calm.frame)
    assert kept.items() <= {p: p.stat().st_mtime_ns for p in folder.glob("parts/*")}.items()
    assert again.selection["trials"] == calm.selection["trials"] == len(LEVELS)


@pytest.mark.slow
def test_an_interrupt_ends_soon_with_the_line_that_resumes(tmp_path: Path) -> None:
    # SIGTERM is turned into the other one where the command begins: tests/scripts/test_sweep.py.
    (tmp_path / "two.toml").write_text(TWO_NAMES)
    file = tmp_path / "s.toml"
    levels = [round(0.5 + k / 100, 2) for k in range(200)]
    file.write_text(
        '[data]\nuniverse = "two.toml"\nstart = "2014-06-02"\nend = "2015-06-30"\n'
        f'[sweep]\nthrough = "backtrader"\nchunk = 1\n[sweep.parameters]\nz_in = {levels}\n'
    )
    command = [sys.executable, "-m", "orebound.scripts.main", "sweep", str(file), "--out", "s"]
    child = subprocess.Popen(
        [*command, "--jobs", "2"], cwd=tmp_path, stderr=subprocess.PIPE, text=True,
        env={**os.environ, "COLUMNS": "400"},
    )  # fmt: skip
    while child.poll() is None and len(list(tmp_path.glob("s/parts/*.parquet"))) < 2:
        time.sleep(0.01)
    workers = children(child.pid)
    assert len(workers) == 2
    child.send_signal(signal.SIGTERM)
    began = time.monotonic()
    _, err = child.communicate(timeout=30)
    assert time.monotonic() - began < 5.0
    assert child.returncode == 130
    assert f"to go on: main.py sweep {file} --out s --jobs 2" in err
    assert not any(map(is_alive, workers))
    assert json.loads((tmp_path / "s" / "sweep.json").read_text())["status"] == "interrupted"


def test_a_cause_is_said_once_and_two_causes_both() -> None:
    own = "orebound.sweeps.supervised.CombinationFailed: no session after 2044-01-04"
    assert in_words((own, own)) == "no session after 2044-01-04"
    assert in_words(("timed out after 3 s", own)) == (
        "timed out after 3 s; then no session after 2044-01-04"
    )


@pytest.mark.parametrize(
    ("name", "value"),
    [("timeout_seconds", 0), ("timeout_seconds", float("inf")), ("memory_gb", float("nan"))],
)
def test_limits_that_cannot_be_meant_are_refused(name: str, value: float) -> None:
    with pytest.raises(ConfigError, match=f"sweep.{name}.*{value}"):
        make(from_names(BASE), {"parameters": {"z_in": LEVELS}, name: value})


@pytest.mark.slow
def test_rows_through_backtrader_are_judged_by_sums_stored_as_they_came(tmp_path: Path) -> None:
    few = run(tmp_path / "s", keep_monthly=0)
    every = run(tmp_path / "t")
    assert few.selection["pbo"] == every.selection["pbo"] is not None

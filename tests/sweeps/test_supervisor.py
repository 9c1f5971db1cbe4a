"""The supervisor over real processes that raise, hang, swell, stop and are killed."""

from __future__ import annotations

import os
import random
import re
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from orebound.feeds import ConfigError
from orebound.sweeps.supervisor import Task, TaskOutcome, WorkersFailed, run
from tests.sweeps import tasks

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(autouse=True)
def path_of_workers(monkeypatch: pytest.MonkeyPatch) -> None:
    """Workers get the path of this process, which holds the checkout only under `python -m`."""
    monkeypatch.syspath_prepend(str(ROOT))


def outcomes(*payloads: dict[str, Any], **options: Any) -> dict[Any, TaskOutcome]:
    settings: dict[str, Any] = {"workers": 2, "timeout_seconds": 10.0} | options
    listed = [Task(number, payload) for number, payload in enumerate(payloads)]
    found = list(run(listed, tasks.troubled, **settings))
    assert len({outcome.id for outcome in found}) == len(found)
    return {outcome.id: outcome for outcome in found}


def is_alive(pid: int) -> bool:
    """Whether a process runs; a zombie does not."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except FileNotFoundError:
        return False


def holds_within(seconds: float, claim: Callable[[], bool]) -> bool:
    stop = time.monotonic() + seconds
    while time.monotonic() < stop:
        if claim():
            return True
        time.sleep(0.01)
    return claim()


def children() -> set[int]:
    """The processes this one has started and that still run."""
    listed: set[int] = set()
    for task in Path("/proc/self/task").iterdir():
        with suppress(FileNotFoundError, ProcessLookupError):
            listed |= {int(pid) for pid in (task / "children").read_text().split()}
    return {pid for pid in listed if is_alive(pid)}


@pytest.fixture(autouse=True)
def no_orphans() -> Iterator[None]:
    """Every test leaves the processes it found."""
    before = children()
    yield
    assert holds_within(2.0, lambda: children() <= before)


def test_every_task_gives_its_own_result_once() -> None:
    found = list(run((Task(f"t{n}", n) for n in range(300)), tasks.double, **limits()))
    assert {outcome.id: outcome.result for outcome in found} == {f"t{n}": 2 * n for n in range(300)}
    assert all(one.is_ok and one.attempts == 1 and one.cause == "" for one in found)
    assert len(found) == 300


def limits(**options: Any) -> dict[str, Any]:
    return {"workers": 2, "timeout_seconds": 10.0} | options


def test_outcomes_come_as_they_end_and_not_as_they_began() -> None:
    slow, fast = {"do": "answer", "seconds": 1.0}, {"do": "answer"}
    assert list(outcomes(slow, fast, fast)) == [1, 2, 0]


def test_tasks_are_read_only_as_workers_become_free() -> None:
    read = []

    def listed() -> Iterator[Task]:
        for number in range(100):
            read.append(number)
            yield Task(number, number)

    found = run(listed(), tasks.double, **limits())
    assert read == []
    next(found)
    assert len(read) < 10
    found.close()  # type: ignore[attr-defined]


def test_no_task_starts_no_process() -> None:
    assert list(run([], tasks.double, **limits())) == []


def test_an_exception_is_tried_again_and_kept_with_its_traceback() -> None:
    found = outcomes({"do": "raise", "symbol": "BHP"}, {"do": "answer", "answer": 7})
    assert found[1].result == 7
    failed = found[0]
    assert (failed.is_ok, failed.attempts, failed.result) == (False, 2, None)
    assert failed.causes == ("LookupError: no price for BHP",) * 2
    assert 'raise LookupError(f"no price' in failed.traceback
    assert "worker_process" not in failed.traceback


def test_retries_set_the_number_of_attempts() -> None:
    assert outcomes({"do": "raise"}, retries=0)[0].attempts == 1
    assert outcomes({"do": "raise"}, retries=3)[0].attempts == 4


def test_secrets_in_a_cause_are_not_kept() -> None:
    payload = {"do": "raise", "symbol": "http://me:hunter2@host/x?key=hunter2"}
    failed = outcomes(payload)[0]
    assert "no price for" in failed.cause
    assert "hunter2" not in str(failed)


def test_a_killed_worker_costs_its_own_task_an_attempt_and_others_nothing(tmp_path: Path) -> None:
    once = {"do": "kill once", "mark": str(tmp_path / "killed")}
    found = outcomes({"do": "kill"}, once, *[{"do": "answer", "answer": n} for n in range(20)])
    assert found[0].causes == ("killed by signal 9 (Killed)",) * 2
    assert (found[1].result, found[1].attempts) == ("second attempt", 2)
    assert found[1].causes == ("killed by signal 9 (Killed)",)
    assert [found[n + 2].result for n in range(20)] == list(range(20))


@pytest.mark.parametrize("trouble", ["hang", "stop"])
def test_a_task_that_does_not_answer_ends_at_its_time_out(trouble: str) -> None:
    began = time.monotonic()
    found = outcomes({"do": trouble}, {"do": "answer"}, timeout_seconds=0.5)
    assert found[0].causes == ("timed out after 0.5 s",) * 2
    assert found[1].is_ok
    assert time.monotonic() - began < 5.0


def test_a_task_that_swells_ends_at_the_memory_cap() -> None:
    found = outcomes({"do": "hog"}, {"do": "answer"}, memory_bytes=150_000_000)
    for cause in found[0].causes:
        said = re.fullmatch(r"used (.*) GB of memory; accepted: 0\.15", cause)
        assert said is not None
        assert 0.15 <= float(said[1]) < 0.3
    assert found[0].attempts == 2
    assert found[1].is_ok


def test_a_task_that_ends_its_process_is_named_so() -> None:
    assert outcomes({"do": "exit"})[0].cause == "worker ended by itself with exit code 3"


@pytest.mark.parametrize(
    ("trouble", "cause"),
    [("unpicklable", "Can't pickle local object"), ("huge", "accepted: 64,000,000")],
)
def test_a_result_that_cannot_travel_is_a_failure_of_its_task(trouble: str, cause: str) -> None:
    found = outcomes({"do": trouble}, {"do": "answer"})
    assert cause in found[0].cause
    assert found[1].is_ok


@pytest.mark.slow
def test_a_result_finished_in_time_is_kept_however_long_the_caller_was_away() -> None:
    payloads = [Task(n, {"do": "large", "seconds": 0.1}) for n in range(4)]
    found = []
    for outcome in run(payloads, tasks.troubled, **limits(timeout_seconds=1.0)):
        found.append(outcome.is_ok)
        time.sleep(1.5)
    assert found == [True] * 4


def test_a_dead_worker_is_noticed_at_once(tmp_path: Path) -> None:
    mark, killed = tmp_path / "child", []

    def kill() -> None:
        assert holds_within(10, lambda: mark.exists() and mark.read_text() != "")
        (worker,) = children() - before
        os.kill(worker, signal.SIGKILL)
        killed.append(time.monotonic())

    before = children()
    killer = threading.Thread(target=kill)
    killer.start()
    payload = {"do": "leave child", "mark": str(mark)}
    found = outcomes(payload, retries=0, workers=1, timeout_seconds=60.0)
    noticed = time.monotonic() - killed[0]
    killer.join()
    assert found[0].cause == "killed by signal 9 (Killed)"
    # Ten seconds are promised; a tick is a tenth of one.
    assert noticed < 1.0
    assert holds_within(2.0, lambda: not is_alive(int(mark.read_text())))


def test_what_a_task_started_ends_with_its_worker(tmp_path: Path) -> None:
    mark = tmp_path / "child"
    payload = {"do": "leave child", "mark": str(mark)}
    assert "timed out" in outcomes(payload, retries=0, timeout_seconds=0.8)[0].cause
    assert holds_within(2.0, lambda: not is_alive(int(mark.read_text())))


def test_the_context_is_made_once_a_worker(tmp_path: Path) -> None:
    recipe = {"text": "shared", "marks": str(tmp_path)}
    listed = [Task(n, n) for n in range(50)]
    found = list(run(listed, tasks.with_context, prepare=tasks.prepared, recipe=recipe, **limits()))
    assert {outcome.result[0] for outcome in found} == {"shared"}
    used = {str(outcome.result[2]) for outcome in found}
    made = {path.name for path in tmp_path.iterdir()}
    assert used <= made
    assert len(made) <= 2


def test_without_preparation_the_recipe_is_the_context() -> None:
    (found,) = run([Task("a", 5)], tasks.with_context, recipe=[1, 2], **limits())
    assert found.result[:2] == ([1, 2], 5)


def test_a_worker_is_replaced_after_its_number_of_tasks() -> None:
    found = outcomes(*[{"do": "answer"}] * 10, workers=1, recycle_after=3)
    pids = [outcome.result for outcome in found.values()]
    assert [pids.count(pid) for pid in dict.fromkeys(pids)] == [3, 3, 3, 1]


def test_workers_that_cannot_prepare_end_the_run_with_the_cause() -> None:
    listed = [Task(1)]
    with pytest.raises(WorkersFailed, match="ValueError: the market has no rows") as caught:
        list(run(listed, tasks.double, prepare=tasks.unprepared, **limits()))
    assert "abc123" not in str(caught.value)


def test_a_preparation_that_hangs_ends_the_run() -> None:
    options = limits(workers=3, start_seconds=0.3)
    with pytest.raises(WorkersFailed, match=r"timed out after 0\.3 s"):
        list(run([Task(1)], tasks.double, prepare=tasks.unready, **options))


def test_one_worker_goes_on_where_others_cannot_be_made_ready(tmp_path: Path) -> None:
    mark = str(tmp_path / "first")
    listed = [Task(n, n) for n in range(200)]
    found = run(listed, tasks.double, prepare=tasks.ready_once, recipe=mark, **limits(workers=4))
    assert sorted(outcome.id for outcome in found) == list(range(200))


SUPERVISOR = """
import sys, time
from orebound.sweeps.supervisor import Task, run
tasks = [Task("a", {"do": "answer"}), Task("b", {"do": "answer"}), Task("c", {"do": "hang"}),
         Task("d", {"do": "hang"})]
for outcome in run(tasks, "tests.sweeps.tasks:troubled", workers=2, timeout_seconds=600):
    print(outcome.result, flush=True)
"""


@pytest.mark.parametrize(
    "number",
    [
        signal.SIGKILL,
        *(pytest.param(n, marks=pytest.mark.slow) for n in (signal.SIGINT, signal.SIGTERM)),
    ],
)
def test_workers_end_with_their_supervisor(number: signal.Signals) -> None:
    # A script without a `__main__` guard, which spawned workers must not run again.
    with subprocess.Popen(
        [sys.executable, "-c", SUPERVISOR],
        env=dict(os.environ) | {"PYTHONPATH": str(ROOT)},
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    ) as supervisor:
        assert supervisor.stdout is not None
        try:
            supervisor.stdout.readline()
            supervisor.stdout.readline()
            # One worker may have answered twice before the other had begun.
            assert holds_within(20.0, lambda: len(workers_of(supervisor.pid)) == 2)
            workers = workers_of(supervisor.pid)
            supervisor.send_signal(number)
            began = time.monotonic()
            supervisor.wait(10)
            assert holds_within(3.0, lambda: not any(map(is_alive, workers)))
            assert time.monotonic() - began < 5.0
        finally:
            supervisor.kill()


def workers_of(pid: int) -> set[int]:
    tasks_of = Path(f"/proc/{pid}/task").iterdir()
    return {int(child) for task in tasks_of for child in (task / "children").read_text().split()}


def test_leaving_the_loop_ends_the_workers() -> None:
    before = children()
    hanging = [Task(n, {"do": "hang" if n else "answer"}) for n in range(4)]
    found = run(hanging, tasks.troubled, **limits())
    next(found)
    assert len(children() - before) == 2
    del found
    assert holds_within(2.0, lambda: children() <= before)


def test_outcomes_may_be_asked_for_from_different_threads() -> None:
    """Linux kills a child whose starting thread ends, were it started by the caller's thread."""
    found = run([Task(n, {"do": "answer"}) for n in range(6)], tasks.troubled, **limits(workers=1))
    got: list[TaskOutcome] = []
    for _ in range(6):
        thread = threading.Thread(target=lambda: got.append(next(found)))
        thread.start()
        thread.join()
    assert len({outcome.result for outcome in got}) == 1
    assert {outcome.attempts for outcome in got} == {1}


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"workers": 0}, "workers must be a number above 0, got 0"),
        ({"workers": 1.5}, "workers must be a whole number, got 1.5"),
        ({"timeout_seconds": float("inf")}, "timeout_seconds must be a number above 0, got inf"),
        ({"memory_bytes": -1}, "memory_bytes must be a number above 0, got -1"),
        ({"retries": -1}, "retries must be 0 or more, got -1"),
        ({"prepare": "no.such.module:f"}, "prepare: cannot import 'no.such.module'"),
        ({"prepare": "json:no_such"}, "prepare: module 'json' has no function 'no_such'"),
        ({"prepare": lambda recipe: recipe}, "prepare must be a function at the top of a module"),
    ],
)
def test_limits_that_cannot_be_meant_are_refused_at_once(
    change: dict[str, Any], message: str
) -> None:
    with pytest.raises(ConfigError, match=message.replace(".", r"\.")):
        run([], tasks.double, **limits(**change))


def test_a_function_of_the_running_script_is_refused_by_name() -> None:
    with pytest.raises(ConfigError, match=r"work is a function of the script that is run \(mine\)"):
        run([], "__main__:mine", **limits())


@pytest.mark.slow
def test_fifty_random_kills_lose_nothing_and_repeat_nothing() -> None:
    """A killer strikes a random worker 50 times; an attempt more than kills is never needed."""
    before, generator, struck = children(), random.Random(1), []
    over = threading.Event()

    def kill() -> None:
        while len(struck) < 50 and not over.is_set():
            time.sleep(generator.uniform(0.08, 0.45))
            for pid in generator.sample(sorted(children() - before), 1):
                os.kill(pid, signal.SIGKILL)
                struck.append(pid)

    killer = threading.Thread(target=kill)
    payloads = [{"do": "answer", "seconds": 0.02, "answer": n} for n in range(1500)]
    killer.start()
    found = outcomes(*payloads, retries=50)
    over.set()
    killer.join()
    assert {key: one.result for key, one in found.items()} == dict(enumerate(range(1500)))
    assert len(struck) == 50
    assert sum(one.attempts - 1 for one in found.values()) <= 50

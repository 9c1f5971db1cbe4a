"""The workers of one supervised run: who holds which task, and what ends a worker."""

from __future__ import annotations

import pickle
import time
from collections import deque
from collections.abc import Hashable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from selectors import EVENT_READ, EVENT_WRITE, DefaultSelector
from typing import Any

from orebound.feeds import OreboundError

from .provenance import without_secrets
from .worker import Worker, start_worker
from .worker_process import Launch, Reply

#: How often clocks and memory are looked at; a message or a death wakes the supervisor at once.
TICK_SECONDS = 0.1
#: Workers that could not prepare, one after another, before the run is given up.
MOST_START_FAILURES = 3


class WorkersFailed(OreboundError):
    """No worker could be made ready, so that no task can be tried."""

    exit_code = 4


@dataclass(frozen=True)
class Task:
    """One piece of work: its own id and a small picklable payload."""

    id: Hashable
    payload: Any = None


@dataclass(frozen=True)
class TaskOutcome:
    """What became of a task.

    Parameters
    ----------
    result : Any
        What the work returned; None where it failed.
    causes : tuple of str
        Why each failed attempt failed; one cause beside a result means that the second attempt
        succeeded.
    traceback : str
        Of the last attempt that raised; empty where the process itself was lost.
    seconds : float
        Duration of the last attempt.
    """

    id: Hashable
    is_ok: bool
    result: Any = None
    causes: tuple[str, ...] = ()
    traceback: str = ""
    attempts: int = 1
    seconds: float = 0.0

    @property
    def cause(self) -> str:
        """Why a quarantined task is in quarantine; empty for one that is done."""
        return "" if self.is_ok else self.causes[-1]


@dataclass(eq=False)
class Attempt:
    """A task on its way, with what went wrong so far."""

    task: Task
    causes: list[str] = field(default_factory=list)
    traceback: str = ""
    began: float = 0.0


class Waiting:
    """Attempts that wait: second ones first, then what the caller's iterable gives."""

    def __init__(self, tasks: Iterator[Task]) -> None:
        self._tasks = tasks
        self._held: deque[Attempt] = deque()

    def __bool__(self) -> bool:
        if not self._held:
            self._held.extend(Attempt(task) for task in _first(self._tasks))
        return bool(self._held)

    def take(self) -> Attempt:
        """Return the next attempt."""
        return self._held.popleft()

    def put_back(self, attempt: Attempt) -> None:
        """Let a failed task wait for another attempt."""
        self._held.append(attempt)


def _first(tasks: Iterator[Task]) -> Iterator[Task]:
    for task in tasks:
        yield task
        return


@dataclass(eq=False)
class Crew:
    """The workers of one run."""

    waiting: Waiting
    launch: Launch
    most: int
    timeout_seconds: float
    start_seconds: float
    memory_bytes: int | None
    retries: int
    recycle_after: int
    at_work: dict[Worker, Attempt] = field(default_factory=dict)
    workers: list[Worker] = field(default_factory=list)
    start_failures: int = 0
    last_start: str = ""
    # Linux kills a child when the THREAD that started it ends; this one lives as long as the crew,
    # whatever thread the caller asks for the next outcome from.
    starter: ThreadPoolExecutor = field(default_factory=lambda: ThreadPoolExecutor(1))

    def has_work(self) -> bool:
        """Whether an outcome is still to come."""
        return bool(self.at_work) or bool(self.waiting)

    def assign(self) -> None:
        """Give waiting tasks to free workers, and start workers for the rest."""
        for worker in self.workers:
            if not self.waiting:
                return
            if worker.is_ready and worker not in self.at_work:
                self._give(worker, self.waiting.take())
        while self.waiting and len(self.workers) < self.most:
            if self.start_failures and not self._may_try_again():
                return
            self.workers.append(
                self.starter.submit(
                    start_worker, self.launch, time.monotonic() + self.start_seconds
                ).result()
            )

    def _may_try_again(self) -> bool:
        """After a failed start one worker at a time is tried, after three only if none is left."""
        most_failed = self.start_failures >= MOST_START_FAILURES
        return all(worker.is_ready for worker in self.workers) and not (
            most_failed and self.workers
        )

    def _give(self, worker: Worker, attempt: Attempt) -> None:
        attempt.began = time.monotonic()
        worker.deadline = attempt.began + self.timeout_seconds
        self.at_work[worker] = attempt
        worker.send(pickle.dumps(attempt.task.payload))

    def look(self) -> list[TaskOutcome]:
        """Wait a moment and return what has come to its end."""
        self._wait()
        outcomes: list[TaskOutcome | None] = []
        for worker in list(self.workers):
            # Asked before reading: what a worker sent before it died is then in the buffer.
            has_ended = worker.has_ended()
            worker.flush()
            has_news = worker.read()
            outcomes += [self._heard(worker, reply) for reply in worker.replies()]
            if worker not in self.workers:
                continue
            if cause := self._why_to_end(worker, has_ended, has_news):
                outcomes.append(self._lost(worker, cause))
        return [outcome for outcome in outcomes if outcome is not None]

    def _wait(self) -> None:
        with DefaultSelector() as selector:
            for worker in self.workers:
                events = EVENT_READ | (EVENT_WRITE if worker.wants_to_write else 0)
                selector.register(worker.channel, events)
            selector.select(TICK_SECONDS)

    def _why_to_end(self, worker: Worker, has_ended: bool, has_news: bool) -> str:
        if has_ended or worker.is_closed:
            return worker.why_ended()
        if worker.is_ready and worker not in self.at_work:
            return ""
        # A message on its way was finished in time; the caller may have kept us from reading it.
        if time.monotonic() > worker.deadline and not has_news:
            limit = self.timeout_seconds if worker.is_ready else self.start_seconds
            return f"timed out after {limit:g} s"
        if self.memory_bytes is not None and (used := worker.resident_bytes()) > self.memory_bytes:
            return f"used {used / 1e9:.3g} GB of memory; accepted: {self.memory_bytes / 1e9:g}"
        return ""

    def _heard(self, worker: Worker, reply: Reply) -> TaskOutcome | None:
        if not worker.is_ready:
            if reply.kind == "failed":
                self._start_failed(worker, reply.cause, reply.traceback)
            else:
                worker.is_ready, self.start_failures = True, 0
            return None
        attempt = self.at_work.pop(worker)
        worker.tasks_done += 1
        if worker.tasks_done >= self.recycle_after:
            self._dismiss(worker)  # nothing is lost: its answer is here and it holds no task
        if reply.kind == "failed":
            return self._failed(attempt, reply.cause, reply.traceback, reply.seconds)
        return TaskOutcome(
            id=attempt.task.id,
            is_ok=True,
            result=pickle.loads(reply.result),  # noqa: S301 - own child
            causes=tuple(attempt.causes),
            traceback=attempt.traceback,
            attempts=len(attempt.causes) + 1,
            seconds=reply.seconds,
        )

    def _lost(self, worker: Worker, cause: str) -> TaskOutcome | None:
        attempt = self.at_work.pop(worker, None)
        if not worker.is_ready:
            self._start_failed(worker, cause, "")
            return None
        self._dismiss(worker)
        if attempt is None:
            return None
        return self._failed(attempt, cause, "", time.monotonic() - attempt.began)

    def _failed(
        self, attempt: Attempt, cause: str, traceback: str, seconds: float
    ) -> TaskOutcome | None:
        attempt.causes.append(without_secrets(cause))
        attempt.traceback = without_secrets(traceback) or attempt.traceback
        if len(attempt.causes) <= self.retries:
            self.waiting.put_back(attempt)
            return None
        return TaskOutcome(
            id=attempt.task.id,
            is_ok=False,
            causes=tuple(attempt.causes),
            traceback=attempt.traceback,
            attempts=len(attempt.causes),
            seconds=seconds,
        )

    def _start_failed(self, worker: Worker, cause: str, traceback: str) -> None:
        self._dismiss(worker)
        self.start_failures += 1
        self.last_start = without_secrets(f"{cause}\n{traceback}".strip())

    def check(self) -> None:
        """Raise where no worker is ready and none could be made so."""
        if self.start_failures >= MOST_START_FAILURES and not self.workers:
            raise WorkersFailed(
                f"{self.start_failures} workers in a row could not be made ready: {self.last_start}"
            )

    def _dismiss(self, worker: Worker) -> None:
        if worker.is_ready:  # its place may be tried for once more
            self.start_failures = min(self.start_failures, MOST_START_FAILURES - 1)
        worker.kill()
        self.workers.remove(worker)

    def close(self) -> None:
        """End every process; called whichever way the run ends."""
        for worker in self.workers:
            worker.kill()
        self.workers.clear()
        self.starter.shutdown(wait=False)

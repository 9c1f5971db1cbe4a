"""Where pyfolio draws: here, or in a process of its own that was started before it was needed.

Importing pyfolio takes as long as a quarter of a backtest. A command that runs one starts the
process first, on a core that has nothing to do.
"""

from __future__ import annotations

import os
import pickle
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import Thread
from typing import Protocol

from .pyfolio_work import Task, Work, work

#: Set to 0, it leaves pyfolio out of every page.
VARIABLE = "OREBOUND_PYFOLIO"
MODULE = "orebound.analyzers.page.pyfolio_worker"


class Draw(Protocol):
    """Takes a task at once and gives a function that waits for its work."""

    def __call__(self, task: Task, /) -> Callable[[], Work]: ...


def draw_here(task: Task) -> Callable[[], Work]:
    """Do the work in this process, when it is asked for."""
    return lambda: work(task)


def draw_nothing(_task: Task) -> Callable[[], Work]:
    """Leave pyfolio out: its sections say so, and the page is made in half the time."""
    return lambda: Work(missing={"all": "left out on request"})


@contextmanager
def draw_beside() -> Iterator[Draw]:
    """Yield a way to have one task done by a process beside this one, which ends with the block.

    Where that process cannot be started, or fails, the work is done here: so an error of the work
    itself is raised here, and a want of memory or of processes costs seconds only.
    ``OREBOUND_PYFOLIO=0`` leaves pyfolio out.
    """
    if os.environ.get(VARIABLE) == "0":
        yield draw_nothing
        return
    try:
        beside = subprocess.Popen(  # noqa: S603 - our own module
            [sys.executable, "-m", MODULE],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
        )
    except OSError:
        yield draw_here
        return
    try:
        yield lambda task: _begun(beside, task)
    finally:
        beside.kill()
        beside.wait()
        for pipe in (beside.stdin, beside.stdout):
            if pipe is not None and not pipe.closed:
                pipe.close()


def _begun(beside: subprocess.Popen[bytes], task: Task) -> Callable[[], Work]:
    """Send the task and read the answer in a thread: pipes hold less than either."""
    if task.items is None:
        return draw_here(task)
    answers: list[bytes] = []
    talk = Thread(target=lambda: answers.append(beside.communicate(pickle.dumps(task))[0]))
    talk.start()

    def received() -> Work:
        talk.join()
        if beside.returncode != 0 or not answers or not answers[0]:
            return work(task)
        made: Work = pickle.loads(answers[0])  # noqa: S301 - our own process answers
        return made

    return received

"""Many tasks in processes that may hang, swell or die without taking anything with them.

For runs through real backtrader. A pool of the standard library loses all pending work when one
process dies, or waits for ever; here each process belongs to a supervisor that watches its socket,
its clock and its memory. A task that fails is tried again and then reported with its cause.
"""

from __future__ import annotations

import math
import pickle
import sys
import warnings
from collections.abc import Callable, Generator, Iterable
from importlib import import_module
from typing import Any

from orebound.feeds import ConfigError

from .crew import Crew, Task, TaskOutcome, Waiting, WorkersFailed
from .worker_process import Launch

__all__ = ["Task", "TaskOutcome", "WorkersFailed", "function_name", "run"]


def run(
    tasks: Iterable[Task],
    work: Callable[[Any, Any], Any] | str,
    *,
    workers: int,
    timeout_seconds: float,
    memory_bytes: int | None = None,
    retries: int = 1,
    prepare: Callable[[Any], Any] | str | None = None,
    recipe: Any = None,
    recycle_after: int = 500,
    start_seconds: float = 300.0,
) -> Generator[TaskOutcome, None, None]:
    """Return the outcomes of ``work(context, payload)``, each as soon as it is there.

    Processes start with the first outcome asked for and end with the iterator, whichever way that
    ends. Nobody watches while the caller holds an outcome, so hold it briefly.

    Parameters
    ----------
    tasks : iterable of Task
        Read one at a time, as workers become free.
    work, prepare : callable or "module:function"
        Functions of a module that a fresh process can import.
    timeout_seconds, start_seconds : float
        Longest time of one task, and of making one worker ready.
    memory_bytes : int, optional
        Most memory a worker may hold in RAM, looked at ten times a second. Needs Linux's
        ``/proc``; elsewhere a warning says that it is not watched.
    retries : int
        Further attempts of a task that failed, before it is quarantined.
    recipe : Any
        Sent once a worker; ``context = prepare(recipe)``, or the recipe itself.
    recycle_after : int
        Tasks after which a worker is replaced by a fresh one.

    Raises
    ------
    ConfigError
        At once, for limits or functions that cannot be used.
    WorkersFailed
        Three workers in a row could not be made ready; the message holds the last cause.
    """
    _check_numbers(
        workers=workers,
        timeout_seconds=timeout_seconds,
        start_seconds=start_seconds,
        recycle_after=recycle_after,
        memory_bytes=memory_bytes,
    )
    if retries < 0:
        raise ConfigError(f"retries must be 0 or more, got {retries}")
    if memory_bytes is not None and sys.platform != "linux":
        warnings.warn("memory_bytes is not watched: only Linux has /proc", stacklevel=2)
    crew = Crew(
        Waiting(iter(tasks)),
        Launch(
            list(sys.path),
            function_name(work, "work"),
            None if prepare is None else function_name(prepare, "prepare"),
            pickle.dumps(recipe),
        ),
        most=workers,
        timeout_seconds=timeout_seconds,
        start_seconds=start_seconds,
        memory_bytes=memory_bytes,
        retries=retries,
        recycle_after=recycle_after,
    )
    return _outcomes(crew)


def function_name(function: Callable[..., Any] | str, what: str) -> str:
    """Return ``module:function``, refused where a fresh process would not find the same."""
    if not isinstance(function, str):
        function = f"{function.__module__}:{function.__qualname__}"
    module, _, name = function.partition(":")
    if module == "__main__":
        raise ConfigError(
            f"{what} is a function of the script that is run ({name}), which a worker cannot "
            "import; accepted: a function of a module of its own"
        )
    if not name.isidentifier():
        raise ConfigError(f"{what} must be a function at the top of a module, got {function!r}")
    try:
        found = getattr(import_module(module), name, None)
    except (ImportError, ValueError) as error:
        raise ConfigError(f"{what}: cannot import {module!r}: {error}") from None
    if not callable(found):
        raise ConfigError(f"{what}: module {module!r} has no function {name!r}")
    return function


def _check_numbers(**numbers: float | None) -> None:
    for name, value in numbers.items():
        if value is not None and not (value > 0 and math.isfinite(value)):
            raise ConfigError(f"{name} must be a number above 0, got {value}")
        if name in ("workers", "recycle_after") and not isinstance(value, int):
            raise ConfigError(f"{name} must be a whole number, got {value}")


def _outcomes(crew: Crew) -> Generator[TaskOutcome, None, None]:
    try:
        while crew.has_work():
            crew.assign()
            yield from crew.look()
            crew.check()
    finally:
        crew.close()

"""Chunks on the threads of one machine; the replay releases the interpreter's lock."""

from __future__ import annotations

import os
import queue
from collections.abc import Callable, Generator, Iterable, Iterator
from contextlib import AbstractContextManager
from threading import Event, Lock, Semaphore, Thread
from typing import Any

#: The main thread wakes this often, so that Ctrl-C is noticed while it waits.
TICK_SECONDS = 0.2
#: How long threads may take to leave their chunk when the sweep is interrupted.
PATIENCE_SECONDS = 3.0


def cores() -> int:
    """Return how many cores this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def map_chunks(
    work: Callable[[Any, Any, Callable[[], bool], AbstractContextManager[Any]], Any],
    chunks: Iterable[Any],
    context: Any,
    *,
    jobs: int,
    meanwhile: Callable[[], None] = lambda: None,
) -> Generator[Any, None, None]:
    """Yield ``work(context, chunk, is_stopped, core)`` of every chunk, in the order they end.

    One thread more than `jobs` is started: work holds `core` while it computes, so that one waits
    for the disk while the others run.

    The first exception of a chunk stops the others and is raised. An interrupt does the same:
    within seconds every thread has left its chunk, or is left behind and ends with the process.
    While nothing ends, the main thread calls `meanwhile` a few times a second.
    """
    core = Semaphore(max(1, jobs))
    stop, ended = Event(), queue.SimpleQueue[tuple[Any, BaseException | None]]()
    waiting, lock = iter(chunks), Lock()

    def labour() -> None:
        while not stop.is_set():
            with lock:
                chunk = next(waiting, None)
            if chunk is None:
                break
            try:
                ended.put((work(context, chunk, stop.is_set, core), None))
            except BaseException as error:  # noqa: BLE001 - raised by the main thread
                ended.put((None, error))
        ended.put((None, None))

    # Daemons: a thread in the middle of a slow array cannot hold the process back.
    threads = [Thread(target=labour, daemon=True) for _ in range(max(1, jobs) + 1)]
    try:
        for thread in threads:
            thread.start()
        yield from _results(ended, len(threads), meanwhile)
    finally:
        stop.set()
        for thread in threads:
            thread.join(PATIENCE_SECONDS / len(threads))


def _results(
    ended: queue.SimpleQueue[tuple[Any, BaseException | None]],
    n_threads: int,
    meanwhile: Callable[[], None],
) -> Iterator[Any]:
    n_left = n_threads
    while n_left:
        try:
            result, error = ended.get(timeout=TICK_SECONDS)
        except queue.Empty:
            meanwhile()
            continue
        if error is not None:
            raise error
        if result is None:
            n_left -= 1
        else:
            yield result

"""Chunks on an existing dask cluster; workers may die and join, results are those of one core.

Whoever can connect to a dask scheduler can run code on its workers: for trusted networks only, or
over ``tls://`` with the certificates that dask's own configuration names.
"""

from __future__ import annotations

import queue
import re
import time
from collections.abc import Callable, Generator, Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from importlib.util import find_spec
from itertools import islice
from typing import Any
from uuid import uuid4

from orebound.feeds import ConfigError

ADDRESS = re.compile(r"(tcp|tls)://[^\s/@]+:\d+")
CONNECT_SECONDS = 10.0
TICK_SECONDS = 1.0
#: Chunks the scheduler knows of: enough to keep every thread busy, however many are to come.
IN_FLIGHT_A_THREAD = 4
LEAST_IN_FLIGHT = 16
CAUSES_SHOWN = 5


class ClusterLost(RuntimeError):
    """The scheduler went away or had no worker for too long; what is done stays done."""


class ChunksFailed(RuntimeError):
    """Some chunks failed on every attempt; all others were delivered first.

    Parameters
    ----------
    causes : dict of int to str
        By the place of the chunk in what was handed in.
    """

    def __init__(self, causes: dict[int, str]) -> None:
        self.causes = dict(sorted(causes.items()))
        shown = [f"chunk {n}: {cause}" for n, cause in islice(self.causes.items(), CAUSES_SHOWN)]
        more = len(causes) - len(shown)
        tail = f"; and {more} more" if more else ""
        super().__init__(f"{len(causes)} chunks failed: {'; '.join(shown)}{tail}")


def map_chunks(
    work: Callable[[Any, Any], Any],
    chunks: Iterable[Any],
    context: Any,
    *,
    address: str,
    retries: int = 2,
    patience_seconds: float = 120.0,
) -> Generator[Any, None, None]:
    """Return ``work(context, chunk)`` of every chunk once, in the order in which they end.

    Parameters
    ----------
    work : callable
        Importable on the workers and idempotent: a chunk whose worker died is run again.
    chunks : iterable
        Read as the cluster makes room; each should take a second or more.
    context : Any
        Travels once to each worker, later ones included.
    address : str
        Of the scheduler, as ``tcp://host:port`` or ``tls://host:port``.
    retries : int
        Further attempts of a chunk that raised. One whose worker dies is tried again as often as
        the cluster allows (``distributed.scheduler.allowed-failures``).
    patience_seconds : float
        How long a cluster without any worker is waited for.

    Raises
    ------
    ConfigError
        Without the extra, or for an address where no scheduler answers.
    ClusterLost
        If the scheduler goes away, or no worker comes.
    ChunksFailed
        At the end, if a chunk failed on every attempt.
    """
    if find_spec("distributed") is None:
        raise ConfigError("engine dask needs an extra: pip install orebound[dask]")
    if not ADDRESS.fullmatch(address):
        raise ConfigError(
            "address must be tcp://host:port or tls://host:port of a dask scheduler, "
            f"got {address!r}"
        )
    return _results(work, iter(chunks), context, address, retries, patience_seconds)


def _results(
    work: Callable[[Any, Any], Any],
    chunks: Iterator[Any],
    context: Any,
    address: str,
    retries: int,
    patience_seconds: float,
) -> Generator[Any, None, None]:
    client = _connected(address)
    name = f"orebound-{uuid4().hex}"
    try:
        _send_context(client, name, context)
        flight = _Flight(client, name, work, enumerate(chunks), retries, patience_seconds)
        while flight.fill():
            yield from flight.landed()
        if flight.causes:
            raise ChunksFailed(flight.causes)
    finally:
        _leave(client, name)


def _connected(address: str) -> Any:
    from distributed import Client

    try:
        return Client(address, timeout=CONNECT_SECONDS, set_as_default=False)
    except (OSError, TimeoutError) as error:
        raise ConfigError(f"no dask scheduler answers at {address}: {error}") from None


def _send_context(client: Any, name: str, context: Any) -> None:
    from .dask_worker import ContextPlugin

    try:
        client.register_plugin(ContextPlugin(name, context), name=name)
    except ImportError as error:
        raise ConfigError(
            f"the workers cannot import what this sweep needs: {error}; "
            "install the same orebound on every worker"
        ) from None


def _leave(client: Any, name: str) -> None:
    """Take the context off the cluster and close; on a cluster that is gone there is nothing."""
    with suppress(*_lost_errors()):
        if client.status == "running":
            client.unregister_worker_plugin(name)
    client.close(timeout=CONNECT_SECONDS)


def _lost_errors() -> tuple[type[BaseException], ...]:
    """Return what the client raises when the scheduler is gone, by the moment it goes."""
    from distributed.client import CancelledError, ClosedClientError

    return OSError, TimeoutError, CancelledError, ClosedClientError


@contextmanager
def _asking_scheduler() -> Iterator[None]:
    try:
        yield
    except _lost_errors() as error:
        raise ClusterLost(
            f"the dask scheduler is gone, run again to go on: {type(error).__name__}: {error}"
        ) from None


@dataclass(eq=False)
class _Flight:
    """The chunks that the scheduler knows of."""

    client: Any
    name: str
    work: Callable[[Any, Any], Any]
    chunks: Iterator[tuple[int, Any]]
    retries: int
    patience_seconds: float
    numbers: dict[Any, int] = field(default_factory=dict)  # future -> place of its chunk
    ended: queue.SimpleQueue[Any] = field(default_factory=queue.SimpleQueue)
    causes: dict[int, str] = field(default_factory=dict)
    seen_workers: float = field(default_factory=time.monotonic)
    asked: float = -float("inf")
    room: int = 0

    def fill(self) -> bool:
        """Submit what there is room for; return whether anything is in flight."""
        from .dask_worker import on_worker

        self._look_at_cluster()
        for number, chunk in islice(self.chunks, max(0, self.room - len(self.numbers))):
            with _asking_scheduler():
                future = self.client.submit(
                    on_worker,
                    self.name,
                    self.work,
                    chunk,
                    key=f"{self.name}-{number}",
                    retries=self.retries,
                    pure=False,
                )
            self.numbers[future] = number
            future.add_done_callback(self.ended.put)
        return bool(self.numbers)

    def _look_at_cluster(self) -> None:
        """Measure the cluster once a second: it may grow, shrink, or be gone."""
        now = time.monotonic()
        if now - self.asked < TICK_SECONDS:
            return
        with _asking_scheduler():
            threads = sum(self.client.nthreads().values())
        self.asked = time.monotonic()
        self.room = max(LEAST_IN_FLIGHT, IN_FLIGHT_A_THREAD * threads)
        if threads:
            self.seen_workers = now
        elif now - self.seen_workers > self.patience_seconds:
            raise ClusterLost(
                f"the cluster has had no worker for {self.patience_seconds:g} s, with "
                f"{len(self.numbers)} chunks waiting; run again to go on"
            )

    def landed(self) -> list[Any]:
        """Return the results of all chunks that have ended, after waiting a second at most."""
        ended = []
        with suppress(queue.Empty):
            ended.append(self.ended.get(timeout=TICK_SECONDS))
            while True:
                ended.append(self.ended.get_nowait())
        numbers = {future: self.numbers.pop(future) for future in ended}
        with _asking_scheduler():
            # Skipped are the failed, and those whose result died with its worker and whose second
            # run failed: their status says so only after this.
            results: list[Any] = self.client.gather(ended, errors="skip")
        for future, number in numbers.items():
            if future.status == "error":
                self.causes[number] = _cause(future.exception())
            elif future.status != "finished":
                raise ClusterLost(
                    f"the dask scheduler is gone, run again to go on: a chunk is {future.status}"
                )
        return results


def _cause(error: BaseException) -> str:
    from distributed import KilledWorker

    if isinstance(error, KilledWorker):
        return "every worker that tried it died"
    return f"{type(error).__name__}: {error}"

"""The dask engine on a real cluster: a scheduler and workers as processes on loopback."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from orebound.feeds import ConfigError
from orebound.sweeps import dask_engine
from orebound.sweeps.dask_engine import ChunksFailed, ClusterLost, map_chunks
from tests.sweeps import tasks

Client = pytest.importorskip("distributed", reason="orebound[dask] is not installed").Client

ROOT = Path(__file__).resolve().parents[2]
QUIET = {
    "PYTHONPATH": str(ROOT),
    "DASK_DISTRIBUTED__LOGGING__DISTRIBUTED": "critical",
    # A dead worker's chunks move on at once, and one that kills workers is given up early.
    "DASK_DISTRIBUTED__SCHEDULER__ALLOWED_FAILURES": "1",
}


class Cluster:
    """A scheduler and workers, none of which restarts by itself."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.processes: list[subprocess.Popen[bytes]] = []
        self.scheduler = self._start("scheduler", "--no-dashboard", "--port", "0")
        self.address = self._address()

    def _start(self, kind: str, *options: str) -> subprocess.Popen[bytes]:
        process = subprocess.Popen(
            [sys.executable, "-W", "ignore", "-m", "dask", kind, "--host", "127.0.0.1", *options]
            + ["--scheduler-file", str(self.folder / "scheduler.json")],
            env=dict(os.environ) | QUIET,
            cwd=self.folder,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        self.processes.append(process)
        return process

    def _address(self) -> str:
        path = self.folder / "scheduler.json"
        stop = time.monotonic() + 20.0
        while time.monotonic() < stop:
            if path.exists() and path.stat().st_size:
                return str(json.loads(path.read_text())["address"])
            time.sleep(0.05)
        raise AssertionError("no scheduler came up")

    def add_worker(self) -> str:
        """Start a worker and return its name."""
        name = f"worker-{len(self.processes)}"
        options = ("--no-nanny", "--no-dashboard", "--nthreads", "1", "--name", name)
        self._start("worker", *options)
        return name

    def wait_for(self, *names: str) -> None:
        """Return when these workers have joined, which takes a process seconds."""
        stop = time.monotonic() + 60.0
        with Client(self.address, set_as_default=False) as client:
            while time.monotonic() < stop:
                known = client.scheduler_info(n_workers=-1)["workers"].values()
                # Until it has the context it is known, but gets no chunk.
                if set(names) <= {one["name"] for one in known if one["status"] == "running"}:
                    return
                time.sleep(0.05)
        raise AssertionError(f"{names} did not join")

    def workers(self) -> dict[int, subprocess.Popen[bytes]]:
        return {one.pid: one for one in self.processes[1:] if one.poll() is None}

    def close(self) -> None:
        for process in self.processes:
            process.kill()
            process.wait()


def _running(folder: Path) -> Iterator[Cluster]:
    folder.mkdir()
    started = Cluster(folder)
    try:
        started.wait_for(started.add_worker(), started.add_worker())
        yield started
    finally:
        started.close()


@pytest.fixture
def cluster(tmp_path: Path) -> Iterator[Cluster]:
    """A cluster of one test's own, to do harm to."""
    yield from _running(tmp_path / "cluster")


@pytest.fixture(scope="module")
def shared_cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    yield from _running(tmp_path_factory.mktemp("shared") / "cluster")


def local(work: Any, chunks: Any, context: Any) -> list[Any]:
    return [work(context, chunk) for chunk in chunks]


def read(folder: Path) -> dict[str, str]:
    return {path.name: path.read_text() for path in folder.glob("*.part")}


def test_a_worker_killed_half_way_and_one_that_joins_change_no_result(
    cluster: Cluster, tmp_path: Path
) -> None:
    context = {"folder": str(tmp_path / "dask"), "factor": 3, "seconds": 0.1}
    alone = {"folder": str(tmp_path / "local"), "factor": 3, "seconds": 0.0}
    for one in (context, alone):
        Path(str(one["folder"])).mkdir()
    chunks, got = list(range(60)), []
    for part in map_chunks(tasks.part, iter(chunks), context, address=cluster.address):
        got.append(part)
        if len(got) == 30:
            victim = next(iter(cluster.workers()))
            os.kill(victim, signal.SIGKILL)
            # Chunks are handed in as others end, so that some are left for the one that joins.
            cluster.wait_for(cluster.add_worker())
    expected = local(tasks.part, chunks, alone)
    assert sorted(got) == sorted(expected)
    assert read(tmp_path / "dask") == read(tmp_path / "local")
    ran = {int(mark.name.split(".")[1]) for mark in (tmp_path / "dask").glob("*.ran")}
    assert victim in ran
    assert len(ran) == 3, "two workers from the start and the one that joined"


@pytest.mark.slow
def test_the_context_travels_once_to_each_worker(shared_cluster: Cluster, tmp_path: Path) -> None:
    marks = tmp_path / "marks"
    marks.mkdir()
    chunks = range(40)
    used = set(
        map_chunks(tasks.who, chunks, tasks.Counted(str(marks)), address=shared_cluster.address)
    )
    arrivals = [int(mark.name.split(".")[0]) for mark in marks.iterdir()]
    assert len(used) == 2
    assert [arrivals.count(pid) for pid in used] == [1, 1]


@pytest.mark.slow
def test_chunks_that_fail_are_named_after_all_others_are_done(
    shared_cluster: Cluster, tmp_path: Path
) -> None:
    got: list[int] = []
    found = map_chunks(tasks.sometimes_refused, range(8), 0, address=shared_cluster.address)
    with pytest.raises(ChunksFailed, match="2 chunks failed: chunk 3: LookupError: no price for 3"):
        got.extend(found)  # keeps what came before the error
    assert sorted(got) == [0, 1, 2, 4, 5, 6]
    context = str(tmp_path)
    again = map_chunks(tasks.once_in_two, range(50, 54), context, address=shared_cluster.address)
    assert sorted(again) == [50, 51, 52, 53]


@pytest.mark.slow
def test_a_chunk_that_kills_its_workers_is_given_up_and_a_later_worker_takes_the_next(
    cluster: Cluster,
) -> None:
    context = {"tests": os.getpid()}
    with pytest.raises(ChunksFailed, match="chunk 0: every worker that tried it died"):
        list(map_chunks(tasks.deadly, [1], context, address=cluster.address))
    with pytest.raises(ClusterLost, match=r"no worker for 0\.5 s, with 3 chunks waiting"):
        _run_patiently(cluster.address, 0.5)
    cluster.add_worker()
    assert _run_patiently(cluster.address, 30.0) == [0, 2, 4]


def _run_patiently(address: str, seconds: float) -> list[int]:
    found = map_chunks(tasks.double, range(3), None, address=address, patience_seconds=seconds)
    return sorted(found)


@pytest.mark.slow
def test_a_scheduler_that_goes_away_ends_the_sweep(cluster: Cluster, tmp_path: Path) -> None:
    context = {"folder": str(tmp_path), "factor": 1, "seconds": 0.1}
    found = map_chunks(tasks.part, range(1000), context, address=cluster.address)
    next(found)
    began = time.monotonic()
    cluster.scheduler.kill()
    with pytest.raises(ClusterLost, match="the dask scheduler is gone"):
        list(found)
    assert time.monotonic() - began < 30.0


def test_no_scheduler_at_an_address_is_said_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dask_engine, "CONNECT_SECONDS", 0.5)
    with pytest.raises(ConfigError, match=r"no dask scheduler answers at tcp://127\.0\.0\.1:9"):
        list(map_chunks(tasks.double, [1], None, address="tcp://127.0.0.1:9"))


@pytest.mark.parametrize("address", ["", "localhost", "http://127.0.0.1:8786", "tcp://host"])
def test_an_address_that_cannot_be_meant_is_refused_at_once(address: str) -> None:
    with pytest.raises(ConfigError, match="tcp://host:port or tls://host:port"):
        map_chunks(tasks.double, [1], None, address=address)


def test_without_the_extra_the_command_that_installs_it_is_named(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(dask_engine, "find_spec", lambda _name: None)
    with pytest.raises(ConfigError, match=r"pip install orebound\[dask\]"):
        map_chunks(tasks.double, [1], None, address="tcp://127.0.0.1:8786")

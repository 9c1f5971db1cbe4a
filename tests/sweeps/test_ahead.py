"""Compiling ahead: once, by one process, never in the way of what asked for it."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path
from threading import Event, Thread
from typing import Any

import pytest

from orebound.sweeps import COMPILE_AHEAD, ahead, compile_ahead
from orebound.sweeps.ahead import leave_mark, turn_to_compile

PATIENCE_SECONDS = 240.0


@pytest.fixture(autouse=True)
def _own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    monkeypatch.setenv(COMPILE_AHEAD, "1")


@pytest.fixture
def started(monkeypatch: pytest.MonkeyPatch) -> list[list[str]]:
    """Command lines that would have been started."""
    found: list[list[str]] = []
    monkeypatch.setattr(ahead.subprocess, "Popen", lambda command, **_: found.append(command))
    return found


def test_compiling_ahead_ends_in_a_mark_and_is_not_done_again(tmp_path: Path) -> None:
    assert compile_ahead()
    ends = time.monotonic() + PATIENCE_SECONDS
    while not (marks := [path for path in tmp_path.rglob("compiled/*") if path.name != "turn"]):
        assert time.monotonic() < ends, "no mark was left"
        time.sleep(0.2)
    assert len(marks) == 1
    assert not compile_ahead()


def test_another_compiler_is_another_mark(
    monkeypatch: pytest.MonkeyPatch, started: list[list[str]]
) -> None:
    leave_mark()
    assert not compile_ahead()
    monkeypatch.setattr(ahead, "version", lambda _: "0.0.0")
    assert compile_ahead()
    assert len(started) == 1


def test_nothing_starts_where_it_is_not_wanted(
    monkeypatch: pytest.MonkeyPatch, started: list[list[str]]
) -> None:
    monkeypatch.setenv(COMPILE_AHEAD, "0")
    assert not compile_ahead()
    assert not started


def test_nothing_starts_while_another_process_compiles(started: list[list[str]]) -> None:
    with turn_to_compile():
        assert not compile_ahead()
    assert not started
    assert compile_ahead()


def test_one_waits_for_another_until_what_it_needs_is_there() -> None:
    waits, is_there, entered = Event(), Event(), Event()

    def want() -> None:
        with turn_to_compile(is_there.is_set, waits.set):
            entered.set()

    with turn_to_compile():
        thread = Thread(target=want)
        thread.start()
        assert waits.wait(10.0)
        assert not entered.wait(0.3)
        is_there.set()
        assert entered.wait(10.0)
        thread.join()


def test_a_place_that_cannot_be_written_stops_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    occupied = tmp_path / "file"
    occupied.write_text("")
    monkeypatch.setenv("XDG_CACHE_HOME", str(occupied))

    def refused(*_: Any, **__: Any) -> None:
        raise OSError("no process")

    monkeypatch.setattr(ahead.subprocess, "Popen", refused)
    assert not compile_ahead()
    leave_mark()
    with turn_to_compile():
        pass


def test_a_backtest_does_not_load_the_compiler() -> None:
    code = "import sys, orebound.sweeps, orebound.scripts.backtest; print('numba' in sys.modules)"
    root = str(Path(__file__).parents[2])
    done = subprocess.run(
        [sys.executable, "-c", code], env=os.environ | {"PYTHONPATH": root},
        check=True, capture_output=True, text=True,
    )  # fmt: skip
    assert done.stdout.strip() == "False"

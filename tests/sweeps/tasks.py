"""Work for processes under test; importable by a fresh process, cheap to import."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any


def double(_context: Any, payload: int) -> int:
    return 2 * payload


def with_context(context: Any, payload: int) -> tuple[Any, int, int]:
    return context, payload, os.getpid()


def prepared(recipe: dict[str, str]) -> str:
    """Leave a mark for each time it is called."""
    Path(recipe["marks"], f"{os.getpid()}").touch()
    return recipe["text"]


def unprepared(_recipe: Any) -> Any:
    raise ValueError("the market has no rows, token=abc123")


def unready(_recipe: Any) -> Any:
    time.sleep(60)


def ready_once(recipe: str) -> None:
    """Fail for whoever does not come first."""
    os.close(os.open(recipe, os.O_CREAT | os.O_EXCL))


def troubled(_context: Any, payload: dict[str, Any]) -> Any:
    """Do what the payload says, by the name of the trouble."""
    return TROUBLES[payload["do"]](payload)


def _answer(payload: dict[str, Any]) -> Any:
    time.sleep(payload.get("seconds", 0.0))
    return payload.get("answer", os.getpid())


def _raise(payload: dict[str, Any]) -> None:
    raise LookupError(f"no price for {payload.get('symbol', 'RIO')}")


def _kill(_payload: dict[str, Any]) -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def _kill_once(payload: dict[str, Any]) -> Any:
    mark = Path(payload["mark"])
    if not mark.exists():
        mark.touch()
        _kill(payload)
    return "second attempt"


def _hang(_payload: dict[str, Any]) -> None:
    time.sleep(600)


def _stop(_payload: dict[str, Any]) -> None:
    os.kill(os.getpid(), signal.SIGSTOP)


def _hog(_payload: dict[str, Any]) -> None:
    held = []
    while True:
        held.append(b"x" * 4_000_000)
        time.sleep(0.01)


def _exit(_payload: dict[str, Any]) -> None:
    sys.exit(3)


def _unpicklable(_payload: dict[str, Any]) -> Any:
    return lambda: None


def _huge(_payload: dict[str, Any]) -> bytes:
    return b"x" * 65_000_000


def _large(_payload: dict[str, Any]) -> bytes:
    return b"x" * 5_000_000


def _leave_child(payload: dict[str, Any]) -> None:
    """Start a process that would outlive this one, note it, and hang."""
    child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
    Path(payload["mark"]).write_text(str(child.pid))
    time.sleep(600)


TROUBLES = {
    "answer": _answer,
    "raise": _raise,
    "kill": _kill,
    "kill once": _kill_once,
    "hang": _hang,
    "stop": _stop,
    "hog": _hog,
    "exit": _exit,
    "unpicklable": _unpicklable,
    "huge": _huge,
    "large": _large,
    "leave child": _leave_child,
}


def part(context: dict[str, Any], chunk: int) -> str:
    """Write a part as a worker does: whole or not at all, named by the chunk.

    The mark shows who ran the chunk; a chunk that is told to waits until it is let go.
    """
    folder = Path(context["folder"])
    (folder / f"{chunk}.{os.getpid()}.ran").touch()
    time.sleep(context["seconds"])
    own = folder / f"{chunk}.{os.getpid()}.tmp"
    own.write_text(str(context["factor"] * chunk))
    target = folder / f"{chunk}.part"
    own.replace(target)
    return target.name


def sometimes_refused(_context: Any, chunk: int) -> int:
    if chunk % 4 == 3:
        raise LookupError(f"no price for {chunk}")
    return chunk


def once_in_two(context: str, chunk: int) -> int:
    """Fail on the first attempt of every chunk."""
    mark = Path(context, str(chunk))
    if not mark.exists():
        mark.touch()
        raise OSError("the share is away for a moment")
    return chunk


def deadly(context: dict[str, Any], chunk: int) -> int:
    """Kill the process, but never the one that runs the tests."""
    if os.getpid() != context["tests"]:
        os.kill(os.getpid(), signal.SIGKILL)
    return chunk


class Counted:
    """A context that counts, on disk, how often it arrives somewhere."""

    def __init__(self, folder: str) -> None:
        self.folder = folder

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__dict__.update(state)
        Path(self.folder, f"{os.getpid()}.{time.monotonic_ns()}").touch()


def who(_context: Any, _chunk: int) -> int:
    time.sleep(0.02)
    return os.getpid()

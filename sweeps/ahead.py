"""Compiling the replay before a sweep asks for it, in a process of its own.

A version compiles once on a machine, for some ten to thirty seconds. A backtest starts that beside
itself, so that the first sweep after it finds the replay ready; one process at a time compiles,
and whoever needs the result meanwhile waits for it instead of doing it again.
"""

from __future__ import annotations

import fcntl
import os
import platform
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from hashlib import sha256
from importlib.metadata import version
from pathlib import Path

import platformdirs

from .replay.sources import stamp

VARIABLE = "OREBOUND_COMPILE_AHEAD"
TICK_SECONDS = 0.1
#: Held until the end: Python warns of a process that is let go while it runs.
_STARTED: list[subprocess.Popen[bytes]] = []


def compile_ahead() -> bool:
    """Start compiling where this version never did on this machine; return whether it started.

    The process has the lowest priority and outlives the caller. ``OREBOUND_COMPILE_AHEAD=0``
    leaves compiling to the first sweep, and so does a machine without room for the mark.
    """
    if os.environ.get(VARIABLE, "1") == "0":
        return False
    with suppress(OSError):  # a convenience: what asks for it has work of its own
        if _mark().exists() or _is_held():
            return False
        process = subprocess.Popen(  # noqa: S603 - our own module
            [sys.executable, "-P", "-m", __name__],
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
            start_new_session=True,
        )  # fmt: skip
        _STARTED.append(process)
        return True
    return False


@contextmanager
def turn_to_compile(
    is_done: Callable[[], bool] = lambda: False, waiting: Callable[[], None] = lambda: None
) -> Iterator[None]:
    """Hold the right to compile; while another process has it, wait for it or until `is_done`.

    Parameters
    ----------
    waiting : callable
        Called once if there is something to wait for.
    """
    with ExitStack() as stack:
        try:
            _folder().mkdir(parents=True, exist_ok=True)
            file = stack.enter_context((_folder() / "turn").open("wb"))
        except OSError:  # no room for a lock: two may compile the same, and both are right
            yield
            return
        if not _is_taken(file.fileno()):
            waiting()
            while not is_done() and not _is_taken(file.fileno()):
                time.sleep(TICK_SECONDS)
        yield


def leave_mark() -> None:
    """Leave word that all that sweeps compile has been compiled, where there is room for it."""
    with suppress(OSError):
        _folder().mkdir(parents=True, exist_ok=True)
        _mark().touch()


def _is_held() -> bool:
    try:
        with (_folder() / "turn").open("wb") as file:
            return not _is_taken(file.fileno())
    except FileNotFoundError:
        return False


def _is_taken(descriptor: int) -> bool:
    """Return whether the lock is ours now; it ends with the file, or with the process."""
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _folder() -> Path:
    return platformdirs.user_cache_path("orebound") / "compiled"


def _mark() -> Path:
    """Return the file that stands for this code, compiler, interpreter and machine."""
    code = Path(__file__)
    parts = (stamp(), version("numba"), platform.python_version(), platform.node(), str(code))
    # An installation made anew has lost what numba keeps beside the modules.
    made = f"{code.stat().st_mtime_ns} {os.environ.get('NUMBA_CACHE_DIR', '')}"
    return _folder() / sha256("\0".join([*parts, made]).encode()).hexdigest()[:32]


def main() -> None:
    """Compile everything that sweeps compile, giving way to all other work."""
    os.nice(19)
    from .sweeping import prepare_replay

    prepare_replay()


if __name__ == "__main__":
    main()

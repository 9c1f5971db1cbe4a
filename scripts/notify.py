"""Tell something by a program of the user's own: an argument list, no shell, thirty seconds."""

from __future__ import annotations

import os
import signal
import subprocess
import tempfile
from collections.abc import Sequence
from contextlib import suppress

SECONDS = 30.0
#: Of what a failing program says, this much is repeated.
MOST_SAID = 300


def notify(arguments: Sequence[str], text: str, *, seconds: float = SECONDS) -> str:
    """Run a program with a text on its standard input; return why that failed, "" where it did not.

    What it prints is not ours to print. Past its time it is killed with everything it started.
    """
    # Files instead of pipes: a program that reads or closes nothing cannot block this one.
    with tempfile.TemporaryFile() as given, tempfile.TemporaryFile() as said:
        given.write(text.encode())
        given.seek(0)
        try:
            running = subprocess.Popen(  # noqa: S603 - the user's own argument list, no shell
                list(arguments),
                stdin=given,
                stdout=subprocess.DEVNULL,
                stderr=said,
                start_new_session=True,
            )
        except OSError as error:
            return f"{arguments[0]}: {error.strerror}"
        try:
            code = running.wait(timeout=seconds)
        except subprocess.TimeoutExpired:
            _end(running)
            return f"{arguments[0]}: not done after {seconds:g} seconds, and ended"
        except BaseException:
            _end(running)
            raise
        said.seek(0)
        words = " ".join(said.read(4096).decode(errors="replace").split())[:MOST_SAID]
    if code == 0:
        return ""
    return f"{arguments[0]}: exit code {code}" + (f": {words}" if words else "")


def _end(running: subprocess.Popen[bytes]) -> None:
    """Kill a program and its children; its session is its own."""
    with suppress(ProcessLookupError):  # it ended by itself in the meantime
        os.killpg(running.pid, signal.SIGKILL)
    running.wait()

"""One contestant in a process of its own, asked over a pipe and given a deadline."""

from __future__ import annotations

import json
import os
import selectors
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import IO, Any

SERVE = Path(__file__).resolve().parents[1] / "peers" / "serve.py"
ROOT = SERVE.parents[2]
OWN = Path(sys.executable)
REASON_LENGTH = 400


class Failed(Exception):
    """A contestant gave no result; the text is the reason that the table shows."""


class Process:
    """A contestant's process, pinned to its cores.

    Parameters
    ----------
    chosen : str
        ``FILE.py:Class``.
    cores : sequence of int
        Where it may run.
    """

    def __init__(
        self, python: Path, chosen: str, prices: Path, *, cores: Sequence[int], timeout: float
    ) -> None:
        self.timeout = timeout
        self.errors: IO[bytes] = tempfile.TemporaryFile()  # noqa: SIM115 - closed by `end`
        arguments = [chosen, str(prices), ",".join(map(str, cores))]
        self.process = subprocess.Popen(  # noqa: S603 - an interpreter and our own file
            [str(python), "-P", str(SERVE), *arguments],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self.errors,
            env=environment(len(cores), own=python == OWN),
            start_new_session=True,  # a deadline ends its own workers with it
        )
        try:
            self.facts = self._reply()
        except Failed:
            self.end()
            raise

    def ask(self, what: str, rules: Sequence[Mapping[str, Any]] = ()) -> dict[str, Any]:
        """Return the reply to one request.

        Raises
        ------
        Failed
            With the contestant's own error, or because it died or was too slow.
        """
        if self.process.stdin is None or self.process.poll() is not None:
            raise Failed(self._why_it_died())
        request = json.dumps({"do": what, "rules": [dict(rule) for rule in rules]})
        self.process.stdin.write(request.encode() + b"\n")
        self.process.stdin.flush()
        return self._reply()

    def _reply(self) -> dict[str, Any]:
        line = self._line()
        if not line:
            self.process.wait()
            raise Failed(self._why_it_died())
        found: dict[str, Any] = json.loads(line)
        if "error" in found:
            raise Failed(shortened(found["error"]))
        return found

    def _line(self) -> bytes:
        stdout, until = self.process.stdout, time.monotonic() + self.timeout
        if stdout is None:
            raise RuntimeError("the contestant's output is not a pipe")
        parts = [b""]
        with selectors.DefaultSelector() as selector:
            selector.register(stdout, selectors.EVENT_READ)
            while not parts[-1].endswith(b"\n"):
                if not selector.select(max(0.0, until - time.monotonic())):
                    os.killpg(self.process.pid, 9)
                    raise Failed(f"no answer within {self.timeout:g} s")
                parts.append(os.read(stdout.fileno(), 1 << 16))
                if not parts[-1]:
                    break
        return b"".join(parts)

    def _why_it_died(self) -> str:
        self.errors.seek(0)
        lines = self.errors.read().decode(errors="replace").strip().splitlines() or ["no output"]
        return shortened(f"ended with code {self.process.returncode}: {lines[-1]}")

    def end(self) -> None:
        """End the process and what it started."""
        if self.process.poll() is None:
            os.killpg(self.process.pid, 9)
        self.process.wait()
        for pipe in (self.process.stdin, self.process.stdout):
            if pipe is not None:
                pipe.close()
        self.errors.close()


def environment(n_cores: int, *, own: bool) -> dict[str, str]:
    """Return a contestant's environment: as many threads as cores; our own import the checkout."""
    threads = ("OMP", "OPENBLAS", "MKL", "NUMBA", "RAYON")
    counts = {f"{name}_NUM_THREADS": str(n_cores) for name in threads}
    # Our folders have names that could hide a peer's modules.
    path = {"PYTHONPATH": str(ROOT) if own else "", "MPLBACKEND": "Agg"}
    return dict(os.environ) | counts | path


def shortened(words: str) -> str:
    """Return the text in one line of bearable length."""
    line = " ".join(words.split())
    return line if len(line) <= REASON_LENGTH else line[: REASON_LENGTH - 3] + "..."

"""The supervisor's hold on one worker process: start, talk without waiting, measure, kill."""

from __future__ import annotations

import os
import pickle
import signal
import socket
import subprocess
import sys
import time
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from . import worker_process
from .worker_process import HEADER, Launch, Reply, framed

PAGE_BYTES = os.sysconf("SC_PAGE_SIZE")
READ_BYTES = 1 << 20
#: For a killed process to be gone; longer only where the kernel itself hangs.
REAP_SECONDS = 5.0
#: One thread a worker: the processes are the parallel part.
ONE_THREAD = dict.fromkeys(
    ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMBA_NUM_THREADS"), "1"
)


@dataclass(eq=False)
class Worker:
    """One process of the supervisor and the two buffers of its socket, which never block."""

    process: subprocess.Popen[bytes]
    channel: socket.socket
    deadline: float
    outgoing: bytearray
    incoming: bytearray = field(default_factory=bytearray)
    is_ready: bool = False
    is_closed: bool = False
    tasks_done: int = 0

    @property
    def wants_to_write(self) -> bool:
        """Whether something is left to send."""
        return bool(self.outgoing)

    def send(self, body: bytes) -> None:
        """Queue a message and send what the socket takes now."""
        self.outgoing += framed(body)
        self.flush()

    def flush(self) -> None:
        """Send what the socket takes now; a dead worker is noticed elsewhere."""
        with suppress(BlockingIOError, BrokenPipeError, ConnectionResetError):
            while self.outgoing:
                del self.outgoing[: self.channel.send(self.outgoing)]

    def read(self) -> bool:
        """Take in what has arrived; return whether anything had."""
        before = len(self.incoming)
        try:
            while data := self.channel.recv(READ_BYTES):
                self.incoming += data
            self.is_closed = True
        except BlockingIOError:
            pass
        except ConnectionResetError:
            self.is_closed = True
        return len(self.incoming) > before

    def replies(self) -> list[Reply]:
        """Return the whole messages read so far."""
        found = []
        while len(self.incoming) >= HEADER.size:
            end = HEADER.size + HEADER.unpack_from(self.incoming)[0]
            if len(self.incoming) < end:
                break
            body = bytes(self.incoming[HEADER.size : end])
            found.append(Reply(*pickle.loads(body)))  # noqa: S301 - own child
            del self.incoming[:end]
        return found

    def has_ended(self) -> bool:
        """Return whether the process is gone, leaving it to be reaped after its group is killed."""
        if not hasattr(os, "waitid"):  # macOS before Python 3.13
            return self.process.poll() is not None
        if self.process.returncode is not None:
            return True
        options = os.WEXITED | os.WNOHANG | os.WNOWAIT
        try:
            return os.waitid(os.P_PID, self.process.pid, options) is not None
        except ChildProcessError:  # reaped by somebody else's os.wait()
            return True

    def resident_bytes(self) -> int:
        """Return the memory the process holds in RAM, 0 where the system does not say."""
        with suppress(OSError, IndexError):
            pages = Path(f"/proc/{self.process.pid}/statm").read_text().split()[1]
            return int(pages) * PAGE_BYTES
        return 0

    def kill(self) -> None:
        """End the process and whatever it started, and reap it."""
        if self.process.returncode is None:
            with suppress(ProcessLookupError, PermissionError):
                os.killpg(self.process.pid, signal.SIGKILL)
            with suppress(subprocess.TimeoutExpired):
                self.process.wait(REAP_SECONDS)
        self.channel.close()

    def why_ended(self) -> str:
        """Reap a process that ended by itself and say how."""
        if self.is_closed:  # files close shortly before the process can be waited for
            stop = time.monotonic() + 1.0
            while not self.has_ended() and time.monotonic() < stop:
                time.sleep(0.001)
        self.kill()
        code = self.process.returncode
        if code is None:
            return "does not end, not even by signal 9"
        if code >= 0:
            return f"worker ended by itself with exit code {code}"
        return f"killed by signal {-code} ({signal.strsignal(-code)})"


def start_worker(launch: Launch, deadline: float) -> Worker:
    """Start a process in a session of its own, so that Ctrl-C reaches the supervisor alone."""
    mine, theirs = socket.socketpair()
    with theirs:
        number = theirs.fileno()
        process = subprocess.Popen(  # noqa: S603 - this interpreter, this package's own file
            [sys.executable, "-P", worker_process.__file__, str(os.getpid()), str(number)],
            stdin=subprocess.DEVNULL,
            stdout=2,  # what work prints must not mix with a command's own answer
            pass_fds=(number,),
            start_new_session=True,
            env=ONE_THREAD | dict(os.environ),
        )
    mine.setblocking(False)
    worker = Worker(process, mine, deadline, bytearray())
    worker.send(pickle.dumps(tuple(launch)))
    return worker

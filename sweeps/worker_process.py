"""What runs in a process of the supervisor: prepare once, then one task after another.

Run by path, with the standard library alone, so that it answers within a tenth of a second; what
the work needs is imported when the work is. Frames on the socket are eight bytes of length and a
pickle; both ends are this package, on one machine, over a socket without a name.
"""

from __future__ import annotations

import ctypes
import os
import pickle
import signal
import socket
import struct
import sys
import threading
import time
import traceback
from collections.abc import Callable
from importlib import import_module
from queue import SimpleQueue
from typing import Any, NamedTuple

HEADER = struct.Struct("!Q")
LARGEST_RESULT = 64_000_000
TRACEBACK_CHARACTERS = 20_000
PR_SET_PDEATHSIG = 1


class Launch(NamedTuple):
    """What a worker is told first; functions by name, the recipe pickled."""

    path: list[str]
    work: str
    prepare: str | None
    recipe: bytes


class Reply(NamedTuple):
    """What a worker answers: `ready`, `done` with a pickled result, or `failed` with a cause."""

    kind: str
    seconds: float = 0.0
    result: bytes = b""
    cause: str = ""
    traceback: str = ""


def framed(body: bytes) -> bytes:
    """Return a message as it travels."""
    return HEADER.pack(len(body)) + body


def named(name: str) -> Callable[..., Any]:
    """Return the function that `module:function` names."""
    module, _, function = name.partition(":")
    found: Callable[..., Any] = getattr(import_module(module), function)
    return found


def failure(error: BaseException, began: float) -> Reply:
    """Return the reply that says what went wrong, without this module's own lines."""
    lines = traceback.format_exception(
        type(error), error, error.__traceback__ and error.__traceback__.tb_next
    )
    return Reply(
        "failed",
        time.monotonic() - began,
        cause=traceback.format_exception_only(error)[-1].strip(),
        traceback="".join(lines)[-TRACEBACK_CHARACTERS:],
    )


def prepared(launch: Launch) -> tuple[Callable[..., Any], Any]:
    """Return the work and the context it shares over all tasks of this process."""
    work, recipe = named(launch.work), pickle.loads(launch.recipe)  # noqa: S301 - own parent
    return work, named(launch.prepare)(recipe) if launch.prepare else recipe


def done(work: Callable[..., Any], context: Any, payload: bytes) -> Reply:
    """Return the reply to one task; a result that does not survive pickling is a failure here."""
    began = time.monotonic()
    try:
        result = pickle.dumps(work(context, pickle.loads(payload)))  # noqa: S301 - own parent
        if len(result) > LARGEST_RESULT:
            raise ValueError(
                f"the result has {len(result):,} bytes pickled; accepted: {LARGEST_RESULT:,}"
            )
        pickle.loads(result)  # noqa: S301 - the parent must not be the first to fail
    except Exception as error:  # noqa: BLE001 - the border: whatever fails becomes a row
        return failure(error, began)
    return Reply("done", time.monotonic() - began, result)


def die_with_parent(parent: int) -> None:
    """Ask Linux to kill this process when the thread that started it ends."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
    if os.getppid() != parent:
        os._exit(1)


def listen(channel: socket.socket, inbox: SimpleQueue[bytes]) -> None:
    """Read messages until the parent is gone, then end the process even amid a task."""
    stream = channel.makefile("rb")
    while len(header := stream.read(HEADER.size)) == HEADER.size:
        inbox.put(stream.read(HEADER.unpack(header)[0]))
    os._exit(1)


def serve(channel: socket.socket) -> None:
    """Prepare, say so, and answer tasks until killed or left alone."""
    inbox: SimpleQueue[bytes] = SimpleQueue()
    threading.Thread(target=listen, args=(channel, inbox), daemon=True).start()
    launch = Launch(*pickle.loads(inbox.get()))  # noqa: S301 - own parent
    sys.path[:] = launch.path
    began = time.monotonic()
    try:
        work, context = prepared(launch)
    except Exception as error:  # noqa: BLE001 - the border: the parent says it in its own words
        channel.sendall(framed(pickle.dumps(tuple(failure(error, began)))))
        return
    channel.sendall(framed(pickle.dumps(tuple(Reply("ready", time.monotonic() - began)))))
    while True:
        channel.sendall(framed(pickle.dumps(tuple(done(work, context, inbox.get())))))


def main() -> None:
    """Serve the socket whose number the parent hands over."""
    parent, descriptor = int(sys.argv[1]), int(sys.argv[2])
    die_with_parent(parent)
    # The parent decides what an interrupt means; a worker is told by the end of its socket.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    os.set_inheritable(descriptor, False)
    serve(socket.socket(fileno=descriptor))


if __name__ == "__main__":
    main()

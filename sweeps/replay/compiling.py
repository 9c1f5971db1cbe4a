"""How the replay is compiled: without fast-math, without the GIL, kept on disk and never stale."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import Any, ParamSpec, TypeVar, cast

from numba import njit

from orebound.strategies import exit_reason

P = ParamSpec("P")
R = TypeVar("R")
#: `error_model` spares a branch a division. No fast-math: nothing is reassociated or contracted.
OPTIONS: dict[str, Any] = {
    "cache": True,
    "nogil": True,
    "error_model": "numpy",
    "fastmath": False,
}


def compiled(function: Callable[P, R]) -> Callable[P, R]:
    """Return the function compiled."""
    return _stamped(function)


def bare(function: Callable[P, R]) -> Callable[P, R]:
    """Return the function compiled without counting references to arrays; it may make none.

    numba counts them atomically at every touch of an array in a tuple, which would cost the
    replay more than half its time. Whoever calls keeps the arrays.
    """
    return _stamped(function, _nrt=False)


def inlined(function: Callable[P, R]) -> Callable[P, R]:
    """Return the function compiled into each of its callers, so that arguments cost nothing."""
    return _stamped(function, forceinline=True)


def _stamped(function: Callable[P, R], **more: Any) -> Callable[P, R]:
    """Return the function compiled, its disk cache tied to the sources of all it may call.

    numba looks at the function's own file only: after a change in another one it would run old
    code that was compiled in, on arrays of a new layout.
    """
    options: Any = OPTIONS | more
    dispatcher: Any = njit(**options)(function)
    dispatcher._cache._cache_file._source_stamp = stamp()
    return cast(Callable[P, R], dispatcher)


@cache
def stamp() -> str:
    """Return the digest of the sources that the replay is compiled from."""
    return digest_of([*Path(__file__).parent.glob("*.py"), Path(exit_reason.__code__.co_filename)])


def digest_of(files: Iterable[Path]) -> str:
    """Return the sha256 of files by name and content."""
    hasher = sha256()
    for path in sorted(files, key=lambda one: one.name):
        hasher.update(path.name.encode() + b"\0" + sha256(path.read_bytes()).digest())
    return hasher.hexdigest()

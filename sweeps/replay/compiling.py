"""How the replay is compiled: without fast-math, without the GIL, kept on disk and never stale."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ParamSpec, TypeVar, cast

from numba import njit

from .sources import stamp

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

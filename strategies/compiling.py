"""How recursions over sessions are compiled: no fast-math, no GIL, kept on disk.

numba sees a change of a kernel's own file only, so that a kernel calls none of another file.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ParamSpec, TypeVar, cast

from numba import njit

P = ParamSpec("P")
R = TypeVar("R")


def compiled(function: Callable[P, R]) -> Callable[P, R]:
    """Return the function compiled on its first call; a division by zero is infinite or NaN."""
    dispatcher: Any = njit(cache=True, nogil=True, error_model="numpy", fastmath=False)(function)
    return cast(Callable[P, R], dispatcher)

"""A small cache for threads: what two ask for at once is made once."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Hashable
from concurrent.futures import Future
from threading import Lock
from typing import Generic, TypeVar

T = TypeVar("T")


class Memo(Generic[T]):
    """The last `size` values by key; an exception is remembered like a value."""

    def __init__(self, size: int) -> None:
        self._size = size
        self._lock = Lock()
        self._made: OrderedDict[Hashable, Future[T]] = OrderedDict()

    def made(self) -> dict[Hashable, T]:
        """Return the values that are there."""
        with self._lock:
            ended = {key: one for key, one in self._made.items() if one.done()}
        return {key: one.result() for key, one in ended.items() if one.exception() is None}

    def get(self, key: Hashable, make: Callable[[], T]) -> T:
        """Return the value of a key, made by the first who asks; others wait for it."""
        with self._lock:
            future, is_new = self._made.get(key), key not in self._made
            if future is None:
                future = self._made[key] = Future()
            self._made.move_to_end(key)
            if len(self._made) > self._size:
                self._made.popitem(last=False)
        if is_new:
            try:
                future.set_result(make())
            except BaseException as error:
                future.set_exception(error)
                raise
        return future.result()

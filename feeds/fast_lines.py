"""Lines of a feed that share one cursor, so that a feed moves by one addition."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from backtrader.linebuffer import NAN, LineBuffer


class CursorLine(LineBuffer):
    """A backtrader line whose place is its feed's.

    backtrader moves a feed by moving each line. Here the first line moves the common cursor and
    the others stay, so that every such sweep over the lines moves the feed once.
    """

    _cursor: list[int]
    _leads: bool

    def __len__(self) -> int:
        return self._cursor[0] + 1

    def __getitem__(self, ago: int) -> Any:
        return self.array[self._cursor[0] + ago]

    @property
    def _idx(self) -> int:
        return self._cursor[0]

    @_idx.setter
    def _idx(self, place: int) -> None:
        self._cursor[0] = place

    idx = _idx

    @property
    def lencount(self) -> int:
        return self._cursor[0] + 1

    @lencount.setter
    def lencount(self, count: int) -> None:
        self._cursor[0] = count - 1

    def reset(self) -> None:
        """Become a plain line again: the next run decides anew."""
        self.__class__ = LineBuffer
        self.reset()

    def home(self) -> None:
        self._cursor[0] = -1

    def advance(self, size: int = 1) -> None:
        if self._leads:
            self._cursor[0] += size

    def rewind(self, size: int = 1) -> None:
        self.advance(-size)

    def forward(self, value: float = NAN, size: int = 1) -> None:
        self.advance(size)
        self.array.extend([value] * size)

    def backwards(self, size: int = 1, force: bool = False) -> None:  # noqa: ARG002
        self.advance(-size)
        del self.array[len(self.array) - size :]


def share_cursor(lines: Sequence[Any], cursor: list[int]) -> None:
    """Put the lines of one feed on one cursor."""
    for number, line in enumerate(lines):
        line.__class__ = CursorLine
        line._cursor = cursor
        line._leads = number == 0

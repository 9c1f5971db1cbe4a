"""A backtrader feed whose lines are filled at once, through hooks that backtrader offers."""

from __future__ import annotations

from array import array
from typing import Any

import backtrader as bt
import numpy as np
from numpy.typing import NDArray

from .fast_lane import enter, is_open, leave
from .fast_lines import share_cursor

NEVER = float("inf")


class BulkFeed(bt.feed.DataBase):
    """Bars from arrays: preloaded in one stroke, moved without copying ticks.

    Attributes
    ----------
    columns : dict of ndarray of shape (n_bars,)
        Values by line name, ``datetime`` among them; lines without a column are 0.
    """

    params: Any = (
        ("fast", False),  # whether runs may take the fast lane; Market.add_to says so
        ("timeframe", bt.TimeFrame.Days),
        ("compression", 1),
    )

    #: A tick is the bar itself: the broker reads the lines where these are None.
    tick_open = tick_high = tick_low = tick_close = tick_volume = tick_openinterest = None
    tick_last = None
    _cursor: list[int] | None = None  # the one place of all lines, in the fast lane
    is_trial = False  # the trial by which the lane proves itself cannot wait for its outcome

    def __init__(self) -> None:
        super().__init__()
        self.columns: dict[str, NDArray[np.float64]] = {}
        self._next_bar = 0
        self._first_line = self.lines[0]
        # backtrader looks a line up through three proxies; an attribute is found at once.
        for name in self.lines.getlinealiases():
            self.__dict__[name] = getattr(self.lines, name)

    def has_plain_bars(self) -> bool:
        """Return whether bars reach the strategy as they are: unfiltered, each later, priced."""
        times, closes = self.columns["datetime"], self.columns["close"]
        return bool(
            not self._is_changed() and (np.diff(times) > 0).all() and np.isfinite(closes).all()
        )

    def _is_changed(self) -> bool:
        return bool(self._filters or self._ffilters or self.resampling or self.replaying)

    def start(self) -> None:
        super().start()
        self._next_bar = 0
        self._all_lines = list(self.lines)
        # Where backtrader reads bar by bar, changes bars or saves memory, it is left alone.
        self._is_bulk = self._env._dopreload and not self._is_changed()
        self._n_bars = len(self.columns["datetime"])
        if self._leads_the_run():
            enter(self._env)
        self._cursor = [-1] if is_open(self._env) else None

    def stop(self) -> None:
        super().stop()
        if self._leads_the_run():
            leave(self._env)

    def take_cursor(self, cursor: list[int]) -> None:
        """Move on a cursor that feeds of equal times share."""
        self._cursor = cursor
        share_cursor(self._all_lines, cursor)

    def _leads_the_run(self) -> bool:
        return self is next(data for data in self._env.datas if isinstance(data, BulkFeed))

    def reset(self) -> None:
        self._cursor = None
        super().reset()

    def preload(self) -> None:
        """Fill every line at once; backtrader's own loop reads bar by bar."""
        if not self._is_bulk:
            super().preload()
            return
        n = self._n_bars
        for name in self.lines.getlinealiases():
            line = getattr(self.lines, name)
            values = self.columns.get(name)
            room = [float("nan")] * line.extension  # of Cerebro's lookahead
            line.array = array("d", bytes(8 * n) if values is None else values.tobytes())
            line.array.extend(room)
            line.idx, line.lencount = n - 1, n
        self._next_bar = n  # without runonce backtrader asks for one more bar at the end
        if self._cursor is not None:
            self.take_cursor(self._cursor)
        self.home()

    def __len__(self) -> int:
        # As an attribute and not by len(): the run asks every feed on every row.
        return self._first_line.lencount if self._cursor is None else self._cursor[0] + 1

    def advance(self, size: int = 1, datamaster: Any = None, ticks: bool = True) -> None:
        """Move to the next bar; the lines hold all a broker asks for, so no ticks are copied."""
        if datamaster is not None or not self._is_bulk:
            super().advance(size, datamaster, ticks)
        elif self._cursor is not None:
            self._cursor[0] += size
        else:
            for line in self._all_lines:
                line._idx += size
                line.lencount += size

    def advance_peek(self) -> float:
        """Return the time of the next bar, infinity after the last."""
        if not self._is_bulk:
            return float(super().advance_peek())
        line = self.datetime
        place = line._idx + 1
        return float(line.array[place]) if place < self._n_bars else NEVER

    def load(self) -> Any:
        """Deliver the next bar; with all preloaded nothing is moved to find that none is left."""
        if self._cursor is not None and self._next_bar >= self._n_bars:
            return False
        return super().load()

    def _tick_nullify(self) -> None:
        if not self._is_bulk:
            super()._tick_nullify()

    def _tick_fill(self, force: bool = False) -> None:
        if not self._is_bulk:
            super()._tick_fill(force)

    def _load(self) -> bool:
        """Deliver one bar, for runs without preload and for resampling."""
        if self._next_bar >= self._n_bars:
            return False
        for name, values in self.columns.items():
            getattr(self.lines, name)[0] = values.item(self._next_bar)
        self.lines.openinterest[0] = 0.0
        self._next_bar += 1
        return True

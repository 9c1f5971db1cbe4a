"""How far a null sweep is, and how long the rest of it takes."""

from __future__ import annotations

import time
from threading import Lock

from orebound.analyzers import counted, lasting

from .sweeping import Progress, Tick

#: What a world takes is told by a part of it where the whole one takes longer than this.
PATIENCE_SECONDS = 20.0


class Pace:
    """Worlds and rows done, told from the thread that waits for them.

    Parameters
    ----------
    found, worlds : int
        Worlds that are on disk already, and that are asked for.
    rows : int
        Rows of the sweep that run on each.
    """

    def __init__(self, found: int, worlds: int, rows: int, tell: Progress) -> None:
        self.found, self.worlds, self.rows, self._tell = found, worlds, rows, tell
        self.done, self._n_rows, self._lock = found, 0, Lock()
        self._began, self._has_estimate = time.perf_counter(), False
        before = f", {found:,} of them there already" if found else ""
        on = f"{counted(rows, 'combination')} on {counted(worlds, 'world')} without an edge"
        tell(Tick(f"{on}{before}", *self._place(), is_note=True))

    def count(self, rows: int) -> None:
        """Count rows that have run, of whichever world; any thread may."""
        with self._lock:
            self._n_rows += rows

    def world(self) -> None:
        """Count a world that is kept, and tell."""
        self.done += 1
        self.tell(is_first=not self._has_estimate)

    def tell(self, *, is_first: bool = False) -> None:
        """Tell how far it is; the first estimate, by a world or a part of one, is a note."""
        seconds = time.perf_counter() - self._began
        is_first = is_first or (not self._has_estimate and seconds >= PATIENCE_SECONDS)
        left = self.worlds * self.rows - self._place()[0]
        words = f"{self.done:,} of {counted(self.worlds, 'world')}"
        if self._n_rows and left:
            words += f", about {lasting(seconds * left / self._n_rows)} to go"
            self._has_estimate = self._has_estimate or is_first
        self._tell(Tick(words, *self._place(), is_note=is_first and bool(self._n_rows and left)))

    def _place(self) -> tuple[int, int]:
        """Return the rows done, and all."""
        return self.found * self.rows + self._n_rows, self.worlds * self.rows

"""Runs and sweeps below a folder, and the nights they were made in."""

from __future__ import annotations

import os
import tomllib
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, NamedTuple

from .entries import RUN, SWEEP, Entry, run_entry, sweep_entry

#: A pause between two starts that is at least this long parts two nights.
PAUSE = timedelta(hours=6)
CONFIG, PARTS = "sweep.toml", "parts"
#: Folders that hold no results of their own: what a sweep put aside, and its parts.
PASSED_OVER = {"superseded", PARTS}
UNFINISHED = ".unfinished-"


class Night(NamedTuple):
    """The results of one night, oldest first; both ends are starts."""

    first: datetime
    last: datetime
    entries: tuple[Entry, ...]


def gather(root: Path) -> list[Entry]:
    """Return every run and sweep below a folder, oldest first; damaged ones are among them.

    Symbolic links are not followed. A run that was killed while it was being written counts as
    damaged.
    """
    found = list(_entries(Path(root)))
    return sorted(found, key=lambda one: (one.started or datetime.min.replace(tzinfo=UTC),
                                          str(one.path)))  # fmt: skip


def nights(
    entries: Iterable[Entry], since: datetime | None = None
) -> tuple[Night | None, Night | None]:
    """Return the last night and the one before it.

    A night ends at its newest start and begins at the first start after a pause of six hours.

    Parameters
    ----------
    since : datetime, optional
        The last night begins at the first start at or after this, whatever pauses it holds.
    """
    dated = sorted(
        ((one.started, one) for one in entries if one.started is not None), key=lambda two: two[0]
    )
    moments = [moment for moment, _ in dated]
    begin = _begin(moments) if since is None else sum(moment < since for moment in moments)
    last, earlier = [one for _, one in dated[begin:]], [one for _, one in dated[:begin]]
    return _night(last), _night(earlier[_begin(moments[:begin]) :])


def _begin(moments: Sequence[datetime]) -> int:
    """Return the place of the first start after the last long pause."""
    places = range(len(moments) - 1, 0, -1)
    return next((k for k in places if moments[k] - moments[k - 1] >= PAUSE), 0)


def _night(entries: Sequence[Entry]) -> Night | None:
    starts = [one.started for one in entries if one.started is not None]
    return Night(starts[0], starts[-1], tuple(entries)) if starts else None


def _entries(root: Path) -> Iterator[Entry]:
    for name, folders, files in os.walk(root):
        path = Path(name)
        folders.sort()
        # What is found is not looked into: a result may hold anything.
        if SWEEP in files or (CONFIG in files and PARTS in folders):
            folders.clear()
            yield sweep_entry(path, _config(path / CONFIG))
        elif RUN in files or path.name.startswith(UNFINISHED):
            folders.clear()
            yield run_entry(path)
        folders[:] = [
            one
            for one in folders
            if one not in PASSED_OVER and (one.startswith(UNFINISHED) or not one.startswith("."))
        ]


def _config(path: Path) -> dict[str, Any]:
    """Return a sweep's resolved configuration, empty where it is gone or unreadable."""
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}

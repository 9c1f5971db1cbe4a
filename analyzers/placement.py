"""Random placements of holding periods on a line of sessions: disjoint, each equally likely."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Bools = NDArray[np.bool_]
Ints = NDArray[np.int64]
Floats = NDArray[np.float64]


def place(lengths: Ints, allowed: Bools, draws: int, generator: np.random.Generator) -> Ints:
    """Return entries of `lengths` in this order, uniform over all disjoint placements.

    Stars and bars, where some entries are forbidden: the placements of the intervals that are left
    are counted from the last session back, and each entry is drawn in proportion to the placements
    that remain after it.

    Parameters
    ----------
    lengths : ndarray of shape (n_intervals,)
        Sessions from entry to exit; the next entry is not before that exit.
    allowed : ndarray of shape (n_intervals, n_sessions)
        Where each interval may begin.

    Returns
    -------
    ndarray of shape (draws, n_intervals)

    Raises
    ------
    ValueError
        If the intervals cannot all be placed.
    """
    steps = np.maximum(lengths, 1)
    counts = _counts(steps, allowed)
    if counts[0, 0] == 0:
        raise ValueError(
            f"{len(lengths)} holdings of {int(steps.sum())} sessions together do not fit on "
            f"{int(allowed.any(axis=0).sum())} eligible entries of {allowed.shape[1]} sessions"
        )
    entries = np.empty((draws, len(lengths)), dtype=np.int64)
    first = np.zeros(draws, dtype=np.int64)
    for interval, step in enumerate(steps):
        entries[:, interval] = _draw(counts[interval], first, generator)
        first = entries[:, interval] + step
    return entries


def _counts(steps: Ints, allowed: Bools) -> Floats:
    """Return, by interval and session, the placements of it and the later ones from there on.

    Each line is scaled to its largest entry: only ratios within a line are used, and the counts
    themselves would overflow.
    """
    n_intervals, n_sessions = allowed.shape
    counts = np.zeros((n_intervals + 1, n_sessions + 1))
    counts[-1] = 1.0
    for interval in range(n_intervals - 1, -1, -1):
        after = np.minimum(np.arange(n_sessions) + steps[interval], n_sessions)
        here = np.where(allowed[interval], counts[interval + 1][after], 0.0)
        counts[interval, :-1] = np.cumsum(here[::-1])[::-1]
        counts[interval] /= max(counts[interval, 0], np.finfo(float).tiny)
    return counts


def _draw(counts: Floats, first: Ints, generator: np.random.Generator) -> Ints:
    """Return for each draw a session at or after `first`, by the fall of the counts from there."""
    rest = counts[first] * generator.uniform(size=len(first))
    # counts falls from left to right: the session sought is the last one with counts > rest.
    at_most = np.searchsorted(counts[::-1], rest, side="right")
    return len(counts) - 1 - at_most.astype(np.int64)

"""What a sweep is judged by: the monthly sums of its rows, all of them or random samples."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numpy.typing import NDArray

from orebound.analyzers import BlockSums, sums_of_months

from .chunk import Context
from .month_sums import RowSums, stored_sums
from .prepared import Prepared

if TYPE_CHECKING:
    from .sweep_result import Sweep

MOST_BLOCKS, LEAST_BLOCKS = 16, 4


class Sample(NamedTuple):
    """Rows that are judged together.

    Attributes
    ----------
    totals : ndarray of shape (n_months, n_rows)
        Monthly sums of daily returns.
    blocks : BlockSums or None
        None where the months are too few to be split.
    """

    totals: NDArray[np.float32]
    blocks: BlockSums | None


class Evidence(NamedTuple):
    """The samples of a sweep over the months that all their rows lived through.

    Attributes
    ----------
    n_rows : int
        Rows that could be judged; the samples hold all of them or some.
    first : datetime64[M]
        The first month in common.
    sessions : ndarray of shape (n_months,)
        Daily returns behind each month's sums.
    """

    samples: list[Sample]
    n_rows: int
    first: np.datetime64
    sessions: NDArray[np.int64]

    @property
    def n_judged(self) -> int:
        """Rows in the samples."""
        return sum(sample.totals.shape[1] for sample in self.samples)

    def totals(self) -> NDArray[np.float32]:
        """Return the monthly sums of all samples side by side, of shape (n_months, n_judged)."""
        if len(self.samples) == 1:
            return self.samples[0].totals  # of all rows: a copy would be as large as they are
        return np.concatenate([sample.totals for sample in self.samples], axis=1)


def gather(sweep: Sweep, context: Context, prepared: Prepared) -> Evidence:
    """Return the evidence of a finished sweep.

    Only months that every judged row lived through count; where their windows differ, the first
    and the last of these may be cut short and are left out.

    Parameters
    ----------
    prepared : Prepared
        Arrays of one row, whose calendar tells the sessions of each month.
    """
    # Failed rows have no sums: what is left of a sample is a random sample all the same.
    rows, chosen = sweep.numbers(), context.plan.samples
    if len(chosen) == 1:
        common = _common(batch.sums for batch in stored_sums(sweep))
        batches, parts = stored_sums(sweep), [np.intersect1d(chosen[0], rows)]
    else:
        drawn = _joined(sweep, np.concatenate(chosen))
        places = (np.flatnonzero(np.isin(drawn.rows, part)) for part in chosen)
        kept = [RowSums(drawn.rows[own], drawn.sums[own]) for own in places if len(own)]
        common = _common(batch.sums for batch in kept)
        batches, parts = iter(kept), [batch.rows for batch in kept]
    sessions = _sessions(prepared, context.plan.months)[common]
    first = np.datetime64(context.plan.months[0] + int(common[0]) if len(common) else 0, "M")
    samples = [_sample(batches, part, common, sessions) for part in parts]
    return Evidence(samples, len(rows), first, sessions)


def _joined(sweep: Sweep, rows: NDArray[np.int64]) -> RowSums:
    """Return the sums of some rows, in ascending order."""
    found = list(stored_sums(sweep, rows))
    numbers = np.concatenate([one.rows for one in found])
    order = np.argsort(numbers)
    return RowSums(numbers[order], np.concatenate([one.sums for one in found])[order])


def _common(batches: Iterable[NDArray[np.float32]]) -> NDArray[np.int64]:
    """Return the places of the months that every row knows, without those that may be cut."""
    known = [
        (months.all(axis=0), months.any(axis=0))
        for months in (np.isfinite(sums[:, :, 0]) for sums in batches)
    ]
    if not known:
        return np.zeros(0, np.int64)
    every = np.all([all_of for all_of, _ in known], axis=0)
    some = np.any([any_of for _, any_of in known], axis=0)
    places = np.flatnonzero(every)
    return places if (every == some).all() else places[1:-1]


def _sample(
    batches: Iterator[RowSums],
    rows: NDArray[np.int64],
    common: NDArray[np.int64],
    sessions: NDArray[np.int64],
) -> Sample:
    """Return the sample made of the next batches, which hold these rows, in ascending order."""
    n_blocks = min(MOST_BLOCKS, len(sessions) // 2 // 2 * 2)
    totals = np.empty((len(sessions), len(rows)), np.float32)
    can_split = n_blocks >= LEAST_BLOCKS
    shape = (n_blocks if can_split else 0, len(rows))
    total, squares, of_blocks = np.empty(shape), np.empty(shape), np.zeros(0, np.int64)
    done = 0
    while done < len(rows):
        batch = next(batches)
        sums = batch.sums[:, common]
        totals[:, np.searchsorted(rows, batch.rows)] = sums[:, :, 0].T
        end = done + len(sums)
        if can_split:
            blocks = sums_of_months(sums, sessions, n_blocks, 0)
            total[:, done:end], squares[:, done:end] = blocks.total, blocks.squares
            of_blocks = blocks.sessions
        done = end
    return Sample(totals, BlockSums(total, squares, of_blocks) if can_split and done else None)


def _sessions(prepared: Prepared, months: tuple[int, int]) -> NDArray[np.int64]:
    """Return the daily returns of each stored month of one window."""
    closes = prepared.source.panel.closes[slice(*prepared.window)]
    rows = prepared.calendar.session_rows[1:]
    place = closes[rows].astype("datetime64[M]").astype(np.int64) - months[0]
    return np.bincount(place, minlength=months[1]).astype(np.int64)

"""What a sweep is judged by: the monthly sums of its rows, all of them where they can be had."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numpy.typing import NDArray

from orebound.analyzers import BlockSums, sums_of_months

from .chunk import Context
from .month_sums import RowSums, stored_sums, sums_of
from .prepared import Prepared

if TYPE_CHECKING:
    from .sweep_result import Sweep

#: More rows than these are judged by samples: block sums and totals of a row take a kilobyte.
MOST_ROWS = 200_000
#: Where rows are sampled, so many samples of so many combinations, drawn by `SEED`.
SAMPLES, SAMPLED, SEED = 5, 1_000, 0
MOST_BLOCKS, LEAST_BLOCKS = 16, 4
THREADS = 2


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


def gather(sweep: Sweep, context: Context, prepared: Prepared) -> Evidence:
    """Return the evidence of a finished sweep.

    Only months that every judged row lived through count; where their windows differ, the first
    and the last of these may be cut short and are left out.

    Parameters
    ----------
    prepared : Prepared
        Arrays of one row, whose calendar tells the sessions of each month.
    """
    is_stored = context.plan.keeps_months
    # Where sums were not stored, those of the replay are made again.
    rows = sweep.numbers(engine=None if is_stored else "replay")
    if is_stored and len(rows) <= MOST_ROWS:
        common = _common(batch.sums for batch in stored_sums(sweep))
        batches, parts = stored_sums(sweep), [rows]
    else:
        kept = _drawn(sweep, context, rows)
        common = _common(batch.sums for batch in kept)
        batches, parts = iter(kept), [np.sort(batch.rows) for batch in kept]
    sessions = _sessions(prepared, context.plan.months)[common]
    first = np.datetime64(context.plan.months[0] + int(common[0]) if len(common) else 0, "M")
    samples = [_sample(batches, part, common, sessions) for part in parts]
    return Evidence(samples, len(rows), first, sessions)


def _drawn(sweep: Sweep, context: Context, rows: NDArray[np.int64]) -> list[RowSums]:
    """Return all of a few rows as one sample, or samples drawn without replacement."""
    if len(rows) <= SAMPLES * SAMPLED:
        parts = [rows]
    else:
        draws = np.random.default_rng(SEED)
        parts = np.split(draws.choice(rows, SAMPLES * SAMPLED, replace=False), SAMPLES)
    if context.plan.keeps_months:
        return [RowSums(np.sort(part), sweep.monthly_of(part)) for part in parts]
    again = _made_again(sweep, context, np.concatenate(parts))
    places = np.argsort(again.rows)
    parts = [places[np.searchsorted(again.rows, np.sort(part), sorter=places)] for part in parts]
    return [RowSums(again.rows[part], again.sums[part]) for part in parts]


def _made_again(sweep: Sweep, context: Context, rows: NDArray[np.int64]) -> RowSums:
    """Return the sums of some rows, each run again, on two threads."""
    ends, order = sweep.final_values(), context.plan.order
    # In the order of the plan neighbours share their arrays.
    ordered = order[np.isin(order, rows)]
    halves = [half for half in np.array_split(ordered, THREADS) if len(half)]
    with ThreadPoolExecutor(THREADS) as pool:
        made = list(pool.map(lambda half: sums_of(context, half, "replay", ends), halves))
    return RowSums(ordered, np.concatenate([one.sums for one in made]))


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
    blocks, done = [], 0
    while done < len(rows):
        batch = next(batches)
        sums = batch.sums[:, common]
        totals[:, np.searchsorted(rows, batch.rows)] = sums[:, :, 0].T
        if n_blocks >= LEAST_BLOCKS:
            blocks.append(sums_of_months(sums, sessions, n_blocks, 0))
        done += len(sums)
    if not blocks:
        return Sample(totals, None)
    total = np.concatenate([one.total for one in blocks], axis=1)
    squares = np.concatenate([one.squares for one in blocks], axis=1)
    return Sample(totals, BlockSums(total, squares, blocks[0].sessions))


def _sessions(prepared: Prepared, months: tuple[int, int]) -> NDArray[np.int64]:
    """Return the daily returns of each stored month of one window."""
    closes = prepared.source.panel.closes[slice(*prepared.window)]
    rows = prepared.calendar.session_rows[1:]
    place = closes[rows].astype("datetime64[M]").astype(np.int64) - months[0]
    return np.bincount(place, minlength=months[1]).astype(np.int64)

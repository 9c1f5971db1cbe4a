"""Does the best of a grid stand on a plateau, or alone?"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .block_sums import Floats, Ints

#: A plateau keeps this share of the best's figure in the median of its neighbours, and this share
#: of them is above 0.
KEPT, ABOVE = 0.5, 0.75
FEWEST = 2
#: Grids up to so many cells a row are looked up in a table of all cells.
CELLS_A_ROW = 8


@dataclass(frozen=True, eq=False)
class Neighbourhood:
    """What the rows around each row of a grid are like.

    Attributes
    ----------
    median : ndarray of shape (n,)
        Of the neighbours' figures; NaN where none is known.
    above : ndarray of shape (n,)
        Share of them above 0; NaN where none is known.
    count : ndarray of shape (n,)
        Neighbours whose figure is known.
    """

    median: Floats = field(repr=False)
    above: Floats = field(repr=False)
    count: Ints = field(repr=False)


@dataclass(frozen=True)
class Plateau:
    """Where the best row stands.

    Attributes
    ----------
    best : int
        Its place.
    value, median, above, count
        Its figure, and what its neighbours' are like.
    rank, of : int
        Its rank by the neighbours' median, 1 for the highest, among the rows that have one.
    kind : str
        ``plateau`` where the neighbours' median is at least half of its figure and at least three
        quarters of them are above 0, ``peak`` where not, and ``n/a`` where fewer than two
        neighbours are known or its figure is not above 0.
    """

    best: int
    value: float
    median: float
    above: float
    count: int
    rank: int
    of: int
    kind: str


def neighbourhood(
    values: ArrayLike, levels: ArrayLike, is_ordered: Sequence[bool] | None = None
) -> Neighbourhood:
    """Return what lies one step away from each row of a grid, in one parameter at a time.

    Parameters
    ----------
    values : array_like of shape (n,)
        A figure by row, more is better; NaN where there is none.
    levels : array_like of shape (n, n_parameters), int
        Place of each row's value among the values of a parameter, from 0.
    is_ordered : sequence of bool, optional
        Whether a parameter's places are an order, so that a step leads to the next value; any
        other value is one step away where not. All are without it.

    Notes
    -----
    Two parameters up to eight neighbours have on a heat map, because there diagonals count; here
    2 a parameter. Rows that are equal in every parameter are one cell: the last one's figure.
    """
    figures, codes = _checked(values, levels)
    ordered = [True] * codes.shape[1] if is_ordered is None else list(is_ordered)
    if len(ordered) != codes.shape[1]:
        raise ValueError(f"is_ordered must have {codes.shape[1]} entries, got {len(ordered)}")
    around = np.stack(list(_around(figures, codes, ordered)), axis=1)
    known = np.isfinite(around)
    count = known.sum(axis=1)
    above = (around > 0.0).sum(axis=1) / np.where(count, count, 1)
    return Neighbourhood(
        median=_median(around, count), above=np.where(count, above, np.nan), count=count
    )


def plateau_or_peak(values: ArrayLike, found: Neighbourhood) -> Plateau:
    """Return where the best row stands; the first of several that are equal."""
    figures = np.asarray(values, dtype=np.float64)
    if figures.shape != found.median.shape or not np.isfinite(figures).any():
        raise ValueError(
            f"values must have shape {found.median.shape} and a finite entry, got {figures.shape}"
        )
    best = int(np.nanargmax(figures))
    value, median = float(figures[best]), float(found.median[best])
    above, count = float(found.above[best]), int(found.count[best])
    with_median = found.median[np.isfinite(found.median)]
    kind = "n/a"
    if count >= FEWEST and value > 0.0:
        kind = "plateau" if median >= KEPT * value and above >= ABOVE else "peak"
    rank = 1 + int((with_median > median).sum()) if np.isfinite(median) else 0
    return Plateau(best, value, median, above, count, rank, len(with_median), kind)


def _around(figures: Floats, codes: Ints, ordered: list[bool]) -> Iterator[Floats]:
    """Yield the figures one step away, a step at a time; NaN where no row is there."""
    sizes = [int(n) for n in codes.max(axis=0) + 1]
    strides = _strides(sizes)
    keys = codes @ strides
    look = _Lookup(figures, keys, int(strides[0]) * sizes[0])
    any_yielded = False
    for axis, (size, stride) in enumerate(zip(sizes, strides.tolist(), strict=True)):
        steps = (-1, 1) if ordered[axis] else range(1, size)
        for step in steps if size > 1 else ():
            moved = codes[:, axis] + step
            place = moved if ordered[axis] else moved % size
            is_there = (place >= 0) & (place < size)
            target = keys + (np.where(is_there, place, 0) - codes[:, axis]) * stride
            any_yielded = True
            yield np.where(is_there, look(target), np.nan)
    if not any_yielded:
        yield np.full(len(figures), np.nan)


def _strides(sizes: list[int]) -> Ints:
    strides = [1]
    for size in reversed(sizes[1:]):
        strides.append(strides[-1] * size)
    if strides[-1] * sizes[0] > np.iinfo(np.int64).max // 2:
        raise ValueError(f"levels span {strides[-1] * sizes[0]:.1e} cells, too many to look up")
    return np.array(strides[::-1], dtype=np.int64)


class _Lookup:
    """Figures by cell: a table of all cells, or a sorted list where most are empty."""

    def __init__(self, figures: Floats, keys: Ints, n_cells: int) -> None:
        self.table = None
        if n_cells <= CELLS_A_ROW * len(keys) + 1_000:
            self.table = np.full(n_cells, np.nan)
            self.table[keys] = figures
        else:
            order = np.argsort(keys, kind="stable")
            self.keys, self.figures = keys[order], figures[order]

    def __call__(self, keys: Ints) -> Floats:
        if self.table is not None:
            return np.asarray(self.table[keys])
        place = np.searchsorted(self.keys, keys, side="right") - 1
        hit = (place >= 0) & (self.keys[np.maximum(place, 0)] == keys)
        return np.where(hit, self.figures[np.maximum(place, 0)], np.nan)


def _median(around: Floats, count: Ints) -> Floats:
    """Return the median along each row of what is known, NaN where nothing is."""
    ranked = np.sort(around, axis=1)  # NaN last
    rows = np.arange(len(around))
    low, high = np.maximum((count - 1) // 2, 0), np.maximum(count // 2, 0)
    high = np.minimum(high, around.shape[1] - 1)
    return np.where(count, (ranked[rows, low] + ranked[rows, high]) / 2.0, np.nan)


def _checked(values: ArrayLike, levels: ArrayLike) -> tuple[Floats, NDArray[np.int64]]:
    figures, codes = np.asarray(values, dtype=np.float64), np.asarray(levels)
    if figures.ndim != 1 or codes.ndim != 2 or len(codes) != len(figures) or not codes.size:
        raise ValueError(
            "values must have shape (n,) and levels (n, n_parameters) of the same n, got "
            f"{figures.shape} and {codes.shape}"
        )
    if codes.dtype.kind not in "iu" or codes.min() < 0:
        raise ValueError("levels must be places of values, whole numbers from 0")
    return np.where(np.isfinite(figures), figures, np.nan), codes.astype(np.int64)

"""Daily returns of a sweep's rows: months are what a sweep keeps, so that rows run again."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, closing
from dataclasses import dataclass
from functools import reduce
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from orebound.feeds import ConfigError
from orebound.strategies import Numbers

from .chunk import Context, Stopped, group_numbers
from .month_sums import Rows, context_of
from .rerun import equity_of, session_dates

if TYPE_CHECKING:
    from .sweep_result import Sweep

#: Rows that one thread makes before it looks whether it should stop.
BATCH = 64
Dates = NDArray[np.datetime64]


@dataclass(frozen=True, eq=False, repr=False)
class DailyReturns:
    """Daily returns of some combinations over the sessions that all of them lived through.

    Attributes
    ----------
    rows : ndarray of shape (n_rows,)
        Combinations, ascending.
    dates : ndarray of shape (n_sessions,)
        Session dates; a return is that since the session before it.
    returns : ndarray of shape (n_sessions, n_rows)
        Simple returns of equity; not finite where it fell to nothing.
    """

    rows: Rows
    dates: Dates
    returns: NDArray[np.float64]


class _Group(NamedTuple):
    """Rows of equal arrays, with the sessions and the returns of each."""

    rows: Rows
    dates: Dates
    returns: NDArray[np.float64]


class _Wanted(NamedTuple):
    context: Context
    ends: NDArray[np.float64]


def daily_returns(
    sweep: Sweep, rows: Rows, *, told: Callable[[int], None] = lambda _n: None
) -> DailyReturns:
    """Return the daily returns of replayed rows, each run again through the scalar replay.

    A thousand rows of 15 years take 32 MB and a few seconds of a core.

    Parameters
    ----------
    rows : ndarray of int64
        Combinations that were replayed and did not fail.
    told : callable, optional
        Called with the number of rows done.

    Raises
    ------
    ConfigError
        If a row was not replayed, or does not end at the value that is stored of it.
    """
    from .local_engine import cores, map_chunks

    context = context_of(sweep)
    plan = context.plan
    replayed = plan.order[: plan.n_replayed]
    ordered = replayed[np.isin(replayed, rows)]
    if len(ordered) != len(rows) or not len(rows):
        lacking = np.setdiff1d(rows, ordered)
        what = f"combination {lacking[0]} was not replayed" if len(lacking) else "no row is given"
        raise ConfigError(f"{sweep.path}: {what}, and daily returns are made by the replay only")
    wanted, done, n_done = _Wanted(context, sweep.final_values()), [], 0
    with closing(map_chunks(_made, _batches(context, ordered), wanted, jobs=cores())) as made:
        for one in made:
            done.append(one)
            n_done += len(one.rows)
            told(n_done)
    return _joined(done)


def _batches(context: Context, rows: Rows) -> Iterator[tuple[Mapping[str, Any], Rows]]:
    for arrays, own in context.plan.groups(rows):
        for first in range(0, len(own), BATCH):
            yield arrays, own[first : first + BATCH]


def _made(
    wanted: _Wanted,
    batch: tuple[Mapping[str, Any], Rows],
    is_stopped: Callable[[], bool],
    core: AbstractContextManager[Any],
) -> _Group:
    arrays, rows = batch
    with core:
        if is_stopped():
            raise Stopped
        prepared = wanted.context.workshop.prepared(arrays)
        numbers = group_numbers(wanted.context.plan, prepared, rows)
        sessions = prepared.calendar.session_rows
        values = np.empty((len(sessions), len(rows)))
        for place, own in enumerate(numbers):
            equity = equity_of(prepared, Numbers(*own.tolist()))
            row, end = int(rows[place]), float(equity[-1])
            if end != wanted.ends[row]:
                raise ConfigError(
                    f"combination {row} made again ends at {end!r}, its row says "
                    f"{float(wanted.ends[row])!r}: data or code have changed since; sweep again"
                )
            values[:, place] = equity[sessions]
    with np.errstate(divide="ignore", invalid="ignore"):
        returns = values[1:] / values[:-1] - 1.0
    return _Group(rows, session_dates(prepared)[1:], returns)


def _joined(groups: list[_Group]) -> DailyReturns:
    """Return all rows over their common sessions, in ascending order of the rows."""
    dates = reduce(np.intersect1d, (one.dates for one in groups))
    rows = np.concatenate([one.rows for one in groups])
    order = np.argsort(rows)
    returns = np.empty((len(dates), len(rows)))
    column = np.empty(len(rows), np.int64)
    column[order] = np.arange(len(rows))
    first = 0
    for one in groups:
        places = column[first : first + len(one.rows)]
        returns[:, places] = one.returns[np.isin(one.dates, dates)]
        first += len(one.rows)
    return DailyReturns(rows[order], dates, returns)

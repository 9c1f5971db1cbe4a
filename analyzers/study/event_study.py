"""What happened around dated announcements, beside the same dates moved at random."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from .newey_west import newey_west_lags, newey_west_mean

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


@dataclass(frozen=True)
class PlaceboBand:
    """The mean cumulative abnormal return beside that of the same dates moved as a set.

    Attributes
    ----------
    frame : DataFrame
        One row an offset: ``offset, car, n, low, middle, high, p``. `car` is the mean over the `n`
        events with a full window up to there, `low` and `high` bound the central share `level` of
        the moved sets at that offset alone, and `p` is two-sided: how many of them lie as far from
        their mean as the observed, the observed among them.
    shifts : int
        Sets of dates tried: one for each session by which all of them can be moved.
    level : float
    """

    frame: pd.DataFrame = field(repr=False)
    shifts: int
    level: float


@dataclass(frozen=True)
class CalendarTime:
    """The mean abnormal return of the days that follow an event, each day once.

    `t` is the Newey-West statistic with `lags` lags; NaN with fewer than 3 days.
    """

    days: int
    mean: float
    t: float
    lags: int


def abnormal_returns(
    returns: pd.Series[Any],
    benchmark: pd.Series[Any] | None,
    dates: ArrayLike,
    window: tuple[int, int] = (-5, 60),
) -> pd.DataFrame:
    """Return the log return beyond the benchmark's by event and by session around it.

    Parameters
    ----------
    returns : Series by session date
        Log returns, finite.
    benchmark : Series by session date or None
        Log returns of the same sessions, subtracted one for one; None for absolute returns.
    dates : array-like of dates
        Sessions at whose close each event first counts; a date between sessions belongs to the
        next one. Events of one session are one.
    window : tuple of int
        First and last session around it; 0 is the event's own.

    Returns
    -------
    DataFrame
        One row an event by its session, one column an offset; NaN where the data do not reach.

    Raises
    ------
    ValueError
        If a return is not finite, the sessions differ, or the window is empty.
    """
    abnormal, sessions = _abnormal(returns, benchmark)
    places = _places(sessions, dates)
    offsets = _offsets(window)
    frame = pd.DataFrame(_windows(abnormal, places, offsets), columns=offsets)
    return frame.set_axis(pd.DatetimeIndex(sessions[places], name="session"), axis=0)


def cumulative(abnormal: pd.DataFrame) -> pd.DataFrame:
    """Return the mean cumulative abnormal return: ``offset, car, n``.

    Sums run from the first offset; an event counts up to the last offset its data reach, and not
    at all where they begin inside the window.
    """
    car, n = _mean_car(np.cumsum(abnormal.to_numpy(dtype=float), axis=1))
    return pd.DataFrame({"offset": list(abnormal.columns), "car": car, "n": n})


def placebo_band(
    returns: pd.Series[Any],
    benchmark: pd.Series[Any] | None,
    dates: ArrayLike,
    window: tuple[int, int] = (-5, 60),
    *,
    level: float = 0.90,
    at: Sequence[int] | None = None,
) -> PlaceboBand:
    """Return the observed mean beside its distribution over all sets of moved dates.

    All dates move by the same number of sessions, round the end to the beginning, so that their
    spacing, and with it the overlap of their windows, is kept; every such move is tried.

    Parameters
    ----------
    returns, benchmark, dates, window
        As `abnormal_returns`.
    level : float
        Share of the moved sets between `low` and `high`.
    at : sequence of int, optional
        Offsets to return; all of the window by default.

    Raises
    ------
    ValueError
        As `abnormal_returns`, and where no date is a session of the returns.

    References
    ----------
    Davison and Hinkley (1997), Bootstrap Methods and their Application, section 4.2: the p-value.
    """
    if not 0.0 < level < 1.0:
        raise ValueError(f"level must lie between 0 and 1, got {level}")
    abnormal, sessions = _abnormal(returns, benchmark)
    places, offsets = _places(sessions, dates), _offsets(window)
    if not len(places):
        raise ValueError("dates must hold at least one session of the returns, got none")
    if at is not None:
        offsets = offsets[np.isin(offsets, np.asarray(at))]
    summed = _summed(abnormal, window[0], offsets)
    car, n = _mean_car(summed[places])
    moved = _moved_means(summed, places)
    low, middle, high = _quantiles(moved, ((1.0 - level) / 2.0, 0.5, (1.0 + level) / 2.0))
    columns = {"offset": offsets, "car": car, "n": n, "low": low, "middle": middle, "high": high}
    frame = pd.DataFrame(columns | {"p": _two_sided(car, moved)})
    return PlaceboBand(frame, len(moved), level)


def calendar_time(
    returns: pd.Series[Any], benchmark: pd.Series[Any] | None, dates: ArrayLike, hold: int
) -> CalendarTime:
    """Return the mean abnormal return of the sessions within `hold` after any event.

    The event's own session is the first. Windows that overlap count once: this is the portfolio
    that is held while any event is recent, and its returns do not repeat.

    References
    ----------
    Fama (1998), Journal of Financial Economics 49(3), section 4.
    """
    if hold < 1:
        raise ValueError(f"hold must be at least 1 session, got {hold}")
    abnormal, sessions = _abnormal(returns, benchmark)
    held = np.zeros(len(sessions), dtype=bool)
    for place in _places(sessions, dates):
        held[place : place + hold] = True
    mine = abnormal[held]
    mean = float(mine.mean()) if len(mine) else math.nan
    if len(mine) < 3:
        return CalendarTime(len(mine), mean, math.nan, 0)
    lags = newey_west_lags(len(mine))
    error = newey_west_mean(mine, lags)
    return CalendarTime(len(mine), mean, mean / error if error > 0.0 else math.nan, lags)


def _abnormal(
    returns: pd.Series[Any], benchmark: pd.Series[Any] | None
) -> tuple[Floats, NDArray[np.datetime64]]:
    if not (returns.index.is_monotonic_increasing and returns.index.is_unique):
        raise ValueError("returns must have ascending session dates, each once")
    own = returns.to_numpy(dtype=float)
    if benchmark is not None:
        if not returns.index.equals(benchmark.index):
            raise ValueError("returns and benchmark must be of the same sessions")
        own = own - benchmark.to_numpy(dtype=float)
    wrong = np.flatnonzero(~np.isfinite(own))
    if len(wrong):
        raise ValueError(f"abnormal return of {returns.index[wrong[0]]!s:.10} is not finite")
    return own, returns.index.to_numpy().astype("datetime64[D]")


def _places(sessions: NDArray[np.datetime64], dates: ArrayLike) -> Ints:
    """Return the distinct places of the events; those outside the sessions are left out."""
    days = np.asarray(dates, dtype="datetime64[D]")
    if len(sessions):
        days = days[(days >= sessions[0]) & (days <= sessions[-1])]
    return np.unique(np.searchsorted(sessions, days)).astype(np.int64)


def _offsets(window: tuple[int, int]) -> Ints:
    first, last = window
    if first > last:
        raise ValueError(f"window must run from its first to its last offset, got {window}")
    return np.arange(first, last + 1)


def _windows(abnormal: Floats, places: Ints, offsets: Ints) -> Floats:
    at = places[:, None] + offsets
    inside = (at >= 0) & (at < len(abnormal))
    return np.where(inside, abnormal[np.clip(at, 0, len(abnormal) - 1)], np.nan)


def _summed(abnormal: Floats, first: int, offsets: Ints) -> Floats:
    """Return the sum from `first` to each offset around every session, NaN beyond the data."""
    n = len(abnormal)
    total = np.concatenate([[0.0], np.cumsum(abnormal)])
    begin, end = np.arange(n)[:, None] + first, np.arange(n)[:, None] + offsets + 1
    inside = (begin >= 0) & (end <= n)
    sums: Floats = total[np.minimum(end, n)] - total[np.clip(begin, 0, n)]
    return np.where(inside, sums, np.nan)


def _mean_car(summed: Floats) -> tuple[Floats, Ints]:
    """Return the mean and the number of what is known of each column."""
    known = np.isfinite(summed)
    n = known.sum(axis=0)
    total = np.where(known, summed, 0.0).sum(axis=0)
    return np.divide(total, n, out=np.full(len(n), np.nan), where=n > 0), n.astype(np.int64)


def _moved_means(summed: Floats, places: Ints) -> Floats:
    """Return the mean at each offset for every move of the places, shape (n_sessions - 1, k).

    A sum over moved places is a circular correlation, so that all moves cost one transform.
    """
    n = len(summed)
    chosen = np.zeros(n)
    chosen[places] = 1.0
    turned = np.conj(np.fft.rfft(chosen))
    # One offset a row: a transform over rows that lie together is several times as fast.
    known = np.ascontiguousarray(np.isfinite(summed).T)
    total, count = (
        np.fft.irfft(np.fft.rfft(values) * turned, n).T[1:]
        for values in (np.where(known, summed.T, 0.0), known.astype(float))
    )
    count = np.round(count)
    means: Floats = np.divide(total, count, out=np.full(total.shape, np.nan), where=count > 0)
    return means


def _quantiles(moved: Floats, shares: tuple[float, ...]) -> Floats:
    """Return quantiles of what is known of each column, shape (len(shares), k); NaN of nothing."""
    out = np.full((len(shares), moved.shape[1]), np.nan)
    for place, column in enumerate(moved.T):
        known = column[np.isfinite(column)]
        if len(known):
            out[:, place] = np.quantile(known, shares)
    return out


def _two_sided(car: Floats, moved: Floats) -> Floats:
    centre, n = _mean_car(moved)
    # The tolerance keeps equal sums equal when they were added in another order.
    far = np.isfinite(moved) & (np.abs(moved - centre) >= np.abs(car - centre) - 1e-12)
    return np.where(np.isfinite(car) & (n > 0), (1 + far.sum(axis=0)) / (n + 1), np.nan)

"""Choose on the past, hold over the next months, walk on: what choosing would have earned."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from .block_sums import Floats, Ints, checked_monthly, sharpe_of_sums


@dataclass(frozen=True, eq=False)
class WalkForward:
    """The windows of a walk-forward and the months that were out of sample, joined.

    Attributes
    ----------
    windows : DataFrame
        One row a window: ``train_start, train_end, test_start, test_end`` (first and last month,
        included), ``trial`` (row of the best in sample), ``n_best`` (trials with that same Sharpe
        ratio; the first is taken), ``sharpe_in, sharpe_out`` (per session) and ``decay``, their
        difference.
    stitched : DataFrame by month
        ``window, trial, total, squares`` (sums of the month's daily returns and of their squares)
        and ``sessions``.
    sharpe_in : float
        Mean over the windows, per session.
    sharpe_out : float
        Of all months out of sample as one series, per session.
    decay : float
        ``sharpe_in - sharpe_out``.
    note : str
        Which months at the end are not tested, and why; empty where all are.
    """

    windows: pd.DataFrame = field(repr=False)
    stitched: pd.DataFrame = field(repr=False)
    sharpe_in: float
    sharpe_out: float
    decay: float
    note: str = ""


@dataclass(frozen=True)
class Window:
    """One choice: train on ``[start, end)``, test on ``[test, stop)``, in months."""

    start: int
    end: int
    test: int
    stop: int


@dataclass(frozen=True, eq=False)
class History:
    """The monthly sums of every trial, their sessions and their months' labels."""

    sums: NDArray[np.floating]
    sessions: Ints
    months: Sequence[Any]


def walk_forward(
    monthly: ArrayLike,
    sessions_per_month: ArrayLike,
    *,
    train_months: int = 60,
    test_months: int = 12,
    embargo_months: int = 0,
    months: Sequence[Any] | None = None,
) -> WalkForward:
    """Return what the best trial of each window did in the months after it.

    Windows of fixed length move by `test_months`, so every month after the first window is out of
    sample once; the last test is shorter where the history ends. Each test takes the trial's own
    returns: positions held over a border are neither closed nor bought.

    Parameters
    ----------
    monthly : array_like of shape (n_trials, n_months, 2)
        Sums of daily returns r and of r squared.
    sessions_per_month : array_like of shape (n_months,)
        Daily returns behind each sum.
    train_months, test_months, embargo_months : int
        `embargo_months` between a window and its test belong to neither.
    months : sequence of n_months labels, optional
        For example a PeriodIndex; the places 0, 1, ... without it.
    """
    sums, sessions = checked_monthly(monthly, sessions_per_month)
    _check_lengths(train_months, test_months, embargo_months, len(sessions))
    labels = range(len(sessions)) if months is None else months
    if len(labels) != len(sessions):
        raise ValueError(f"months must hold {len(sessions)} labels, got {len(labels)}")
    history = History(sums, sessions, labels)
    windows = list(_windows(len(sessions), train_months, test_months, embargo_months))
    kept, note = _testable(windows, history)
    return _joined(history, kept, note)


def _check_lengths(train: int, test: int, embargo: int, n_months: int) -> None:
    for name, value, least in (
        ("train_months", train, 1),
        ("test_months", test, 1),
        ("embargo_months", embargo, 0),
    ):
        if value < least:
            raise ValueError(f"{name} must be at least {least}, got {value}")
    if train + embargo >= n_months:
        raise ValueError(
            f"train_months {train} and embargo_months {embargo} leave no month to test of "
            f"{n_months}"
        )


def _windows(n_months: int, train: int, test: int, embargo: int) -> Iterator[Window]:
    for first in range(train + embargo, n_months, test):
        end = first - embargo
        yield Window(end - train, end, first, min(first + test, n_months))


def _testable(windows: list[Window], history: History) -> tuple[list[Window], str]:
    """Return the windows without a last test too short for a Sharpe ratio, and a note of it."""
    last, note = windows[-1], ""
    if history.sessions[last.test : last.stop].sum() < 2 and len(windows) > 1:
        windows = windows[:-1]
        note = f"not tested: {history.months[last.test]} and after, fewer than 2 sessions"
    for window in windows:
        for side, span in (
            ("train", slice(window.start, window.end)),
            ("test", slice(window.test, window.stop)),
        ):
            if (count := int(history.sessions[span].sum())) < 2:
                raise ValueError(
                    f"sessions_per_month leave {count} sessions to {side} on from month "
                    f"{history.months[span.start]}, at least 2 are needed"
                )
    return windows, note


def _joined(history: History, windows: list[Window], note: str) -> WalkForward:
    frame = pd.DataFrame([_row(history, window) for window in windows])
    parts = [
        _tested(history, window, place, int(trial))
        for place, (window, trial) in enumerate(zip(windows, frame["trial"], strict=True))
    ]
    months = pd.concat(parts)
    added = [months[name].to_numpy().sum() for name in ("total", "squares", "sessions")]
    sharpe_in = float(frame["sharpe_in"].mean())
    sharpe_out = float(sharpe_of_sums(*added))
    return WalkForward(frame, months, sharpe_in, sharpe_out, sharpe_in - sharpe_out, note)


def _tested(history: History, window: Window, place: int, trial: int) -> pd.DataFrame:
    """Return the months of one test as rows."""
    span = slice(window.test, window.stop)
    sums = history.sums[trial, span].astype(np.float64)
    columns = {
        "window": place,
        "trial": trial,
        "total": sums[:, 0],
        "squares": sums[:, 1],
        "sessions": history.sessions[span],
    }
    return pd.DataFrame(columns, index=pd.Index(history.months[span], name="month"))


def _row(history: History, window: Window) -> dict[str, Any]:
    inside = _sharpes(history, slice(window.start, window.end))
    trial = int(inside.argmax())
    outside = float(_sharpes(history, slice(window.test, window.stop))[trial])
    months = history.months
    return {
        "train_start": months[window.start],
        "train_end": months[window.end - 1],
        "test_start": months[window.test],
        "test_end": months[window.stop - 1],
        "trial": trial,
        "n_best": int((inside == inside[trial]).sum()),
        "sharpe_in": float(inside[trial]),
        "sharpe_out": outside,
        "decay": float(inside[trial]) - outside,
    }


def _sharpes(history: History, span: slice) -> Floats:
    added = history.sums[:, span].sum(axis=1, dtype=np.float64)
    return sharpe_of_sums(added[:, 0], added[:, 1], history.sessions[span].sum())

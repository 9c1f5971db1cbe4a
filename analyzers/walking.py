"""Choose on the past, hold over the next months, walk on: what choosing would have earned."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from .block_sums import Floats, Ints, checked_monthly, sharpe_of_sums
from .walk_windows import Window, WindowPlan, testable

#: What a window may choose by, as far as monthly sums give it.
CHOICES = ("sharpe", "mean_return")
Batch = tuple[Ints, NDArray[np.floating]]


@dataclass(frozen=True, eq=False)
class WalkForward:
    """The windows of a walk-forward and the months that were out of sample, joined.

    Attributes
    ----------
    windows : DataFrame
        One row a window: ``train_start, train_end, test_start, test_end`` (first and last month,
        included), ``trial`` (the best in sample), ``n_best`` (trials that were just as good: that
        of the window before is kept if it is one of them, else the lowest is taken), ``sharpe_in,
        sharpe_out`` (per session) and ``decay``, their difference.
    stitched : DataFrame by month
        ``window, trial, total, squares`` (sums of the month's daily returns and of their squares)
        and ``sessions``.
    sharpe_in : float
        Mean over the windows, per session.
    sharpe_out : float
        Of all months out of sample as one series, per session.
    sharpe_error : float or None
        Its standard error, with months as clusters; None where it has none (a single month, or no
        trade).
    sharpe_all : float
        Mean over all trials of the same months' Sharpe ratio, per session: what choosing at random
        would have earned.
    total_return : float
        Of all months out of sample, compounded.
    decay : float
        ``sharpe_in - sharpe_out``.
    note : str
        Which months at the end are not tested, and why; empty where all are.
    """

    windows: pd.DataFrame = field(repr=False)
    stitched: pd.DataFrame = field(repr=False)
    sharpe_in: float
    sharpe_out: float
    sharpe_error: float | None
    sharpe_all: float
    total_return: float
    decay: float
    n_trials: int
    note: str = ""


def walk_forward(
    monthly: ArrayLike,
    sessions_per_month: ArrayLike,
    *,
    train_months: int = 60,
    test_months: int = 12,
    embargo_months: int = 0,
    anchored: bool = False,
    by: str = "sharpe",
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
    anchored : bool
        Train from the first month on; `train_months` is then the length of the first window.
    by : str
        ``sharpe`` or ``mean_return``: what is highest in sample is chosen.
    months : sequence of n_months labels, optional
        For example a PeriodIndex; the places 0, 1, ... without it.

    Notes
    -----
    The compounded return follows from the sums to second order, ``exp(sum r - sum r^2 / 2) - 1``;
    what is left out is a third of the sum of cubes.

    References
    ----------
    Lo (2002), The statistics of Sharpe ratios, Financial Analysts Journal 58(4), appendix A: the
    error by the delta method, here on sums by month instead of daily moments.
    """
    sums, _ = checked_monthly(monthly, sessions_per_month)
    return walk_forward_in_batches(
        [(np.arange(len(sums)), sums)],
        sessions_per_month,
        plan=WindowPlan(train_months, test_months, embargo_months, anchored),
        by=by,
        months=months,
    )


def walk_forward_in_batches(
    batches: Iterable[Batch],
    sessions_per_month: ArrayLike,
    *,
    plan: WindowPlan,
    by: str = "sharpe",
    months: Sequence[Any] | None = None,
) -> WalkForward:
    """Return `walk_forward` of trials that come in batches, no more than one held at a time.

    Parameters
    ----------
    batches : iterable of (ndarray of shape (n,), ndarray of shape (n, n_months, 2))
        Numbers of some trials, and their monthly sums.
    """
    sessions = np.asarray(sessions_per_month)
    plan.check(len(sessions))
    if by not in CHOICES:
        raise ValueError(f"by must be one of {', '.join(CHOICES)}, got {by!r}")
    labels = range(len(sessions)) if months is None else months
    if len(labels) != len(sessions):
        raise ValueError(f"months must hold {len(sessions)} labels, got {len(labels)}")
    windows, note = testable(list(plan.windows(len(sessions))), sessions, labels)
    walk = _Walk(windows, sessions.astype(np.int64), by)
    for numbers, monthly in batches:
        sums, walk.sessions = checked_monthly(monthly, sessions_per_month)
        walk.take(np.asarray(numbers, np.int64), sums)
    if not walk.n_trials:
        raise ValueError("monthly must hold at least 1 trial, got none")
    walk.keep_the_choice_of_before()
    return _joined(walk, labels, note)


@dataclass(eq=False)
class _Best:
    """The best trial of one window so far, and its sums."""

    score: float = -math.inf
    trial: int = -1
    n_best: int = 0
    sums: Floats = field(default_factory=lambda: np.zeros((0, 2)))


class _Walk:
    """What the batches leave behind: the best of each window, and the mean of all."""

    def __init__(self, windows: list[Window], sessions: Ints, by: str) -> None:
        self.windows, self.sessions, self.by = windows, sessions, by
        self.best = [_Best() for _ in windows]
        self.n_trials, self.added_sharpes = 0, 0.0

    def take(self, numbers: Ints, sums: NDArray[np.floating]) -> None:
        """Compare a batch with the best so far."""
        for window, best in zip(self.windows, self.best, strict=True):
            scores = self._scores(sums, window.train_months)
            most = float(scores.max())
            tied = np.flatnonzero(scores == most)
            place = tied[numbers[tied].argmin()]
            if most > best.score:
                best.score, best.n_best, best.trial = most, 0, int(numbers[place]) + 1
            if most == best.score:
                best.n_best += len(tied)
                if numbers[place] < best.trial:
                    best.trial = int(numbers[place])
                    best.sums = sums[place].astype(np.float64)
        tested = slice(self.windows[0].test, self.windows[-1].stop)
        self.added_sharpes += float(_sharpes(sums, self.sessions, tested).sum())
        self.n_trials += len(sums)

    def _scores(self, sums: NDArray[np.floating], span: slice) -> Floats:
        if self.by == "sharpe":
            return _sharpes(sums, self.sessions, span)
        total = sums[:, span, 0].sum(axis=1, dtype=np.float64)
        mean: Floats = total / self.sessions[span].sum()
        return mean

    def keep_the_choice_of_before(self) -> None:
        """Change no choice for one that is only as good."""
        for window, last, best in zip(self.windows[1:], self.best, self.best[1:], strict=False):
            score = float(self._scores(last.sums[None], window.train_months)[0])
            if best.n_best > 1 and math.isclose(score, best.score, rel_tol=1e-12):
                best.trial, best.sums = last.trial, last.sums


def _sharpes(sums: NDArray[np.floating], sessions: Ints, span: slice) -> Floats:
    added = sums[:, span].sum(axis=1, dtype=np.float64)
    return sharpe_of_sums(added[:, 0], added[:, 1], sessions[span].sum())


def _joined(walk: _Walk, labels: Sequence[Any], note: str) -> WalkForward:
    pairs = list(zip(walk.windows, walk.best, strict=True))
    frame = pd.DataFrame([_row(walk, window, best, labels) for window, best in pairs])
    parts = [
        _tested(walk, window, best, labels).assign(window=place)
        for place, (window, best) in enumerate(pairs)
    ]
    months = pd.concat(parts)[["window", "trial", "total", "squares", "sessions"]]
    total, squares, sessions = (
        months[name].to_numpy() for name in ("total", "squares", "sessions")
    )
    sharpe_in = float(frame["sharpe_in"].mean())
    sharpe_out = float(sharpe_of_sums(total.sum(), squares.sum(), sessions.sum()))
    return WalkForward(
        windows=frame,
        stitched=months,
        sharpe_in=sharpe_in,
        sharpe_out=sharpe_out,
        sharpe_error=clustered_error(total, squares, sessions),
        sharpe_all=walk.added_sharpes / walk.n_trials,
        total_return=float(np.expm1(total.sum() - squares.sum() / 2.0)),
        decay=sharpe_in - sharpe_out,
        n_trials=walk.n_trials,
        note=note,
    )


def clustered_error(total: Floats, squares: Floats, sessions: Ints) -> float | None:
    """Return the standard error of the Sharpe ratio per session from monthly sums.

    By the delta method with months as clusters: skew, fat tails and whatever daily returns of one
    month have in common are in it. None where there is none.
    """
    n, n_months = int(sessions.sum()), int((sessions > 0).sum())
    mean = total.sum() / n
    variance = squares.sum() / n - mean**2
    if n_months < 2 or not sharpe_of_sums(total.sum(), squares.sum(), sessions.sum()):
        return None
    # What each month moves the ratio by: through the mean, and through the variance.
    apart = total - sessions * mean
    spread = squares - 2.0 * mean * total + sessions * (mean**2 - variance)
    moved = apart / math.sqrt(variance) - mean / (2.0 * variance**1.5) * spread
    return float(math.sqrt(np.sum(moved**2) * n_months / (n_months - 1.0)) / n)


def _tested(walk: _Walk, window: Window, best: _Best, labels: Sequence[Any]) -> pd.DataFrame:
    """Return the months of one test as rows."""
    span = window.test_months
    columns = {
        "trial": best.trial,
        "total": best.sums[span, 0],
        "squares": best.sums[span, 1],
        "sessions": walk.sessions[span],
    }
    return pd.DataFrame(columns, index=pd.Index(labels[span], name="month"))


def _row(walk: _Walk, window: Window, best: _Best, labels: Sequence[Any]) -> dict[str, Any]:
    inside, outside = (
        float(_sharpes(best.sums[None], walk.sessions, span)[0])
        for span in (window.train_months, window.test_months)
    )
    return {
        "train_start": labels[window.start],
        "train_end": labels[window.end - 1],
        "test_start": labels[window.test],
        "test_end": labels[window.stop - 1],
        "trial": best.trial,
        "n_best": best.n_best,
        "sharpe_in": inside,
        "sharpe_out": outside,
        "decay": inside - outside,
    }

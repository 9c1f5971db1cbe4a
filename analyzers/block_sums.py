"""Sums of returns by block, from which the Sharpe ratio of any union of blocks follows.

Sweeps keep, by trial and calendar month, the sum of daily returns r and of r squared. Together
with the number of sessions these give every mean and standard deviation over whole months.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

# A variance below this part of the mean square is rounding of float32 sums: a Sharpe ratio of
# 1,000 a period, which no returns have.
FLAT_SHARE = 1e-6


@dataclass(frozen=True)
class BlockSums:
    """Sum of returns and of their squares by block and trial, and the sessions in each block.

    `total` and `squares` have shape (n_blocks, n_trials), `sessions` (n_blocks,).
    """

    total: Floats
    squares: Floats
    sessions: Ints


def sharpe_of_sums(total: Floats, squares: Floats, sessions: Floats | Ints) -> Floats:
    """Return Sharpe ratios per session (ddof 1, risk-free rate 0) from sums; 0 where flat.

    Returns without any spread (no trade, or nothing but a constant) show no skill; 0 ranks them
    as the cash that they are. `sessions` of at least 2 broadcasts against the sums.
    """
    spread = squares - total**2 / sessions
    varies = spread > FLAT_SHARE * squares
    deviation = np.sqrt(np.where(varies, spread, 1.0) / (sessions - 1.0))
    return np.where(varies, total / sessions / deviation, 0.0)


def checked_returns(returns: ArrayLike, least_periods: int) -> Floats:
    """Return the matrix of shape (n_periods, n_trials), finite, or say what is wrong with it."""
    matrix = np.asarray(returns, dtype=np.float64)
    if matrix.ndim != 2 or matrix.shape[0] < least_periods or matrix.shape[1] < 2:
        raise ValueError(
            f"returns must have at least {least_periods} periods (rows) of at least 2 trials "
            f"(columns), got shape {matrix.shape}"
        )
    bad = np.argwhere(~np.isfinite(matrix))
    if len(bad):
        row, column = bad[0]
        raise ValueError(
            f"returns must be finite: period {row} of trial {column} is {matrix[row, column]}; "
            "leave failed trials out"
        )
    return matrix


def checked_monthly(
    monthly: ArrayLike, sessions_per_month: ArrayLike
) -> tuple[NDArray[np.floating], Ints]:
    """Return monthly sums of shape (n_trials, n_months, 2) and sessions, or say what is wrong.

    The sums keep their float type: a large sweep would not fit twice.
    """
    sums = np.asarray(monthly)
    if sums.dtype.kind != "f":
        sums = sums.astype(np.float64)
    if sums.ndim != 3 or sums.shape[2] != 2 or not sums.shape[0] or not sums.shape[1]:
        raise ValueError(
            "monthly must have shape (n_trials, n_months, 2), sums of r and of r squared, "
            f"got {sums.shape}"
        )
    _check_sums(sums)
    return sums, _checked_sessions(sessions_per_month, sums.shape[1])


def _check_sums(sums: NDArray[np.floating]) -> None:
    bad = np.argwhere(~np.isfinite(sums).all(axis=2) | (sums[:, :, 1] < 0))
    if len(bad):
        trial, month = bad[0]
        raise ValueError(
            "monthly must be finite with sums of squares of at least 0: "
            f"month {month} of trial {trial} is {sums[trial, month].tolist()}; "
            "leave failed trials out"
        )


def _checked_sessions(sessions_per_month: ArrayLike, n_months: int) -> Ints:
    sessions = np.asarray(sessions_per_month)
    if sessions.shape != (n_months,):
        raise ValueError(
            f"sessions_per_month must have one entry for each of the {n_months} months, "
            f"got shape {sessions.shape}"
        )
    whole = np.isfinite(sessions) & (sessions == np.floor(sessions)) & (sessions >= 0)
    if not whole.all():
        month = int(np.flatnonzero(~whole)[0])
        raise ValueError(
            f"sessions_per_month must be whole numbers of at least 0, month {month} is "
            f"{sessions[month]}"
        )
    return sessions.astype(np.int64)


def bounds(n_rows: int, n_blocks: int) -> Ints:
    """Return the borders of contiguous blocks whose lengths differ by one row at most."""
    return np.arange(n_blocks + 1, dtype=np.int64) * n_rows // n_blocks


def sums_of_returns(returns: Floats, n_blocks: int) -> BlockSums:
    """Return the block sums of returns of shape (n_periods, n_trials)."""
    borders = bounds(len(returns), n_blocks)
    return BlockSums(
        np.add.reduceat(returns, borders[:-1], axis=0),
        np.add.reduceat(returns**2, borders[:-1], axis=0),
        np.diff(borders),
    )


def sums_of_months(
    monthly: NDArray[np.floating], sessions: Ints, n_blocks: int, embargo_months: int
) -> BlockSums:
    """Return the block sums of monthly sums, each block but the last without its last months.

    So `embargo_months` lie between any two blocks and belong to neither.
    """
    borders = bounds(len(sessions), n_blocks)
    ends = borders[1:] - embargo_months
    ends[-1] = borders[-1]
    spans = [slice(start, end) for start, end in zip(borders[:-1], ends, strict=True)]
    added = [monthly[:, span].sum(axis=1, dtype=np.float64) for span in spans]
    total, squares = np.stack(added, axis=0).transpose(2, 0, 1)
    return BlockSums(
        np.ascontiguousarray(total),
        np.ascontiguousarray(squares),
        np.array([sessions[span].sum() for span in spans], dtype=np.int64),
    )

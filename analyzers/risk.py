"""Losses, drawdowns and concentration: pure functions of returns, values and holdings."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

Floats = NDArray[np.float64]

#: Fewer returns than this hold not one observation in the tail of a level.
LEAST_RETURNS = {0.95: 20, 0.99: 100}


def value_at_risk(returns: Floats, level: float = 0.95) -> float:
    """Return the return that is undercut once in ``1 / (1 - level)`` periods, a signed figure.

    Parameters
    ----------
    returns : ndarray of shape (n_periods,)
        Simple returns, finite.
    level : float
        Between 0.5 and 1.

    Returns
    -------
    float
        The historical quantile, linear between observations; NaN of fewer than 2 returns.

    References
    ----------
    Hyndman and Fan (1996), The American Statistician 50(4), type 7.
    """
    _check_level(level)
    return float(np.percentile(returns, _percent(level))) if len(returns) > 1 else np.nan


def expected_shortfall(returns: Floats, level: float = 0.95) -> float:
    """Return the mean of the returns at or below the value at risk; NaN of fewer than 2.

    References
    ----------
    Acerbi and Tasche (2002), Journal of Banking & Finance 26(7).
    """
    edge = value_at_risk(returns, level)
    return float(returns[returns <= edge].mean()) if np.isfinite(edge) else np.nan


def drawdown_periods(values: pd.Series[Any], top: int = 5) -> pd.DataFrame:
    """Return the deepest falls from a peak that do not overlap, the deepest first.

    Parameters
    ----------
    values : Series by session date
        Positive and finite; the first one counts as a peak.
    top : int
        At most so many rows.

    Returns
    -------
    DataFrame
        ``depth`` (negative fraction), ``peak, valley, recovery`` (dates; NaT where the peak was
        never regained), ``fall`` (sessions from peak to valley), ``regain`` (valley to recovery,
        NaN where none), ``length`` (peak to recovery, or to the last session).
    """
    level = values.to_numpy(dtype=float)
    if not (np.isfinite(level).all() and (level > 0.0).all()):
        raise ValueError("values must be positive and finite")
    depth = level / np.maximum.accumulate(level) - 1.0 if len(level) else level
    is_under = np.concatenate([[False], depth < 0.0, [False]]).astype(np.int8)
    # Each spell under water begins the session after its peak and ends at its recovery.
    starts, ends = (np.flatnonzero(np.diff(is_under) == step) for step in (1, -1))
    last = len(level) - 1
    rows = []
    for start, end in zip(starts.tolist(), ends.tolist(), strict=True):
        valley = start + int(np.argmin(depth[start:end]))
        is_regained = end <= last
        rows.append(
            {
                "depth": float(depth[valley]),
                "peak": values.index[start - 1],
                "valley": values.index[valley],
                "recovery": values.index[end] if is_regained else pd.NaT,
                "fall": float(valley - start + 1),
                "regain": float(end - valley) if is_regained else np.nan,
                "length": float(min(end, last) - start + 1),
            }
        )
    columns = ["depth", "peak", "valley", "recovery", "fall", "regain", "length"]
    frame = pd.DataFrame(rows, columns=columns)
    return frame.sort_values("depth", kind="stable").head(top).reset_index(drop=True)


def herfindahl(holdings: pd.DataFrame) -> pd.Series[Any]:
    """Return the sum of squared shares of the gross holdings, 1 / n for n equal ones, by session.

    Parameters
    ----------
    holdings : DataFrame by session date, one column a name
        Values of either sign; NaN counts as not held.

    Returns
    -------
    Series
        Between 1 / n_names and 1; NaN where nothing is held.

    References
    ----------
    Hirschman (1964), American Economic Review 54(5).
    """
    gross = holdings.abs().fillna(0.0)
    total = gross.sum(axis=1)
    return gross.div(total.where(total > 0.0), axis=0).pow(2).sum(axis=1, min_count=1)


def exposure_by_currency(holdings: pd.DataFrame, currencies: dict[str, str]) -> pd.DataFrame:
    """Return holdings summed by the currency in which each name is quoted.

    A name of unknown currency is counted under ``unknown``.
    """
    labels = [currencies.get(str(name)) or "unknown" for name in holdings]
    return holdings.T.groupby(labels).sum().T


def exposure_by_metal(holdings: pd.DataFrame, weights: pd.DataFrame) -> pd.DataFrame:
    """Return holdings shared out among what their issuers earn from, as published by each date.

    Parameters
    ----------
    holdings : DataFrame by session date, one column a name
    weights : DataFrame
        ``symbol, commodity, weight, valid_from``. A name's rows of the last `valid_from` at or
        before a session hold; before the first one the first is carried back.

    Returns
    -------
    DataFrame
        One column a commodity. A name's weights are scaled to sum to 1, so that each session sums
        to its holdings; a name without weights is under ``unknown``.
    """
    parts: dict[str, Any] = {}
    for name in holdings:
        own = weights[weights["symbol"] == name]
        for metal, share in _shares(own, pd.DatetimeIndex(holdings.index)).items():
            moved = holdings[name].fillna(0.0) * share
            parts[str(metal)] = parts[str(metal)] + moved if metal in parts else moved
    return pd.DataFrame(parts, index=holdings.index)


def _shares(own: pd.DataFrame, sessions: pd.DatetimeIndex) -> dict[str, Floats]:
    """Return a name's share of each commodity by session, summing to 1."""
    wide = (
        own.pivot_table(index="valid_from", columns="commodity", values="weight", aggfunc="sum")
        .fillna(0.0)
        .sort_index()
    )
    total = wide.sum(axis=1)
    wide = wide[total > 0.0].div(total[total > 0.0], axis=0)
    if wide.empty:
        return {"unknown": np.ones(len(sessions))}
    known = pd.DatetimeIndex(wide.index).searchsorted(sessions, side="right") - 1
    table = wide.to_numpy(dtype=float)[np.maximum(known, 0)]
    return {str(metal): table[:, place] for place, metal in enumerate(wide.columns)}


def _percent(level: float) -> float:
    # Rounded: 100 * (1 - 0.95) is 5.000000000000004, another quantile in the last bit.
    return round(100.0 * (1.0 - level), 10)


def _check_level(level: float) -> None:
    if not 0.5 < level < 1.0:
        raise ValueError(f"level must lie between 0.5 and 1, got {level:g}")

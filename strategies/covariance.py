"""Covariances of daily returns for sizing a book: known at each row, semi-definite, no BLAS.

Names of several exchanges close on different rows and keep different holidays. Returns are paired
by calendar day, a name without a bar that day moves nothing, and each name's moments are divided
by the weight of the days it did trade: a late listing, a holiday and a name that has not closed
yet today keep their variance, and the matrix stays positive semi-definite, because the division
is a congruence.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from orebound.feeds import Panel

from .rolling import Array

#: RiskMetrics' decay of daily data (J.P. Morgan 1996, table 5.9).
DECAY = 0.94
#: Sessions of the shrunk covariance.
SHRUNK_SESSIONS = 60


class Shrunk(NamedTuple):
    """A shrunk covariance and how far it was shrunk: 0 is the sample's, 1 the target."""

    covariance: Array
    intensity: float


def own_returns(panel: Panel) -> Array:
    """Return each name's log return between its own bars at the last known exchange rates.

    Shape (n_rows, n_names); NaN without a bar and over a hole.
    """
    out = np.full((panel.n_rows, panel.n_names), np.nan)
    for name in range(panel.n_names):
        rows = panel.priced_rows(name)
        segment = panel.segment[rows, name]
        joined = (segment[1:] == segment[:-1]) & (segment[1:] >= 0)
        steps = np.diff(np.log(panel.known_close[rows, name]))
        out[rows[1:], name] = np.where(joined, steps, np.nan)
    return out


def ewma_covariance(
    returns: Array, days: NDArray[np.int64] | None = None, *, decay: float = DECAY
) -> Array:
    """Return the exponentially weighted covariance known at each row, around a mean of zero.

    Parameters
    ----------
    returns : ndarray of shape (n_rows, n_names)
        NaN where a name has none.
    days : ndarray of shape (n_rows,), int, optional
        Ascending; returns of one day are paired, whichever row of it they come on. By default
        each row is a day.

    Returns
    -------
    ndarray of shape (n_rows, n_names, n_names)
        Entry `t` depends on rows `<= t` only; a day. NaN for a name before its first return.

    References
    ----------
    J.P. Morgan (1996), RiskMetrics technical document, equation 5.4.
    """
    n, k = returns.shape
    days = np.arange(n) if days is None else days
    out = np.empty((n, k, k))
    before, before_weight = np.zeros((k, k)), np.zeros(k)
    now, weight = before, before_weight
    today = np.full(k, np.nan)
    for t in range(n):
        if t and days[t] != days[t - 1]:
            before, before_weight = now, weight
            today = np.full(k, np.nan)
        today = np.where(np.isfinite(returns[t]), returns[t], today)
        has = np.isfinite(today)
        r = np.where(has, today, 0.0)
        now = decay * before + (1.0 - decay) * (r[:, None] * r)
        weight = decay * before_weight + (1.0 - decay) * has
        out[t] = _per_own_day(now, weight)
    return out


def shrunk_covariance(returns: Array) -> Shrunk:
    """Return the sample covariance shrunk towards constant correlation, by the optimal intensity.

    Parameters
    ----------
    returns : ndarray of shape (n_days, n_names)
        NaN where a name has none; each name needs at least two.

    References
    ----------
    Ledoit and Wolf (2004), "Honey, I shrunk the sample covariance matrix", Journal of Portfolio
    Management 30(4), appendices A and B.
    """
    has = np.isfinite(returns)
    count = has.sum(axis=0)
    if len(returns) < 2 or (count < 2).any():
        raise ValueError(
            f"returns: accepted: two or more of each name, got {count.tolist()} of {len(returns)}"
        )
    mean = np.where(has, returns, 0.0).sum(axis=0) / count
    # What a name did not trade counts as no deviation; its days are few, so they count for more.
    x = np.where(has, returns - mean, 0.0) * np.sqrt(len(returns) / count)
    n, k = x.shape
    sample = (x[:, :, None] * x[:, None, :]).mean(axis=0)
    variance = np.diag(sample)
    if k == 1 or not (variance > 0.0).all():
        return Shrunk(sample, 0.0)
    sd = np.sqrt(variance)
    scale = sd[:, None] * sd
    off = ~np.eye(k, dtype=bool)
    mean_correlation = (sample / scale)[off].mean()
    target = np.where(off, mean_correlation * scale, sample)
    products = x[:, :, None] * x[:, None, :] - sample
    pi = (products**2).mean(axis=0)
    squares = x**2 - variance
    theta = (squares[:, :, None] * products).mean(axis=0)  # [i, j]: of s_ii with s_ij
    ratio = sd / sd[:, None]  # [i, j]: sqrt(s_jj / s_ii)
    terms = 0.5 * mean_correlation * (ratio * theta + (ratio * theta).T)
    rho = np.diag(pi).sum() + terms[off].sum()
    gamma = ((target - sample) ** 2).sum()
    if not gamma > 0.0:
        return Shrunk(sample, 0.0)
    intensity = float(np.clip((pi.sum() - rho) / gamma / n, 0.0, 1.0))
    return Shrunk(intensity * target + (1.0 - intensity) * sample, intensity)


class DayTable:
    """Returns by day, of which at each row only those that have come count.

    Parameters
    ----------
    returns : ndarray of shape (n_rows, n_names)
    days : ndarray of shape (n_rows,), int
        Ascending.
    """

    def __init__(self, returns: Array, days: NDArray[np.int64]) -> None:
        self._returns = returns
        every, self._place = np.unique(days, return_inverse=True)
        self._first = np.searchsorted(days, every)
        self._table = np.full((len(every), returns.shape[1]), np.nan)
        rows, names = np.nonzero(np.isfinite(returns))
        self._table[self._place[rows], names] = returns[rows, names]

    def known_at(self, row: int, count: int) -> Array:
        """Return the last `count` days known at a row, the row's own day as far as it has come."""
        place = self._place[row]
        out = self._table[max(place - count + 1, 0) : place + 1].copy()
        of_today = self._returns[self._first[place] : row + 1]
        out[-1] = np.nan
        for values in of_today:
            out[-1] = np.where(np.isfinite(values), values, out[-1])
        return out


def _per_own_day(moments: Array, weight: Array) -> Array:
    scale = np.sqrt(np.where(weight > 0.0, weight, np.nan))
    covariance: Array = moments / (scale[:, None] * scale)
    return covariance

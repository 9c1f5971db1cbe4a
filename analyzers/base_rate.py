"""How often the entry condition holds by itself: in noise, and in the data at hand."""

from __future__ import annotations

import math
from collections.abc import Sequence
from statistics import NormalDist

import numpy as np
import pandas as pd
from numpy.typing import NDArray

Bools = NDArray[np.bool_]
NORMAL = NormalDist()


def noise_base_rate_z(z_in: float) -> float:
    """Return the share of days on which pure noise has z <= -`z_in` (0.067 at 1.5).

    The summed residual of white noise, divided by its own standard deviation, is standard normal.
    """
    return NORMAL.cdf(-z_in)


def noise_base_rate_lag(lag_in: float, daily_vol: float, window: int) -> float:
    """Return the share of days on which a driftless random walk lags by `lag_in` or more.

    Parameters
    ----------
    lag_in : float
        0.20 means 20 % behind, as a ratio over the window.
    daily_vol : float
        Standard deviation of the daily log return of the ratio miner / metal.
    window : int
        Sessions the lag looks back.

    Raises
    ------
    ValueError
        If a parameter is out of its bounds.
    """
    if not 0.0 < lag_in < 1.0:
        raise ValueError(f"lag_in must lie between 0 and 1, got {lag_in}")
    if not (daily_vol > 0.0 and np.isfinite(daily_vol)):
        raise ValueError(f"daily_vol must be positive and finite, got {daily_vol}")
    if window < 1:
        raise ValueError(f"window must be at least 1 session, got {window}")
    return NORMAL.cdf(math.log1p(-lag_in) / (daily_vol * math.sqrt(window)))


def observed_base_rate(signal: Bools, ready: Bools, names: Sequence[str]) -> pd.DataFrame:
    """Return by name on what share of its ready sessions the entry condition held.

    Parameters
    ----------
    signal, ready : bool ndarray of shape (n_rows, n_names)
        Whether the condition held, and whether the name could have been judged on that row.

    Returns
    -------
    DataFrame
        ``symbol, n_ready, n_signal, rate``; `rate` is NaN for a name that was never ready.
    """
    signal, ready = np.asarray(signal, dtype=bool), np.asarray(ready, dtype=bool)
    if signal.shape != ready.shape or signal.ndim != 2 or signal.shape[1] != len(names):
        raise ValueError(
            f"signal and ready must both have shape (n_rows, {len(names)}), one column a name; got "
            f"{signal.shape} and {ready.shape}"
        )
    n_ready, n_signal = ready.sum(axis=0), (signal & ready).sum(axis=0)
    rate = np.divide(n_signal, n_ready, out=np.full(len(names), np.nan), where=n_ready > 0)
    columns = {"symbol": list(names), "n_ready": n_ready, "n_signal": n_signal, "rate": rate}
    return pd.DataFrame(columns)

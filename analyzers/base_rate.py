"""How often the entry condition holds by itself: in noise, and in the data at hand."""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import lru_cache
from statistics import NormalDist
from typing import Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from orebound.strategies import level_gap

Bools = NDArray[np.bool_]
Form = Literal["cumulative", "ratio", "anchored", "drawdown", "cointegration"]
NORMAL = NormalDist()
#: How far a walk seen once a session stays below its true maximum, in deviations of a session:
#: -zeta(1/2) / sqrt(2 pi) (Broadie, Glasserman and Kou 1997, Mathematical Finance 7).
OVERSHOOT = 0.5826
#: Walks behind the level residual's rate, each of so many sessions beyond the fit.
WALKS, SESSIONS, SEED = 120, 1500, 20250324


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


def noise_base_rate(
    form: Form,
    *,
    trigger: Literal["z", "lag"],
    at: float,
    window: int,
    first: int = 20,
    daily_vol: float = math.nan,
    fit_window: int = 252,
    factors: int = 2,
) -> float:
    """Return the share of days on which a form of the gap meets its entry condition in noise.

    Noise is a miner that no catch-up moves: its returns beyond the hedge are white. Nothing
    reverts, and whatever the rate is here a signal has to beat.

    Parameters
    ----------
    form : str
    trigger : str
        ``z``: the gap at or below -`at` deviations; ``lag``: `at` = 0.20 behind, or more.
    window : int
        Sessions the gap looks back.
    first : int
        Read by the anchored gap, whose rate on the lag grows with the sessions since its date: it
        is averaged over `first` to `window` of them.
    daily_vol : float
        Daily standard deviation of the gap's increments; read by the lag only.
    fit_window, factors : int
        Sessions and factors (1 or 2) of the level regression; read by ``cointegration`` on z.

    Returns
    -------
    float
        In closed form, but for the level residual, whose rate is simulated: its ratios are fitted
        on levels, which fit by chance (0.16 of days beyond 1.5 instead of 0.07).

    Raises
    ------
    ValueError
        If a parameter is out of its bounds.
    """
    if form not in ("cumulative", "ratio", "anchored", "drawdown", "cointegration"):
        raise ValueError(f"form must be one of the gap forms, got {form!r}")
    if form == "cointegration" and trigger == "z":
        return float(np.mean(_level_scores(fit_window, factors) <= -at))
    if trigger == "lag":
        plain = noise_base_rate_lag(at, daily_vol, window)
        deep, sigma = -math.log1p(-at), daily_vol
    else:
        plain, deep, sigma = noise_base_rate_z(at), at * math.sqrt(window), 1.0
    if form == "anchored" and trigger == "lag":
        if not 1 <= first <= window:
            raise ValueError(f"first must lie between 1 and {window} sessions, got {first}")
        lengths = range(first, window + 1)
        return float(np.mean([noise_base_rate_lag(at, daily_vol, one) for one in lengths]))
    if form == "drawdown":
        # The fall from the highest of a walk is as the walk's own size (reflection).
        steps = max(window - 1, 1)
        return 2.0 * NORMAL.cdf(-(deep / sigma + OVERSHOOT) / math.sqrt(steps))
    return plain


@lru_cache(maxsize=8)
def _level_scores(window: int, factors: int) -> NDArray[np.float64]:
    """Return z of level residuals of independent walks.

    Adding any multiple of the factors to the miner changes nothing, so that this is also the
    noise about a true ratio.
    """
    if factors not in (1, 2):
        raise ValueError(f"factors must be 1 or 2, got {factors}")
    generator = np.random.default_rng(SEED)
    found = []
    for _ in range(WALKS):
        miner, metal, market = generator.normal(0.0, 0.01, (3, window + SESSIONS)).cumsum(axis=1)
        free = (-math.inf, math.inf)
        other = market if factors == 2 else None
        found.append(level_gap(miner, metal, other, window=window, bounds=free).z[window:])
    return np.concatenate(found)


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

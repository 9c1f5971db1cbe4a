"""How long until it happens, when some were no longer watched before it did."""

from __future__ import annotations

from statistics import NormalDist

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

Floats = NDArray[np.float64]


def kaplan_meier(
    durations: ArrayLike, closed: ArrayLike, *, confidence: float = 0.95
) -> pd.DataFrame:
    """Return the share for which it has not happened yet, by time.

    Parameters
    ----------
    durations : array-like of shape (n,)
        How long each was watched, 0 or more, finite.
    closed : array-like of shape (n,), bool
        Whether it happened then; False where watching merely ended (censored).
    confidence : float
        Of the band, by Greenwood's variance on the scale of log(-log S).

    Returns
    -------
    DataFrame
        One row a time at which it happened: ``time, at_risk, events, survival, low, high``. Those
        whose watching ended at a time are at risk there. `low` and `high` are NaN where the share
        is 0: Greenwood's variance does not exist there.

    Raises
    ------
    ValueError
        If the lengths differ, or a duration is negative or not finite.

    References
    ----------
    Kaplan and Meier (1958), Journal of the American Statistical Association 53; Kalbfleisch and
    Prentice (2002), The Statistical Analysis of Failure Time Data, 2nd ed., chapter 1: the band.
    """
    times, happened = _checked(durations, closed, confidence)
    distinct = np.unique(times[happened])
    at_risk = np.array([(times >= time).sum() for time in distinct], dtype=np.int64)
    events = np.array([(times[happened] == time).sum() for time in distinct], dtype=np.int64)
    survival = np.asarray(np.cumprod(1.0 - events / np.maximum(at_risk, 1)), dtype=np.float64)
    low, high = _band(survival, at_risk, events, confidence)
    columns = {"time": distinct, "at_risk": at_risk, "events": events, "survival": survival}
    return pd.DataFrame(columns | {"low": low, "high": high})


def survival_at(curve: pd.DataFrame, time: float) -> float:
    """Return the share for which it has not happened by a time, that time included."""
    seen = curve["time"].to_numpy() <= time
    return float(curve["survival"].to_numpy()[seen][-1]) if seen.any() else 1.0


def median_time(curve: pd.DataFrame) -> float:
    """Return the first time by which it has happened for half; infinite if that was never seen."""
    # 1 - 1/2 computed as a product may miss a half by its last bit.
    reached = curve["survival"].to_numpy() <= 0.5 + 1e-12
    return float(curve["time"].to_numpy()[reached][0]) if reached.any() else np.inf


def _checked(
    durations: ArrayLike, closed: ArrayLike, confidence: float
) -> tuple[Floats, NDArray[np.bool_]]:
    times, happened = np.asarray(durations, dtype=float), np.asarray(closed, dtype=bool)
    if times.ndim != 1 or times.shape != happened.shape:
        raise ValueError(
            "durations and closed must be one-dimensional and equally long, got shapes "
            f"{times.shape} and {happened.shape}"
        )
    wrong = ~(np.isfinite(times) & (times >= 0.0))
    if wrong.any():
        raise ValueError(f"durations must be finite and not negative, got {times[wrong][0]}")
    if not 0.0 < confidence < 1.0:
        raise ValueError(f"confidence must lie between 0 and 1, got {confidence}")
    return times, happened


def _band(
    survival: Floats, at_risk: NDArray[np.int64], events: NDArray[np.int64], confidence: float
) -> tuple[Floats, Floats]:
    has = survival > 0.0
    left = np.where(has, at_risk - events, 1)
    spread = np.cumsum(events / (at_risk * left))
    log = np.log(np.where(has, survival, 0.5))
    width = NormalDist().inv_cdf(0.5 + confidence / 2.0) * np.sqrt(spread) / np.abs(log)
    known = np.where(has, survival, np.nan)
    return known ** np.exp(width), known ** np.exp(-width)

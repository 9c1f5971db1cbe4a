"""The phase of the business cycle from unemployment and the yield curve, as known on the day.

Recessions are dated 4 to 21 months after the fact: such dates are no live label. This one reads
the vintages of the day alone.
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from orebound.feeds import KnownSeries, Panel

from ..rolling import Array
from .panel_series import series_of
from .series_forms import History, at_releases

PHASES = ("early", "mid", "late", "recession")
UNEMPLOYMENT, CURVE = "unemployment", "curve"
#: Real-time rule of Sahm (2019): so many points above the year's low mark a recession.
RECESSION_RISE = 0.5
#: Above the year's low by so much, and rising, unemployment has turned; a curve below so many
#: points is flat: either is late. Both are conventions, not estimates.
LATE_RISE, FLAT = 0.2, 0.5
#: Ten years in which unemployment is high or low, and the fewest months of them.
RANGE_MONTHS, LEAST_MONTHS = 120, 60
#: Months that must be there without a hole: 13 three-month means, and the turn.
WHOLE_MONTHS = 15
TURN_MONTHS = 3
DECIMALS = 10


def sahm(unemployment: Array) -> float:
    """Return the three-month mean of unemployment less its lowest of the 12 months before.

    0.5 or more marks the beginning of a recession in real time (Sahm 2019).

    Parameters
    ----------
    unemployment : ndarray of shape (n_months,)
        Per cent, ascending, as known on the day.

    Returns
    -------
    float
        Points; NaN where one of the last 15 months is missing.
    """
    if len(unemployment) < WHOLE_MONTHS:
        return np.nan
    means = _three_month_means(unemployment[-WHOLE_MONTHS:])
    return float(np.round(means[-1] - means[:-1].min(), DECIMALS))


def cycle_label(unemployment: Array, slope: float) -> str:
    """Return the phase that unemployment and the curve are in, empty where it cannot be told.

    ``recession``: `sahm` at 0.5 or above and unemployment not below three months before.
    ``late``: the curve below half a point, or unemployment 0.2 above its year's low and rising.
    ``early``: above the middle of its ten years' range. ``mid``: the rest. The first that holds
    counts.

    Parameters
    ----------
    unemployment : ndarray of shape (n_months,)
        Per cent, ascending, NaN for a missing month; the last 120 are read, 60 must be there, of
        the last 15 all.
    slope : float
        Ten-year less three-month yield, points.
    """
    code = _phase(*_figures(np.asarray(unemployment, np.float64)), np.array([slope]))[0]
    return "" if np.isnan(code) else PHASES[int(code)]


@lru_cache(maxsize=16)
def cycle_path(panel: Panel, max_age: float) -> Array:
    """Return the place in `PHASES` at each row of a panel, shape (n_rows,), NaN where unknown.

    From the series ``unemployment`` (monthly) and ``curve``; entry `t` from what was public at
    row `t`, none older than `max_age` days.

    Raises
    ------
    ConfigError
        If either series is absent.
    """
    jobs, curve = series_of(panel, UNEMPLOYMENT), series_of(panel, CURVE)
    times, figures = _by_release(jobs.history)
    out = np.full((3, panel.n_rows), np.nan)
    place = np.searchsorted(times, panel.closes, side="right") - 1
    has = place >= 0
    out[:, has] = figures[:, place[has]]
    rise, turn, slack = out
    code = _phase(rise, turn, slack, curve.value)
    code[~((jobs.age_days <= max_age) & (curve.age_days <= max_age))] = np.nan
    code.flags.writeable = False
    return code


@lru_cache(maxsize=16)
def _by_release(series: KnownSeries) -> tuple[NDArray[np.datetime64], Array]:
    """Return releases, and rise, turn and slack at each, shape (3, n_releases)."""
    found = []

    def figures(past: History) -> float:
        if past.step != 1:
            found.append((np.nan,) * 3)
        else:
            found.append(_figures(past.last(min(RANGE_MONTHS, len(past.values)))))
        return 0.0

    times, _ = at_releases(series, figures)
    return times, np.array(found, np.float64).reshape(-1, 3).T


def _figures(unemployment: Array) -> tuple[float, float, float]:
    """Return rise over the year's low, change in three months, and distance from mid-range."""
    recent = unemployment[-RANGE_MONTHS:]
    known = recent[np.isfinite(recent)]
    if len(known) < LEAST_MONTHS or np.isnan(recent[-WHOLE_MONTHS:]).any():
        return np.nan, np.nan, np.nan
    means = _three_month_means(recent[-WHOLE_MONTHS:])
    turn, slack = means[-1] - means[-1 - TURN_MONTHS], means[-1] - 0.5 * (known.min() + known.max())
    return sahm(recent), float(np.round(turn, DECIMALS)), float(np.round(slack, DECIMALS))


def _three_month_means(values: Array) -> Array:
    return np.asarray((values[2:] + values[1:-1] + values[:-2]) / 3.0)


def _phase(rise: Array | float, turn: Array | float, slack: Array | float, slope: Array) -> Array:
    """Return the place in `PHASES`, NaN where a figure is unknown."""
    rise, turn, slack = (np.broadcast_to(part, slope.shape) for part in (rise, turn, slack))
    early, mid, late, recession = range(4)
    is_late = (slope < FLAT) | ((rise >= LATE_RISE) & (turn > 0.0))
    code = np.where(slack > 0.0, early, mid)
    code = np.where(is_late, late, code)
    code = np.where((rise >= RECESSION_RISE) & (turn >= 0.0), recession, code)
    is_known = np.isfinite(rise) & np.isfinite(slope)
    return np.where(is_known, code, np.nan).astype(np.float64)

"""Reproducible random paths on the sample's grid of days and moments."""

from __future__ import annotations

import hashlib
import math

import numpy as np
from numpy.typing import NDArray

from .sample_tables import DIP_WINDOWS, FIRST, LAST, POINTS, VARIANCE_SHARES, Dips

Floats = NDArray[np.float64]
Dates = NDArray[np.datetime64]

N_POINTS = len(POINTS)
TAIL_DEGREES = 5
TAIL_CAP = 6.0  # of a day's variance, so that no sample day looks like a bad print
STORM = 0.4  # deviation of the log of volatility
YEAR = 261.0  # weekdays


def grid_days() -> Dates:
    """Return every weekday of the sample market: paths go on while a venue is closed."""
    days = np.arange(np.datetime64(FIRST), np.datetime64(LAST) + 1)
    return days[np.is_busday(days)]


def generator(seed: int, name: str) -> np.random.Generator:
    """Return the stream of one named part, the same in every process and for any selection."""
    digest = hashlib.sha256(f"orebound sample {seed} {name}".encode()).digest()
    return np.random.Generator(np.random.PCG64(int.from_bytes(digest[:16], "big")))


def shocks(rng: np.random.Generator, n_days: int) -> Floats:
    """Return fat-tailed increments of unit daily variance, shape (n_days, n_points).

    A day's increments share one variance, so that daily sums follow Student's t, cut off.
    """
    spread = np.minimum((TAIL_DEGREES - 2) / rng.chisquare(TAIL_DEGREES, n_days), TAIL_CAP)
    normal = rng.standard_normal((n_days, N_POINTS))
    scale = np.sqrt(spread[:, None] * np.asarray(VARIANCE_SHARES)[None, :])
    return np.asarray(normal * scale)


def calm_and_storm(rng: np.random.Generator, n_days: int) -> Floats:
    """Return the market-wide factor of volatility by day: mean square 1, half-life 30 sessions."""
    slow = reverting(rng.standard_normal(n_days), half_life=30.0)
    spread = math.sqrt(1.0 / (1.0 - 2.0 ** (-2.0 / 30.0)))
    return np.asarray(np.exp(STORM * np.clip(slow / spread, -2.0, 2.0) - STORM**2))


def reverting(increments: Floats, half_life: float) -> Floats:
    """Return the AR(1) path driven by flat `increments`; `half_life` counts them.

    Solved as a scaled running sum; blocks keep the scale within the range of a double.
    """
    block = max(1, int(400 * half_life))
    path, last = np.empty_like(increments), 0.0
    for start in range(0, len(increments), block):
        part = increments[start : start + block]
        growth = 2.0 ** (np.arange(1, len(part) + 1) / half_life)
        path[start : start + block] = (last + np.cumsum(part * growth)) / growth
        last = path[start + len(part) - 1]
    return path


def reverting_walk(increments: Floats, half_life: float) -> Floats:
    """Return the mean-reverting path of increments by day and point; `half_life` in sessions."""
    flat = reverting(increments.ravel(), half_life * N_POINTS)
    return flat.reshape(increments.shape)


def shock_size(spread: float, half_life: float) -> float:
    """Return the daily shock that gives a mean-reverting path this stationary deviation."""
    return spread * math.sqrt(1.0 - 2.0 ** (-2.0 / half_life))


def yearly(trend: float, n_days: int) -> Floats:
    """Return a straight log trend by day and point, zero on the first point."""
    steps = np.arange(n_days * N_POINTS, dtype=np.float64) / (YEAR * N_POINTS)
    return (trend * steps).reshape(n_days, N_POINTS)


def place(days: Dates, date: str, point: str) -> int:
    """Return the flat position of a moment on the grid."""
    return int(np.searchsorted(days, np.datetime64(date))) * N_POINTS + POINTS.index(point)


def ramp(days: Dates, point: str, knots: list[tuple[str, float]]) -> Floats:
    """Return the line through dated values at one point of the day, flat before and after."""
    at = [place(days, date, point) for date, _ in knots]
    line = np.interp(np.arange(len(days) * N_POINTS), at, [value for _, value in knots])
    return line.reshape(len(days), N_POINTS)


def dips(rng: np.random.Generator, days: Dates, shape: Dips, phase: float) -> Floats:
    """Return one miner's own lags by day (n_days,), zero or below: each a fall, then a way back.

    `phase`, 0 to 1, says how late in a window's stagger the first one starts.
    """
    path = np.zeros(len(days))
    for start, chance in sorted(_starts(rng, days, shape, phase)):
        depth = shape.depth * math.exp(0.2 * rng.standard_normal())
        is_made_good = rng.uniform() < chance
        path[start:] -= depth * _dip(len(days) - start, shape, is_made_good)
    return path


def _starts(
    rng: np.random.Generator, days: Dates, shape: Dips, phase: float
) -> list[tuple[int, float]]:
    """Return where dips begin and how likely each is made good: planted ones, then stray ones."""
    starts, planted = [], np.zeros(len(days), dtype=np.bool_)
    for first, last, stagger in DIP_WINDOWS:
        begin, end = (int(np.searchsorted(days, np.datetime64(date))) for date in (first, last))
        planted[max(0, begin - shape.fall - shape.rise) : end] = True
        start = begin + phase * stagger
        while start < end:
            starts.append((int(start), shape.recovers))
            start += shape.spacing * rng.uniform(0.9, 1.1)
    stray = np.cumsum(rng.exponential(shape.quiet_spacing, 100))
    quiet = [int(day) for day in stray if day < len(days) and not planted[int(day)]]
    return starts + [(day, shape.recovers_quiet) for day in quiet]


def _dip(n_days: int, shape: Dips, is_made_good: bool) -> Floats:
    """Return the unit dip from its first day: a straight fall, then a smooth or a slow way back."""
    since = np.arange(1, n_days + 1, dtype=np.float64)
    after = np.maximum(since - shape.fall, 0.0)
    if is_made_good:
        back = 0.5 + 0.5 * np.cos(math.pi * np.minimum(after / shape.rise, 1.0))
    else:
        back = 2.0 ** (-after / shape.lasting)
    return np.asarray(np.minimum(since / shape.fall, 1.0) * back)

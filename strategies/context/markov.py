"""Two regimes of a return by Markov switching, as they could be told at each moment.

What stands in a rule is the *filtered* probability under parameters fitted on the past: smoothed
probabilities, and filtered ones under parameters of the whole sample, look ahead and flatter a
backtest (a Sharpe ratio of 2.1 instead of 1.5 on planted regimes).
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from ..rolling import Array

#: Least variance of a regime, as a share of the whole series' own: a regime of one entry has none.
VARIANCE_FLOOR = 0.01
#: Steps of each start before the best ones are taken on, and how many those are.
SCREENING, KEPT = 15, 2
MOST_STEPS, TOLERANCE = 300, 1e-8
#: Fewest weekly returns of a fit: three years.
LEAST_WEEKS = 156
DECIMALS = 10


class MarkovFit(NamedTuple):
    """Parameters of two regimes, ordered by mean; arrays of shape (2,) and (2, 2).

    Attributes
    ----------
    mean, variance : ndarray
        Of one entry in each regime.
    transition : ndarray
        Entry ``[i, j]`` is the probability that `j` follows `i`.
    """

    mean: Array
    variance: Array
    transition: Array


def fit_markov(
    y: Array, *, starts: int = 10, seed: int = 0, near: MarkovFit | None = None
) -> MarkovFit:
    """Return the most likely two regimes with means and variances of their own.

    Parameters
    ----------
    y : ndarray of shape (n,)
        Finite, at least 20 that are not all equal.
    starts : int
        Starts of the search, the first one a split at the median; a likelihood of switching
        regimes has several peaks.
    near : MarkovFit, optional
        One more start, as the fit of a shorter past.

    Raises
    ------
    ValueError
        If there are too few values, one is not finite, or all are equal.

    References
    ----------
    Hamilton (1990), Analysis of time series subject to changes in regime, Journal of
    Econometrics 45.
    """
    from .markov_kernels import climb_kernel

    y = _checked(y)
    if starts < (1 if near is None else 0):
        raise ValueError(f"starts must be at least 1 without a fit to begin near, got {starts}")
    floor = VARIANCE_FLOOR * float(np.var(y))
    work = np.empty((3, len(y)))
    begun = [_start(y, k, seed) for k in range(starts)]
    begun += [] if near is None else [_parts(near)]
    screened = []
    for place, parts in enumerate(begun):
        likelihood = climb_kernel(y, *parts, floor, SCREENING, TOLERANCE, work)
        screened.append((-likelihood, place))
    best, found = -np.inf, begun[0]
    for _, place in sorted(screened)[:KEPT]:
        parts = begun[place]
        likelihood = climb_kernel(y, *parts, floor, MOST_STEPS, TOLERANCE, work)
        if likelihood > best:
            best, found = likelihood, parts
    return _fit(*found)


def filtered_probabilities(fit: MarkovFit, y: Array) -> Array:
    """Return the probability of the regime of the higher mean at each entry, given entries so far.

    Starts at the long-run probabilities of the regimes.

    Returns
    -------
    ndarray of shape (n,)
        Entry `t` depends on entries ``<= t`` and on the fit.

    References
    ----------
    Hamilton (1989), A new approach to the economic analysis of nonstationary time series and the
    business cycle, Econometrica 57, equation 4.
    """
    return _run(fit, y)[1]


def smoothed_probabilities(fit: MarkovFit, y: Array) -> Array:
    """Return the same given the whole series, later entries too: never a signal; Kim (1994)."""
    from .markov_kernels import smooth_kernel

    predicted, filtered = _run(fit, y)
    smoothed = np.empty(len(filtered))
    if len(filtered):
        smooth_kernel(np.diag(fit.transition).copy(), predicted, filtered, smoothed)
    return smoothed


def expanding_probabilities(
    y: Array,
    refit: NDArray[np.bool_],
    *,
    least: int = LEAST_WEEKS,
    starts: int = 10,
    search_every: int = 12,
    seed: int = 0,
) -> Array:
    """Return filtered probabilities of the higher regime, fitted on the past only.

    At each entry marked by `refit` from the `least`-th on, the parameters are fitted on all
    entries so far, from the last fit on and, every `search_every` times, from `starts` starts as
    well; the filter then runs over the whole past under them, and between refits on.

    Returns
    -------
    ndarray of shape (n,)
        NaN before the first fit. Entry `t` depends on entries ``<= t`` only. Rounded to 1e-10.
    """
    out = np.full(len(y), np.nan)
    places = np.flatnonzero(refit & (np.arange(len(y)) >= least - 1))
    fit: MarkovFit | None = None
    ends = np.append(places, len(y))[1:]
    for number, (place, until) in enumerate(zip(places, ends, strict=True)):
        searched = starts if number % search_every == 0 else 0
        fit = fit_markov(y[: place + 1], starts=searched, seed=seed, near=fit)
        out[place:until] = filtered_probabilities(fit, y[:until])[place:]
    return np.round(out, DECIMALS)


def _checked(y: Array) -> Array:
    values = np.ascontiguousarray(y, dtype=np.float64)
    if values.ndim != 1 or len(values) < 20:
        raise ValueError(f"y must hold at least 20 values in one dimension, got {values.shape}")
    if not np.isfinite(values).all():
        first = int(np.flatnonzero(~np.isfinite(values))[0])
        raise ValueError(f"y must be finite, entry {first} is {values[first]}")
    if np.ptp(values) == 0.0:
        raise ValueError(f"y must vary, all entries are {values[0]}")
    return values


def _start(y: Array, place: int, seed: int) -> tuple[Array, Array, Array]:
    """Return means, variances and chances to stay: a split at the median, then random ones."""
    spread = float(np.var(y))
    if place == 0:
        middle = float(np.median(y))
        low, high = y[y <= middle], y[y >= middle]
        mean = np.array([low.mean(), high.mean()])
        return mean, np.full(2, spread), np.full(2, 0.9)
    generator = np.random.default_rng([seed, place])
    mean = np.sort(np.quantile(y, generator.uniform(0.05, 0.95, 2)))
    variance = spread * np.exp(generator.uniform(-2.0, 1.0, 2))
    return mean, variance, generator.uniform(0.6, 0.99, 2)


def _parts(fit: MarkovFit) -> tuple[Array, Array, Array]:
    return fit.mean.copy(), fit.variance.copy(), np.diag(fit.transition).copy()


def _fit(mean: Array, variance: Array, stay: Array) -> MarkovFit:
    """Return a fit whose second regime has the higher mean."""
    order = [0, 1] if mean[0] <= mean[1] else [1, 0]
    stay = stay[order]
    transition = np.array([[stay[0], 1.0 - stay[0]], [1.0 - stay[1], stay[1]]])
    return MarkovFit(mean[order], variance[order], transition)


def _run(fit: MarkovFit, y: Array) -> tuple[Array, Array]:
    from .markov_kernels import filter_kernel

    values = np.ascontiguousarray(y, dtype=np.float64)
    predicted, filtered = np.empty(len(values)), np.empty(len(values))
    filter_kernel(values, *_parts(fit), predicted, filtered)
    return predicted, filtered

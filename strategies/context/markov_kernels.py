"""The loops of a two-regime switching model, compiled: plain sums, the same bits everywhere."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ..compiling import compiled

Array = NDArray[np.float64]


@compiled
def ergodic(stay: Array) -> float:
    """Return the long-run probability of the second regime."""
    leave_low, leave_high = 1.0 - stay[0], 1.0 - stay[1]
    total = leave_low + leave_high
    return float(leave_low / total) if total > 0.0 else 0.5


@compiled
def filter_kernel(
    y: Array, mean: Array, variance: Array, stay: Array, predicted: Array, filtered: Array
) -> float:
    """Fill the probabilities of the second regime before and after each entry; return log f(y).

    Hamilton (1989), equation 4, in logs where a density would vanish. Starts at the long-run
    probabilities.
    """
    before = ergodic(stay)
    total: float = 0.0
    scale_low = -0.5 * np.log(2.0 * np.pi * variance[0])
    scale_high = -0.5 * np.log(2.0 * np.pi * variance[1])
    for t in range(len(y)):
        predicted[t] = before
        low = scale_low - 0.5 * (y[t] - mean[0]) ** 2 / variance[0]
        high = scale_high - 0.5 * (y[t] - mean[1]) ** 2 / variance[1]
        most = max(low, high)
        is_low, is_high = 1.0 - before, before
        if low < most:
            is_low *= np.exp(low - most)
        else:
            is_high *= np.exp(high - most)
        if is_low + is_high <= 0.0:
            # Both are lost to underflow; with the chances in logs the larger never is.
            low, high = np.log(1.0 - before) + low, np.log(before) + high
            most = max(low, high)
            is_low, is_high = np.exp(low - most), np.exp(high - most)
        total += most + np.log(is_low + is_high)
        filtered[t] = is_high / (is_low + is_high)
        before = filtered[t] * stay[1] + (1.0 - filtered[t]) * (1.0 - stay[0])
    return total


@compiled
def smooth_kernel(stay: Array, predicted: Array, filtered: Array, smoothed: Array) -> None:
    """Fill the probability of the second regime given the whole series; Kim (1994)."""
    n = len(filtered)
    smoothed[n - 1] = filtered[n - 1]
    for t in range(n - 2, -1, -1):
        high, after = filtered[t], predicted[t + 1]
        up = stay[1] * smoothed[t + 1] / after if after > 0.0 else 0.0
        down = (1.0 - stay[1]) * (1.0 - smoothed[t + 1]) / (1.0 - after) if after < 1.0 else 0.0
        smoothed[t] = high * (up + down)


@compiled
def step_kernel(
    y: Array,
    mean: Array,
    variance: Array,
    stay: Array,
    floor: float,
    work: Array,
) -> float:
    """Move the parameters in place by one step of EM; return the log-likelihood before it.

    Hamilton (1990), equations 4.1 to 4.3. `work` has shape (3, n).
    """
    predicted, filtered, smoothed = work[0], work[1], work[2]
    likelihood: float = filter_kernel(y, mean, variance, stay, predicted, filtered)
    smooth_kernel(stay, predicted, filtered, smoothed)
    n = len(y)
    both_low, both_high, from_low, from_high = 0.0, 0.0, 0.0, 0.0
    for t in range(n - 1):
        high, after = filtered[t], predicted[t + 1]
        if after > 0.0:
            both_high += high * stay[1] * smoothed[t + 1] / after
        if after < 1.0:
            both_low += (1.0 - high) * stay[0] * (1.0 - smoothed[t + 1]) / (1.0 - after)
        from_high += smoothed[t]
        from_low += 1.0 - smoothed[t]
    if from_low > 0.0:
        stay[0] = min(max(both_low / from_low, 0.0), 1.0)
    if from_high > 0.0:
        stay[1] = min(max(both_high / from_high, 0.0), 1.0)
    for regime in range(2):
        weight, total = 0.0, 0.0
        for t in range(n):
            share = smoothed[t] if regime == 1 else 1.0 - smoothed[t]
            weight += share
            total += share * y[t]
        if weight <= 1e-9 * n:
            continue  # a regime that no entry belongs to keeps what it has
        mean[regime] = total / weight
        spread = 0.0
        for t in range(n):
            share = smoothed[t] if regime == 1 else 1.0 - smoothed[t]
            spread += share * (y[t] - mean[regime]) ** 2
        variance[regime] = max(spread / weight, floor)
    return likelihood


@compiled
def climb_kernel(
    y: Array,
    mean: Array,
    variance: Array,
    stay: Array,
    floor: float,
    most: int,
    tolerance: float,
    work: Array,
) -> float:
    """Take up to `most` steps of EM in place, until the log-likelihood stands; return the last."""
    before = -np.inf
    for _ in range(most):
        likelihood = step_kernel(y, mean, variance, stay, floor, work)
        if abs(likelihood - before) <= tolerance * (1.0 + abs(likelihood)):
            break
        before = likelihood
    return filter_kernel(y, mean, variance, stay, work[0], work[1])

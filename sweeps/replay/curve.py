"""What an equity curve adds up to: sums of returns, drawdown; for one lane or for many.

Compiled from the same lines for the scalar replay (one lane) and for the lanes, so that the two
cannot differ. Sums run by month, and the totals are the sums of the months.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from .compiling import compiled
from .inputs import RowCalendar
from .simd import bits, blend, load, spread, store

#: Rows of the sums, each with one entry a lane: first and last value, sum of the values, powers
#: of the returns, squares below the risk-free rate, deepest drawdown and its sessions.
(FIRST, LAST, SUM_OF_VALUES, POWER_1, POWER_2, POWER_3, POWER_4, BELOW, DEEPEST, LENGTH) = range(10)
N_SUMS = 10
#: A value this close to the deepest drawdown is looked at exactly; nothing nearer is missed.
SLACK = 1.0 + 1e-12


@compiled
def curve_sums(
    width: Any, curve: Any, calendar: RowCalendar, monthly: Any, first: int, sums: Any
) -> None:
    """Add up W curves that lie side by side.

    Parameters
    ----------
    width : tuple of W zeros
    curve : ndarray of shape (n_sessions * W,), or its address
        Equity by session, the lanes of a session side by side.
    monthly : ndarray of shape (n, n_months, 2), float32
        Written from row `first` on: sums of r and of r squared by calendar month. No months, no
        sums kept.
    sums : ndarray of shape (N_SUMS * W,), or its address
    """
    w = len(width)
    zero, one = spread(0.0, width), spread(1.0, width)
    risk_free, slack = spread(calendar.risk_free, width), spread(SLACK, width)
    value = load(curve, 0, width)
    peak, total_value = value, value
    power_1, power_2, power_3, power_4, below = zero, zero, zero, zero, zero
    deepest, bound, peak_at, deep_from, length = zero, one, zero, zero, zero
    deep = zero > one
    everyone, is_idle_nothing = bits(zero < one), calendar.risk_free == 0.0
    month = np.empty(2 * w)
    keeps = monthly.shape[1] > 0
    session = 1
    for m in range(calendar.month_ends.shape[0]):
        sum_1, sum_2 = zero, zero
        end = calendar.month_ends[m]
        while session < end:
            previous = value
            value = load(curve, session * w, width)
            if is_idle_nothing and everyone == bits(value == previous):
                # No return, no new peak, no deeper drawdown: nothing would be added but zeros.
                total_value = total_value + value
                session += 1
                continue
            r = value / previous - one
            square = r * r
            sum_1, sum_2 = sum_1 + r, sum_2 + square
            power_3, power_4 = power_3 + square * r, power_4 + square * square
            under = r - risk_free
            under = blend(under < zero, under, zero)
            below = below + under * under
            total_value = total_value + value
            is_up = value >= peak
            now = spread(float(session), width)
            # At or above the peak before it, the deepest drawdown ends.
            length = blend(is_up & deep, now - deep_from, length)
            deep = deep & ~is_up
            peak_at = blend(value > peak, now, peak_at)
            peak = blend(is_up, value, peak)
            if bits(value < peak * bound):
                depth = value / peak - one
                deeper = depth < deepest
                deepest = blend(deeper, depth, deepest)
                bound = (one + deepest) * slack
                deep_from = blend(deeper, peak_at, deep_from)
                deep = deep | deeper
            session += 1
        if keeps:
            store(month, 0, sum_1)
            store(month, w, sum_2)
            for lane in range(w):
                if first + lane < monthly.shape[0]:
                    monthly[first + lane, m, 0] = month[lane]
                    monthly[first + lane, m, 1] = month[w + lane]
        power_1, power_2 = power_1 + sum_1, power_2 + sum_2
    length = blend(deep, spread(float(session - 1), width) - deep_from, length)
    store(sums, FIRST * w, load(curve, 0, width))
    store(sums, LAST * w, value)
    store(sums, SUM_OF_VALUES * w, total_value)
    store(sums, POWER_1 * w, power_1)
    store(sums, POWER_2 * w, power_2)
    store(sums, POWER_3 * w, power_3)
    store(sums, POWER_4 * w, power_4)
    store(sums, BELOW * w, below)
    store(sums, DEEPEST * w, deepest)
    store(sums, LENGTH * w, length)

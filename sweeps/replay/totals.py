"""What the fills of a combination add up to, and the metrics that follow from it and its curve."""

from __future__ import annotations

from typing import Any

import numpy as np

from .compiling import compiled, inlined
from .curve import (
    BELOW,
    DEEPEST,
    FIRST,
    LAST,
    LENGTH,
    POWER_1,
    POWER_2,
    POWER_3,
    POWER_4,
    SUM_OF_VALUES,
)
from .inputs import (
    ENTRY,
    FILLED,
    LOG_COST,
    LOG_DECIDED,
    LOG_NAME,
    LOG_PRICE,
    LOG_REASON,
    LOG_ROW,
    LOG_SIZE,
    LOG_STATUS,
    Floats,
    MarketArrays,
    RowCalendar,
    RuleRows,
)
from .simd import at

#: Rows of the totals, each with one entry a lane; after them what was bought and what was sold
#: by cost class, two rows a class.
(ENDED, COSTS, LEVY, IMPACT, GROSS, ENTRIES, CLOSED, HITS, RETURNS, DAYS) = range(10)
(NOT_FILLED, IN_MARKET, SPELLS, EXPOSURE) = range(10, 14)
TOTALS = 14

#: Columns of the metrics, in order. Ratios are per year of `periods`; returns are simple and by
#: session; NaN where a figure cannot be had (no trade, no variation).
METRICS = (
    *("final_value", "total_return", "cagr", "volatility", "sharpe", "sharpe_error"),
    *("sortino", "calmar", "max_drawdown", "max_drawdown_sessions", "skew", "kurtosis"),
    *("turnover", "commission", "spread", "stamp_duty", "ptm_levy", "fx", "impact", "costs"),
    *("entries", "closed", "hit_rate", "mean_net_return", "days_held", "time_in_market"),
    "mean_exposure",
    *("orders", "not_filled", "regime_episodes", "break_even_bps", "sharpe_per_session"),
)
FINAL_VALUE, TOTAL_RETURN, CAGR, VOLATILITY, SHARPE, SHARPE_ERROR, SORTINO, CALMAR = range(8)
MAX_DRAWDOWN, MAX_DRAWDOWN_SESSIONS, SKEW, KURTOSIS, TURNOVER = range(8, 13)
COMMISSION, SPREAD, DUTY, PTM_LEVY, FX, OF_IMPACT, OF_COSTS = range(13, 20)
OF_ENTRIES, OF_CLOSED, HIT_RATE, MEAN_NET_RETURN, DAYS_HELD, TIME_IN_MARKET = range(20, 26)
MEAN_EXPOSURE, OF_ORDERS, OF_NOT_FILLED, REGIME_EPISODES, BREAK_EVEN = range(26, 31)
SHARPE_PER_SESSION = 31


def n_totals(market: MarketArrays) -> int:
    """Return how many rows the totals of a market have."""
    return TOTALS + 2 * len(market.class_rates)


@compiled
def totals_of_log(
    market: MarketArrays,
    rule: RuleRows,
    calendar: RowCalendar,
    log: Floats,
    n: int,
    ended: float,
    out: Floats,
) -> None:
    """Add up the order log of one combination, in the order in which its orders ended."""
    n_rows, n_names = market.close.shape
    entered = np.full(n_names, -1)  # log place of the open entry
    seen = np.zeros(rule.n_spells, np.bool_)
    opened = np.zeros(n_rows + 1, np.int64)
    out[:] = 0.0
    out[ENDED] = ended
    for i in range(n):
        name, row = int(log[i, LOG_NAME]), int(log[i, LOG_ROW])
        if log[i, LOG_STATUS] != FILLED:
            out[NOT_FILLED] += 1
            continue
        size, price, cost = log[i, LOG_SIZE], log[i, LOG_PRICE], log[i, LOG_COST]
        value = abs(size) * price
        out[COSTS] += cost
        out[TOTALS + 2 * market.cost_class[row, name] + (0 if size > 0.0 else 1)] += value
        if value > market.levy_above[row, name]:
            out[LEVY] += market.levy[row, name]
        if market.impact[row, name] != 0.0:
            out[IMPACT] += market.impact[row, name] * value * np.sqrt(value)
        if log[i, LOG_REASON] == ENTRY:
            out[ENTRIES] += 1
            entered[name] = i
            opened[row] += 1
            spell = rule.spell[int(log[i, LOG_DECIDED]), name]
            if spell >= 0 and not seen[spell]:
                seen[spell] = True
                out[SPELLS] += 1
        else:
            e = entered[name]
            profit = log[e, LOG_SIZE] * (price - log[e, LOG_PRICE])
            net = profit - cost - log[e, LOG_COST]
            out[GROSS] += profit
            out[CLOSED] += 1
            out[HITS] += 1 if net > 0.0 else 0
            out[RETURNS] += net / (abs(log[e, LOG_SIZE]) * log[e, LOG_PRICE])
            since = int(log[e, LOG_ROW])
            out[DAYS] += market.bars[row, name] - market.bars[since, name]
            held = market.close_sum[row, name] - market.close_sum[since, name]
            out[EXPOSURE] += abs(log[e, LOG_SIZE]) * held
            opened[row] -= 1
            entered[name] = -1
    for name in range(n_names):
        e = entered[name]
        if e >= 0:
            since = int(log[e, LOG_ROW])
            out[GROSS] += log[e, LOG_SIZE] * (market.close[n_rows - 1, name] - log[e, LOG_PRICE])
            held = market.close_sum[n_rows, name] - market.close_sum[since, name]
            out[EXPOSURE] += abs(log[e, LOG_SIZE]) * held
    now, at = 0, 0
    for session in range(calendar.session_rows.shape[0]):
        while at <= calendar.session_rows[session]:
            now += opened[at]
            at += 1
        out[IN_MARKET] += 1 if now > 0 else 0


@compiled
def metrics_of(
    w: int,
    lane: int,
    sums: Any,
    totals: Any,
    class_rates: Floats,
    calendar: RowCalendar,
    out: Floats,
) -> None:
    """Write the metrics of one of W lanes (definitions of `orebound.analyzers.summary`)."""
    sessions = calendar.session_rows.shape[0]
    n = sessions - 1
    out[FINAL_VALUE] = at(totals, ENDED * w + lane)
    _trade_metrics(w, lane, totals, class_rates, out)
    out[TIME_IN_MARKET] = at(totals, IN_MARKET * w + lane) / sessions
    out[MEAN_EXPOSURE] = at(totals, EXPOSURE * w + lane) / at(sums, SUM_OF_VALUES * w + lane)
    if n == 0:
        out[TURNOVER] = np.nan
        return
    first, last = at(sums, FIRST * w + lane), at(sums, LAST * w + lane)
    out[TURNOVER] /= 2.0 * (at(sums, SUM_OF_VALUES * w + lane) / sessions) * (n / calendar.periods)
    growth = last / first
    out[TOTAL_RETURN] = growth - 1.0
    if growth > 0.0:
        out[CAGR] = growth ** (calendar.periods / n) - 1.0
    deepest = at(sums, DEEPEST * w + lane)
    out[MAX_DRAWDOWN], out[MAX_DRAWDOWN_SESSIONS] = deepest, at(sums, LENGTH * w + lane)
    if deepest < 0.0:
        out[CALMAR] = out[CAGR] / -deepest
    _moments(w, lane, n, sums, calendar, out)


@inlined
def _trade_metrics(w: int, lane: int, totals: Any, class_rates: Floats, out: Floats) -> None:
    traded = 0.0
    out[COMMISSION], out[SPREAD], out[DUTY], out[FX] = 0.0, 0.0, 0.0, 0.0
    for k in range(class_rates.shape[0]):
        bought = at(totals, (TOTALS + 2 * k) * w + lane)
        value = bought + at(totals, (TOTALS + 2 * k + 1) * w + lane)
        traded += value
        out[COMMISSION] += value * class_rates[k, 0]
        out[SPREAD] += value * class_rates[k, 1]
        out[DUTY] += bought * class_rates[k, 2]
        out[FX] += value * class_rates[k, 3]
    out[PTM_LEVY], out[OF_IMPACT] = at(totals, LEVY * w + lane), at(totals, IMPACT * w + lane)
    out[OF_COSTS], out[TURNOVER] = at(totals, COSTS * w + lane), traded
    closed = at(totals, CLOSED * w + lane)
    out[OF_ENTRIES], out[OF_CLOSED] = at(totals, ENTRIES * w + lane), closed
    if closed > 0.0:
        out[HIT_RATE] = at(totals, HITS * w + lane) / closed
        out[MEAN_NET_RETURN] = at(totals, RETURNS * w + lane) / closed
        out[DAYS_HELD] = at(totals, DAYS * w + lane) / closed
    not_filled = at(totals, NOT_FILLED * w + lane)
    out[OF_ORDERS], out[OF_NOT_FILLED] = out[OF_ENTRIES] + closed + not_filled, not_filled
    out[REGIME_EPISODES] = at(totals, SPELLS * w + lane)
    if traded > 0.0:
        out[BREAK_EVEN] = at(totals, GROSS * w + lane) / traded * 1e4


@inlined
def _moments(w: int, lane: int, n: int, sums: Any, calendar: RowCalendar, out: Floats) -> None:
    """Write what follows from the powers of the returns, turned into central moments.

    A day's mean is a hundredth of its deviation, so that nothing is lost in the differences.
    """
    mean = at(sums, POWER_1 * w + lane) / n
    square, cube = at(sums, POWER_2 * w + lane) / n, at(sums, POWER_3 * w + lane) / n
    fourth = at(sums, POWER_4 * w + lane) / n
    spread = square - mean * mean
    if n < 2:
        return
    if not spread > 1e-14 * square:
        out[VOLATILITY] = 0.0
        return
    yearly = np.sqrt(calendar.periods)
    deviation = np.sqrt(spread * n / (n - 1))
    skew = (cube - 3.0 * mean * square + 2.0 * mean**3) / spread**1.5
    fourth = fourth - 4.0 * mean * cube + 6.0 * mean * mean * square - 3.0 * mean**4
    kurtosis = fourth / (spread * spread)
    sharpe = (mean - calendar.risk_free) / deviation
    out[VOLATILITY], out[SHARPE], out[SHARPE_PER_SESSION] = (
        *(deviation * yearly, sharpe * yearly),
        sharpe,
    )
    out[SKEW], out[KURTOSIS] = skew, kurtosis
    error = 1.0 - skew * sharpe + (kurtosis - 1.0) / 4.0 * sharpe * sharpe
    if n > 2 and error > 0.0:
        out[SHARPE_ERROR] = np.sqrt(error / (n - 1)) * yearly
    below = at(sums, BELOW * w + lane)
    if below > 0.0:
        out[SORTINO] = (mean - calendar.risk_free) / np.sqrt(below / n) * yearly

"""Many combinations over the same arrays: metrics and monthly sums, no curve leaves the loop."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from orebound.feeds import Panel
from orebound.strategies import Costs, cost_row

from .broker import compiled
from .scalar import (
    ENTRY,
    FILLED,
    LOG_COLUMNS,
    LOG_COST,
    LOG_DECIDED,
    LOG_NAME,
    LOG_PRICE,
    LOG_REASON,
    LOG_ROW,
    LOG_SIZE,
    LOG_STATUS,
    MarketArrays,
    Settings,
    SignalArrays,
    replay,
)

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

#: Columns of the metrics, in order. Ratios are per year of `periods`; returns are simple and by
#: session; NaN where a figure cannot be had (no trade, no variation).
METRICS = (
    *("final_value", "total_return", "cagr", "volatility", "sharpe", "sharpe_error"),
    *("sortino", "calmar", "max_drawdown", "max_drawdown_sessions", "skew", "kurtosis"),
    *("turnover", "commission", "spread", "stamp_duty", "ptm_levy", "fx", "impact", "costs"),
    *("entries", "closed", "hit_rate", "mean_net_return", "days_held", "time_in_market"),
    *("orders", "not_filled", "regime_episodes", "break_even_bps", "sharpe_per_session"),
)
PLACE = {name: place for place, name in enumerate(METRICS)}
N_METRICS = len(METRICS)
P_FINAL, P_RETURN, P_CAGR = PLACE["final_value"], PLACE["total_return"], PLACE["cagr"]
P_VOLATILITY, P_SHARPE, P_SORTINO = PLACE["volatility"], PLACE["sharpe"], PLACE["sortino"]
P_CALMAR, P_DRAWDOWN, P_SKEW = PLACE["calmar"], PLACE["max_drawdown"], PLACE["skew"]
P_TURNOVER, P_COMMISSION, P_ENTRIES = PLACE["turnover"], PLACE["commission"], PLACE["entries"]
P_HIT, P_MARKET, P_ORDERS = PLACE["hit_rate"], PLACE["time_in_market"], PLACE["orders"]
P_BREAK_EVEN, P_SESSION = PLACE["break_even_bps"], PLACE["sharpe_per_session"]
KINDS = 4  # commission, spread, stamp duty, fx: rates; levy and impact follow from the fill


class RowCalendar(NamedTuple):
    """What turns rows into sessions, months, regime spells and cost kinds.

    Attributes
    ----------
    session_rows : ndarray of shape (n_sessions,), int
        The last row of each UTC date: where a session's equity is read.
    month : ndarray of shape (n_rows,), int
        Number of the calendar month, from 0.
    spell : ndarray of shape (n_rows, n_names), int
        Number of the ON spell a decision falls in, -1 outside.
    kind_rates : ndarray of shape (n_rows, n_names, 4)
        Commission, spread, stamp duty (of buys) and conversion, as fractions.
    periods : float
        Sessions a year.
    risk_free : float
        A session, simple.
    """

    session_rows: Ints
    month: Ints
    spell: Ints
    kind_rates: Floats
    periods: float
    risk_free: float


class ManyResult(NamedTuple):
    """Metrics of shape (n, len(METRICS)); monthly sums of r and r squared, (n, n_months, 2)."""

    metrics: Floats
    monthly: NDArray[np.float32]


def row_calendar(
    panel: Panel,
    costs: Costs,
    window: tuple[int, int],
    state: NDArray[np.int8],
    *,
    periods_per_year: int = 252,
    risk_free: float = 0.0,
) -> RowCalendar:
    """Return the calendar of a window; `state` is `Signals.state` of the whole panel."""
    rows = slice(*window)
    days = panel.closes[rows].astype("datetime64[D]")
    months = days.astype("datetime64[M]").astype(np.int64)
    last_of_day = np.ones(len(days), dtype=bool)
    last_of_day[:-1] = days[1:] != days[:-1]
    return RowCalendar(
        session_rows=np.flatnonzero(last_of_day),
        month=months - months[0],
        spell=_spells(panel, rows, state),
        kind_rates=_kind_rates(panel, costs, window),
        periods=float(periods_per_year),
        risk_free=float((1.0 + risk_free) ** (1.0 / periods_per_year) - 1.0),
    )


def _spells(panel: Panel, rows: slice, state: NDArray[np.int8]) -> Ints:
    """Number the ON spells by date, so that one spell seen from two exchanges counts once."""
    has = panel.has_bar[rows]
    is_on = (state[rows] == 1) & has
    any_on = is_on.any(axis=1)
    # A row of another exchange between two ON rows does not end a spell: only an OFF bar does.
    any_off = ((state[rows] != 1) & has).any(axis=1) & ~any_on
    change = np.where(any_on, 1, np.where(any_off, 0, -1))
    known = np.flatnonzero(change >= 0)
    starts = np.zeros(len(change), dtype=np.int64)
    values = change[known]
    begins = known[(values == 1) & (np.concatenate([[0], values[:-1]]) == 0)]
    starts[begins] = 1
    number = np.cumsum(starts) - 1
    return np.where(is_on, number[:, None], -1)


def _kind_rates(panel: Panel, costs: Costs, window: tuple[int, int]) -> Floats:
    out = np.zeros((window[1] - window[0], panel.n_names, KINDS))
    for column, listing in enumerate(panel.listings):
        every = panel.bar_rows(column)
        for row in every[(every >= window[0]) & (every < window[1])]:
            cost = cost_row(
                listing, panel.session[row, column], costs, base_currency=panel.base_currency
            )
            at = row - window[0]
            out[at, column] = (cost.commission, cost.spread, cost.stamp_duty, cost.fx)
    return out


def replay_many(
    market: MarketArrays,
    signals: SignalArrays,
    settings: Floats,
    calendar: RowCalendar,
    *,
    keep_monthly: bool = True,
) -> ManyResult:
    """Return metrics and monthly sums of many combinations; releases the GIL while it works.

    Parameters
    ----------
    settings : ndarray of shape (n, len(Settings._fields))
        One combination a row.
    """
    n_rows, n_names = market.close.shape
    n_months = int(calendar.month[-1]) + 1 if keep_monthly else 0
    metrics = np.full((len(settings), N_METRICS), np.nan)
    monthly = np.zeros((len(settings), n_months, 2), dtype=np.float32)
    # Every order needs a bar of its own name: no log can be longer.
    room = n_rows * n_names // 2 + n_names + 1
    work = np.empty((min(room, LONGEST_LOG), LOG_COLUMNS))
    equity, returns = np.empty(n_rows), np.empty(n_rows)
    rows = np.ascontiguousarray(settings)
    bad = _sweep(market, signals, rows, calendar, equity, returns, work, metrics, monthly)
    if bad >= 0:
        raise RuntimeError(
            f"combination {bad} of the chunk sent more than {len(work)} orders; "
            "the log of the replay is too short for it"
        )
    return ManyResult(metrics, monthly)


#: Orders of one combination that the replay can log; 64 bytes each.
LONGEST_LOG = 200_000


@compiled
def _sweep(
    market: MarketArrays,
    signals: SignalArrays,
    settings: Floats,
    calendar: RowCalendar,
    equity: Floats,
    returns: Floats,
    log: Floats,
    metrics: Floats,
    monthly: NDArray[np.float32],
) -> int:
    """Fill the rows of `metrics` and `monthly`; return the first row whose log overflowed."""
    for i in range(settings.shape[0]):
        s = settings[i]
        one = Settings(
            s[0],
            s[1],
            s[2],
            s[3],
            s[4],
            s[5],
            s[6],
            s[7],
            s[8],
            s[9],
            s[10],
            s[11],
            s[12],
            s[13],
            s[14],
        )
        n = replay(market, signals, one, equity, log)
        if n > log.shape[0]:
            return i
        _curve_metrics(equity, calendar, returns, metrics[i], monthly, i)
        _order_metrics(market, calendar, log, n, metrics[i])
    return -1


@compiled
def _curve_metrics(
    equity: Floats,
    calendar: RowCalendar,
    returns: Floats,
    out: Floats,
    monthly: NDArray[np.float32],
    place: int,
) -> None:
    """Write what the equity by session says (definitions of `orebound.analyzers.summary`)."""
    n, total, downside = 0, 0.0, 0.0
    value = first = peak = equity[calendar.session_rows[0]]
    mean_value = value
    deepest, peak_at, deep_from, length = 0.0, 0, 0, 0
    is_deep = False
    for session in range(1, calendar.session_rows.shape[0]):
        previous = value
        value = equity[calendar.session_rows[session]]
        r = value / previous - 1.0
        returns[n] = r
        n += 1
        total += r
        mean_value += value
        below = min(r - calendar.risk_free, 0.0)
        downside += below * below
        if value >= peak:
            if is_deep:  # the peak before the deepest drawdown is regained
                length, is_deep = session - deep_from, False
            if value > peak:
                peak, peak_at = value, session
        elif value / peak - 1.0 < deepest:
            deepest = value / peak - 1.0
            deep_from, is_deep = peak_at, True
    if is_deep:
        length = n - deep_from
    if monthly.shape[1] > 0:
        _monthly_sums(returns, n, calendar, monthly, place)
    out[P_FINAL] = equity[equity.shape[0] - 1]
    out[P_TURNOVER] = mean_value / (n + 1)  # turned into turnover with the orders
    if n == 0:
        return
    growth = value / first
    out[P_RETURN] = growth - 1.0
    if growth > 0.0:
        out[P_CAGR] = growth ** (calendar.periods / n) - 1.0
    out[P_DRAWDOWN], out[P_DRAWDOWN + 1] = deepest, length
    if deepest < 0.0:
        out[P_CALMAR] = out[P_CAGR] / -deepest
    _moments(returns, n, total / n, downside, calendar, out)


@compiled
def _moments(
    returns: Floats, n: int, mean: float, downside: float, calendar: RowCalendar, out: Floats
) -> None:
    second, third, fourth = 0.0, 0.0, 0.0
    for j in range(n):
        d = returns[j] - mean
        square = d * d
        second += square
        third += square * d
        fourth += square * square
    if n < 2 or second <= 0.0:
        return
    yearly = np.sqrt(calendar.periods)
    deviation = np.sqrt(second / (n - 1))
    spread = second / n
    skew, kurtosis = (third / n) / spread**1.5, (fourth / n) / (spread * spread)
    sharpe = (mean - calendar.risk_free) / deviation
    out[P_VOLATILITY], out[P_SHARPE], out[P_SESSION] = deviation * yearly, sharpe * yearly, sharpe
    out[P_SKEW], out[P_SKEW + 1] = skew, kurtosis
    error = 1.0 - skew * sharpe + (kurtosis - 1.0) / 4.0 * sharpe * sharpe
    if n > 2 and error > 0.0:
        out[P_SHARPE + 1] = np.sqrt(error / (n - 1)) * yearly
    if downside > 0.0:
        out[P_SORTINO] = (mean - calendar.risk_free) / np.sqrt(downside / n) * yearly


@compiled
def _monthly_sums(
    returns: Floats, n: int, calendar: RowCalendar, monthly: NDArray[np.float32], place: int
) -> None:
    """Write the sums of r and r squared by calendar month, added up in double precision."""
    month = int(calendar.month[calendar.session_rows[0]])
    total, square = 0.0, 0.0
    for j in range(n):
        now = int(calendar.month[calendar.session_rows[j + 1]])
        if now != month:
            monthly[place, month, 0], monthly[place, month, 1] = total, square
            month, total, square = now, 0.0, 0.0
        total += returns[j]
        square += returns[j] * returns[j]
    monthly[place, month, 0], monthly[place, month, 1] = total, square


@compiled
def _order_metrics(
    market: MarketArrays, calendar: RowCalendar, log: Floats, n: int, out: Floats
) -> None:
    """Write what the orders say: costs by kind, trades, exposure, spells."""
    n_rows, n_names = market.close.shape
    entered = np.full(n_names, -1)  # log place of the open entry
    spells = np.zeros(n_rows, np.bool_)
    opened = np.zeros(n_rows + 1, np.int64)
    traded = duty = commission = spread = fx = levy = impact = costs = gross = 0.0
    entries = closed = hits = not_filled = n_spells = 0
    returns, days = 0.0, 0.0
    for i in range(n):
        name, row = int(log[i, LOG_NAME]), int(log[i, LOG_ROW])
        if log[i, LOG_STATUS] != FILLED:
            not_filled += 1
            continue
        size, price, cost = log[i, LOG_SIZE], log[i, LOG_PRICE], log[i, LOG_COST]
        value = abs(size) * price
        traded += value
        costs += cost
        rates = calendar.kind_rates[row, name]
        commission += value * rates[0]
        spread += value * rates[1]
        duty += value * rates[2] if size > 0.0 else 0.0
        fx += value * rates[3]
        levy += market.levy[row, name] if value > market.levy_above[row, name] else 0.0
        impact += market.impact[row, name] * value * np.sqrt(value)
        if log[i, LOG_REASON] == ENTRY:
            entries += 1
            entered[name] = i
            opened[row] += 1
            spell = calendar.spell[int(log[i, LOG_DECIDED]), name]
            if spell >= 0 and not spells[spell]:
                spells[spell] = True
                n_spells += 1
        else:
            e = entered[name]
            profit = log[e, LOG_SIZE] * (price - log[e, LOG_PRICE])
            net = profit - cost - log[e, LOG_COST]
            gross += profit
            closed += 1
            hits += 1 if net > 0.0 else 0
            returns += net / (abs(log[e, LOG_SIZE]) * log[e, LOG_PRICE])
            days += market.bars[row, name] - market.bars[int(log[e, LOG_ROW]), name]
            opened[row] -= 1
            entered[name] = -1
    for held in range(n_names):
        if entered[held] >= 0:
            e = entered[held]
            gross += log[e, LOG_SIZE] * (market.close[n_rows - 1, held] - log[e, LOG_PRICE])
    p = P_COMMISSION
    out[p], out[p + 1], out[p + 2], out[p + 3] = commission, spread, duty, levy
    out[p + 4], out[p + 5], out[p + 6] = fx, impact, costs
    out[P_ENTRIES], out[P_ENTRIES + 1] = entries, closed
    if closed > 0:
        p = P_HIT
        out[p], out[p + 1], out[p + 2] = hits / closed, returns / closed, days / closed
    in_market, now, at = 0, 0, 0
    n_sessions = calendar.session_rows.shape[0]
    for session in range(n_sessions):
        while at <= calendar.session_rows[session]:
            now += opened[at]
            at += 1
        in_market += 1 if now > 0 else 0
    out[P_MARKET] = in_market / n_sessions
    out[P_ORDERS], out[P_ORDERS + 1], out[P_ORDERS + 2] = n, not_filled, n_spells
    if n_sessions > 1:
        years = (n_sessions - 1) / calendar.periods
        out[P_TURNOVER] = traded / 2.0 / out[P_TURNOVER] / years
    if traded > 0.0:
        out[P_BREAK_EVEN] = gross / traded * 1e4


__all__ = ["METRICS", "ManyResult", "RowCalendar", "replay_many", "row_calendar"]

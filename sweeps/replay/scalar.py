"""The replay of one combination: backtrader's event order, bar by bar, compiled.

This is the specification of what a sweep computes, proven against real backtrader order by order
and bit by bit; the faster forms are held equal to it. Read it beside `strategies.CatchUp` and
`BackBroker.next`: on each row the broker first checks what was submitted, then fills what waits,
then marks positions; only then does the rule look at the names that have a bar.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from .broker import (
    Floats,
    cash_after_close,
    cash_after_open,
    cash_if_submitted,
    compiled,
    fill_cost,
    reported_price,
    with_position,
)

Ints = NDArray[np.int64]

# How an order ended, as logged.
FILLED, MARGIN_ON_SUBMISSION, MARGIN_ON_FILL, WAITING = 1, 2, 3, 4
# Why it was sent; exits as in `strategies.exits.Exit`.
ENTRY = 0
STAY, CAPTURED, STOP, TIME_STOP, DATA_HOLE, THRESHOLD = 0, 1, 2, 3, 4, 5
# Columns of the order log.
(LOG_DECIDED, LOG_NAME, LOG_SIZE, LOG_STATUS, LOG_ROW, LOG_PRICE, LOG_COST, LOG_REASON) = range(8)
LOG_COLUMNS = 8
# Columns of the path: the log indices, the price known at the decision, the run.
LN_EQUITY, LN_BASKET, LN_MARKET, KNOWN, RUN = range(5)
PATH = 5
#: What is frozen at entry: gap, two betas, three log indices, run, time stop, stop.
FROZEN = 9


class MarketArrays(NamedTuple):
    """Prices and costs of a run's rows; shape (n_rows, n_names) unless stated.

    `close`, `known` and the cost rates repeat a name's last bar on rows where it has none.
    """

    bars: NDArray[np.int32]  # own bars up to and including the row
    has_bar: NDArray[np.bool_]
    is_settlement: NDArray[np.bool_]
    buy_price: Floats  # fill of a buy at the bar's open, slippage included
    sell_price: Floats
    close: Floats  # what the broker marks with
    known: Floats  # the close at the exchange rate known at the decision
    buy_rate: Floats
    sell_rate: Floats
    levy: Floats
    levy_above: Floats
    impact: Floats
    days: NDArray[np.int64]  # UTC calendar day of each row, shape (n_rows,)


class SignalArrays(NamedTuple):
    """What the rule reads; shape (n_rows, n_names)."""

    measure: Floats  # compared with the thresholds; NaN meets none
    free_measure: Floats  # the same where nothing but the threshold stands against an entry
    lowest: Floats  # the least free measure of a row, NaN where there is none; shape (n_rows,)
    multiplier: Floats  # size multiplier
    gap: Floats
    path: Floats  # what an exit reads, side by side; shape (n_rows, n_names, PATH)
    beta_metal: Floats
    beta_market: Floats
    half_life: Floats
    volatility: Floats


class Settings(NamedTuple):
    """The numbers of one combination; NaN switches an exit off."""

    enter_at: float  # enter at measure <= enter_at
    capture: float  # share of the anchored gap
    leave_above: float  # leave at measure > leave_above
    leave_below: float  # leave at measure < leave_below
    stop_multiple: float
    time_stop_multiple: float
    time_stop_min: float
    time_stop_max: float
    cool_down: float
    weight: float
    direction: float  # 1 long, -1 short
    cash: float
    cash_rate: float
    sizes_on_known: float  # 1: size on equity known at the decision, 0: on the broker's value
    needs_measure: float  # 1: a bar without a measure decides nothing


@compiled
def rounded(value: float, scale: float) -> float:
    """Return `numpy.round` by its own steps, so that thresholds meet the same number."""
    nearest: float = np.rint(value * scale) / scale
    return nearest


@compiled
def time_stop_of(half_life: float, settings: Settings) -> float:
    """Return whole sessions (`signals.compute`): an infinite half-life gets the longest."""
    sessions: float = np.ceil(rounded(settings.time_stop_multiple * half_life, 1e6))
    return min(max(sessions, settings.time_stop_min), settings.time_stop_max)


@compiled
def stop_of(volatility: float, half_life: float, settings: Settings) -> float:
    """Return the loss that ends a trade, as a fraction of its fill price."""
    if settings.stop_multiple == 0.0:
        return np.inf
    return rounded(settings.stop_multiple * volatility * np.sqrt(half_life), 1e10)


@compiled
def exit_of(
    anchored: float,
    entry_gap: float,
    trade_return: float,
    stop: float,
    held: float,
    time_stop: float,
    measure: float,
    settings: Settings,
) -> int:
    """Return why to leave now, `STAY` if nothing says so (`strategies.exits.exit_reason`)."""
    if anchored >= entry_gap * (1.0 - settings.capture):
        return CAPTURED
    if trade_return <= -stop:
        return STOP
    if held >= time_stop:
        return TIME_STOP
    if measure > settings.leave_above or measure < settings.leave_below:
        return THRESHOLD
    return STAY


@compiled
def replay(
    market: MarketArrays, signals: SignalArrays, settings: Settings, equity: Floats, log: Floats
) -> int:
    """Run one combination; fill `equity` by row and `log` by order; return the orders logged.

    Rows on which nothing is open, waits or could be bought are passed over: nothing can happen
    there but that cash stays what it was.

    Parameters
    ----------
    equity : ndarray of shape (n_rows,)
        Broker value after each row's fills.
    log : ndarray of shape (n, LOG_COLUMNS)
        One row an order, in the order in which they ended; ``n = 0`` logs nothing.
    """
    n_rows, n_names = market.close.shape
    size, entry_price, fill_price = np.zeros(n_names), np.zeros(n_names), np.zeros(n_names)
    order_size, order_row = np.zeros(n_names), np.full(n_names, -1)
    order_reason = np.zeros(n_names, np.int64)
    filled_bar, left_bar = np.zeros(n_names, np.int64), np.full(n_names, -(10**9))
    frozen = np.zeros((n_names, FROZEN))
    submitted, pending = np.zeros(n_names, np.int64), np.zeros(n_names, np.int64)
    held = np.zeros(n_names, np.int64)  # names with a position, ascending
    n_submitted = n_pending = n_held = n_logged = 0
    cash, interest, cash_before, last_day = settings.cash, 0.0, 0.0, market.days[0]
    bears_interest = settings.cash_rate != 0.0
    reads_path = not np.isnan(settings.capture) or settings.stop_multiple != 0.0
    reads_measure = not (np.isnan(settings.leave_above) and np.isnan(settings.leave_below))
    row = 0
    while row < n_rows:
        if n_held == 0 and n_submitted == 0 and n_pending == 0 and not bears_interest:
            while row < n_rows and not signals.lowest[row] <= settings.enter_at:
                equity[row] = cash
                row += 1
            if row == n_rows:
                break
        if n_submitted:
            n_pending, n_logged = _check_submitted(
                market, row, cash, size, submitted, n_submitted, pending, n_pending,
                order_size, order_row, order_reason, log, n_logged,
            )  # fmt: skip
            n_submitted = 0
        if n_pending:
            cash, n_pending, n_logged = _fill(
                market, row, cash, size, entry_price, fill_price, pending, n_pending,
                order_size, order_row, order_reason, filled_bar, left_bar, log, n_logged,
            )  # fmt: skip
            n_held = _names_held(size, held)
        cash += interest
        interest = 0.0
        value = 0.0
        for j in range(n_held):
            name = held[j]
            value = with_position(value, size[name], entry_price[name], market.close[row, name])
        value = cash + value
        equity[row] = value
        if bears_interest:
            day = market.days[row]
            if day > last_day:
                interest = cash_before * settings.cash_rate * (day - last_day) / 365.0
            last_day, cash_before = day, cash
        # Names are looked at in the order of the feeds: entries and exits interleave.
        may_enter = signals.lowest[row] <= settings.enter_at
        for j in range(n_names if may_enter else n_held):
            name = j if may_enter else held[j]
            if order_row[name] >= 0 or not market.has_bar[row, name]:
                continue
            reason = ENTRY
            if size[name] == 0.0:
                if not signals.free_measure[row, name] <= settings.enter_at:
                    continue
                wanted = _shares(
                    market, signals.multiplier[row, name], settings, row, name,
                    left_bar, value, cash, size,
                )  # fmt: skip
                if wanted == 0.0:
                    continue
                _freeze(signals, settings, row, name, frozen)
            else:
                anchored, trade_return, measure = np.nan, np.nan, np.nan
                if reads_path:
                    path = signals.path[row, name]
                    trade_return = path[KNOWN] / fill_price[name] - 1.0
                    if path[RUN] == frozen[name, 6]:
                        anchored = rounded(
                            frozen[name, 0]
                            + (path[LN_EQUITY] - frozen[name, 3])
                            - frozen[name, 1] * (path[LN_BASKET] - frozen[name, 4])
                            - frozen[name, 2] * (path[LN_MARKET] - frozen[name, 5]),
                            1e10,
                        )
                if reads_measure:
                    measure = signals.measure[row, name]
                    if settings.needs_measure == 1.0 and np.isnan(measure):
                        continue
                reason = exit_of(
                    anchored,
                    frozen[name, 0],
                    trade_return,
                    frozen[name, 8],
                    market.bars[row, name] - filled_bar[name],
                    frozen[name, 7],
                    measure,
                    settings,
                )
                if market.is_settlement[row, name]:
                    reason = DATA_HOLE
                if reason == STAY:
                    continue
                wanted = -size[name]
            order_size[name], order_row[name], order_reason[name] = wanted, row, reason
            submitted[n_submitted] = name
            n_submitted += 1
        row += 1
    for j in range(n_pending):
        n_logged = _end(
            log, n_logged, order_row, order_size, order_reason, pending[j],
            WAITING, -1, np.nan, 0.0,
        )  # fmt: skip
    for j in range(n_submitted):
        n_logged = _end(
            log, n_logged, order_row, order_size, order_reason, submitted[j],
            WAITING, -1, np.nan, 0.0,
        )  # fmt: skip
    return n_logged


@compiled
def _check_submitted(
    market: MarketArrays,
    row: int,
    cash: float,
    size: Floats,
    submitted: Ints,
    n_submitted: int,
    pending: Ints,
    n_pending: int,
    order_size: Floats,
    order_row: Ints,
    order_reason: Ints,
    log: Floats,
    n_logged: int,
) -> tuple[int, int]:
    """Check the cash of what was submitted, in order; return how many wait and are logged."""
    running = cash
    for j in range(n_submitted):
        name = submitted[j]
        price = market.close[order_row[name], name]
        cost = _cost(market, row, name, order_size[name], price)
        running = cash_if_submitted(running, size[name], order_size[name], price, cost)
        if running >= 0.0:
            pending[n_pending] = name
            n_pending += 1
        else:
            n_logged = _end(
                log, n_logged, order_row, order_size, order_reason, name,
                MARGIN_ON_SUBMISSION, row, np.nan, 0.0,
            )  # fmt: skip
    return n_pending, n_logged


@compiled
def _fill(
    market: MarketArrays,
    row: int,
    cash: float,
    size: Floats,
    entry_price: Floats,
    fill_price: Floats,
    pending: Ints,
    n_pending: int,
    order_size: Floats,
    order_row: Ints,
    order_reason: Ints,
    filled_bar: Ints,
    left_bar: Ints,
    log: Floats,
    n_logged: int,
) -> tuple[float, int, int]:
    """Fill what waits and has a bar, oldest first; return cash, how many wait and are logged."""
    kept = 0
    for j in range(n_pending):
        name = pending[j]
        if not market.has_bar[row, name]:
            pending[kept] = name
            kept += 1
            continue
        wanted = order_size[name]
        price = market.buy_price[row, name] if wanted > 0.0 else market.sell_price[row, name]
        cost = _cost(market, row, name, wanted, price)
        status = FILLED
        if size[name] != 0.0:
            cash = cash_after_close(cash, size[name], entry_price[name], price, cost)
            size[name] = entry_price[name] = 0.0
            left_bar[name] = market.bars[row, name]
        else:
            left = cash_after_open(cash, wanted, price, cost)
            if left >= 0.0:
                cash = left
                size[name], entry_price[name] = wanted, price
                fill_price[name] = reported_price(wanted, price)
                filled_bar[name] = market.bars[row, name]
            else:
                status = MARGIN_ON_FILL
        n_logged = _end(
            log, n_logged, order_row, order_size, order_reason, name, status, row, price, cost
        )
    return cash, kept, n_logged


@compiled
def _names_held(size: Floats, held: Ints) -> int:
    """List the names with a position in the order of the feeds, which is the broker's own."""
    n = 0
    for name in range(size.shape[0]):
        if size[name] != 0.0:
            held[n] = name
            n += 1
    return n


@compiled
def _cost(market: MarketArrays, row: int, name: int, size: float, price: float) -> float:
    return fill_cost(
        size,
        price,
        market.buy_rate[row, name],
        market.sell_rate[row, name],
        market.levy[row, name],
        market.levy_above[row, name],
        market.impact[row, name],
    )


@compiled
def _end(
    log: Floats,
    n: int,
    order_row: Ints,
    order_size: Floats,
    order_reason: Ints,
    name: int,
    status: int,
    row: int,
    price: float,
    cost: float,
) -> int:
    """Log how an order ended and free its name."""
    if n < log.shape[0]:
        log[n, LOG_DECIDED] = order_row[name]
        log[n, LOG_NAME] = name
        log[n, LOG_SIZE] = order_size[name]
        log[n, LOG_STATUS] = status
        log[n, LOG_ROW] = row
        log[n, LOG_PRICE] = price
        log[n, LOG_COST] = cost
        log[n, LOG_REASON] = order_reason[name]
    order_row[name] = -1
    return n + 1


@compiled
def _shares(
    market: MarketArrays,
    multiplier: float,
    settings: Settings,
    row: int,
    name: int,
    left_bar: Ints,
    value: float,
    cash: float,
    size: Floats,
) -> float:
    """Return the signed shares to buy, 0 for none (`CatchUp._consider_entry`)."""
    if market.bars[row, name] - left_bar[name] <= settings.cool_down:
        return 0.0
    if settings.sizes_on_known == 1.0:
        base = cash
        for other in range(size.shape[0]):
            if size[other] != 0.0:
                base += size[other] * market.known[row, other]
        price = market.known[row, name]
    else:
        base, price = value, market.close[row, name]
    target = settings.weight * multiplier * base
    shares = target // price
    return settings.direction * shares if shares >= 1.0 else 0.0


@compiled
def _freeze(signals: SignalArrays, settings: Settings, row: int, name: int, frozen: Floats) -> None:
    time_stop = time_stop_of(signals.half_life[row, name], settings)
    frozen[name, 0] = signals.gap[row, name]
    frozen[name, 1] = signals.beta_metal[row, name]
    frozen[name, 2] = signals.beta_market[row, name]
    frozen[name, 3] = signals.path[row, name, LN_EQUITY]
    frozen[name, 4] = signals.path[row, name, LN_BASKET]
    frozen[name, 5] = signals.path[row, name, LN_MARKET]
    frozen[name, 6] = signals.path[row, name, RUN]
    frozen[name, 7] = time_stop
    frozen[name, 8] = stop_of(signals.volatility[row, name], signals.half_life[row, name], settings)

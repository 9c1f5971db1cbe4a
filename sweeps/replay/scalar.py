"""The replay of one combination: backtrader's event order, bar by bar, compiled.

This is the specification of what a sweep computes, proven against real backtrader order by order
and bit by bit; the faster forms are held equal to it. Read it beside `strategies.RuleStrategy` and
`BackBroker.next`: on each row the broker first checks what was submitted, then fills what waits,
then marks positions; only then does the rule look at the names that have a bar.
"""

from __future__ import annotations

import numpy as np

from orebound.strategies import Numbers, exits
from orebound.strategies.exits import DATA_HOLE, STAY

from .broker import (
    cash_after_close,
    cash_after_open,
    cash_if_submitted,
    compiled,
    fill_cost,
    reported_price,
    with_position,
)
from .inputs import (
    ENTRY,
    FILLED,
    LN_BASKET,
    LN_EQUITY,
    LN_MARKET,
    LOG_COST,
    LOG_DECIDED,
    LOG_NAME,
    LOG_PRICE,
    LOG_REASON,
    LOG_ROW,
    LOG_SIZE,
    LOG_STATUS,
    MARGIN_ON_FILL,
    MARGIN_ON_SUBMISSION,
    RUN,
    WAITING,
    Floats,
    Ints,
    MarketArrays,
    RuleRows,
)

#: What is frozen at entry: gap, two betas, three log indices, run, time stop, stop.
FROZEN = 9

exit_reason = compiled(exits.exit_reason)
anchored_gap = compiled(exits.anchored_gap)
time_stop_of = compiled(exits.time_stop_of)
stop_of = compiled(exits.stop_of)


@compiled
def replay(
    market: MarketArrays, rule: RuleRows, numbers: Numbers, equity: Floats, log: Floats
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
    cash, interest, cash_before, last_day = numbers.cash, 0.0, 0.0, market.days[0]
    bears_interest = numbers.cash_rate != 0.0
    reads_path = not np.isnan(numbers.capture) or numbers.stop_multiple != 0.0
    reads_measure = numbers.needs_measure == 1.0
    reads_measure |= not (np.isnan(numbers.leave_above) and np.isnan(numbers.leave_below))
    row = 0
    while row < n_rows:
        if n_held == 0 and n_submitted == 0 and n_pending == 0 and not bears_interest:
            while row < n_rows and not rule.lowest[row] <= numbers.enter_at:
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
                interest = cash_before * numbers.cash_rate * (day - last_day) / 365.0
            last_day, cash_before = day, cash
        # Names are looked at in the order of the feeds: entries and exits interleave.
        may_enter = rule.lowest[row] <= numbers.enter_at
        for j in range(n_names if may_enter else n_held):
            name = j if may_enter else held[j]
            if order_row[name] >= 0 or not market.has_bar[row, name]:
                continue
            reason = ENTRY
            if size[name] == 0.0:
                if not rule.free_measure[row, name] <= numbers.enter_at:
                    continue
                wanted = _shares(
                    market, rule.multiplier[row, name], numbers, row, name,
                    left_bar, value, cash, size,
                )  # fmt: skip
                if wanted == 0.0:
                    continue
                wanted *= rule.direction[name]
                _freeze(rule, numbers, row, name, frozen)
            else:
                anchored, trade_return, measure = np.nan, np.nan, np.nan
                if reads_path:
                    path = rule.path[row, name]
                    trade_return = market.known[row, name] / fill_price[name] - 1.0
                    if path[RUN] == frozen[name, 6]:
                        anchored = anchored_gap(
                            frozen[name, 0],
                            path[LN_EQUITY] - frozen[name, 3],
                            path[LN_BASKET] - frozen[name, 4],
                            path[LN_MARKET] - frozen[name, 5],
                            frozen[name, 1],
                            frozen[name, 2],
                        )
                if reads_measure:
                    measure = rule.measure[row, name]
                if market.is_settlement[row, name]:
                    reason = DATA_HOLE
                elif numbers.needs_measure == 1.0 and np.isnan(measure):
                    reason = STAY
                else:
                    reason = exit_reason(
                        anchored,
                        frozen[name, 0],
                        trade_return,
                        market.bars[row, name] - filled_bar[name],
                        measure,
                        frozen[name, 8],
                        frozen[name, 7],
                        numbers.capture,
                        numbers.leave_above,
                        numbers.leave_below,
                    )
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
    numbers: Numbers,
    row: int,
    name: int,
    left_bar: Ints,
    value: float,
    cash: float,
    size: Floats,
) -> float:
    """Return the shares of an entry, 0 for none (`RuleStrategy._consider_entry`)."""
    if market.bars[row, name] - left_bar[name] <= numbers.cool_down:
        return 0.0
    if numbers.sizes_on_known == 1.0:
        base = cash
        for other in range(size.shape[0]):
            if size[other] != 0.0:
                base += size[other] * market.known[row, other]
        price = market.known[row, name]
    else:
        base, price = value, market.close[row, name]
    target = numbers.weight * multiplier * base
    shares = target // price
    return shares if shares >= 1.0 else 0.0


@compiled
def _freeze(rule: RuleRows, numbers: Numbers, row: int, name: int, frozen: Floats) -> None:
    half_life = rule.half_life[row, name]
    frozen[name, 0] = rule.gap[row, name]
    frozen[name, 1] = rule.beta_metal[row, name]
    frozen[name, 2] = rule.beta_market[row, name]
    frozen[name, 3] = rule.path[row, name, LN_EQUITY]
    frozen[name, 4] = rule.path[row, name, LN_BASKET]
    frozen[name, 5] = rule.path[row, name, LN_MARKET]
    frozen[name, 6] = rule.path[row, name, RUN]
    frozen[name, 7] = time_stop_of(
        half_life, numbers.time_stop_multiple, numbers.time_stop_min, numbers.time_stop_max
    )
    frozen[name, 8] = np.inf
    if numbers.stop_multiple != 0.0:
        frozen[name, 8] = stop_of(rule.volatility[row, name], half_life, numbers.stop_multiple)

"""Orders of the scalar replay: checked, filled and logged as the broker does, oldest first."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from .broker import (
    cash_after_close,
    cash_after_open,
    cash_if_submitted,
    fill_cost,
    reported_price,
)
from .compiling import bare
from .inputs import (
    FILLED,
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
    Floats,
    Ints,
    MarketArrays,
)

#: What is frozen at entry: gap, two betas, three log indices, run, time stop, stop.
FROZEN = 9


class State(NamedTuple):
    """What a run carries from row to row; shape (n_names,) unless stated."""

    size: Floats
    entry_price: Floats
    fill_price: Floats
    order_size: Floats
    order_row: Ints  # row of the decision of a live order, -1 without one
    order_reason: Ints
    filled_bar: Ints
    left_bar: Ints
    owed: Floats  # a year, by what is held at the last known price
    frozen: Floats  # shape (n_names, FROZEN)
    submitted: Ints  # names with an order to be checked, in the order of the orders
    pending: Ints  # names whose order waits for their next bar, oldest first
    held: Ints  # names with a position, ascending


@bare
def check_submitted(
    market: MarketArrays,
    row: int,
    cash: float,
    state: State,
    n_submitted: int,
    n_pending: int,
    log: Floats,
    n_logged: int,
) -> tuple[int, int]:
    """Check the cash of what was submitted, in order; return how many wait and are logged."""
    running = cash
    for j in range(n_submitted):
        name = state.submitted[j]
        price = market.close[state.order_row[name], name]
        cost = _cost(market, row, name, state.order_size[name], price)
        running = cash_if_submitted(running, state.size[name], state.order_size[name], price, cost)
        if running >= 0.0:
            state.pending[n_pending] = name
            n_pending += 1
        else:
            n_logged = end_order(log, n_logged, state, name, MARGIN_ON_SUBMISSION, row, np.nan, 0.0)
    return n_pending, n_logged


@bare
def fill(
    market: MarketArrays,
    row: int,
    cash: float,
    state: State,
    n_pending: int,
    log: Floats,
    n_logged: int,
) -> tuple[float, int, int]:
    """Fill what waits and has a bar, oldest first; return cash, how many wait and are logged."""
    kept = 0
    for j in range(n_pending):
        name = state.pending[j]
        if not market.has_bar[row, name]:
            state.pending[kept] = name
            kept += 1
            continue
        wanted = state.order_size[name]
        price = market.buy_price[row, name] if wanted > 0.0 else market.sell_price[row, name]
        cost = _cost(market, row, name, wanted, price)
        status = FILLED
        if state.size[name] != 0.0:
            cash = cash_after_close(cash, state.size[name], state.entry_price[name], price, cost)
            state.size[name] = state.entry_price[name] = 0.0
            state.left_bar[name] = market.bars[row, name]
        else:
            left = cash_after_open(cash, wanted, price, cost)
            if left >= 0.0:
                cash = left
                state.size[name], state.entry_price[name] = wanted, price
                state.fill_price[name] = reported_price(wanted, price)
                state.filled_bar[name] = market.bars[row, name]
            else:
                status = MARGIN_ON_FILL
        n_logged = end_order(log, n_logged, state, name, status, row, price, cost)
    return cash, kept, n_logged


@bare
def names_held(size: Floats, held: Ints) -> int:
    """List the names with a position in the order of the feeds, which is the broker's own."""
    n = 0
    for name in range(size.shape[0]):
        if size[name] != 0.0:
            held[n] = name
            n += 1
    return n


@bare
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


@bare
def end_order(
    log: Floats,
    n: int,
    state: State,
    name: int,
    status: int,
    row: int,
    price: float,
    cost: float,
) -> int:
    """Log how an order ended and free its name."""
    if n < log.shape[0]:
        log[n, LOG_DECIDED] = state.order_row[name]
        log[n, LOG_NAME] = name
        log[n, LOG_SIZE] = state.order_size[name]
        log[n, LOG_STATUS] = status
        log[n, LOG_ROW] = row
        log[n, LOG_PRICE] = price
        log[n, LOG_COST] = cost
        log[n, LOG_REASON] = state.order_reason[name]
    state.order_row[name] = -1
    return n + 1

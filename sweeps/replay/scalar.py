"""The replay of one combination: backtrader's event order, bar by bar, compiled.

This is the specification of what a sweep computes, proven against real backtrader order by order
and bit by bit; the faster forms are held equal to it. Read it beside `strategies.RuleStrategy` and
`BackBroker.next`: on each row the broker first checks what was submitted, then fills what waits,
then marks positions; only then does the rule look at the names that have a bar.
"""

from __future__ import annotations

import numpy as np

from orebound.strategies import Exit, Numbers
from orebound.strategies import anchored_gap as anchored_gap_in_python
from orebound.strategies import exit_reason as exit_reason_in_python
from orebound.strategies import owed_a_year as owed_a_year_in_python
from orebound.strategies import stop_of as stop_of_in_python
from orebound.strategies import time_stop_of as time_stop_of_in_python

from .broker import with_position
from .compiling import bare, compiled
from .inputs import (
    ENTRY,
    LN_BASKET,
    LN_EQUITY,
    LN_MARKET,
    RUN,
    WAITING,
    Floats,
    MarketArrays,
    RuleRows,
)
from .orders import FROZEN, State, check_submitted, end_order, fill, names_held

STAY, DATA_HOLE = int(Exit.STAY), int(Exit.DATA_HOLE)

owed_a_year = bare(owed_a_year_in_python)
exit_reason = bare(exit_reason_in_python)
anchored_gap = bare(anchored_gap_in_python)
time_stop_of = bare(time_stop_of_in_python)
stop_of = bare(stop_of_in_python)


@compiled
def replay(
    market: MarketArrays, rule: RuleRows, numbers: Numbers, equity: Floats, log: Floats
) -> int:
    """Run one combination; fill `equity` by row and `log` by order; return the orders logged.

    Parameters
    ----------
    equity : ndarray of shape (n_rows,)
        Broker value after each row's fills.
    log : ndarray of shape (n, LOG_COLUMNS)
        One row an order, in the order in which they ended; ``n = 0`` logs nothing.
    """
    n = market.close.shape[1]
    state = State(
        size=np.zeros(n),
        entry_price=np.zeros(n),
        fill_price=np.zeros(n),
        order_size=np.zeros(n),
        order_row=np.full(n, -1),
        order_reason=np.zeros(n, np.int64),
        filled_bar=np.zeros(n, np.int64),
        left_bar=np.full(n, -(10**9)),
        owed=np.zeros(n),
        frozen=np.zeros((n, FROZEN)),
        submitted=np.zeros(n, np.int64),
        pending=np.zeros(n, np.int64),
        held=np.zeros(n, np.int64),
    )
    return _run(market, rule, numbers, state, equity, log)


@bare
def _run(
    market: MarketArrays,
    rule: RuleRows,
    numbers: Numbers,
    state: State,
    equity: Floats,
    log: Floats,
) -> int:
    """Run one combination from an empty state.

    Rows on which nothing is open, waits or could be bought are passed over: nothing can happen
    there but that cash stays what it was.
    """
    n_rows, n_names = market.close.shape
    size, order_row, held = state.size, state.order_row, state.held
    submitted, frozen = state.submitted, state.frozen
    n_submitted = n_pending = n_held = n_logged = 0
    cash, interest, cash_before, last_day = numbers.cash, 0.0, 0.0, market.days[0]
    bears_interest = numbers.cash_rate != 0.0
    owes = _owes(market, rule)
    reads_path = not np.isnan(numbers.capture) or numbers.stop_multiple != 0.0
    reads_measure = numbers.needs_measure == 1.0
    reads_measure |= not (np.isnan(numbers.leave_above) and np.isnan(numbers.leave_below))
    row = 0
    while row < n_rows:
        is_idle = n_held == 0 and n_submitted == 0 and n_pending == 0
        if is_idle and not bears_interest and interest == 0.0:
            while row < n_rows and not rule.lowest[row] <= numbers.enter_at:
                equity[row] = cash
                row += 1
            if row == n_rows:
                break
        if n_submitted:
            n_pending, n_logged = check_submitted(
                market, row, cash, state, n_submitted, n_pending, log, n_logged
            )
            n_submitted = 0
        if n_pending:
            cash, n_pending, n_logged = fill(market, row, cash, state, n_pending, log, n_logged)
            n_held = names_held(size, held)
        cash += interest
        interest = 0.0
        value = 0.0
        for j in range(n_held):
            name = held[j]
            value = with_position(
                value, size[name], state.entry_price[name], market.close[row, name]
            )
        value = cash + value
        equity[row] = value
        if bears_interest or owes:
            day = market.days[row]
            if day > last_day:
                interest = _carry(state, numbers, cash_before, day - last_day)
            last_day, cash_before = day, cash
            if owes:
                _owe(market, row, state, n_held)
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
                wanted = _shares(market, rule, numbers, row, name, value, cash, state)
                if wanted == 0.0:
                    continue
                wanted *= rule.direction[name]
                _freeze(rule, numbers, row, name, frozen)
            else:
                anchored, trade_return, measure = np.nan, np.nan, np.nan
                if reads_path:
                    trade_return = rule.direction[name] * (
                        market.known[row, name] / state.fill_price[name] - 1.0
                    )
                    if rule.path[row, name, RUN] == frozen[name, 6]:
                        anchored = anchored_gap(
                            frozen[name, 0],
                            rule.path[row, name, LN_EQUITY] - frozen[name, 3],
                            rule.path[row, name, LN_BASKET] - frozen[name, 4],
                            rule.path[row, name, LN_MARKET] - frozen[name, 5],
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
                        market.bars[row, name] - state.filled_bar[name],
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
            order_row[name] = row
            state.order_size[name], state.order_reason[name] = wanted, reason
            submitted[n_submitted] = name
            n_submitted += 1
        row += 1
    for j in range(n_pending):
        n_logged = end_order(log, n_logged, state, state.pending[j], WAITING, -1, np.nan, 0.0)
    for j in range(n_submitted):
        n_logged = end_order(log, n_logged, state, submitted[j], WAITING, -1, np.nan, 0.0)
    return n_logged


@bare
def _owes(market: MarketArrays, rule: RuleRows) -> bool:
    """Return whether any name may owe something while it is held."""
    for name in range(rule.direction.shape[0]):
        is_short = rule.direction[name] < 0.0
        if (market.short_rate[name] if is_short else market.long_rate[name]) != 0.0:
            return True
    return False


@bare
def _carry(state: State, numbers: Numbers, cash: float, days: int) -> float:
    """Return interest on cash less what was owed on the row before (`RuleStrategy._carry`)."""
    total = 0.0
    if numbers.cash_rate != 0.0:
        total = cash * numbers.cash_rate * days / 365.0
    for name in range(state.owed.shape[0]):
        if state.owed[name] != 0.0:
            total -= state.owed[name] * days / 365.0
    return total


@bare
def _owe(market: MarketArrays, row: int, state: State, n_held: int) -> None:
    """Note what is owed a year by what is held (`RuleStrategy._owed_now`)."""
    state.owed[:] = 0.0
    for j in range(n_held):
        name = state.held[j]
        state.owed[name] = owed_a_year(
            state.size[name],
            market.known[row, name],
            market.short_rate[name],
            market.long_rate[name],
        )


@bare
def _shares(
    market: MarketArrays,
    rule: RuleRows,
    numbers: Numbers,
    row: int,
    name: int,
    value: float,
    cash: float,
    state: State,
) -> float:
    """Return the shares of an entry, 0 for none (`RuleStrategy._consider_entry`)."""
    if market.bars[row, name] - state.left_bar[name] <= numbers.cool_down:
        return 0.0
    if numbers.sizes_on_known == 1.0:
        base, price = known_equity(market, row, cash, state), market.known[row, name]
    else:
        base, price = value, market.close[row, name]
    target = min(numbers.weight * rule.multiplier[row, name] * base, rule.most_value[row, name])
    shares = target // price
    return shares if shares >= 1.0 else 0.0


@bare
def known_equity(market: MarketArrays, row: int, cash: float, state: State) -> float:
    """Return cash plus positions at the last known prices (`RuleStrategy.known_equity`)."""
    value = cash
    for other in range(state.size.shape[0]):
        if state.size[other] != 0.0:
            value += state.size[other] * market.known[row, other]
    return value


@bare
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

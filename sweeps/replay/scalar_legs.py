"""The replay of one combination with hedge legs or a capped book.

`scalar`, and the rules of `strategies.LegOrders` and `strategies.BookCaps`.

Broker, sizes of lines and what is frozen are those of the scalar replay. Read it beside
`LegOrders`: a leg is decided on with its line, waits where its own market is in session, and is
closed as an orphan where its line is gone.
"""

from __future__ import annotations

import numpy as np

from orebound.strategies import Numbers
from orebound.strategies import leg_size as leg_size_in_python

from .book_caps import capped
from .broker import with_position
from .compiling import bare, compiled
from .inputs import (
    ENTRY,
    LN_BASKET,
    LN_EQUITY,
    LN_MARKET,
    LOG_NAME,
    RUN,
    WAITING,
    Floats,
    MarketArrays,
    RuleRows,
)
from .leg_state import LOG_SENT, ORPHAN, LegRows, LegState
from .orders import FROZEN, State, check_submitted, end_order, fill, names_held
from .scalar import DATA_HOLE, STAY, _freeze, _owe, _shares, anchored_gap, exit_reason

leg_size = bare(leg_size_in_python)


@compiled
def replay_legs(
    market: MarketArrays,
    rule: RuleRows,
    legs: LegRows,
    numbers: Numbers,
    equity: Floats,
    log: Floats,
) -> int:
    """Run one combination; fill `equity` by row and `log` by order; return the orders logged.

    Parameters
    ----------
    equity : ndarray of shape (n_rows,)
        Broker value after each row's fills.
    log : ndarray of shape (n, LEG_LOG_COLUMNS)
        One row an order, in the order in which they ended; ``n = 0`` logs nothing.
    """
    n, n_legs = market.close.shape[1], legs.column.shape[0]
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
    later = LegState(
        size=np.zeros(n_legs),
        reason=np.zeros(n_legs, np.int64),
        wanted=np.zeros(n_legs),
        sent=np.zeros(n, np.int64),
        roll=np.zeros(n),
        values=np.zeros(n),
    )
    return _run(market, rule, legs, numbers, state, later, equity, log)


@bare
def _run(
    market: MarketArrays,
    rule: RuleRows,
    legs: LegRows,
    numbers: Numbers,
    state: State,
    later: LegState,
    equity: Floats,
    log: Floats,
) -> int:
    """Run one combination from an empty state (`scalar._run` with legs)."""
    n_rows, n_names = market.close.shape
    n_submitted = n_pending = n_held = n_logged = 0
    cash, interest, cash_before, last = numbers.cash, 0.0, 0.0, 0
    bears_interest, owes = numbers.cash_rate != 0.0, _owes(market, rule, legs)
    row = 0
    while row < n_rows:
        is_idle = n_held == 0 and n_submitted == 0 and n_pending == 0 and not _waits(later)
        if is_idle and not bears_interest and interest == 0.0:
            while row < n_rows and not rule.lowest[row] <= numbers.enter_at:
                equity[row] = cash
                row += 1
            if row == n_rows:
                break
        logged = n_logged
        if n_submitted:
            n_pending, n_logged = check_submitted(
                market, row, cash, state, n_submitted, n_pending, log, n_logged
            )
            n_submitted = 0
        if n_pending:
            cash, n_pending, n_logged = fill(market, row, cash, state, n_pending, log, n_logged)
            n_held = names_held(state.size, state.held)
        _number(log, logged, n_logged, later)
        cash += interest
        interest = 0.0
        value = 0.0
        for j in range(n_held):
            name = state.held[j]
            value = with_position(
                value, state.size[name], state.entry_price[name], market.close[row, name]
            )
        value = cash + value
        equity[row] = value
        if bears_interest or owes:
            if market.days[row] > market.days[last]:
                interest = _carry(market, legs, numbers, state, later, cash_before, last, row)
            last, cash_before = row, cash
            if owes:
                _owe(market, row, state, n_held)
                _owe_rolls(market, legs, row, state, later)
        may_enter = rule.lowest[row] <= numbers.enter_at
        for j in range(n_names if may_enter else n_held):
            name = j if may_enter else state.held[j]
            if legs.is_leg[name] or state.order_row[name] >= 0 or not market.has_bar[row, name]:
                continue
            reason, wanted = ENTRY, -state.size[name]
            if state.size[name] == 0.0:
                if not rule.free_measure[row, name] <= numbers.enter_at:
                    continue
                wanted = _shares(market, rule, numbers, row, name, value, cash, state)
                wanted = capped(wanted, market, legs, numbers, row, name, cash, state, later)
                wanted *= rule.direction[name]
                if wanted == 0.0 or not _can_hedge(market, legs, row, name, wanted, state, later):
                    continue
                _freeze(rule, numbers, row, name, state.frozen)
            else:
                reason = _leaves(market, rule, numbers, row, name, state)
                if reason == STAY:
                    continue
            n_submitted = _send(row, name, wanted, reason, state, later, n_submitted)
            n_submitted = _with_legs(legs, row, name, reason, state, later, n_submitted)
        n_submitted = _watch(market, legs, row, state, later, n_submitted)
        row += 1
    logged = n_logged
    for j in range(n_pending):
        n_logged = end_order(log, n_logged, state, state.pending[j], WAITING, -1, np.nan, 0.0)
    for j in range(n_submitted):
        n_logged = end_order(log, n_logged, state, state.submitted[j], WAITING, -1, np.nan, 0.0)
    _number(log, logged, n_logged, later)
    return n_logged


@bare
def _waits(later: LegState) -> bool:
    """Return whether any leg's order waits for its market to close."""
    for place in range(later.size.shape[0]):  # noqa: SIM110 - a compiled generator is slower
        if later.size[place] != 0.0:
            return True
    return False


@bare
def _send(
    row: int,
    name: int,
    size: float,
    reason: int,
    state: State,
    later: LegState,
    n_submitted: int,
) -> int:
    """Send an order; return how many were sent on the row."""
    state.order_row[name] = row
    state.order_size[name], state.order_reason[name] = size, reason
    later.sent[name] = row * state.size.shape[0] + n_submitted
    state.submitted[n_submitted] = name
    return n_submitted + 1


@bare
def _number(log: Floats, first: int, end: int, later: LegState) -> None:
    """Write into what was logged when it had been sent."""
    for i in range(first, min(end, log.shape[0])):
        log[i, LOG_SENT] = later.sent[int(log[i, LOG_NAME])]


@bare
def _can_hedge(
    market: MarketArrays,
    legs: LegRows,
    row: int,
    name: int,
    shares: float,
    state: State,
    later: LegState,
) -> bool:
    """Size the legs of an entry; return whether all can be sent (`LegOrders._leg_sizes`)."""
    for k in range(legs.first[name], legs.first[name + 1]):
        place = legs.order[k]
        leg, ratio = legs.column[place], legs.ratio[row, place]
        later.wanted[place] = 0.0
        if market.bars[row, leg] == 0:
            if ratio != 0.0:
                return False
            continue
        if state.order_row[leg] >= 0 or later.size[place] != 0.0 or state.size[leg] != 0.0:
            return False
        later.wanted[place] = leg_size(
            ratio, shares, market.known[row, name], market.known[row, leg], legs.lot[place]
        )
    return True


@bare
def _with_legs(
    legs: LegRows,
    row: int,
    name: int,
    reason: int,
    state: State,
    later: LegState,
    n_submitted: int,
) -> int:
    """Send the legs of an entry, or close those that are held; return how many were sent.

    `LegOrders._send_legs` and `_close_legs`: an entry that was not sent yet is forgotten.
    """
    for k in range(legs.first[name], legs.first[name + 1]):
        place = legs.order[k]
        leg = legs.column[place]
        wanted = later.wanted[place]
        if reason != ENTRY:
            later.size[place] = 0.0
            wanted = -state.size[leg] if state.order_row[leg] < 0 else 0.0
        if wanted == 0.0:
            continue
        if legs.waits[row, place]:
            later.size[place], later.reason[place] = wanted, reason
        else:
            n_submitted = _send(row, leg, wanted, reason, state, later, n_submitted)
    return n_submitted


@bare
def _watch(
    market: MarketArrays,
    legs: LegRows,
    row: int,
    state: State,
    later: LegState,
    n_submitted: int,
) -> int:
    """Send what waited for a close; close legs that end or are orphans (`_watch_legs`)."""
    for place in range(legs.column.shape[0]):
        leg, partner = legs.column[place], legs.partner[place]
        if not market.has_bar[row, leg] or state.order_row[leg] >= 0:
            continue
        size, waited = state.size[leg], later.size[place]
        later.size[place] = 0.0
        is_over = market.is_settlement[row, leg]
        is_hedging = state.size[partner] != 0.0 or state.order_row[partner] >= 0
        if waited != 0.0 and not is_over and (size != 0.0 or is_hedging):
            reason = later.reason[place]
            n_submitted = _send(row, leg, waited, reason, state, later, n_submitted)
        elif size != 0.0 and is_over:
            n_submitted = _send(row, leg, -size, DATA_HOLE, state, later, n_submitted)
        elif size != 0.0 and not is_hedging:
            n_submitted = _send(row, leg, -size, ORPHAN, state, later, n_submitted)
    return n_submitted


@bare
def _leaves(
    market: MarketArrays, rule: RuleRows, numbers: Numbers, row: int, name: int, state: State
) -> int:
    """Return why a line is left now, or STAY (`RuleStrategy._consider_exit`)."""
    frozen, measure, anchored = state.frozen, rule.measure[row, name], np.nan
    if market.is_settlement[row, name]:
        return DATA_HOLE
    if numbers.needs_measure == 1.0 and np.isnan(measure):
        return STAY
    if rule.path[row, name, RUN] == frozen[name, 6]:
        anchored = anchored_gap(
            frozen[name, 0],
            rule.path[row, name, LN_EQUITY] - frozen[name, 3],
            rule.path[row, name, LN_BASKET] - frozen[name, 4],
            rule.path[row, name, LN_MARKET] - frozen[name, 5],
            frozen[name, 1],
            frozen[name, 2],
        )
    return exit_reason(
        anchored,
        frozen[name, 0],
        rule.direction[name] * (market.known[row, name] / state.fill_price[name] - 1.0),
        market.bars[row, name] - state.filled_bar[name],
        measure,
        frozen[name, 8],
        frozen[name, 7],
        numbers.capture,
        numbers.leave_above,
        numbers.leave_below,
    )


@bare
def _owes(market: MarketArrays, rule: RuleRows, legs: LegRows) -> bool:
    """Return whether anything may owe something while it is held; a leg on either side."""
    for name in range(rule.direction.shape[0]):
        short, long = market.short_rate[name] != 0.0, market.long_rate[name] != 0.0
        if legs.is_leg[name]:
            if short or long or legs.roll_rate[name] != 0.0:
                return True
        elif short if rule.direction[name] < 0.0 else long:
            return True
    return False


@bare
def _owe_rolls(
    market: MarketArrays, legs: LegRows, row: int, state: State, later: LegState
) -> None:
    """Note what one roll of each position costs, at the last known price."""
    for place in range(legs.column.shape[0]):
        leg = legs.column[place]
        later.roll[leg] = 0.0
        if state.size[leg] != 0.0:  # before its first exchange rate a price is NaN
            later.roll[leg] = abs(state.size[leg]) * market.known[row, leg] * legs.roll_rate[leg]


@bare
def _carry(
    market: MarketArrays,
    legs: LegRows,
    numbers: Numbers,
    state: State,
    later: LegState,
    cash: float,
    last: int,
    row: int,
) -> float:
    """Return interest on cash less what was owed on the row before (`CarryFlows._carry`)."""
    total, days = 0.0, market.days[row] - market.days[last]
    if numbers.cash_rate != 0.0:
        total = cash * numbers.cash_rate * days / 365.0
    for name in range(state.owed.shape[0]):
        if state.owed[name] != 0.0:
            total -= state.owed[name] * days / 365.0
        months = legs.roll_months[name]
        if later.roll[name] != 0.0 and months != 0:
            total -= later.roll[name] * (legs.month[row] // months - legs.month[last] // months)
    return total

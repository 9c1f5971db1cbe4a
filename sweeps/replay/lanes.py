"""The replay of W combinations at once: the rules of `scalar.replay`, a lane a combination.

Read it beside the scalar form, which is the specification; tests hold the two equal in every
order, value and metric. State lies ``[field][name][lane]``; a name's yes or no for all lanes is one
integer (`masks`), a row's for all names another. Loops run over set bits, so that a row on which
nothing happens costs a few instructions, and lanes that do not take part are masked.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from orebound.strategies import Numbers

from .broker import compiled, inlined
from .inputs import FILLED, MARGIN_ON_FILL, MARGIN_ON_SUBMISSION, Floats
from .lane_inputs import LaneMarket
from .simd import (
    absolute,
    at,
    bits,
    blend,
    first_bit,
    floor,
    fused,
    load,
    lowest,
    mask_of,
    nearest,
    put_word,
    root,
    spread,
    spread_at,
    store,
    word_at,
)
from .totals import (
    CLOSED,
    COSTS,
    DAYS,
    ENDED,
    ENTRIES,
    GROSS,
    HITS,
    IMPACT,
    IN_MARKET,
    LEVY,
    NOT_FILLED,
    ORDERS,
    RETURNS,
    SPELLS,
    TOTALS,
)

# Fields of the state, by name and lane: the position, the order, what an entry froze.
(SIZE, ENTRY_PRICE, FILL_PRICE, ENTRY_COST, FILLED_BAR, LEFT_BAR, WANTED, CHECKED_ROW) = range(8)
(GAP, BETA_METAL, BETA_MARKET, LN_EQUITY, LN_BASKET, LN_MARKET, RUN) = range(8, 15)
(LAST_SESSION, STOP, SPELL) = range(15, 18)
FIELDS = 18
# Masks of lanes, by name.
HELD, SUBMITTED, PENDING = range(3)
MASKS = 3
LONG_AGO = -1e9
NEVER = 1e300

(ENTER_AT, LEAVE_ABOVE, LEAVE_BELOW, CAPTURE, STOP_MULTIPLE) = range(5)
(TIME_MULTIPLE, TIME_MIN, TIME_MAX, COOL_DOWN, WEIGHT, CASH) = range(5, 11)
assert Numbers._fields[:11] == (
    *("enter_at", "leave_above", "leave_below", "capture", "stop_multiple", "time_stop_multiple"),
    *("time_stop_min", "time_stop_max", "cool_down", "weight", "cash"),
)


@compiled
def candidates(market: LaneMarket, level: float, out: int) -> None:
    """Write by row which names any lane could enter: their free measure reaches the level."""
    n = market.n_names
    for row in range(market.n_rows):
        names = 0
        if at(market.lowest, row) <= level:
            for name in range(n):
                names |= (at(market.free_measure, row * n + name) <= level) << name
        put_word(out, row, names)


@compiled
def replay_block(
    width: Any,
    market: LaneMarket,
    numbers: int,
    flags: Any,
    entering: int,
    state: int,
    masks: int,
    curve: int,
    totals: int,
    seen: int,
    log: Any,
) -> None:
    """Run W combinations; fill `curve` by session and `totals`. Arrays come by their address.

    Parameters
    ----------
    width : tuple of W zeros
    numbers : ndarray of shape (len(Numbers) * W,)
        The lanes of a number side by side.
    flags : tuple of bool
        Whether any lane reads the path (capture or stop), the measure on the way out, needs a
        measure to decide, and sizes on what is known.
    entering : ndarray of shape (n_rows,)
        From `candidates` for the highest level of the lanes.
    state, masks : ndarray of shape ((FIELDS * n_names + 1) * W,), (MASKS * n_names,)
    curve : ndarray of shape (n_sessions * W,)
    totals : ndarray of shape (n_totals * W,)
    seen : ndarray of shape (n_spells * W,), int64
    log : ndarray of shape (n, 7) or None
        Every order that ended, for tests: lane, name, size, status, row, price, cost; its first
        entry counts them.
    """
    w, n = len(width), market.n_names
    reads_path, reads_measure, needs_measure, sizes_on_known = flags
    zero, one = spread(0.0, width), spread(1.0, width)
    everyone = bits(zero < one)
    enter_at, weight = load(numbers, ENTER_AT * w, width), load(numbers, WEIGHT * w, width)
    above, below = load(numbers, LEAVE_ABOVE * w, width), load(numbers, LEAVE_BELOW * w, width)
    uncaptured = one - load(numbers, CAPTURE * w, width)
    cool_down = load(numbers, COOL_DOWN * w, width)
    cash = load(numbers, CASH * w, width)
    _clear(width, market, state, masks, totals, seen)
    value, in_market = cash, zero
    held_names, submitted_names, pending_names, held_lanes = 0, 0, 0, 0
    for row in range(market.n_rows):
        session = word_at(market.session, row)
        names_now = word_at(entering, row)
        if held_names | submitted_names | pending_names | names_now == 0:
            if session >= 0:
                store(curve, session * w, cash)
            continue
        base, present = row * n, word_at(market.present, row)
        late_names = pending_names & present
        if submitted_names:
            pending_names |= _check_submitted(
                width, market, row, cash, submitted_names, state, masks, totals, log
            )
            submitted_names = 0
        due_names = pending_names & present
        if due_names:
            if late_names:
                cash, done = _fill_oldest_first(
                    width, market, row, cash, due_names, state, masks, totals, seen, log
                )
            else:
                cash, done = _fill(
                    width, market, row, cash, due_names, NEVER, state, masks, totals, seen, log
                )
            pending_names &= ~done
            held_names, held_lanes = 0, 0
            for name in range(n):
                lanes = word_at(masks, HELD * n + name)
                if lanes:
                    held_names |= 1 << name
                    held_lanes |= lanes
        left = held_names & present
        deciding = left | names_now
        if session >= 0 or (names_now and not sizes_on_known):
            value = zero
            names = held_names
            while names:
                name = first_bit(names)
                names &= names - 1
                size = load(state, (SIZE * n + name) * w, width)
                close = spread_at(market.close, base + name, width)
                worth = size * close
                if at(market.direction, name) > 0.0:
                    entry = load(state, (ENTRY_PRICE * n + name) * w, width)
                    unseen = size * (close - entry)
                    value = (value + (worth - unseen)) + unseen
                else:
                    value = value + worth
            value = cash + value
            if session >= 0:
                store(curve, session * w, value)
                in_market = in_market + blend(mask_of(held_lanes, width), one, zero)
        known = value
        is_known = not sizes_on_known
        while deciding:
            name = first_bit(deciding)
            deciding &= deciding - 1
            cell, k = base + name, name * w
            held, waiting = word_at(masks, HELD * n + name), word_at(masks, PENDING * n + name)
            sent = 0
            if names_now >> name & 1 and everyone & ~held & ~waiting:
                free = mask_of(everyone & ~held & ~waiting, width)
                wanting = free & (spread_at(market.free_measure, cell, width) <= enter_at)
                bar = spread_at(market.bars, cell, width)
                wanting = wanting & (bar - load(state, LEFT_BAR * n * w + k, width) > cool_down)
                if bits(wanting):
                    if not is_known:
                        known = _known_equity(width, market, base, cash, held_names, state)
                        is_known = True
                    sent = _enter(
                        width, market, cell, k, wanting, weight, known, sizes_on_known,
                        numbers, reads_path, state,
                    )  # fmt: skip
            staying = held & ~waiting
            if staying and present >> name & 1:
                leaving = staying
                if not word_at(market.settled, row) >> name & 1:
                    leaving = staying & _leaving(
                        width, market, cell, k, uncaptured, above, below, reads_path,
                        reads_measure, needs_measure, state,
                    )  # fmt: skip
                if leaving:
                    mask = mask_of(leaving, width)
                    place = WANTED * n * w + k
                    size = load(state, SIZE * n * w + k, width)
                    store(state, place, blend(mask, zero - size, load(state, place, width)))
                    sent |= leaving
            put_word(masks, SUBMITTED * n + name, sent)
            if sent:
                submitted_names |= 1 << name
    _finish(width, market, submitted_names | pending_names, held_names, state, masks, totals)
    store(totals, ENDED * w, _last_value(width, market, cash, held_names, state))
    store(totals, IN_MARKET * w, in_market)


@inlined
def _clear(width: Any, market: LaneMarket, state: int, masks: int, totals: int, seen: int) -> None:
    w, n, zero = len(width), market.n_names, spread(0.0, width)
    for field in range(FIELDS * n):
        store(state, field * w, zero)
    for name in range(n):
        store(state, (LEFT_BAR * n + name) * w, spread(LONG_AGO, width))
    store(state, FIELDS * n * w, spread(-1.0, width))
    for field in range(market.n_totals):
        store(totals, field * w, zero)
    for name in range(MASKS * n):
        put_word(masks, name, 0)
    for spell in range(market.n_spells * w):
        put_word(seen, spell, 0)


@inlined
def _cost(width: Any, market: LaneMarket, cell: int, shares: Any, price: Any, rate: Any) -> Any:
    """Return what fills cost (`broker.fill_cost`)."""
    cost = shares * rate * price
    if market.has_flat_costs:
        return cost
    value = shares * price
    above = value > spread_at(market.levy_above, cell, width)
    cost = blend(above, cost + spread_at(market.levy, cell, width), cost)
    impact = at(market.impact, cell)
    if impact != 0.0:
        cost = cost + spread(impact, width) * value * root(value)
    return cost


@inlined
def _check_submitted(
    width: Any,
    market: LaneMarket,
    row: int,
    cash: Any,
    names: int,
    state: int,
    masks: int,
    totals: int,
    log: Any,
) -> int:
    """Check the cash of what was submitted on the row before; return the names accepted."""
    w, n = len(width), market.n_names
    running, zero, one = cash, spread(0.0, width), spread(1.0, width)
    accepted_names, refused = 0, zero
    orders = zero
    while names:
        name = first_bit(names)
        names &= names - 1
        cell, before = row * n + name, (row - 1) * n + name
        sent = mask_of(word_at(masks, SUBMITTED * n + name), width)
        wanted = load(state, (WANTED * n + name) * w, width)
        price = spread_at(market.close, before, width)
        is_buy = wanted > zero
        rate = blend(
            is_buy,
            spread_at(market.buy_rate, cell, width),
            spread_at(market.sell_rate, cell, width),
        )
        cost = _cost(width, market, cell, absolute(wanted), price, rate)
        running = blend(sent, running - wanted * price - cost, running)
        is_fine = running >= zero
        accepted, rejected = bits(sent & is_fine), bits(sent & ~is_fine)
        orders = orders + blend(sent, one, zero)
        refused = refused + blend(sent & ~is_fine, one, zero)
        put_word(masks, SUBMITTED * n + name, 0)
        if accepted:
            place = (CHECKED_ROW * n + name) * w
            now = blend(sent & is_fine, spread(float(row), width), load(state, place, width))
            store(state, place, now)
            put_word(masks, PENDING * n + name, word_at(masks, PENDING * n + name) | accepted)
            accepted_names |= 1 << name
        if log is not None and rejected:
            _log(
                w, n, log, rejected, name, state, MARGIN_ON_SUBMISSION, row, 0.0, spread(0.0, width)
            )
    store(totals, ORDERS * w, load(totals, ORDERS * w, width) + orders)
    store(totals, NOT_FILLED * w, load(totals, NOT_FILLED * w, width) + refused)
    return accepted_names


@inlined
def _fill_oldest_first(
    width: Any,
    market: LaneMarket,
    row: int,
    cash: Any,
    names: int,
    state: int,
    masks: int,
    totals: int,
    seen: int,
    log: Any,
) -> Any:
    """Fill what waits in the order in which it was accepted, then by name."""
    w, n = len(width), market.n_names
    done = 0
    left = names
    while left:
        oldest = NEVER
        todo = left
        while todo:
            name = first_bit(todo)
            todo &= todo - 1
            waiting = mask_of(word_at(masks, PENDING * n + name), width)
            since = load(state, (CHECKED_ROW * n + name) * w, width)
            oldest = min(oldest, lowest(blend(waiting, since, spread(NEVER, width))))
        cash, ended = _fill(width, market, row, cash, left, oldest, state, masks, totals, seen, log)
        done |= ended
        left &= ~ended
    return cash, done


@inlined
def _fill(
    width: Any,
    market: LaneMarket,
    row: int,
    cash: Any,
    names: int,
    since: float,
    state: int,
    masks: int,
    totals: int,
    seen: int,
    log: Any,
) -> Any:
    """Fill what has waited since a row, or all; return cash and the names that wait no more."""
    w, n = len(width), market.n_names
    zero, one = spread(0.0, width), spread(1.0, width)
    done = 0
    while names:
        name = first_bit(names)
        names &= names - 1
        cell, k, stride = row * n + name, name * w, n * w
        pending = word_at(masks, PENDING * n + name)
        ready = pending
        if since != NEVER:
            rows = load(state, CHECKED_ROW * stride + k, width)
            ready &= bits(rows == spread(since, width))
        if pending == ready:
            done |= 1 << name
        if ready == 0:
            continue
        put_word(masks, PENDING * n + name, pending & ~ready)
        held = word_at(masks, HELD * n + name)
        is_long = at(market.direction, name) > 0.0
        bar = spread_at(market.bars, cell, width)
        wanted = load(state, WANTED * stride + k, width)
        shares = absolute(wanted)
        size = load(state, SIZE * stride + k, width)
        entry = load(state, ENTRY_PRICE * stride + k, width)
        if ready & held:
            closing = mask_of(ready & held, width)
            if is_long:
                price_now, rate = at(market.sell_price, cell), at(market.sell_rate, cell)
            else:
                price_now, rate = at(market.buy_price, cell), at(market.buy_rate, cell)
            price = spread(price_now, width)
            cost = _cost(width, market, cell, shares, price, spread(rate, width))
            profit = size * (price - entry)
            cash = blend(closing, cash + (size * entry + profit) - cost, cash)
            _add_fill(width, market, cell, closing, shares * price, cost, not is_long, totals)
            _add_exit(width, n, k, closing, shares, entry, profit, cost, bar, state, totals)
            if log is not None:
                _log(w, n, log, ready & held, name, state, FILLED, row, price_now, cost)
            size, entry = blend(closing, zero, size), blend(closing, zero, entry)
            left_bar = load(state, LEFT_BAR * stride + k, width)
            store(state, LEFT_BAR * stride + k, blend(closing, bar, left_bar))
        if ready & ~held:
            opening = mask_of(ready & ~held, width)
            if is_long:
                price_now, rate = at(market.buy_price, cell), at(market.buy_rate, cell)
            else:
                price_now, rate = at(market.sell_price, cell), at(market.sell_rate, cell)
            price = spread(price_now, width)
            cost = _cost(width, market, cell, shares, price, spread(rate, width))
            left = cash - wanted * price - cost
            opened = opening & (left >= zero)
            refused = opening & ~(left >= zero)
            cash = blend(opened, left, cash)
            size, entry = blend(opened, wanted, size), blend(opened, price, entry)
            _put_where(width, opened, (wanted * price) / wanted, state, FILL_PRICE * stride + k)
            _put_where(width, opened, cost, state, ENTRY_COST * stride + k)
            _put_where(width, opened, bar, state, FILLED_BAR * stride + k)
            _add_fill(width, market, cell, opened, shares * price, cost, is_long, totals)
            if bits(opened):
                _count_spells(width, n, bits(opened), k, state, totals, seen)
            entries = load(totals, ENTRIES * w, width)
            store(totals, ENTRIES * w, entries + blend(opened, one, zero))
            unfilled = load(totals, NOT_FILLED * w, width)
            store(totals, NOT_FILLED * w, unfilled + blend(refused, one, zero))
            if log is not None:
                _log(w, n, log, bits(opened), name, state, FILLED, row, price_now, cost)
                _log(w, n, log, bits(refused), name, state, MARGIN_ON_FILL, row, 0.0, cost)
            put_word(masks, HELD * n + name, (held & ~ready) | bits(opened))
        else:
            put_word(masks, HELD * n + name, held & ~ready)
        store(state, SIZE * stride + k, size)
        store(state, ENTRY_PRICE * stride + k, entry)
    return cash, done


@inlined
def _count_spells(
    width: Any, n: int, lanes: int, k: int, state: int, totals: int, seen: int
) -> None:
    """Count the regime episodes that lanes enter in for the first time."""
    w = len(width)
    spell, last = load(state, SPELL * n * w + k, width), load(state, FIELDS * n * w, width)
    fresh = lanes & bits(mask_of(lanes, width) & ~(spell == last))
    if fresh == 0:
        return
    _put_where(width, mask_of(fresh, width), spell, state, FIELDS * n * w)
    while fresh:
        lane = first_bit(fresh)
        fresh &= fresh - 1
        number = int(at(state, SPELL * n * w + k + lane))
        if number >= 0 and word_at(seen, number * w + lane) == 0:
            put_word(seen, number * w + lane, 1)
            one_lane = spread(1.0, width)
            count = load(totals, SPELLS * w, width)
            more = count + blend(mask_of(1 << lane, width), one_lane, spread(0.0, width))
            store(totals, SPELLS * w, more)


@inlined
def _put_where(width: Any, mask: Any, value: Any, state: int, place: int) -> None:
    store(state, place, blend(mask, value, load(state, place, width)))


@inlined
def _add_fill(
    width: Any,
    market: LaneMarket,
    cell: int,
    filled: Any,
    value: Any,
    cost: Any,
    is_buy: bool,
    totals: int,
) -> None:
    """Add fills to the totals: costs, and what was bought or sold in their cost class."""
    w, zero = len(width), spread(0.0, width)
    store(totals, COSTS * w, load(totals, COSTS * w, width) + blend(filled, cost, zero))
    place = (TOTALS + 2 * word_at(market.cost_class, cell) + (0 if is_buy else 1)) * w
    store(totals, place, load(totals, place, width) + blend(filled, value, zero))
    if market.has_flat_costs:
        return
    levied = filled & (value > spread_at(market.levy_above, cell, width))
    levy = blend(levied, spread_at(market.levy, cell, width), zero)
    store(totals, LEVY * w, load(totals, LEVY * w, width) + levy)
    if at(market.impact, cell) != 0.0:
        impact = spread_at(market.impact, cell, width) * value * root(value)
        total = load(totals, IMPACT * w, width)
        store(totals, IMPACT * w, total + blend(filled, impact, zero))


@inlined
def _add_exit(
    width: Any,
    n: int,
    k: int,
    closing: Any,
    shares: Any,
    entry: Any,
    profit: Any,
    cost: Any,
    bar: Any,
    state: int,
    totals: int,
) -> None:
    """Add closed trades to the totals."""
    w, stride, zero, one = len(width), n * len(width), spread(0.0, width), spread(1.0, width)
    net = profit - cost - load(state, ENTRY_COST * stride + k, width)
    share = blend(closing, net / (shares * entry), zero)
    days = bar - load(state, FILLED_BAR * stride + k, width)
    hit = closing & (net > zero)
    store(totals, GROSS * w, load(totals, GROSS * w, width) + blend(closing, profit, zero))
    store(totals, CLOSED * w, load(totals, CLOSED * w, width) + blend(closing, one, zero))
    store(totals, HITS * w, load(totals, HITS * w, width) + blend(hit, one, zero))
    store(totals, RETURNS * w, load(totals, RETURNS * w, width) + share)
    store(totals, DAYS * w, load(totals, DAYS * w, width) + blend(closing, days, zero))


@inlined
def _known_equity(
    width: Any, market: LaneMarket, base: int, cash: Any, names: int, state: int
) -> Any:
    """Return cash plus positions at the prices known at the decision."""
    w, n = len(width), market.n_names
    known = cash
    while names:
        name = first_bit(names)
        names &= names - 1
        size = load(state, (SIZE * n + name) * w, width)
        known = known + size * spread_at(market.known, base + name, width)
    return known


@inlined
def _enter(
    width: Any,
    market: LaneMarket,
    cell: int,
    k: int,
    wanting: Any,
    weight: Any,
    equity: Any,
    sizes_on_known: bool,
    numbers: int,
    reads_path: bool,
    state: int,
) -> int:
    """Size the entries and freeze what their exits need; return the lanes that send one."""
    w, stride = len(width), market.n_names * len(width)
    zero, one = spread(0.0, width), spread(1.0, width)
    price = spread_at(market.close, cell, width)
    if sizes_on_known:
        price = spread_at(market.known, cell, width)
    target = weight * spread_at(market.multiplier, cell, width) * equity
    # target // price to the last unit: the rest is exact, and tells whether the quotient rounded.
    shares = floor(target / price)
    rest = fused(zero - shares, price, target)
    shares = shares - blend(rest < zero, one, zero)
    shares = shares + blend(rest >= price, one, zero)
    sending = wanting & (shares >= one)
    if bits(sending) == 0:
        return 0
    signed = shares * spread(at(market.direction, cell % market.n_names), width)
    _put_where(width, sending, signed, state, WANTED * stride + k)
    spell = spread(float(word_at(market.spell, cell)), width)
    _put_where(width, sending, spell, state, SPELL * stride + k)
    half_life = at(market.half_life, cell)
    sessions = load(numbers, TIME_MULTIPLE * w, width) * spread(half_life, width)
    million = spread(1e6, width)
    sessions = _raised(width, nearest(sessions * million) / million)
    least, most = load(numbers, TIME_MIN * w, width), load(numbers, TIME_MAX * w, width)
    sessions = blend(sessions < least, least, sessions)
    sessions = blend(sessions > most, most, sessions)
    _put_where(width, sending, sessions, state, LAST_SESSION * stride + k)
    if reads_path:
        _put_where(width, sending, spread_at(market.gap, cell, width), state, GAP * stride + k)
        beta = spread_at(market.beta_metal, cell, width)
        _put_where(width, sending, beta, state, BETA_METAL * stride + k)
        beta = spread_at(market.beta_market, cell, width)
        _put_where(width, sending, beta, state, BETA_MARKET * stride + k)
        level = spread_at(market.ln_equity, cell, width)
        _put_where(width, sending, level, state, LN_EQUITY * stride + k)
        level = spread_at(market.ln_basket, cell, width)
        _put_where(width, sending, level, state, LN_BASKET * stride + k)
        level = spread_at(market.ln_market, cell, width)
        _put_where(width, sending, level, state, LN_MARKET * stride + k)
        _put_where(width, sending, spread_at(market.run, cell, width), state, RUN * stride + k)
        multiple, scale = load(numbers, STOP_MULTIPLE * w, width), spread(1e10, width)
        loss = multiple * spread_at(market.volatility, cell, width)
        loss = nearest(loss * spread(np.sqrt(half_life), width) * scale) / scale
        stop = blend(multiple == zero, spread(np.inf, width), loss)
        _put_where(width, sending, stop, state, STOP * stride + k)
    return bits(sending)


@inlined
def _raised(width: Any, x: Any) -> Any:
    """Return the next whole number."""
    below = floor(x)
    return blend(below < x, below + spread(1.0, width), below)


@inlined
def _leaving(
    width: Any,
    market: LaneMarket,
    cell: int,
    k: int,
    uncaptured: Any,
    above: Any,
    below: Any,
    reads_path: bool,
    reads_measure: bool,
    needs_measure: bool,
    state: int,
) -> int:
    """Return the lanes that leave (`strategies.exits.exit_reason`); which exit it is, is one."""
    stride = market.n_names * len(width)
    measure = at(market.measure, cell)
    if needs_measure and measure != measure:
        return 0
    held = spread_at(market.bars, cell, width) - load(state, FILLED_BAR * stride + k, width)
    leaves = held >= load(state, LAST_SESSION * stride + k, width)
    if reads_path:
        zero, scale = spread(0.0, width), spread(1e10, width)
        entry_gap = load(state, GAP * stride + k, width)
        equity = spread_at(market.ln_equity, cell, width) - load(
            state, LN_EQUITY * stride + k, width
        )
        basket = spread_at(market.ln_basket, cell, width) - load(
            state, LN_BASKET * stride + k, width
        )
        factor = spread_at(market.ln_market, cell, width) - load(
            state, LN_MARKET * stride + k, width
        )
        beta_metal = load(state, BETA_METAL * stride + k, width)
        beta_market = load(state, BETA_MARKET * stride + k, width)
        gap = entry_gap + equity - beta_metal * basket - beta_market * factor
        gap = nearest(gap * scale) / scale
        joins = spread_at(market.run, cell, width) == load(state, RUN * stride + k, width)
        leaves = leaves | (joins & (gap >= entry_gap * uncaptured))
        price = load(state, FILL_PRICE * stride + k, width)
        profit = spread_at(market.known, cell, width) / price - spread(1.0, width)
        leaves = leaves | (profit <= zero - load(state, STOP * stride + k, width))
    if reads_measure:
        now = spread(measure, width)
        leaves = leaves | (now > above) | (now < below)
    return bits(leaves)


@inlined
def _last_value(width: Any, market: LaneMarket, cash: Any, names: int, state: int) -> Any:
    """Return the broker's value on the last row."""
    w, n, value = len(width), market.n_names, spread(0.0, width)
    base = (market.n_rows - 1) * n
    while names:
        name = first_bit(names)
        names &= names - 1
        size = load(state, (SIZE * n + name) * w, width)
        close = spread_at(market.close, base + name, width)
        worth = size * close
        if at(market.direction, name) > 0.0:
            unseen = size * (close - load(state, (ENTRY_PRICE * n + name) * w, width))
            value = (value + (worth - unseen)) + unseen
        else:
            value = value + worth
    return cash + value


@inlined
def _finish(
    width: Any,
    market: LaneMarket,
    waiting_names: int,
    held_names: int,
    state: int,
    masks: int,
    totals: int,
) -> None:
    """Count the orders that still wait, and mark open trades at the last close."""
    w, n = len(width), market.n_names
    zero, one = spread(0.0, width), spread(1.0, width)
    base = (market.n_rows - 1) * n
    for name in range(n):
        if waiting_names >> name & 1:
            lanes = mask_of(word_at(masks, SUBMITTED * n + name), width)
            count = blend(lanes, one, zero)
            store(totals, ORDERS * w, load(totals, ORDERS * w, width) + count)
            lanes = lanes | mask_of(word_at(masks, PENDING * n + name), width)
            count = blend(lanes, one, zero)
            store(totals, NOT_FILLED * w, load(totals, NOT_FILLED * w, width) + count)
        if held_names >> name & 1:
            size = load(state, (SIZE * n + name) * w, width)
            entry = load(state, (ENTRY_PRICE * n + name) * w, width)
            profit = size * (spread_at(market.close, base + name, width) - entry)
            store(totals, GROSS * w, load(totals, GROSS * w, width) + profit)


@compiled
def _log(
    w: int,
    n: int,
    log: Floats,
    lanes: int,
    name: int,
    state: int,
    status: int,
    row: int,
    price: float,
    cost: Any,
) -> None:
    costs = np.empty(w)
    store(costs, 0, cost)
    for lane in range(w):
        if lanes >> lane & 1:
            place = int(log[0, 0]) + 1
            log[0, 0] = place
            log[place, 0], log[place, 1] = lane, name
            log[place, 2] = at(state, (WANTED * n + name) * w + lane)
            log[place, 3], log[place, 4], log[place, 5] = status, row, price
            log[place, 6] = costs[lane] if status == FILLED else 0.0

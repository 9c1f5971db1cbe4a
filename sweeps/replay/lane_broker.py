"""The broker of W combinations: checks, waits and fills, lane by lane what `broker` does."""

from __future__ import annotations

from typing import Any

import numpy as np

from .compiling import compiled, inlined
from .inputs import FILLED, MARGIN_ON_FILL, MARGIN_ON_SUBMISSION, Floats
from .lane_inputs import (
    BAR,
    BUY_PRICE,
    BUY_RATE,
    CLOSE,
    CLOSE_SUM,
    COST_CLASS,
    DAY,
    ENTRY,
    FILL,
    IMPACT_OF,
    LEVY_ABOVE,
    LEVY_OF,
    SELL_PRICE,
    SELL_RATE,
    LaneMarket,
)
from .lane_state import (
    CHECKED_ROW,
    ENTRY_COST,
    ENTRY_PRICE,
    FIELDS,
    FILL_PRICE,
    FILLED_BAR,
    HELD,
    LEFT_BAR,
    NEVER,
    NO_BAR,
    PENDING,
    SIZE,
    SOONEST,
    SPELL,
    SUBMITTED,
    SUM_AT_FILL,
    WANTED,
    put_where,
)
from .simd import (
    absolute,
    at,
    bits,
    blend,
    first_bit,
    load,
    lowest,
    mask_of,
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
    EXPOSURE,
    GROSS,
    HITS,
    IMPACT,
    LEVY,
    NOT_FILLED,
    RETURNS,
    SPELLS,
    TOTALS,
)


@inlined
def cost_of(width: Any, market: LaneMarket, fill: int, shares: Any, price: Any, rate: Any) -> Any:
    """Return what fills cost (`broker.fill_cost`)."""
    cost = shares * rate * price
    if market.has_flat_costs:
        return cost
    value = shares * price
    above = value > spread_at(market.fill, fill + LEVY_ABOVE, width)
    cost = blend(above, cost + spread_at(market.fill, fill + LEVY_OF, width), cost)
    impact = at(market.fill, fill + IMPACT_OF)
    if impact != 0.0:
        cost = cost + spread(impact, width) * value * root(value)
    return cost


@inlined
def check(
    width: Any,
    market: LaneMarket,
    row: int,
    name: int,
    running: Any,
    state: int,
    masks: int,
    totals: int,
    log: Any,
) -> Any:
    """Check the cash of one name's orders of the row before; return running cash and who may."""
    w, n, zero = len(width), market.n_names, spread(0.0, width)
    fill = (row * n + name) * FILL
    sent = mask_of(word_at(masks, SUBMITTED * n + name), width)
    put_word(masks, SUBMITTED * n + name, 0)
    wanted = load(state, (WANTED * n + name) * w, width)
    price = spread_at(market.day, ((row - 1) * n + name) * DAY + CLOSE, width)
    rate = blend(
        wanted > zero,
        spread_at(market.fill, fill + BUY_RATE, width),
        spread_at(market.fill, fill + SELL_RATE, width),
    )
    cost = cost_of(width, market, fill, absolute(wanted), price, rate)
    running = blend(sent, running - wanted * price - cost, running)
    is_fine = running >= zero
    rejected = sent & ~is_fine
    if bits(rejected):
        unfilled = load(totals, NOT_FILLED * w, width)
        store(totals, NOT_FILLED * w, unfilled + blend(rejected, spread(1.0, width), zero))
        if log is not None:
            _log(w, n, log, bits(rejected), name, state, MARGIN_ON_SUBMISSION, row, 0.0, zero)
    return running, bits(sent & is_fine)


@inlined
def wait(width: Any, n: int, row: int, name: int, lanes: int, state: int, masks: int) -> None:
    """Keep accepted orders for the name's own next bar."""
    now = spread(float(row), width)
    put_where(width, mask_of(lanes, width), now, state, (CHECKED_ROW * n + name) * len(width))
    put_word(masks, PENDING * n + name, word_at(masks, PENDING * n + name) | lanes)


@inlined
def fill_oldest_first(
    width: Any,
    market: LaneMarket,
    row: int,
    cash: Any,
    names: int,
    flags: Any,
    state: int,
    masks: int,
    totals: int,
    seen: int,
    log: Any,
) -> Any:
    """Fill what waits in the order in which it was accepted, then by name."""
    w, n, never = len(width), market.n_names, spread(NEVER, width)
    done = 0
    while names:
        oldest = NEVER
        todo = names
        while todo:
            name = first_bit(todo)
            todo &= todo - 1
            waiting = mask_of(word_at(masks, PENDING * n + name), width)
            since = load(state, (CHECKED_ROW * n + name) * w, width)
            oldest = min(oldest, lowest(blend(waiting, since, never)))
        todo = names
        while todo:
            name = first_bit(todo)
            todo &= todo - 1
            pending = word_at(masks, PENDING * n + name)
            since = load(state, (CHECKED_ROW * n + name) * w, width)
            ready = pending & bits(since == spread(oldest, width))
            put_word(masks, PENDING * n + name, pending & ~ready)
            if pending == ready:
                done |= 1 << name
                names &= ~(1 << name)
            if ready:
                cash = fill_name(
                    width, market, row, name, cash, ready, flags, state, masks, totals, seen, log
                )
    return cash, done


@inlined
def fill_name(
    width: Any,
    market: LaneMarket,
    row: int,
    name: int,
    cash: Any,
    ready: int,
    flags: Any,
    state: int,
    masks: int,
    totals: int,
    seen: int,
    log: Any,
) -> Any:
    """Fill one name's orders at its open; return cash."""
    w, n = len(width), market.n_names
    zero = spread(0.0, width)
    fill, k, stride = (row * n + name) * FILL, name * w, n * w
    held = word_at(masks, HELD * n + name)
    is_long = at(market.direction, name) > 0.0
    bar = spread_at(market.day, (row * n + name) * DAY + BAR, width)
    close_sum = spread_at(market.entry, (row * n + name) * ENTRY + CLOSE_SUM, width)
    wanted = load(state, WANTED * stride + k, width)
    shares = absolute(wanted)
    if ready & held:
        closing = mask_of(ready & held, width)
        price_now, rate = at(market.fill, fill + SELL_PRICE), at(market.fill, fill + SELL_RATE)
        if not is_long:
            price_now, rate = at(market.fill, fill + BUY_PRICE), at(market.fill, fill + BUY_RATE)
        price = spread(price_now, width)
        size = load(state, SIZE * stride + k, width)
        entry = load(state, ENTRY_PRICE * stride + k, width)
        cost = cost_of(width, market, fill, shares, price, spread(rate, width))
        profit = size * (price - entry)
        cash = blend(closing, cash + (size * entry + profit) - cost, cash)
        _add_fill(width, market, fill, closing, shares * price, cost, not is_long, totals)
        _add_exit(width, n, k, closing, shares, entry, profit, cost, bar, close_sum, state, totals)
        if log is not None:
            _log(w, n, log, ready & held, name, state, FILLED, row, price_now, cost)
        put_where(width, closing, zero, state, SIZE * stride + k)
        put_where(width, closing, zero, state, ENTRY_PRICE * stride + k)
        put_where(width, closing, bar, state, LEFT_BAR * stride + k)
        put_word(masks, HELD * n + name, held & ~ready)
    if ready & ~held:
        opening = mask_of(ready & ~held, width)
        price_now, rate = at(market.fill, fill + BUY_PRICE), at(market.fill, fill + BUY_RATE)
        if not is_long:
            price_now, rate = at(market.fill, fill + SELL_PRICE), at(market.fill, fill + SELL_RATE)
        price = spread(price_now, width)
        cost = cost_of(width, market, fill, shares, price, spread(rate, width))
        left = cash - wanted * price - cost
        opened = opening & (left >= zero)
        refused = opening & ~(left >= zero)
        cash = blend(opened, left, cash)
        put_where(width, opened, wanted, state, SIZE * stride + k)
        put_where(width, opened, price, state, ENTRY_PRICE * stride + k)
        put_where(width, opened, cost, state, ENTRY_COST * stride + k)
        put_where(width, opened, bar, state, FILLED_BAR * stride + k)
        put_where(width, opened, close_sum, state, SUM_AT_FILL * stride + k)
        if flags[0]:  # what `executed.price` is: an average over one fill
            put_where(width, opened, (wanted * price) / wanted, state, FILL_PRICE * stride + k)
        if held & ~ready == 0:
            soonest = at(market.day, (row * n + name) * DAY + BAR) + at(state, FIELDS * stride + w)
            put_word(masks, SOONEST * n + name, int(min(soonest, float(NO_BAR))))
        _add_fill(width, market, fill, opened, shares * price, cost, is_long, totals)
        _count_spells(width, n, bits(opened), k, state, totals, seen)
        if bits(refused):
            unfilled = load(totals, NOT_FILLED * w, width)
            store(totals, NOT_FILLED * w, unfilled + blend(refused, spread(1.0, width), zero))
        if log is not None:
            _log(w, n, log, bits(opened), name, state, FILLED, row, price_now, cost)
            _log(w, n, log, bits(refused), name, state, MARGIN_ON_FILL, row, 0.0, cost)
        put_word(masks, HELD * n + name, (held & ~ready) | bits(opened))
    return cash


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
    put_where(width, mask_of(fresh, width), spell, state, FIELDS * n * w)
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
def _add_fill(
    width: Any,
    market: LaneMarket,
    fill: int,
    filled: Any,
    value: Any,
    cost: Any,
    is_buy: bool,
    totals: int,
) -> None:
    """Add fills to the totals: costs, and what was bought or sold in their cost class."""
    w, zero = len(width), spread(0.0, width)
    store(totals, COSTS * w, load(totals, COSTS * w, width) + blend(filled, cost, zero))
    place = (TOTALS + 2 * int(at(market.fill, fill + COST_CLASS)) + (0 if is_buy else 1)) * w
    store(totals, place, load(totals, place, width) + blend(filled, value, zero))
    if market.has_flat_costs:
        return
    levied = filled & (value > spread_at(market.fill, fill + LEVY_ABOVE, width))
    levy = blend(levied, spread_at(market.fill, fill + LEVY_OF, width), zero)
    store(totals, LEVY * w, load(totals, LEVY * w, width) + levy)
    if at(market.fill, fill + IMPACT_OF) != 0.0:
        impact = spread_at(market.fill, fill + IMPACT_OF, width) * value * root(value)
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
    close_sum: Any,
    state: int,
    totals: int,
) -> None:
    """Add closed trades to the totals."""
    w, stride, zero, one = len(width), n * len(width), spread(0.0, width), spread(1.0, width)
    net = profit - cost - load(state, ENTRY_COST * stride + k, width)
    share = blend(closing, net / (shares * entry), zero)
    days = bar - load(state, FILLED_BAR * stride + k, width)
    exposure = shares * (close_sum - load(state, SUM_AT_FILL * stride + k, width))
    hit = closing & (net > zero)
    store(totals, GROSS * w, load(totals, GROSS * w, width) + blend(closing, profit, zero))
    store(totals, CLOSED * w, load(totals, CLOSED * w, width) + blend(closing, one, zero))
    store(totals, HITS * w, load(totals, HITS * w, width) + blend(hit, one, zero))
    store(totals, RETURNS * w, load(totals, RETURNS * w, width) + share)
    store(totals, DAYS * w, load(totals, DAYS * w, width) + blend(closing, days, zero))
    total = load(totals, EXPOSURE * w, width)
    store(totals, EXPOSURE * w, total + blend(closing, exposure, zero))


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

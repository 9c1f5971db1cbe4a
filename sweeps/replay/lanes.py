"""The replay of W combinations at once: the rules of `scalar.replay`, a lane a combination.

Read it beside the scalar form, which is the specification; tests hold the two equal in every
order, value and metric. State lies ``[field][name][lane]``; a name's yes or no for all lanes is one
integer (`masks`), a row's for all names another. Loops run over set bits, so that a row on which
nothing happens costs a few instructions, and lanes that do not take part are masked.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from .compiling import compiled, inlined
from .lane_broker import check, fill_name, fill_oldest_first, wait
from .lane_inputs import (
    BAR,
    CLOSE,
    DAY,
    MEASURE,
    LaneMarket,
)
from .lane_rule import enter, known_equity, leaving_lanes
from .lane_state import (
    CAPTURE,
    CASH,
    COOL_DOWN,
    ENTER_AT,
    ENTRY_PRICE,
    HELD,
    LEAVE_ABOVE,
    LEAVE_BELOW,
    LEFT_BAR,
    PENDING,
    SIZE,
    SOONEST,
    SUBMITTED,
    SUM_AT_FILL,
    WANTED,
    WEIGHT,
    clear,
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
    spread,
    spread_at,
    store,
    word_at,
)
from .totals import (
    CLOSED,
    ENDED,
    ENTRIES,
    EXPOSURE,
    GROSS,
    IN_MARKET,
    NOT_FILLED,
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
    state, masks : ndarray of shape ((FIELDS * n_names + 2) * W,), (MASKS * n_names,)
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
    clear(width, market, numbers, state, masks, totals, seen)
    value, in_market = cash, zero
    held_names, submitted_names, pending_names = 0, 0, 0
    # Between these no lane leaves by its measure; NaN is no level.
    infinite = spread(np.inf, width)
    least_above = lowest(blend(above == above, above, infinite))
    most_below = -lowest(blend(below == below, zero - below, infinite))
    for row in range(market.n_rows):
        session = word_at(market.session, row)
        names_now = word_at(entering, row)
        if held_names | submitted_names | pending_names | names_now == 0:
            if session >= 0:
                store(curve, session * w, cash)
            continue
        base, present = row * n, word_at(market.present, row)
        late_names = pending_names & present
        if submitted_names or late_names:
            running = cash
            touched_names = submitted_names | late_names
            if late_names:
                cash, done = fill_oldest_first(
                    width, market, row, cash, late_names, flags, state, masks, totals, seen, log
                )
                pending_names &= ~done
            # Fills change cash, the check on submission only its own running figure, so that one
            # pass in the order of submission does both.
            while submitted_names:
                name = first_bit(submitted_names)
                submitted_names &= submitted_names - 1
                running, accepted = check(
                    width, market, row, name, running, state, masks, totals, log
                )
                if present >> name & 1:
                    cash = fill_name(
                        width, market, row, name, cash, accepted, flags, state, masks, totals,
                        seen, log,
                    )  # fmt: skip
                elif accepted:
                    wait(width, n, row, name, accepted, state, masks)
                    pending_names |= 1 << name
            held_names &= ~touched_names
            while touched_names:
                name = first_bit(touched_names)
                touched_names &= touched_names - 1
                held_names |= (word_at(masks, HELD * n + name) != 0) << name
        value, lanes, names = zero, 0, held_names
        while names:
            name = first_bit(names)
            names &= names - 1
            k, day = name * w, (base + name) * DAY
            held = word_at(masks, HELD * n + name)
            lanes |= held
            size = load(state, SIZE * n * w + k, width)
            close = spread_at(market.day, day + CLOSE, width)
            worth = size * close
            if at(market.direction, name) > 0.0:
                unseen = size * (close - load(state, ENTRY_PRICE * n * w + k, width))
                value = (value + (worth - unseen)) + unseen
            else:
                value = value + worth
            staying = held & ~word_at(masks, PENDING * n + name)
            if staying == 0 or not present >> name & 1:
                continue
            measure = at(market.day, day + MEASURE)
            leaving = staying
            if word_at(market.settled, row) >> name & 1:
                pass
            elif (needs_measure and measure != measure) or not (
                reads_path
                or at(market.day, day + BAR) >= word_at(masks, SOONEST * n + name)
                or measure > least_above
                or measure < most_below
            ):
                continue
            else:
                leaving = staying & leaving_lanes(
                    width, market, base + name, k, uncaptured, above, below, reads_path,
                    reads_measure, state,
                )  # fmt: skip
            if leaving:
                put_where(width, mask_of(leaving, width), zero - size, state, WANTED * n * w + k)
                put_word(masks, SUBMITTED * n + name, leaving)
                submitted_names |= 1 << name
        value = cash + value
        if session >= 0:
            store(curve, session * w, value)
            in_market = in_market + blend(mask_of(lanes, width), one, zero)
        known, is_known = value, not sizes_on_known
        while names_now:
            name = first_bit(names_now)
            names_now &= names_now - 1
            k, day = name * w, (base + name) * DAY
            busy = word_at(masks, HELD * n + name) | word_at(masks, PENDING * n + name)
            if everyone & ~busy == 0:
                continue
            wanting = mask_of(everyone & ~busy, width)
            wanting = wanting & (spread_at(market.day, day + MEASURE, width) <= enter_at)
            bar = spread_at(market.day, day + BAR, width)
            wanting = wanting & (bar - load(state, LEFT_BAR * n * w + k, width) > cool_down)
            if bits(wanting) == 0:
                continue
            if not is_known:
                known = known_equity(width, market, base, cash, held_names, state)
                is_known = True
            sent = enter(
                width, market, base + name, k, wanting, weight, known, sizes_on_known,
                numbers, reads_path, state,
            )  # fmt: skip
            if sent:
                sent |= word_at(masks, SUBMITTED * n + name)
                put_word(masks, SUBMITTED * n + name, sent)
                submitted_names |= 1 << name
    finish(width, market, submitted_names | pending_names, held_names, state, masks, totals)
    store(totals, ENDED * w, last_value(width, market, cash, held_names, state))
    store(totals, IN_MARKET * w, in_market)


@inlined
def last_value(width: Any, market: LaneMarket, cash: Any, names: int, state: int) -> Any:
    """Return the broker's value on the last row."""
    w, n, value = len(width), market.n_names, spread(0.0, width)
    base = (market.n_rows - 1) * n
    while names:
        name = first_bit(names)
        names &= names - 1
        size = load(state, (SIZE * n + name) * w, width)
        close = spread_at(market.day, (base + name) * DAY + CLOSE, width)
        worth = size * close
        if at(market.direction, name) > 0.0:
            unseen = size * (close - load(state, (ENTRY_PRICE * n + name) * w, width))
            value = (value + (worth - unseen)) + unseen
        else:
            value = value + worth
    return cash + value


@inlined
def finish(
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
            waiting = word_at(masks, SUBMITTED * n + name) | word_at(masks, PENDING * n + name)
            count = blend(mask_of(waiting, width), one, zero)
            store(totals, NOT_FILLED * w, load(totals, NOT_FILLED * w, width) + count)
        if held_names >> name & 1:
            size = load(state, (SIZE * n + name) * w, width)
            entry = load(state, (ENTRY_PRICE * n + name) * w, width)
            profit = size * (spread_at(market.day, (base + name) * DAY + CLOSE, width) - entry)
            store(totals, GROSS * w, load(totals, GROSS * w, width) + profit)
            since = load(state, (SUM_AT_FILL * n + name) * w, width)
            exposure = absolute(size) * (spread_at(market.last_sum, name, width) - since)
            store(totals, EXPOSURE * w, load(totals, EXPOSURE * w, width) + exposure)
            is_open = mask_of(word_at(masks, HELD * n + name), width)
            entries = load(totals, ENTRIES * w, width) + blend(is_open, one, zero)
            store(totals, ENTRIES * w, entries)
    entries = load(totals, ENTRIES * w, width) + load(totals, CLOSED * w, width)
    store(totals, ENTRIES * w, entries)

"""The state of W combinations: where its fields lie, and how they begin."""

from __future__ import annotations

from typing import Any

from orebound.strategies import Numbers

from .compiling import inlined
from .lane_inputs import (
    LaneMarket,
)
from .simd import (
    blend,
    load,
    lowest,
    put_word,
    spread,
    store,
)

# Fields of the state, by name and lane: the position, the order, what an entry froze.
(SIZE, ENTRY_PRICE, FILL_PRICE, ENTRY_COST, FILLED_BAR, LEFT_BAR, WANTED, CHECKED_ROW) = range(8)
(GAP, BETA_METAL, BETA_MARKET, LN_EQUITY, LN_BASKET, LN_MARKET, RUN) = range(8, 15)
(LAST_SESSION, STOP, SPELL, SUM_AT_FILL) = range(15, 19)
FIELDS = 19
# Words by name: masks of lanes, and the first bar on which a time stop of any lane may end.
HELD, SUBMITTED, PENDING, SOONEST = range(4)
MASKS = 4
LONG_AGO = -1e9
NO_BAR = 1 << 60
NEVER = 1e300

(ENTER_AT, LEAVE_ABOVE, LEAVE_BELOW, CAPTURE, STOP_MULTIPLE) = range(5)
(TIME_MULTIPLE, TIME_MIN, TIME_MAX, COOL_DOWN, WEIGHT, CASH) = range(5, 11)
assert Numbers._fields[:11] == (
    *("enter_at", "leave_above", "leave_below", "capture", "stop_multiple", "time_stop_multiple"),
    *("time_stop_min", "time_stop_max", "cool_down", "weight", "cash"),
)


@inlined
def clear(
    width: Any,
    market: LaneMarket,
    numbers: int,
    state: int,
    masks: int,
    totals: int,
    seen: int,
) -> None:
    w, n, zero = len(width), market.n_names, spread(0.0, width)
    for field in range(FIELDS * n):
        store(state, field * w, zero)
    for name in range(n):
        store(state, (LEFT_BAR * n + name) * w, spread(LONG_AGO, width))
    store(state, FIELDS * n * w, spread(-1.0, width))  # the last regime episode entered in
    least = spread(lowest(load(numbers, TIME_MIN * w, width)), width)
    store(state, (FIELDS * n + 1) * w, least)  # the soonest time stop of any lane
    for field in range(market.n_totals):
        store(totals, field * w, zero)
    for name in range(MASKS * n):
        put_word(masks, name, 0)
    for spell in range(market.n_spells * w):
        put_word(seen, spell, 0)


@inlined
def put_where(width: Any, mask: Any, value: Any, state: int, place: int) -> None:
    store(state, place, blend(mask, value, load(state, place, width)))

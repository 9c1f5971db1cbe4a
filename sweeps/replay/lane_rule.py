"""What W combinations decide: entries with their size, and who leaves."""

from __future__ import annotations

from typing import Any

import numpy as np

from .compiling import inlined
from .lane_inputs import (
    BAR,
    CLOSE,
    DAY,
    ENTRY,
    GAP_NOW,
    HALF_LIFE,
    KNOWN,
    MEASURE,
    MULTIPLIER,
    PATH,
    SPELL_NOW,
    TO_MARKET,
    TO_METAL,
    VOLATILITY,
    LaneMarket,
)
from .lane_state import (
    BETA_MARKET,
    BETA_METAL,
    FILL_PRICE,
    FILLED_BAR,
    GAP,
    LAST_SESSION,
    LN_BASKET,
    LN_EQUITY,
    LN_MARKET,
    RUN,
    SIZE,
    SPELL,
    STOP,
    STOP_MULTIPLE,
    TIME_MAX,
    TIME_MIN,
    TIME_MULTIPLE,
    WANTED,
    put_where,
)
from .simd import (
    at,
    bits,
    blend,
    first_bit,
    floor,
    fused,
    load,
    nearest,
    spread,
    spread_at,
)


@inlined
def known_equity(
    width: Any, market: LaneMarket, base: int, cash: Any, names: int, state: int
) -> Any:
    """Return cash plus positions at the prices known at the decision."""
    w, n = len(width), market.n_names
    known = cash
    while names:
        name = first_bit(names)
        names &= names - 1
        size = load(state, (SIZE * n + name) * w, width)
        known = known + size * spread_at(market.day, (base + name) * DAY + KNOWN, width)
    return known


@inlined
def enter(
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
    entry, path = cell * ENTRY, cell * PATH
    price = spread_at(market.day, cell * DAY + (KNOWN if sizes_on_known else CLOSE), width)
    target = weight * spread_at(market.entry, entry + MULTIPLIER, width) * equity
    # target // price to the last unit: the rest is exact, and tells whether the quotient rounded.
    shares = floor(target / price)
    rest = fused(zero - shares, price, target)
    shares = shares - blend(rest < zero, one, zero)
    shares = shares + blend(rest >= price, one, zero)
    sending = wanting & (shares >= one)
    if bits(sending) == 0:
        return 0
    signed = shares * spread(at(market.direction, cell % market.n_names), width)
    put_where(width, sending, signed, state, WANTED * stride + k)
    spell = spread_at(market.entry, entry + SPELL_NOW, width)
    put_where(width, sending, spell, state, SPELL * stride + k)
    half_life = at(market.entry, entry + HALF_LIFE)
    sessions = load(numbers, TIME_MULTIPLE * w, width) * spread(half_life, width)
    million = spread(1e6, width)
    sessions = _raised(width, nearest(sessions * million) / million)
    least, most = load(numbers, TIME_MIN * w, width), load(numbers, TIME_MAX * w, width)
    sessions = blend(sessions < least, least, sessions)
    sessions = blend(sessions > most, most, sessions)
    put_where(width, sending, sessions, state, LAST_SESSION * stride + k)
    if reads_path:
        put_where(
            width, sending, spread_at(market.entry, entry + GAP_NOW, width), state, GAP * stride + k
        )
        beta = spread_at(market.entry, entry + TO_METAL, width)
        put_where(width, sending, beta, state, BETA_METAL * stride + k)
        beta = spread_at(market.entry, entry + TO_MARKET, width)
        put_where(width, sending, beta, state, BETA_MARKET * stride + k)
        level = spread_at(market.path, path + 0, width)
        put_where(width, sending, level, state, LN_EQUITY * stride + k)
        level = spread_at(market.path, path + 1, width)
        put_where(width, sending, level, state, LN_BASKET * stride + k)
        level = spread_at(market.path, path + 2, width)
        put_where(width, sending, level, state, LN_MARKET * stride + k)
        put_where(width, sending, spread_at(market.path, path + 3, width), state, RUN * stride + k)
        multiple, scale = load(numbers, STOP_MULTIPLE * w, width), spread(1e10, width)
        loss = multiple * spread_at(market.entry, entry + VOLATILITY, width)
        loss = nearest(loss * spread(np.sqrt(half_life), width) * scale) / scale
        stop = blend(multiple == zero, spread(np.inf, width), loss)
        put_where(width, sending, stop, state, STOP * stride + k)
    return int(bits(sending))


@inlined
def _raised(width: Any, x: Any) -> Any:
    """Return the next whole number."""
    below = floor(x)
    return blend(below < x, below + spread(1.0, width), below)


@inlined
def leaving_lanes(
    width: Any,
    market: LaneMarket,
    cell: int,
    k: int,
    uncaptured: Any,
    above: Any,
    below: Any,
    reads_path: bool,
    reads_measure: bool,
    state: int,
) -> int:
    """Return the lanes that leave (`strategies.exits.exit_reason`); which exit it is, is one."""
    stride, path = market.n_names * len(width), cell * PATH
    held = spread_at(market.day, cell * DAY + BAR, width) - load(
        state, FILLED_BAR * stride + k, width
    )
    leaves = held >= load(state, LAST_SESSION * stride + k, width)
    if reads_path:
        zero, scale = spread(0.0, width), spread(1e10, width)
        entry_gap = load(state, GAP * stride + k, width)
        equity = spread_at(market.path, path + 0, width) - load(
            state, LN_EQUITY * stride + k, width
        )
        basket = spread_at(market.path, path + 1, width) - load(
            state, LN_BASKET * stride + k, width
        )
        factor = spread_at(market.path, path + 2, width) - load(
            state, LN_MARKET * stride + k, width
        )
        beta_metal = load(state, BETA_METAL * stride + k, width)
        beta_market = load(state, BETA_MARKET * stride + k, width)
        gap = entry_gap + equity - beta_metal * basket - beta_market * factor
        gap = nearest(gap * scale) / scale
        joins = spread_at(market.path, path + 3, width) == load(state, RUN * stride + k, width)
        leaves = leaves | (joins & (gap >= entry_gap * uncaptured))
        price = load(state, FILL_PRICE * stride + k, width)
        profit = spread_at(market.day, cell * DAY + KNOWN, width) / price - spread(1.0, width)
        # A short gains by a fall.
        profit = profit * spread(at(market.direction, cell % market.n_names), width)
        leaves = leaves | (profit <= zero - load(state, STOP * stride + k, width))
    if reads_measure:
        now = spread_at(market.day, cell * DAY + MEASURE, width)
        leaves = leaves | (now > above) | (now < below)
    return int(bits(leaves))

"""Market and rule as the lanes read them: flat rows, and one bit a name for every yes or no."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from .inputs import LN_BASKET, LN_EQUITY, LN_MARKET, RUN, MarketArrays, RowCalendar, RuleRows

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
#: Bits of a signed word that names may use.
MOST_NAMES = 63


class LaneMarket(NamedTuple):
    """`MarketArrays` and `RuleRows`, entry ``row * n_names + name``; masks of names by row."""

    n_rows: int
    n_names: int
    has_flat_costs: bool  # no levy and no impact anywhere: a rate on the value is all
    bars: Floats
    buy_price: Floats
    sell_price: Floats
    close: Floats
    known: Floats
    buy_rate: Floats
    sell_rate: Floats
    levy: Floats
    levy_above: Floats
    impact: Floats
    cost_class: Ints
    present: Ints  # names with a bar, by row
    settled: Ints  # names on a settlement bar, by row
    session: Ints  # number of the session that a row ends, -1 where it ends none
    measure: Floats
    free_measure: Floats
    lowest: Floats
    multiplier: Floats
    direction: Floats
    gap: Floats
    ln_equity: Floats
    ln_basket: Floats
    ln_market: Floats
    run: Floats
    beta_metal: Floats
    beta_market: Floats
    half_life: Floats
    volatility: Floats
    spell: Ints
    n_spells: int


OF_MARKET = (
    *("buy_price", "sell_price", "close", "known", "buy_rate", "sell_rate"),
    *("levy", "levy_above", "impact"),
)
OF_RULE = (
    *("measure", "free_measure", "multiplier", "gap", "beta_metal", "beta_market"),
    *("half_life", "volatility"),
)


def lane_market(market: MarketArrays, rule: RuleRows, calendar: RowCalendar) -> LaneMarket:
    """Return the arrays of a group of combinations in the lanes' form."""
    n_rows, n_names = market.close.shape
    name_bits = np.left_shift(np.int64(1), np.arange(n_names, dtype=np.int64))
    session = np.full(n_rows, -1, np.int64)
    session[calendar.session_rows] = np.arange(len(calendar.session_rows))
    path = rule.path
    return LaneMarket(
        n_rows=n_rows,
        n_names=n_names,
        has_flat_costs=not (market.levy.any() or market.impact.any()),
        bars=market.bars.astype(np.float64).ravel(),
        present=(market.has_bar * name_bits).sum(axis=1),
        settled=(market.is_settlement * name_bits).sum(axis=1),
        session=session,
        cost_class=market.cost_class.astype(np.int64).ravel(),
        lowest=rule.lowest,
        direction=rule.direction,
        spell=rule.spell.ravel(),
        n_spells=int(rule.spell.max(initial=-1)) + 1,
        ln_equity=_flat(path[:, :, LN_EQUITY]),
        ln_basket=_flat(path[:, :, LN_BASKET]),
        ln_market=_flat(path[:, :, LN_MARKET]),
        run=_flat(path[:, :, RUN]),
        **{name: _flat(getattr(market, name)) for name in OF_MARKET},
        **{name: _flat(getattr(rule, name)) for name in OF_RULE},
    )


def _flat(values: Floats) -> Floats:
    return np.ascontiguousarray(values).ravel()

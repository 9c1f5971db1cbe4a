"""Market and rule as the lanes read them: flat rows, and one bit a name for every yes or no."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from .inputs import LN_BASKET, LN_EQUITY, LN_MARKET, RUN, MarketArrays, RowCalendar, RuleRows
from .totals import n_totals

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
#: Bits of a signed word that names may use.
MOST_NAMES = 63


class LaneArrays(NamedTuple):
    """`MarketArrays` and `RuleRows`, entry ``row * n_names + name``; masks of names by row."""

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


class LaneMarket(NamedTuple):
    """Sizes, and the addresses of `LaneArrays` by their own names; whoever runs keeps those."""

    n_rows: int
    n_names: int
    n_spells: int
    n_totals: int
    has_flat_costs: bool  # no levy and no impact anywhere: a rate on the value is all
    bars: int
    buy_price: int
    sell_price: int
    close: int
    known: int
    buy_rate: int
    sell_rate: int
    levy: int
    levy_above: int
    impact: int
    cost_class: int
    present: int
    settled: int
    session: int
    measure: int
    free_measure: int
    lowest: int
    multiplier: int
    direction: int
    gap: int
    ln_equity: int
    ln_basket: int
    ln_market: int
    run: int
    beta_metal: int
    beta_market: int
    half_life: int
    volatility: int
    spell: int


@dataclass(frozen=True, eq=False)
class LaneInputs:
    """The arrays of a group of combinations in the lanes' form, and where they lie."""

    arrays: LaneArrays
    n_names: int
    n_totals: int

    @property
    def market(self) -> LaneMarket:
        """What the lanes are handed."""
        arrays = self.arrays
        return LaneMarket(
            n_rows=len(arrays.lowest),
            n_names=self.n_names,
            n_spells=int(arrays.spell.max(initial=-1)) + 1,
            n_totals=self.n_totals,
            has_flat_costs=not (arrays.levy.any() or arrays.impact.any()),
            **{name: array.ctypes.data for name, array in arrays._asdict().items()},
        )


OF_MARKET = (
    *("buy_price", "sell_price", "close", "known", "buy_rate", "sell_rate"),
    *("levy", "levy_above", "impact"),
)
OF_RULE = (
    *("measure", "free_measure", "multiplier", "gap", "beta_metal", "beta_market"),
    *("half_life", "volatility"),
)


def lane_inputs(market: MarketArrays, rule: RuleRows, calendar: RowCalendar) -> LaneInputs:
    """Return the arrays of a group of combinations in the lanes' form."""
    n_rows, n_names = market.close.shape
    name_bits = np.left_shift(np.int64(1), np.arange(n_names, dtype=np.int64))
    session = np.full(n_rows, -1, np.int64)
    session[calendar.session_rows] = np.arange(len(calendar.session_rows))
    path = rule.path
    arrays = LaneArrays(
        bars=market.bars.astype(np.float64).ravel(),
        present=(market.has_bar * name_bits).sum(axis=1),
        settled=(market.is_settlement * name_bits).sum(axis=1),
        session=session,
        cost_class=market.cost_class.astype(np.int64).ravel(),
        lowest=_flat(rule.lowest),
        direction=_flat(rule.direction),
        spell=_flat(rule.spell),
        ln_equity=_flat(path[:, :, LN_EQUITY]),
        ln_basket=_flat(path[:, :, LN_BASKET]),
        ln_market=_flat(path[:, :, LN_MARKET]),
        run=_flat(path[:, :, RUN]),
        **{name: _flat(getattr(market, name)) for name in OF_MARKET},
        **{name: _flat(getattr(rule, name)) for name in OF_RULE},
    )
    return LaneInputs(arrays, n_names, n_totals(market))


def _flat(values: NDArray[Any]) -> NDArray[Any]:
    return np.ascontiguousarray(values).ravel()

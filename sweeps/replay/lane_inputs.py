"""Market and rule as the lanes read them: what is read together lies on one cache line.

A cell is a name on a row, number ``row * n_names + name``. A combination touches a few thousand
cells of arrays that together are larger than the processor's nearer caches, so that separate
arrays would cost a miss each.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from .inputs import MarketArrays, RowCalendar, RuleRows
from .totals import n_totals

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
#: Bits of a signed word that names may use.
MOST_NAMES = 63

# What is read of a cell on every row on which its name is held.
DAY = 4
CLOSE, KNOWN, BAR, MEASURE = range(DAY)
# What a fill reads.
FILL = 8
BUY_PRICE, SELL_PRICE, BUY_RATE, SELL_RATE, LEVY_OF, LEVY_ABOVE, IMPACT_OF, COST_CLASS = range(FILL)
# What an entry reads.
ENTRY = 8
MULTIPLIER, HALF_LIFE, VOLATILITY, GAP_NOW, TO_METAL, TO_MARKET, SPELL_NOW = range(7)
CLOSE_SUM = 7  # read by fills; it only found room here
# `RuleRows.path`: what entry and exit read where the gap is anchored.
PATH = 4


class LaneArrays(NamedTuple):
    """`MarketArrays` and `RuleRows` by cell, and masks of names by row."""

    day: Floats  # shape (n_cells * DAY,), and so on
    fill: Floats
    entry: Floats
    path: Floats
    free_measure: Floats
    lowest: Floats
    direction: Floats
    last_sum: Floats
    present: Ints  # names with a bar, by row
    settled: Ints  # names on a settlement bar, by row
    session: Ints  # number of the session that a row ends, -1 where it ends none


class LaneMarket(NamedTuple):
    """Sizes, and the addresses of `LaneArrays` by their own names; whoever runs keeps those."""

    n_rows: int
    n_names: int
    n_spells: int
    n_totals: int
    has_flat_costs: bool  # no levy and no impact anywhere: a rate on the value is all
    day: int
    fill: int
    entry: int
    path: int
    free_measure: int
    lowest: int
    direction: int
    last_sum: int
    present: int
    settled: int
    session: int


@dataclass(frozen=True, eq=False)
class LaneInputs:
    """The arrays of a group of combinations in the lanes' form, and where they lie."""

    arrays: LaneArrays
    n_names: int
    n_spells: int
    n_totals: int
    has_flat_costs: bool

    @property
    def market(self) -> LaneMarket:
        """What the lanes are handed."""
        return LaneMarket(
            n_rows=len(self.arrays.lowest),
            n_names=self.n_names,
            n_spells=self.n_spells,
            n_totals=self.n_totals,
            has_flat_costs=self.has_flat_costs,
            **{name: array.ctypes.data for name, array in self.arrays._asdict().items()},
        )


def lane_inputs(
    market: MarketArrays, rule: RuleRows, calendar: RowCalendar, shared: LaneInputs | None = None
) -> LaneInputs:
    """Return the arrays of a group of combinations in the lanes' form.

    Parameters
    ----------
    shared : LaneInputs, optional
        Made of the same market and calendar: what does not depend on the rule is taken from it.
    """
    n_names = market.close.shape[1]
    of_rule: dict[str, Any] = {
        "day": _side_by_side(market.close, market.known, market.bars, rule.measure),
        "entry": _side_by_side(
            *(rule.multiplier, rule.half_life, rule.volatility, rule.gap, rule.beta_metal),
            *(rule.beta_market, rule.spell, market.close_sum[:-1]),
        ),
        "path": np.ascontiguousarray(rule.path, np.float64).ravel(),
        "free_measure": np.ascontiguousarray(rule.free_measure, np.float64).ravel(),
        "lowest": np.ascontiguousarray(rule.lowest, np.float64),
        "direction": np.ascontiguousarray(rule.direction, np.float64),
        "last_sum": market.close_sum[-1].copy(),
    }
    if shared is None:
        of_market = _of_market(market, calendar)
        arrays = LaneArrays(**of_rule, **of_market)
    else:
        arrays = shared.arrays._replace(**of_rule)
    return LaneInputs(
        arrays,
        n_names=n_names,
        n_spells=rule.n_spells,
        n_totals=n_totals(market),
        has_flat_costs=not (market.levy.any() or market.impact.any()),
    )


def _of_market(market: MarketArrays, calendar: RowCalendar) -> dict[str, Any]:
    n_rows, n_names = market.close.shape
    name_bits = np.left_shift(np.int64(1), np.arange(n_names, dtype=np.int64))
    session = np.full(n_rows, -1, np.int64)
    session[calendar.session_rows] = np.arange(len(calendar.session_rows))
    return {
        "fill": _side_by_side(
            *(market.buy_price, market.sell_price, market.buy_rate, market.sell_rate),
            *(market.levy, market.levy_above, market.impact, market.cost_class),
        ),
        "present": (market.has_bar * name_bits).sum(axis=1),
        "settled": (market.is_settlement * name_bits).sum(axis=1),
        "session": session,
    }


def _side_by_side(*arrays: NDArray[Any]) -> Floats:
    """Return arrays of shape (n_rows, n_names) as one, the entries of a cell on one cache line."""
    room = np.empty((arrays[0].size, len(arrays)))
    for place, array in enumerate(arrays):
        room[:, place] = array.ravel()
    return room.ravel()

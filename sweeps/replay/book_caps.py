"""The caps of a book in the replay: what is held and on its way, and what it leaves for an entry.

The arithmetic is the strategy's own (`strategies.book_caps`). The form with legs alone carries it;
a capped book without legs runs in it with none.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from orebound.feeds import Panel
from orebound.strategies import Numbers, metal_shares
from orebound.strategies import gross_by_unit as gross_by_unit_in_python
from orebound.strategies import room_left as room_left_in_python

from .compiling import bare
from .inputs import Floats, Ints, MarketArrays
from .orders import State
from .scalar import known_equity

if TYPE_CHECKING:
    from .leg_state import LegRows, LegState

room_left = bare(room_left_in_python)
gross_by_unit = bare(gross_by_unit_in_python)


class CapRows(NamedTuple):
    """The caps of a book on a run's rows.

    Attributes
    ----------
    metal_cap, gross_cap : float
        Shares of equity; 0 for none.
    shares : ndarray of shape (n_steps, n_names, n_metals)
        Of `metal_shares`.
    step : ndarray of shape (n_rows,), int
        Which of them is in force.
    """

    metal_cap: float
    gross_cap: float
    shares: Floats
    step: Ints


def are_set(sizing: Any) -> bool:
    """Return whether a sizing caps the book."""
    return bool(sizing.metal_cap or sizing.gross_cap)


def cap_rows(panel: Panel, sizing: Any, window: tuple[int, int]) -> CapRows:
    """Return the caps of a book on the rows of a window."""
    return CapRows(
        metal_cap=float(sizing.metal_cap),
        gross_cap=float(sizing.gross_cap),
        shares=metal_shares(panel),
        step=panel.exposure.at(panel.closes[slice(*window)]).astype("int64"),
    )


@bare
def capped(
    shares: float,
    market: MarketArrays,
    legs: LegRows,
    numbers: Numbers,
    row: int,
    name: int,
    cash: float,
    state: State,
    later: LegState,
) -> float:
    """Return the shares of an entry that the caps leave of what is wanted, 0 for none.

    `RuleStrategy._room`: an order on its way counts as what is held does, a leg that waits for its
    market to close does not.
    """
    caps = legs.caps
    if shares == 0.0 or (caps.metal_cap == 0.0 and caps.gross_cap == 0.0):
        return shares
    for other in range(state.size.shape[0]):
        size, later.values[other] = state.size[other], 0.0
        if size == 0.0 and state.order_row[other] >= 0:
            size = state.order_size[other]
        if size != 0.0:
            later.values[other] = abs(size) * market.known[row, other]
    gross = gross_by_unit(legs.ratio, row, legs.order, legs.first[name], legs.first[name + 1])
    room = room_left(
        later.values,
        caps.shares,
        caps.step[row],
        name,
        known_equity(market, row, cash, state),
        caps.metal_cap,
        caps.gross_cap,
        gross,
    )
    price = market.known[row, name] if numbers.sizes_on_known == 1.0 else market.close[row, name]
    fits: float = room // price
    if fits < 1.0:
        return 0.0
    return min(shares, fits)

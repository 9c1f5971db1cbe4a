"""What the fuller replay reads and carries beside a market and a rule: hedge legs, book caps."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from orebound.feeds import Panel
from orebound.strategies import Costs, Legs, Sizing, hedge_of, holding_rates, in_session

from .book_caps import CapRows, cap_rows
from .inputs import LOG_COLUMNS, Floats, Ints

#: A leg without its partner is closed: beside the reasons of `strategies.exits`.
ORPHAN = 100
#: Column of the order log beside the common ones: the number of an order, as they were sent.
LOG_SENT = LOG_COLUMNS
LEG_LOG_COLUMNS = LOG_COLUMNS + 1


class LegRows(NamedTuple):
    """Hedge legs and the caps of the book on a run's rows; shape (n_legs,) unless stated.

    A capped book without legs has none of them here.
    """

    column: Ints
    partner: Ints  # column of the line that is hedged
    lot: Floats
    ratio: Floats  # value by unit of the partner's, NaN forbids; shape (n_rows, n_legs)
    waits: NDArray[np.bool_]  # its market is in session when its partner decides; (n_rows, n_legs)
    order: Ints  # legs by partner, each partner's in the order of the legs
    first: Ints  # where a line's own begin in `order`; shape (n_names + 1,)
    is_leg: NDArray[np.bool_]  # shape (n_names,)
    roll_rate: Floats  # what a roll costs of the value; shape (n_names,)
    roll_months: Ints  # calendar months from roll to roll, 0 for none; shape (n_names,)
    month: Ints  # calendar month of each row from January 1970; shape (n_rows,)
    caps: CapRows


class LegState(NamedTuple):
    """What a run carries of its legs from row to row; shape (n_legs,) unless stated."""

    size: Floats  # of an order that waits for its market to close, 0 for none
    reason: Ints  # of that order
    wanted: Floats  # sizes of the entry that is being decided on
    sent: Ints  # number of the last order sent; shape (n_names,)
    roll: Floats  # what one roll of the position costs; shape (n_names,)
    values: Floats  # held or ordered as an entry is capped, absolute; shape (n_names,)


def leg_rows(
    panel: Panel, legs: Legs | None, costs: Costs, window: tuple[int, int], *, sizing: Sizing
) -> LegRows:
    """Return hedge legs, and what caps the book, on the rows of a window."""
    legs = _none(panel) if legs is None else legs
    rows = slice(*window)
    own = [holding_rates(costs, listing) for listing in panel.listings]
    is_leg = np.zeros(panel.n_names, bool)
    is_leg[legs.column] = True
    order = np.argsort(legs.partner, kind="stable")
    names = np.arange(panel.n_names + 1)
    return LegRows(
        column=np.array(legs.column, np.int64),
        partner=np.array(legs.partner, np.int64),
        lot=np.array([float(hedge_of(panel, column).lot) for column in legs.column], np.float64),
        ratio=np.array(legs.ratio[rows], np.float64, order="C"),
        waits=_waits(panel, legs, window),
        order=order.astype(np.int64),
        first=np.searchsorted(legs.partner[order], names).astype(np.int64),
        is_leg=is_leg,
        roll_rate=np.array([one.roll for one in own]),
        roll_months=np.array(
            [12 // one.rolls_a_year if one.rolls_a_year else 0 for one in own], np.int64
        ),
        month=panel.closes[rows].astype("datetime64[M]").astype(np.int64),
        caps=cap_rows(panel, sizing, window),
    )


def _none(panel: Panel) -> Legs:
    column = np.zeros(0, np.int64)
    return Legs(column, column, np.zeros((panel.n_rows, 0)))


def _waits(panel: Panel, legs: Legs, window: tuple[int, int]) -> NDArray[np.bool_]:
    out = np.zeros((window[1] - window[0], len(legs.column)), bool)
    for place, (column, partner) in enumerate(zip(legs.column, legs.partner, strict=True)):
        bars = panel.bar_rows(partner)
        bars = bars[(bars >= window[0]) & (bars < window[1])]
        moments = panel.closes[bars] + panel.latency
        out[bars - window[0], place] = in_session(panel, int(column), moments)
    return out

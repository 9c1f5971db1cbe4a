"""The arithmetic of hedge legs: what is sold against a name, and how many shares of it."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from orebound.feeds import Hedge, Line, Panel, clock

from .rolling import Array

#: Ratios are rounded before they meet a share count.
DECIMALS = 10
#: A leg is sized on a price of its own no older than this.
MAX_AGE = np.timedelta64(10, "D").astype("timedelta64[ns]")


@dataclass(frozen=True, eq=False)
class Legs:
    """Columns of the panel that are opened and closed with another one.

    Attributes
    ----------
    column, partner : ndarray of shape (n_legs,), int
        Columns of the leg and of the line it hedges.
    ratio : ndarray of shape (n_rows, n_legs), float
        Value of the leg by unit of its partner's, negative where it is sold; NaN forbids the
        entry.
    """

    column: NDArray[np.int64]
    partner: NDArray[np.int64]
    ratio: Array


def hedge_shares(
    weights: Array, total: Array, leg_of: NDArray[np.int64], n_legs: int, *, min_coverage: float
) -> Array:
    """Return by leg the value that moves as a name's metal basket, per unit of the basket.

    Metals that no leg hedges hand their weight to the others in proportion, as metals without
    data do in the basket itself.

    Parameters
    ----------
    weights : ndarray of shape (n, n_metals)
        Signed exposures in force.
    total : ndarray of shape (n,)
        Sum of absolute exposures to all commodities.
    leg_of : ndarray of shape (n_metals,), int
        The leg that hedges each metal, -1 for none.
    min_coverage : float
        Least share of the exposures that legs must hedge.

    Returns
    -------
    ndarray of shape (n, n_legs)
        NaN in a whole row below the minimum: nothing hedges that name.
    """
    has = leg_of >= 0
    available = np.abs(weights[:, has]).sum(axis=1)
    is_hedged = (total > 0.0) & (available >= min_coverage * total) & (available > 0.0)
    scale = np.divide(total, available, out=np.full(len(total), np.nan), where=is_hedged)
    out = np.zeros((len(weights), n_legs))
    for metal in np.flatnonzero(has):
        out[:, leg_of[metal]] += weights[:, metal]
    shares: Array = out * scale[:, None]
    return shares


def leg_ratio(beta: Array, shares: Array) -> Array:
    """Return a leg's value by unit of its partner's value, negative for what is sold short.

    Parameters
    ----------
    beta : ndarray of shape (n,)
        Hedge ratio of the partner to the basket or to the market.
    shares : ndarray of shape (n, n_legs)
    """
    return np.round(-beta[:, None] * shares, DECIMALS)


def leg_size(
    ratio: float, partner_size: float, partner_price: float, price: float, lot: int
) -> int:
    """Return the signed shares of a leg: whole lots, rounded towards none.

    Parameters
    ----------
    ratio : float
        Of `leg_ratio`.
    partner_size : float
        Signed shares of the name that is hedged.
    partner_price, price : float
        Known at the decision, in one currency.
    """
    lots = abs(ratio * partner_size * partner_price) // (price * lot)
    return int(np.sign(ratio * partner_size) * lots) * lot


def leg_symbol(partner: str, hedge: str) -> str:
    """Return what orders call the leg of a line in a hedge."""
    return f"{partner}-{hedge}"


def is_priced(panel: Panel, column: int) -> NDArray[np.bool_]:
    """Return on which rows a leg's own last bar is a price, and one of the last ten days.

    Shape (n_rows,). Between the end of its data and its next bar it is not.
    """
    rows = np.arange(panel.n_rows)
    last = np.maximum.accumulate(np.where(panel.has_bar[:, column], rows, -1))
    has = last >= 0
    at = np.maximum(last, 0)
    is_fresh = panel.closes - panel.closes[at] <= MAX_AGE
    priced: NDArray[np.bool_] = has & is_fresh & ~panel.is_settlement[at, column]
    return priced


def in_session(panel: Panel, column: int, moments: NDArray[np.datetime64]) -> NDArray[np.bool_]:
    """Return at which moments a leg's market has opened its session and not closed it.

    By its calendar, which is known beforehand. A series of closes alone opens at its close: it is
    never in session.
    """
    rows = panel.bar_rows(column)
    opens_at_close = (panel.opened_at[rows, column] == panel.closes[rows]).all()
    if opens_at_close or not len(moments):
        return np.zeros(len(moments), bool)
    own = clock(panel.listings[column].mic)
    days = moments[[0, -1]].astype("datetime64[D]") + np.array([-7, 7])
    sessions = own.sessions(days[0], days[1])
    opened, closed = own.opened_at(sessions), own.known_at(sessions)
    last = np.searchsorted(opened, moments, side="right") - 1
    is_open: NDArray[np.bool_] = (last >= 0) & (moments < closed[np.maximum(last, 0)])
    return is_open


def hedge_of(panel: Panel, column: int) -> Hedge:
    """Return the hedge that a leg trades."""
    hedge = panel.listings[column]
    assert isinstance(hedge, Hedge)
    return hedge


def leg_pairs(panel: Panel) -> list[tuple[Line, list[Line]]]:
    """Return each line of a name or tranche with its legs, by the symbols of `leg_symbol`."""
    legs = [line for line in panel.lines if line.kind == "leg"]
    return [
        (partner, [leg for leg in legs if leg.symbol == leg_symbol(partner.symbol, leg.of)])
        for partner in panel.lines
        if partner.kind != "leg"
    ]


def legs_of_mode(
    panel: Panel,
    beta_metal: Array,
    beta_market: Array,
    wanted: Collection[str],
    *,
    min_coverage: float,
) -> Legs:
    """Return the legs of a hedged mode at the ratios of each row.

    A metal whose hedge has no price yet, or no longer, hands its weight to those that have one;
    where too little is left, and where the market's has none, the ratio is NaN.

    Parameters
    ----------
    beta_metal, beta_market : ndarray of shape (n_rows, n_names)
        Hedge ratios known at the row.
    wanted : collection of str
        ``metals``, ``market`` or both.
    min_coverage : float
        Least share of a name's exposures that legs must hedge.
    """
    step = panel.exposure.at(panel.closes)
    columns: list[int] = []
    partners: list[int] = []
    ratios: list[Array] = []
    for partner, legs in leg_pairs(panel):
        own = partner.column
        metal = [leg for leg in legs if "metals" in wanted and not _is_market(panel, leg)]
        market = [leg for leg in legs if "market" in wanted and _is_market(panel, leg)]
        priced = {leg.column: is_priced(panel, leg.column) for leg in (*metal, *market)}
        leg_of = np.full(len(panel.metals), -1)
        weights = panel.exposure.weights[step, own].copy()
        for place, leg in enumerate(metal):
            for k, name in enumerate(panel.metals):
                if name in hedge_of(panel, leg.column).of:
                    leg_of[k] = place
                    weights[~priced[leg.column], k] = 0.0
        shares = hedge_shares(
            weights, panel.exposure.total[step, own], leg_of, len(metal), min_coverage=min_coverage
        )
        found = [*leg_ratio(beta_metal[:, own], shares).T]
        found += [
            np.round(np.where(priced[leg.column], -beta_market[:, own], np.nan), DECIMALS)
            for leg in market
        ]
        columns += [leg.column for leg in (*metal, *market)]
        partners += [own] * len(found)
        ratios += found
    shape = (panel.n_rows, len(columns))
    ratio = np.column_stack(ratios) if ratios else np.zeros(shape)
    return Legs(np.array(columns, np.int64), np.array(partners, np.int64), ratio)


def _is_market(panel: Panel, leg: Line) -> bool:
    return "market" in hedge_of(panel, leg.column).of


def unhedged(panel: Panel, legs: Legs, wanted: Collection[str]) -> NDArray[np.bool_]:
    """Return where a line lacks a hedge that its mode wants, shape (n_rows, n_names)."""
    lacks = np.ones((panel.n_rows, panel.n_names), bool)
    for partner, _ in leg_pairs(panel):
        mine = legs.partner == partner.column
        kinds = [_is_market(panel, panel.lines[column]) for column in legs.column[mine]]
        has_all = ("metals" not in wanted or False in kinds) and (
            "market" not in wanted or True in kinds
        )
        if has_all:
            lacks[:, partner.column] = ~np.isfinite(legs.ratio[:, mine]).all(axis=1)
    return lacks


def usable(panel: Panel, legs: Legs) -> Legs:
    """Return legs that forbid the entry where one to be traded has no price."""
    priced = np.column_stack(
        [is_priced(panel, column) for column in legs.column] or [np.ones((panel.n_rows, 0), bool)]
    )
    return replace(legs, ratio=np.where(priced | (legs.ratio == 0.0), legs.ratio, np.nan))

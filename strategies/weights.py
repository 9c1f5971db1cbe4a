"""How much of the book each name may get: what every row knows, whatever is held."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import replace
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from orebound.feeds import Panel

from .costs import average_daily_value
from .covariance import (
    SHRUNK_SESSIONS,
    DayTable,
    ewma_covariance,
    own_returns,
    shrunk_covariance,
)
from .declaration import RuleArrays, equal_weight, states_weight
from .rolling import Array, rolling_std

Kind = TypeVar("Kind", bound=np.generic)
#: Sessions a year, of a volatility stated by the year.
A_YEAR = 252.0
#: Shares are rounded before they are divided by a price, so that another processor buys the same.
DECIMALS = 10
#: Standard deviations that call for a full position, and what conviction may make of one
#: (domain of A14: half to one and a half).
FULL_AT, LEAST_CONVICTION, MOST_CONVICTION = 2.0, 0.5, 1.5


def carried(values: NDArray[Kind], has_bar: NDArray[np.bool_]) -> NDArray[Kind]:
    """Return each name's value at its last own bar; the first row's before there is one.

    Shape (n_rows, n_names), entry `t` of rows `<= t`; use it with a carried flag that is False
    where a name had no bar yet.
    """
    last = np.maximum.accumulate(np.where(has_bar, np.arange(len(has_bar))[:, None], 0), axis=0)
    return np.take_along_axis(values, last, axis=0)


def inverse_volatility(volatility: Array, is_ready: NDArray[np.bool_]) -> Array:
    """Return shares of a book in inverse proportion to volatility; rows sum to 1.

    Parameters
    ----------
    volatility : ndarray of shape (n_rows, n_names)
        In any unit, as known at the row.
    is_ready : ndarray of shape (n_rows, n_names), bool
        Which names the book is spread over.

    Returns
    -------
    ndarray of shape (n_rows, n_names)
        0 for a name that is not ready or whose volatility is unknown or 0; all 0 where no name is.
    """
    usable = is_ready & np.isfinite(volatility) & (volatility > 0.0)
    inverse = np.divide(1.0, volatility, out=np.zeros(volatility.shape), where=usable)
    total = inverse.sum(axis=1, keepdims=True)
    shares: Array = np.divide(inverse, total, out=np.zeros(inverse.shape), where=total > 0.0)
    return shares


def book_volatility(weights: Array, covariance: Array) -> float:
    """Return a book's volatility a year from weights, shape (k,), and daily covariance, (k, k)."""
    variance = float((weights[:, None] * weights * covariance).sum())
    # A rounding error below zero is a book without risk; NaN stays NaN.
    return float(np.sqrt(np.maximum(variance, 0.0) * A_YEAR))


def to_target(volatility: float, target: float) -> float:
    """Return what scales a book to a volatility target, never beyond a full book.

    The account borrows nothing: a book calmer than its target stays whole.
    """
    return min(target / volatility, 1.0) if volatility > 0.0 else 1.0


def conviction(z: Array) -> Array:
    """Return the multiple of a position that a gap of `z` standard deviations calls for.

    ``clip(|z| / 2, 0.5, 1.5)``; 1 where `z` is unknown.
    """
    sized = np.clip(np.abs(z) / FULL_AT, LEAST_CONVICTION, MOST_CONVICTION)
    return np.where(np.isnan(z), 1.0, sized)


#: Parameters by flat name, with the value at which the weight of a full position is one number
#: and no multiplier exceeds 1. At any other the cap of a name meets each cell and changes arrays.
PLAIN: dict[str, Any] = {
    **{"sizing": "equal", "conviction": False},
    **{"reinforced_size": 1.0, "mode": "long_only"},
}


def sized(arrays: RuleArrays, panel: Panel, sizing: Any, *, is_capped: bool = True) -> RuleArrays:
    """Return a rule's arrays with the multipliers that a sizing makes of them.

    Equal shares leave them as they are, but for the cap of one name. Any other sizing, and
    conviction, state the whole weight here, and `Numbers.weight` is 1: share of the book x
    conviction x what regime and gates leave, the least of it and the cap last. What sizing
    cannot measure is not entered.

    Parameters
    ----------
    arrays : RuleArrays
        Entry `t` of what is returned depends on rows `<= t` of them and of the panel.
    is_capped : bool
        Whether multipliers above 1 keep an equal share under the cap of one name. Those of a
        rule of one's own do not: it states them as it wants them.
    """
    own, parts = lines_of(panel)
    cap = sizing.max_weight / parts
    share = _shares(arrays, panel, sizing, own)
    made = arrays
    if share is None and is_capped:
        most = cap / equal_weight(sizing, panel.n_declared)
        made = replace(arrays, multiplier=np.minimum(arrays.multiplier, most))
    elif share is not None:
        weight = share * arrays.multiplier
        if sizing.conviction:
            weight = weight * conviction(arrays.strength)
        made = replace(
            arrays,
            multiplier=np.round(np.minimum(weight, cap), DECIMALS),
            may_enter=arrays.may_enter & (share > 0.0),
        )
    if not sizing.adv_cap:
        return made
    traded = sizing.adv_cap * _value_traded(panel) / parts
    return replace(made, most_value=np.minimum(made.most_value, traded))


def lines_of(panel: Panel) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Return by column the column of its name, and in how many parts its position is bought."""
    own, parts = np.arange(panel.n_names), np.ones(panel.n_names)
    tranches = {line.column for line in panel.lines if line.kind == "tranche"}
    for copy, name in panel.copies:
        own[copy] = name
        parts[name] += copy in tranches
    return own, parts[own]


def _shares(arrays: RuleArrays, panel: Panel, sizing: Any, own: NDArray[np.int64]) -> Array | None:
    """Return each name's share of the book, None for the equal share that `Numbers` holds."""
    shape = (panel.n_rows, panel.n_names)
    if not states_weight(sizing):
        return None
    if sizing.sizing == "equal":
        return np.full(shape, float(equal_weight(sizing, panel.n_declared)))
    names = np.unique(own)
    returns = own_returns(panel)[:, names]
    has_bar = panel.has_bar[:, names]
    spread = carried(_own_volatility(panel, names, sizing.size_volatility_window), has_bar)
    is_ready = carried(arrays.ready[:, names] & has_bar, has_bar)
    share = inverse_volatility(spread, is_ready)
    if sizing.sizing == "volatility_target":
        rows = np.flatnonzero((arrays.may_enter & panel.has_bar).any(axis=1))
        share *= _scales(share, returns, panel, sizing, rows)[:, None]
    return share[:, np.searchsorted(names, own)]


def _scales(
    share: Array, returns: Array, panel: Panel, sizing: Any, rows: NDArray[np.int64]
) -> Array:
    """Return what brings the book of each row to the target; 1 on rows without an entry."""
    days = panel.closes.astype("datetime64[D]").astype(np.int64)
    out = np.ones(len(share))
    whole = ewma_covariance(returns, days) if sizing.covariance == "ewma" else None
    table = DayTable(returns, days)
    for row in rows:
        names = np.flatnonzero(share[row] > 0.0)
        if not len(names):
            continue
        if whole is not None:
            covariance = whole[row][np.ix_(names, names)]
        else:
            covariance = shrunk_covariance(table.known_at(row, SHRUNK_SESSIONS)[:, names])[0]
        volatility = book_volatility(share[row, names], covariance)
        out[row] = to_target(volatility, sizing.target_volatility)
    return out


def _own_volatility(panel: Panel, names: NDArray[np.int64], window: int) -> Array:
    """Return a day's standard deviation of each name over its own last bars, by row."""
    out = np.full((panel.n_rows, len(names)), np.nan)
    returns = own_returns(panel)
    for place, name in enumerate(names):
        rows = panel.priced_rows(int(name))
        out[rows, place] = rolling_std(returns[rows, name], window)
    return out


def _value_traded(panel: Panel) -> Array:
    """Return the value traded a day by each name as known at its bars.

    Infinite before a name's first volume: nothing is known to cap it by. 0 where fewer than ten
    of the last twenty sessions have one.
    """
    out = np.full((panel.n_rows, panel.n_names), np.inf)
    for name in range(panel.n_names):
        rows = panel.priced_rows(name)
        traded = panel.value_traded[rows, name]
        has_begun = np.maximum.accumulate(np.isfinite(traded))
        average = np.nan_to_num(average_daily_value(traded), nan=0.0)
        out[rows, name] = np.where(has_begun, average, np.inf)
    return out


def has_plain_weight(values: Mapping[str, Any], swept: Collection[str]) -> bool:
    """Return whether ``max_weight`` reaches the engines as a number of its own.

    Parameters
    ----------
    values : dict
        Parameters by flat name; those absent count as plain.
    swept : collection of str
        Parameters that vary.
    """
    return all(
        name not in swept and values.get(name, plain) == plain for name, plain in PLAIN.items()
    )

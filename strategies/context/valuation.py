"""Valuation at today's metal prices, from reports known by their release and prices since.

A low multiple at a high metal price may be a peak of earnings: read it against the name's own
past, and beside the metal's.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from orebound.feeds import KnownAsOf, Panel

from ..rolling import Array
from ..scenario_ebitda import ASSUMED_ELASTICITY, LEAST_EBITDA
from .panel_series import has_series, series_of

EBITDA, NET_DEBT, MARKET_CAP = "ebitda", "net_debt", "market_cap"
FREE_CASH_FLOW, ELASTICITY = "free_cash_flow", "ebitda_elasticity"
#: Share of a change of EBITDA that taxes take before it is free cash: an assumption.
TAX = 0.30
#: Least share of a name's exposures whose metals have prices.
LEAST_COVERAGE = 0.5
#: Fewest prices of the year that a report's EBITDA was earned at.
LEAST_PRICES = 200
YEAR = np.timedelta64(365, "D")
DECIMALS = 10


class Valuation(NamedTuple):
    """A name's value at each row of a panel; shape (n_rows,), NaN off its sessions and unknown.

    Attributes
    ----------
    ev_ebitda : ndarray of float
        Enterprise value over EBITDA at today's metal prices; NaN where EBITDA is not above 0.
    ev_to_equity : ndarray of float
    ln_ebitda : ndarray of float
        Log EBITDA at today's prices.
    fcf_yield : ndarray of float
        Free cash flow at today's prices over market value; NaN without the series.
    """

    ev_ebitda: Array
    ev_to_equity: Array
    ln_ebitda: Array
    fcf_yield: Array


def ebitda_at_spot(
    ebitda: Any, elasticity: Any, weights: Array, spot: Array, reported: Array
) -> Array:
    """Return EBITDA of twelve months as it would be at other metal prices.

    ``EBITDA (1 + e sum_k w_k (spot_k / reported_k - 1))``, exact for fixed volumes and costs, not
    below a tenth of what was reported.

    Parameters
    ----------
    ebitda, elasticity : float or ndarray of shape (n,)
        As reported, and its relative change for one of the basket.
    weights, spot, reported : ndarray of shape (n, n_metals)
        Exposures, prices, and the mean prices of the twelve months reported; a metal that is not
        finite is left out.
    """
    ratio = np.where(np.isfinite(spot / reported), spot / reported, 1.0)
    change = elasticity * (weights * (ratio - 1.0)).sum(axis=-1)
    return np.asarray(ebitda * np.maximum(1.0 + change, LEAST_EBITDA))


def free_cash_flow_at_spot(free_cash_flow: Any, ebitda: Any, at_spot: Any) -> Array:
    """Return free cash flow with the change of EBITDA after tax."""
    return np.asarray(free_cash_flow + (1.0 - TAX) * (at_spot - ebitda))


@lru_cache(maxsize=64)
def panel_valuation(panel: Panel, name: int, max_age: float) -> Valuation:
    """Return a name's valuation at each of its sessions, from what was public at it.

    Reads the series by issuer ``ebitda`` (of the twelve months to the period), ``net_debt`` and
    ``market_cap`` (at its end), in the base currency, if there is one ``free_cash_flow``, and
    ``ebitda_elasticity`` (1.9 is assumed without it). Market value moves with the share's total
    return since the period's end: dividends paid since leave enterprise value as it was, because
    they move from it to net debt. Reports of different periods, or older than `max_age` days, say
    nothing, nor does a market value that is not above 0.

    Raises
    ------
    ConfigError
        If one of the three series is absent.
    """
    rows, issuer = panel.priced_rows(name), panel.listings[name].issuer
    ebitda, debt, cap = (
        _at(series_of(panel, key, issuer), rows, max_age) for key in (EBITDA, NET_DEBT, MARKET_CAP)
    )
    is_one = (ebitda.period == debt.period) & (ebitda.period == cap.period)
    moved, reported = _since(panel, name, rows, ebitda.period)
    value = np.where(is_one & (cap.value > 0.0), cap.value * np.exp(moved), np.nan)
    spot = np.column_stack([metal.value[rows] for metal in panel.metal])
    elasticity = np.full(len(rows), ASSUMED_ELASTICITY)
    if has_series(panel, ELASTICITY, issuer):
        elasticity = _at(series_of(panel, ELASTICITY, issuer), rows, max_age).value
    step = panel.exposure.at(panel.closes[rows])
    weights, total = panel.exposure.weights[step, name], panel.exposure.total[step, name]
    is_priced = np.isfinite(spot / reported)
    covered = np.where(is_priced, np.abs(weights), 0.0).sum(axis=1) >= LEAST_COVERAGE * total
    earned = ebitda_at_spot(ebitda.value, elasticity, weights, spot, reported)
    earned = np.where(covered & (total > 0.0) & (earned > 0.0), earned, np.nan)
    worth = np.where(value + debt.value > 0.0, value + debt.value, np.nan)
    flow = np.full(len(rows), np.nan)
    if has_series(panel, FREE_CASH_FLOW, issuer):
        free = _at(series_of(panel, FREE_CASH_FLOW, issuer), rows, max_age)
        flow = free_cash_flow_at_spot(free.value, ebitda.value, earned)
        flow[free.period != ebitda.period] = np.nan
    parts = (worth / earned, worth / value, np.log(earned), flow / value)
    return Valuation(*(_placed(part, rows, panel.n_rows) for part in parts))


class _Known(NamedTuple):
    value: Array
    period: NDArray[np.datetime64]


def _at(known: KnownAsOf, rows: NDArray[np.int64], max_age: float) -> _Known:
    is_fresh = known.age_days[rows] <= max_age
    return _Known(np.where(is_fresh, known.value[rows], np.nan), known.ref_period[rows])


def _since(
    panel: Panel, name: int, rows: NDArray[np.int64], period: NDArray[np.datetime64]
) -> tuple[Array, Array]:
    """Return the share's log return since each row's period ended, and that year's mean prices.

    Shapes (n,) and (n, n_metals); NaN where the period ended before the first session, across a
    hole, and where the year's prices are not all there.
    """
    session = panel.session[rows, name]
    ln, segment = np.log(panel.known_close[rows, name]), panel.segment[rows, name]
    moved = np.full(len(rows), np.nan)
    reported = np.full((len(rows), len(panel.metal)), np.nan)
    for end in np.unique(period[~np.isnat(period)]):
        own = period == end
        base = int(np.searchsorted(session, end, side="right")) - 1
        if base < 0:
            continue
        moved[own] = np.where(segment[own] == segment[base], ln[own] - ln[base], np.nan)
        first = int(np.searchsorted(session, end - YEAR, side="right"))
        for place, metal in enumerate(panel.metal):
            prices = metal.value[rows[first : base + 1]]
            prices = prices[np.isfinite(prices)]
            if len(prices) >= LEAST_PRICES:
                reported[own, place] = prices.mean()
    return moved, reported


def _placed(values: Array, rows: NDArray[np.int64], n_rows: int) -> Array:
    out = np.full(n_rows, np.nan)
    out[rows] = np.round(values, DECIMALS)
    out.flags.writeable = False
    return out

"""What a fill costs, line by line: rates prepared by bar, side and listing.

Sources: UK stamp duty reserve tax 0.5 % of the consideration of buys of UK-incorporated shares
(HMRC STSM), PTM levy of the UK takeover panel, square-root impact. Defaults and half-spreads are
stated with the listings.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from orebound.feeds import Listing

from .parameters import Costs
from .rolling import Array, windowed_sum

#: Sessions of the average daily value that impact is measured against, and the fewest known.
ADV_SESSIONS = 20
ADV_LEAST = 10
KINDS = ("commission", "spread", "stamp_duty", "ptm_levy", "fx", "impact")


@dataclass(frozen=True)
class CostRow:
    """The rates of one listing on one bar; amounts in the currency that `value` is given in.

    `impact` is such that impact costs ``impact * value**1.5``.
    """

    commission: float
    spread: float
    stamp_duty: float
    levy: float
    levy_above: float
    fx: float
    impact: float


def cost_lines(row: CostRow, *, is_buy: bool, value: float) -> dict[str, float]:
    """Return the cost of a fill by kind, in the currency of `value`, the absolute consideration."""
    return {
        "commission": value * row.commission,
        "spread": value * row.spread,
        "stamp_duty": value * row.stamp_duty if is_buy else 0.0,
        "ptm_levy": row.levy if value > row.levy_above else 0.0,
        "fx": value * row.fx,
        "impact": row.impact * value * np.sqrt(value),
    }


def cost_total(row: CostRow, *, is_buy: bool, shares: float, price: float) -> float:
    """Return the cost of a fill: one side's rate on the value, the levy, the impact.

    The order of the additions is fixed: the replay repeats it to the last bit.
    """
    rate = row.commission + row.spread + row.fx
    if is_buy:
        rate += row.stamp_duty
    cost = shares * rate * price
    value = shares * price
    if value > row.levy_above:
        cost += row.levy
    if row.impact != 0.0:
        cost += row.impact * value * float(np.sqrt(value))
    return float(cost)


def cost_row(
    listing: Listing,
    on: np.datetime64,
    costs: Costs,
    *,
    base_currency: str | None = None,
    rate: float = 1.0,
    average_daily_value: float | None = None,
) -> CostRow:
    """Return the rates of a listing on a date; `cost_rates` of one bar."""
    known = np.nan if average_daily_value is None else average_daily_value
    rates = cost_rates(
        listing,
        np.asarray(on),
        costs,
        base_currency=base_currency,
        rate=rate,
        average_daily_value=known,
    )
    return CostRow(**{name: float(value) for name, value in rates.items()})


def cost_rates(
    listing: Listing,
    on: NDArray[np.datetime64],
    costs: Costs,
    *,
    base_currency: str | None = None,
    rate: Any = 1.0,
    average_daily_value: Any = np.nan,
) -> dict[str, Any]:
    """Return the fields of `CostRow` for the sessions of a listing.

    Parameters
    ----------
    on : ndarray of shape (n_bars,), datetime64[D]
    base_currency : str, optional
        Currency of the account; the listing's own by default, and then nothing is converted.
    rate : array-like
        Base currency per unit of the listing's currency, for flat levies.
    average_daily_value : array-like
        In base currency; where it is NaN or not above 0 there is no impact.
    """
    base = base_currency or listing.currency
    has_levy = listing.levy == "PTM"
    bps = 1e-4
    average = np.asarray(average_daily_value, dtype=float)
    is_known = average > 0.0
    unit = np.sqrt(0.01 * np.where(is_known, average, 1.0))
    return {
        "commission": costs.commission_bps * bps,
        "spread": listing.half_spread_bps * costs.spread_scale * bps,
        "stamp_duty": _duty(listing, on, costs),
        "levy": costs.ptm_levy * rate if has_levy else 0.0,
        "levy_above": costs.ptm_threshold * rate,
        "fx": 0.0 if listing.currency == base else costs.fx_bps * bps,
        "impact": np.where(is_known, costs.impact_bps * bps / unit, 0.0),
    }


def _duty(listing: Listing, on: NDArray[np.datetime64], costs: Costs) -> Any:
    rates = np.zeros(np.shape(on))
    if costs.instrument == "cfd":
        return rates
    days = on.astype("datetime64[D]")
    for duty in listing.duties:
        rate = costs.stamp_duty if duty.name == "SDRT" else duty.rate
        rates = rates + np.where(duty.is_due(days), rate, 0.0)
    return rates


def slippage(costs: Costs) -> float:
    """Return the share of the price by which fills slip, as backtrader's broker takes it."""
    return costs.slippage_bps * 1e-4


def fill_prices(opened: Array, high: Array, low: Array, costs: Costs) -> tuple[Array, Array]:
    """Return what a buy and a sale at each open are filled at, NaN where there is no bar.

    The steps of `BackBroker._slip_up` and `_slip_down`, to the last bit: a price beyond the bar's
    range becomes the end of the range, and without slippage the range is not looked at.
    """
    share = slippage(costs)
    if not share:
        return opened.copy(), opened.copy()
    up, down = opened * (1 + share), opened * (1 - share)
    return np.where(up <= high, up, high), np.where(down >= low, down, low)


def average_daily_value(value_traded: Array) -> Array:
    """Return the mean value traded over the 20 sessions ended at each bar.

    Bars without a known volume are left out; NaN where fewer than ten are known.
    """
    has = np.isfinite(value_traded)
    count = windowed_sum(has.astype(float), ADV_SESSIONS, 1)
    total = windowed_sum(np.where(has, value_traded, 0.0), ADV_SESSIONS, 1)
    mean: Array = np.divide(total, count, out=np.full(len(has), np.nan), where=count >= ADV_LEAST)
    return mean


def value_before(average: Array) -> Array:
    """Return, by bar, the last positive average known before it: what a fill is measured by.

    A sale must have a price even where trading has dried up, so the last positive value stands.
    """
    known = np.where(average > 0.0, average, np.nan)
    last = np.maximum.accumulate(np.where(np.isfinite(known), np.arange(len(known)), -1))
    carried = np.where(last >= 0, known[last], np.nan)
    return np.concatenate([[np.nan], carried[:-1]])

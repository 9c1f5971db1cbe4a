"""The gate on the tightness of a name's metals."""

from __future__ import annotations

from functools import lru_cache

import numpy as np

from orebound.feeds import AsOf, ConfigError, Panel

from ..context import (
    backwardation,
    by_exposure,
    by_session,
    is_tight,
    metal_tightness,
    rolling_percentile,
)
from ..rolling import Array
from .blocked import Blocked
from .gates import Gate, GateForm, Known
from .gates_confirmation import scored

#: The LME series of each metal: its price is the 3-month's, its columns are cash and stock.
LME_SERIES = {
    "copper": "LME_CU",
    "aluminium": "LME_AL",
    "zinc": "LME_ZN",
    "nickel": "LME_NI",
    "lead": "LME_PB",
}


def tightness_gate(known: Known) -> Gate | None:
    """Ask for low stocks and backwardation of the name's own metals (A10, A12).

    A name whose metals have neither is not known to be tight, and is kept out.
    """
    panel, rule = known.panel, known.rule
    if rule.tightness == "off":
        return None
    scores, stocks = _by_metal(panel, rule.tight_window)
    shape = (panel.n_rows, panel.n_names)
    score, stock = np.full(shape, np.nan), np.full(shape, np.nan)
    for name in range(panel.n_names):
        rows = panel.priced_rows(name)
        weights = panel.exposure.weights[panel.exposure.at(panel.closes[rows]), name]
        score[rows, name] = by_exposure(scores[rows], weights)
        stock[rows, name] = by_exposure(stocks[rows], weights)
    shown = {"tightness": score, "stock_percentile": stock}
    is_open = is_tight(score, stock, tight_score=rule.tight_score, tight_stock=rule.tight_stock)
    if rule.tight_score > 0.0:
        scaled = np.clip(score / rule.tight_score, 0.0, 1.0)
    else:
        scaled = np.where(np.isfinite(score), 1.0, np.nan)
    return scored(Blocked.TIGHTNESS, rule.tightness, is_open, np.round(scaled, 10), shown)


@lru_cache(maxsize=8)
def _by_metal(panel: Panel, window: int) -> tuple[Array, Array]:
    """Return each metal's tightness and stock percentile, shape (n_rows, n_metals)."""
    shape = (panel.n_rows, len(panel.metals))
    scores, stocks = np.full(shape, np.nan), np.full(shape, np.nan)
    if not any(f"{LME_SERIES.get(metal)}.stock" in panel.extra for metal in panel.metals):
        raise ConfigError(
            "tightness needs stock and cash of LME metals in data.extra, such as LME_CU.stock and "
            f"LME_CU.cash; got {', '.join(panel.extra) or 'no further series'}"
        )
    for column, metal in enumerate(panel.metals):
        symbol = LME_SERIES.get(metal, "")
        stock = panel.extra.get(f"{symbol}.stock")
        cash, price = panel.extra.get(f"{symbol}.cash"), panel.extra.get(symbol)
        low = _percentile(stock, panel, window)
        spread = np.full(panel.n_rows, np.nan)
        if cash is not None and price is not None:
            both = AsOf(
                backwardation(cash.value, price.value),
                *(cash.known_at, cash.missed, cash.is_old, cash.segment),
            )
            spread = _percentile(both, panel, window)
        scores[:, column] = metal_tightness(low, spread)
        stocks[:, column] = low
    return scores, stocks


def _percentile(series: AsOf | None, panel: Panel, window: int) -> Array:
    """Return the percentile of the session last known at each row; NaN where it is too old."""
    if series is None:
        return np.full(panel.n_rows, np.nan)
    _, known_at, values = by_session(series)
    if not len(known_at):
        return np.full(panel.n_rows, np.nan)
    rank = rolling_percentile(values, window)
    place = np.searchsorted(known_at, panel.closes, side="right") - 1
    is_fresh = (place >= 0) & ~series.is_old
    return np.where(is_fresh, rank[np.maximum(place, 0)], np.nan)


#: In the order in which their multipliers apply.
GATES: tuple[GateForm, ...] = (tightness_gate,)

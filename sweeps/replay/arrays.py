"""From panel and signals to what the replay reads: rows of one window, absent bars filled."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from orebound.feeds import Panel
from orebound.strategies import (
    Costs,
    Rule,
    Signals,
    Sizing,
    average_daily_value,
    cost_row,
    fill_prices,
    value_before,
)

from .scalar import MarketArrays, Settings, SignalArrays

Floats = NDArray[np.float64]
NS_A_DAY = 86_400 * 10**9


def market_arrays(panel: Panel, costs: Costs, window: tuple[int, int]) -> MarketArrays:
    """Return prices, bars and costs of the rows of a window.

    Rows before a name's first bar hold 1.0 where a price is wanted: no position can be open there.
    """
    rows = slice(*window)
    has_bar = panel.has_bar[rows]
    last = _last_bar(has_bar)
    rates = _rates(panel, costs, window)
    buy_price, sell_price = fill_prices(panel.open[rows], panel.high[rows], panel.low[rows], costs)
    return MarketArrays(
        bars=np.cumsum(has_bar, axis=0).astype(np.int32),
        has_bar=has_bar.copy(),
        is_settlement=panel.is_settlement[rows].copy(),
        buy_price=buy_price,
        sell_price=sell_price,
        close=_carried(panel.close[rows], last, 1.0),
        known=_carried(panel.known_close[rows], last, 1.0),
        **{name: _carried(values, last, 0.0) for name, values in rates.items()},
        days=panel.closes[rows].astype("datetime64[D]").astype(np.int64),
    )


def _last_bar(has_bar: NDArray[np.bool_]) -> NDArray[np.int64]:
    """Return the row of each name's last bar, -1 before its first."""
    index = np.where(has_bar, np.arange(len(has_bar))[:, None], -1)
    return np.maximum.accumulate(index, axis=0)


def _carried(values: Floats, last: NDArray[np.int64], before: float) -> Floats:
    carried = np.take_along_axis(values, np.maximum(last, 0), axis=0)
    return np.ascontiguousarray(np.where(last >= 0, carried, before))


def _rates(panel: Panel, costs: Costs, window: tuple[int, int]) -> dict[str, Floats]:
    """Return the cost rows of each bar, in the same operations as `costs.cost_row`."""
    shape = (window[1] - window[0], panel.n_names)
    out = {
        name: np.zeros(shape) for name in ("buy_rate", "sell_rate", "levy", "levy_above", "impact")
    }
    for column, listing in enumerate(panel.listings):
        every = panel.bar_rows(column)
        average = value_before(average_daily_value(panel.value_traded[every, column]))
        inside = (every >= window[0]) & (every < window[1])
        for row, value in zip(every[inside], average[inside], strict=True):
            cost = cost_row(
                listing,
                panel.session[row, column],
                costs,
                base_currency=panel.base_currency,
                rate=float(panel.rate[row, column]),
                average_daily_value=value if np.isfinite(value) else None,
            )
            sell = cost.commission + cost.spread + cost.fx
            at = row - window[0]
            out["sell_rate"][at, column] = sell
            out["buy_rate"][at, column] = sell + cost.stamp_duty
            out["levy"][at, column] = cost.levy
            out["levy_above"][at, column] = cost.levy_above
            out["impact"][at, column] = cost.impact
    return out


def signal_arrays(
    panel: Panel, signals: Signals, rule: Rule, window: tuple[int, int]
) -> SignalArrays:
    """Return the rule's arrays of a window; a blocked bar has multiplier 0.

    Whether the gap is wide enough is left to the replay, because the threshold is its own.
    """
    from orebound.strategies.signals import Blocked

    rows = slice(*window)
    narrow = np.uint8(Blocked.GAP_TOO_SMALL)
    is_free = ((signals.blocked[rows] & ~narrow) == 0) & (signals.gap[rows] < 0.0)
    is_free &= signals.size_multiplier[rows] > 0.0
    measure = signals.z if rule.entry_trigger == "z" else signals.lag
    taken: dict[str, Any] = {
        name: np.ascontiguousarray(getattr(signals, name)[rows])
        for name in (*("gap", "beta_metal", "beta_market", "half_life", "volatility"),)
    }
    free = np.where(is_free, measure[rows], np.nan)
    return SignalArrays(
        measure=np.ascontiguousarray(measure[rows]),
        free_measure=free,
        lowest=np.fmin.reduce(free, axis=1),
        multiplier=np.ascontiguousarray(signals.size_multiplier[rows]),
        path=np.stack(
            [
                signals.ln_equity[rows],
                signals.ln_basket[rows],
                signals.ln_market[rows],
                panel.known_close[rows],
                signals.run[rows].astype(float),
            ],
            axis=2,
        ),
        **taken,
    )


def settings_of(rule: Rule, sizing: Sizing, n_declared: int) -> Settings:
    """Return the numbers of one combination of the catch-up rule."""
    is_z = rule.entry_trigger == "z"
    return Settings(
        enter_at=-rule.z_in if is_z else -rule.lag_in,
        capture=rule.capture,
        leave_above=np.nan,
        leave_below=np.nan,
        stop_multiple=rule.stop_multiple,
        time_stop_multiple=rule.time_stop_multiple,
        time_stop_min=float(rule.time_stop_min),
        time_stop_max=float(rule.time_stop_max),
        cool_down=float(rule.cool_down),
        weight=min(1.0 / n_declared, sizing.max_weight),
        direction=1.0,
        cash=sizing.cash,
        cash_rate=sizing.cash_rate,
        sizes_on_known=1.0,
        needs_measure=0.0,
    )

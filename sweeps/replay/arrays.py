"""From panel and signals to what the replay reads: rows of one window, absent bars filled."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from orebound.feeds import Panel
from orebound.strategies import (
    Costs,
    RuleArrays,
    average_daily_value,
    cost_rates,
    fill_prices,
    holding_rates,
    value_before,
)

from .inputs import MarketArrays, RowCalendar, RuleRows

Floats = NDArray[np.float64]
Window = tuple[int, int]


def market_arrays(panel: Panel, costs: Costs, window: tuple[int, int]) -> MarketArrays:
    """Return prices, bars and costs of the rows of a window.

    Rows before a name's first bar hold 1.0 where a price is wanted: no position can be open there.
    """
    rows = slice(*window)
    has_bar = panel.has_bar[rows]
    last = _last_bar(has_bar)
    rates, cost_class, class_rates = _rates(panel, costs, window)
    close = _carried(panel.close[rows], last, 1.0)
    owing = [holding_rates(costs, listing).rates for listing in panel.listings]
    buy_price, sell_price = fill_prices(panel.open[rows], panel.high[rows], panel.low[rows], costs)
    return MarketArrays(
        bars=np.cumsum(has_bar, axis=0).astype(np.int32),
        has_bar=has_bar.copy(),
        is_settlement=panel.is_settlement[rows].copy(),
        buy_price=buy_price,
        sell_price=sell_price,
        close=close,
        known=_carried(panel.known_close[rows], last, 1.0),
        **{name: _carried(values, last, 0.0) for name, values in rates.items()},
        cost_class=cost_class,
        close_sum=_close_sum(close, session_rows(panel, window)),
        short_rate=np.array([one.short for one in owing]),
        long_rate=np.array([one.long for one in owing]),
        class_rates=class_rates,
        days=panel.closes[rows].astype("datetime64[D]").astype(np.int64),
    )


def _close_sum(close: Floats, ends: NDArray[np.int64]) -> Floats:
    """Return what a share held over a stretch of rows was worth, summed over its sessions' ends.

    Differences of two rows: of the fill and of the exit.
    """
    at_ends = np.zeros((len(close) + 1, close.shape[1]))
    at_ends[ends + 1] = close[ends]
    return np.cumsum(at_ends, axis=0)


def session_rows(panel: Panel, window: Window) -> NDArray[np.int64]:
    """Return the last row of each UTC date."""
    days = panel.closes[slice(*window)].astype("datetime64[D]")
    return np.flatnonzero(np.append(days[1:] != days[:-1], True))


def _last_bar(has_bar: NDArray[np.bool_]) -> NDArray[np.int64]:
    """Return the row of each name's last bar, -1 before its first."""
    index = np.where(has_bar, np.arange(len(has_bar))[:, None], -1)
    return np.maximum.accumulate(index, axis=0)


def _carried(values: Floats, last: NDArray[np.int64], before: float) -> Floats:
    carried = np.take_along_axis(values, np.maximum(last, 0), axis=0)
    return np.ascontiguousarray(np.where(last >= 0, carried, before))


def _rates(
    panel: Panel, costs: Costs, window: Window
) -> tuple[dict[str, Floats], NDArray[np.int32], Floats]:
    """Return the cost rows of each bar, its cost class, and the rates of each class."""
    shape = (window[1] - window[0], panel.n_names)
    names = ("buy_rate", "sell_rate", "levy", "levy_above", "impact")
    out = {name: np.zeros(shape) for name in names}
    classes: list[Floats] = []
    cost_class = np.zeros(shape, np.int32)
    for column, listing in enumerate(panel.listings):
        every = panel.bar_rows(column)
        average = value_before(average_daily_value(panel.value_traded[every, column]))
        inside = (every >= window[0]) & (every < window[1])
        bars = every[inside]
        cost = cost_rates(
            listing,
            panel.session[bars, column],
            costs,
            base_currency=panel.base_currency,
            rate=panel.rate[bars, column],
            average_daily_value=average[inside],
        )
        at = (bars - window[0], column)
        sell = cost["commission"] + cost["spread"] + cost["fx"]
        out["sell_rate"][at], out["buy_rate"][at] = sell, sell + cost["stamp_duty"]
        for name in ("levy", "levy_above", "impact"):
            out[name][at] = cost[name]
        # Of the rates only the duty changes with the day.
        duties, places = np.unique(cost["stamp_duty"], return_inverse=True)
        cost_class[at] = places + sum(map(len, classes))
        ones = np.ones(len(duties))
        columns = (ones * cost["commission"], ones * cost["spread"], duties, ones * cost["fx"])
        classes.append(np.column_stack(columns))
    return out, cost_class, np.concatenate(classes)


def rule_rows(arrays: RuleArrays, window: Window, *, needs_legs: bool = False) -> RuleRows:
    """Return what a rule declares on the rows of a window.

    Parameters
    ----------
    needs_legs : bool
        Whether it is traded with hedge legs or under caps of the book, of `leg_rows`.
    """
    rows = slice(*window)
    # Copies: compiled code is made for writable arrays, and again for others.
    measure = np.array(arrays.measure[rows], order="C")
    free = np.where(arrays.may_enter[rows], measure, np.nan)
    path = (arrays.ln_equity, arrays.ln_basket, arrays.ln_market, arrays.run)
    taken = (
        *("multiplier", "most_value", "gap", "beta_metal", "beta_market"),
        *("half_life", "volatility"),
    )
    spell, n_spells = numbered(arrays.spell[rows])
    return RuleRows(
        measure=measure,
        free_measure=free,
        lowest=np.fmin.reduce(free, axis=1),
        direction=arrays.direction.copy(),
        path=np.stack([values[rows] for values in path], axis=2),
        spell=spell,
        n_spells=n_spells,
        needs_legs=needs_legs,
        **{name: np.array(getattr(arrays, name)[rows], order="C") for name in taken},
    )


def numbered(spell: NDArray[np.int64]) -> tuple[NDArray[np.int64], int]:
    """Return episodes numbered from 0 without gaps, whatever their own numbers, and their count."""
    known = np.unique(spell[spell >= 0])
    return np.where(spell >= 0, np.searchsorted(known, spell), -1), len(known)


def row_calendar(
    panel: Panel, window: Window, *, periods_per_year: int = 252, risk_free: float = 0.0
) -> RowCalendar:
    """Return the sessions and months of a window."""
    days = panel.closes[slice(*window)].astype("datetime64[D]")
    rows = session_rows(panel, window)
    months = days[rows].astype("datetime64[M]").astype(np.int64)
    every = np.arange(months[0], months[-1] + 1)
    return RowCalendar(
        session_rows=rows,
        month_ends=np.searchsorted(months, every, side="right"),
        periods=float(periods_per_year),
        risk_free=float((1.0 + risk_free) ** (1.0 / periods_per_year) - 1.0),
    )

"""Ready filters of the regime: whether China's cycle turns up, by something else than its words.

Each says ON (1), OFF (0) or nothing (-1) at each row of a panel, from what was known at it.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from orebound.feeds import AsOf, ConfigError, Panel

from ..parameters import Regime
from ..rolling import Array, rolling_std
from .conditions import joined, panel_conditions, parse_conditions
from .markov import expanding_probabilities
from .own_sessions import fresh_rows, on_rows, own_change
from .panel_series import series_of
from .tightness import rolling_percentile

States = NDArray[np.int8]
DECIMALS = 10
#: Five years of sessions that stocks are ranked in, and the fewest of them.
STOCK_WINDOW, STOCK_LEAST, LOW_STOCK = 1260, 252, 0.20
#: Chinese shares: a rise over 20 sessions, or a day beyond 3 deviations of the 252 before it.
RISE_WINDOW, RISE, DAY_WINDOW, DAY_DEVIATIONS, DAYS_KEPT = 20, 0.05, 252, 3.0, 5
RATIO_WINDOW = 60
#: Growth over a year in % beyond which a series must be a level.
LARGEST_GROWTH = 200.0


class ReadyFilter(NamedTuple):
    """A filter by name.

    Attributes
    ----------
    states : callable
        Of panel and regime to states of shape (n_rows,).
    extra : tuple of str
        Symbols it reads of ``data.extra``.
    known : tuple of str
        Series with dates of release it reads.
    words : str
        When it is ON.
    """

    states: Callable[[Panel, Regime], States]
    extra: tuple[str, ...]
    known: tuple[str, ...]
    words: str


def filter_states(panel: Panel, regime: Regime) -> dict[str, States]:
    """Return the state of each filter asked for: 1 ON, 0 OFF, -1 unknown; shape (n_rows,).

    Entry `t` depends on what was known at row `t` and before.

    Raises
    ------
    ConfigError
        If a filter's series is absent; the message says how to name it.
    """
    return {name: READY[name].states(panel, regime) for name in regime.filter_names}


def needs_of_filters(names: tuple[str, ...]) -> tuple[str, ...]:
    """Return the symbols for ``data.extra`` that filters read."""
    return tuple(dict.fromkeys(symbol for name in names for symbol in READY[name].extra))


def _of_conditions(text: str) -> Callable[[Panel, Regime], States]:
    def states(panel: Panel, regime: Regime) -> States:
        conditions = parse_conditions(text)
        return joined(conditions, panel_conditions(conditions, panel, regime.series_max_age))

    return states


def _m1(panel: Panel, regime: Regime) -> States:
    known = series_of(panel, "m1")
    largest = float(np.abs(known.history.value).max(initial=0.0))
    if largest > LARGEST_GROWTH:
        raise ConfigError(
            f"data.series.m1: accepted: growth over a year in %, got {largest:g}; name its column, "
            "as money_supply.csv:m1_yoy (its level breaks in 2024-01, by a new definition)"
        )
    return _of_conditions("m1:change3>0")(panel, regime)


def _extra(panel: Panel, symbol: str, name: str) -> AsOf:
    if symbol in panel.extra:
        return panel.extra[symbol]
    raise ConfigError(
        f"regime filter {name}: the market has no {symbol}; data.extra={symbol} loads it"
    )


def _verdict(value: Array, holds: NDArray[np.bool_]) -> States:
    """Return states where `value` is known."""
    return np.where(np.isfinite(value), holds, -1).astype(np.int8)


def _lme_stocks(panel: Panel, _regime: Regime) -> States:
    stock = _extra(panel, "LME_CU.stock", "lme_stocks")
    fresh = fresh_rows(stock)
    rank = rolling_percentile(stock.value[fresh], STOCK_WINDOW, STOCK_LEAST)
    value = on_rows(rank, fresh, stock)
    return _verdict(value, value < LOW_STOCK)


def _csi300(panel: Panel, _regime: Regime) -> States:
    index = _extra(panel, "CSI300", "csi300")
    fresh = fresh_rows(index)
    rise = np.asarray(np.round(np.expm1(own_change(index, fresh, RISE_WINDOW)), DECIMALS), float)
    day = own_change(index, fresh, 1)
    usual = np.full(len(fresh), np.nan)
    usual[1:] = rolling_std(day, DAY_WINDOW)[:-1]
    # Only a jump upwards tells of a turn; a fall as large does not.
    jump = (np.round(day - DAY_DEVIATIONS * usual, DECIMALS) >= 0.0).astype(np.int64)
    kept = np.cumsum(jump)
    kept[DAYS_KEPT:] -= kept[:-DAYS_KEPT].copy()
    value = on_rows(rise, fresh, index)
    recent = on_rows(kept.astype(float), fresh, index) > 0.0
    return _verdict(value, (value > RISE) | recent)


def _copper_gold(panel: Panel, _regime: Regime) -> States:
    copper, gold = (_extra(panel, symbol, "copper_gold") for symbol in ("LME_CU", "GLD"))
    # On gold's sessions, each with the copper known at that close.
    fresh = fresh_rows(gold)
    ratio = np.log(copper.value[fresh]) - np.log(gold.value[fresh])
    segment = copper.segment[fresh] * 1000 + gold.segment[fresh]
    change = np.full(len(fresh), np.nan)
    joins = segment[RATIO_WINDOW:] == segment[:-RATIO_WINDOW]
    moved = ratio[RATIO_WINDOW:] - ratio[:-RATIO_WINDOW]
    change[RATIO_WINDOW:] = np.where(joins, np.round(moved, DECIMALS), np.nan)
    value = on_rows(change, fresh, gold)
    value[~np.isfinite(on_rows(ratio, fresh, copper))] = np.nan
    return _verdict(value, value > 0.0)


def _markov(panel: Panel, regime: Regime) -> States:
    probability = markov_probability(panel)
    return _verdict(probability, probability >= regime.markov_on)


@lru_cache(maxsize=16)
def markov_probability(panel: Panel) -> Array:
    """Return the filtered probability of the metals' better regime at each row; shape (n_rows,).

    Of weekly returns of the equal-weight metals, from the last row of one week to that of the
    next, counted from the first row after it: which row is a week's last is not known on it. The
    parameters are fitted on the weeks so far, again with the first week counted in each month;
    NaN before 156 weeks.
    """
    ends, returns = weekly_returns(panel)
    out = np.full(panel.n_rows, np.nan)
    if len(returns):
        month = panel.closes[ends + 1].astype("datetime64[M]")
        refit = np.concatenate([[True], month[1:] != month[:-1]])
        probability = expanding_probabilities(returns, refit)
        place = np.searchsorted(ends, np.arange(panel.n_rows), side="left") - 1
        out[place >= 0] = probability[place[place >= 0]]
    out.flags.writeable = False
    return out


def weekly_returns(panel: Panel) -> tuple[NDArray[np.int64], Array]:
    """Return the last row of each full week and the metals' mean log return over it.

    Weeks end with Sunday. A metal counts where it is known at both ends with no hole between; a
    week without any is left out. Shape (n_weeks,) both.
    """
    week = (panel.closes.astype("datetime64[D]").astype(np.int64) + 3) // 7
    ends = np.flatnonzero(week[1:] != week[:-1])
    moves = np.full((max(len(ends) - 1, 0), len(panel.metal)), np.nan)
    for place, metal in enumerate(panel.metal):
        level, segment = np.log(metal.value[ends]), metal.segment[ends]
        is_whole = (segment[1:] == segment[:-1]) & (segment[1:] >= 0) & ~metal.is_old[ends][1:]
        moves[:, place] = np.where(is_whole, np.diff(level), np.nan)
    count = np.isfinite(moves).sum(axis=1)
    total = np.where(np.isfinite(moves), moves, 0.0).sum(axis=1)
    return ends[1:][count > 0], total[count > 0] / count[count > 0]


READY: dict[str, ReadyFilter] = {
    "pmi": ReadyFilter(
        _of_conditions("pmi:level>50 or pmi:change3>0"),
        *((), ("pmi",), "NBS PMI above 50, or above that of three months before"),
    ),
    "m1": ReadyFilter(
        _m1, (), ("m1",), "M1 grows faster over a year than three months before, yoy"
    ),
    "credit_impulse": ReadyFilter(
        _of_conditions("loans:impulse>0"),
        *((), ("loans",), "new loans of 12 months above those of the 12 before"),
    ),
    "tsf": ReadyFilter(
        _of_conditions("tsf:impulse>0"),
        *((), ("tsf",), "total social financing of 12 months above that of the 12 before"),
    ),
    "lme_stocks": ReadyFilter(
        _lme_stocks, ("LME_CU.stock",), (), "LME copper stocks in the lowest fifth of five years"
    ),
    "csi300": ReadyFilter(
        _csi300, ("CSI300",), (), "CSI 300 up 5 % in 20 sessions, or 3 deviations in one of five"
    ),
    "copper_gold": ReadyFilter(
        _copper_gold, ("LME_CU", "GLD"), (), "LME copper over gold above 60 sessions before"
    ),
    "markov": ReadyFilter(
        _markov, (), (), "filtered probability of the metals' better regime at markov_on or above"
    ),
}

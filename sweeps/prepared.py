"""The arrays that combinations share: made once for each set of array parameters."""

from __future__ import annotations

import time
from collections.abc import Collection, Mapping
from functools import partial
from types import SimpleNamespace
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from pydantic import ValidationError

from orebound.feeds import ConfigError, Market
from orebound.strategies import (
    Numbers,
    arrays_of,
    checked_numbers,
    checked_values,
    has_plain_weight,
    in_sentences,
    legs_of,
    sizing_numbers,
)

from .config import RunConfig
from .engine import load_market
from .memo import Memo
from .replay.arrays import market_arrays, row_calendar, rule_rows
from .replay.book_caps import are_set
from .replay.inputs import MarketArrays, RowCalendar, RuleRows
from .replay.lane_inputs import MOST_NAMES, LaneInputs, lane_inputs
from .replay.leg_state import LegRows, leg_rows
from .windows import end_row, first_ready, refuse_hindsight

#: Parameters of the sizing that reach the replay as numbers.
SIZING_NUMBERS = ("max_weight", "cash", "cash_rate")
#: Parameters of the data section that choose rows of a market, not the market.
ROW_NAMES = ("start", "end")
PLACE = {name: place for place, name in enumerate(Numbers._fields)}


def number_names(base: RunConfig, swept: Collection[str] = ()) -> tuple[str, ...]:
    """Return the parameters that reach the replay as numbers; every other one changes an array.

    Parameters
    ----------
    swept : collection of str
        Parameters that vary, by flat name: some make the cap of a name one of the array parameters.
    """
    names = (*type(base.rule).THRESHOLDS, *SIZING_NUMBERS)
    values = {name: getattr(getattr(base, home), name) for name, home in base.owner.items()}
    is_plain = has_plain_weight(values, swept)
    return tuple(name for name in names if is_plain or name != "max_weight")


class Prepared(NamedTuple):
    """Everything of a group of combinations but their numbers."""

    market: MarketArrays
    rule: RuleRows
    calendar: RowCalendar
    lanes: LaneInputs | None  # None where the lanes do not reach
    source: Market
    config: RunConfig
    start: Any
    window: tuple[int, int]
    legs: LegRows | None = None  # None for a rule without hedge legs and a book without caps

    @property
    def first_month(self) -> int:
        """The first calendar month, counted from January 1970."""
        close = self.source.panel.closes[self.window[0]]
        return int(close.astype("datetime64[M]").astype(np.int64))


class Workshop:
    """Markets and arrays by parameters, for the threads of one process.

    Parameters
    ----------
    base : RunConfig
    market : Market, optional
        Used for every combination instead of what ``[data]`` names.
    """

    def __init__(self, base: RunConfig, market: Market | None = None) -> None:
        self.base, self.given = base, market
        self.seconds, self.n_made = 0.0, 0
        self._forget()

    def _forget(self) -> None:
        self._markets: Memo[Market] = Memo(64)
        self._bars: Memo[MarketArrays] = Memo(4)
        self._calendars: Memo[RowCalendar] = Memo(4)
        self._lanes: Memo[LaneInputs] = Memo(4)
        self._prepared: Memo[Prepared] = Memo(8)

    def __getstate__(self) -> dict[str, Any]:
        # Markets travel with the sweep: a worker reads no file that could differ from ours.
        return {"base": self.base, "given": self.given, "markets": self._markets.made()}

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__init__(state["base"], state["given"])  # type: ignore[misc]
        for key, market in state["markets"].items():
            self._markets.get(key, partial(_same, market))

    def config(self, values: Mapping[str, Any]) -> RunConfig:
        """Return the base configuration with some parameters changed, by flat name."""
        return changed(self.base, values)

    def market(self, config: RunConfig) -> Market:
        """Return the market that a configuration names; loaded once."""
        if self.given is not None:
            return self.given
        key = config.data.model_dump_json(exclude=set(ROW_NAMES))
        return self._markets.get(key, lambda: load_market(config))

    def prepared(self, values: Mapping[str, Any]) -> Prepared:
        """Return the arrays of the array parameters given by flat name."""
        plain = number_names(self.base, values)
        arrays = {name: value for name, value in values.items() if name not in plain}
        return self._prepared.get(tuple(sorted(arrays.items())), lambda: self._prepare(arrays))

    def _prepare(self, arrays: Mapping[str, Any]) -> Prepared:
        began = time.perf_counter()
        config = self.config(arrays)
        market = self.market(config)
        market = market.arranged(config.rule.lines(market))
        panel = market.panel
        arrays_known = arrays_of(config.rule, panel, config.regime, config.sizing)
        start = config.data.start or first_ready(market, arrays_known.ready)
        refuse_hindsight(config, market, start)
        window = (panel.first_row(start), end_row(market, config))
        if window[0] >= window[1]:
            raise ConfigError(f"no session between start {start} and end {config.data.end}")
        key = (id(market), config.costs, window)
        bars = self._bars.get(key, lambda: market_arrays(panel, config.costs, window))
        calendar = self._calendars.get(
            (id(market), window, config.run),
            lambda: row_calendar(
                panel,
                window,
                periods_per_year=config.run.periods_per_year,
                risk_free=config.run.risk_free,
            ),
        )
        stated = legs_of(config.rule, panel, arrays_known)
        needs_legs = stated is not None or are_set(config.sizing)
        rule = rule_rows(arrays_known, window, needs_legs=needs_legs)
        legs = None
        if needs_legs:
            legs = leg_rows(panel, stated, config.costs, window, sizing=config.sizing)
        lanes = None
        if legs is None and panel.n_names <= MOST_NAMES:
            like = (*key, config.run)  # what the lanes read of the market is made once
            shared = self._lanes.get(like, lambda: lane_inputs(bars, rule, calendar))
            lanes = lane_inputs(bars, rule, calendar, shared)
        made = Prepared(bars, rule, calendar, lanes, market, config, start, window, legs)
        self.seconds += time.perf_counter() - began
        self.n_made += 1
        return made


def _same(market: Market) -> Market:
    return market


def changed(base: RunConfig, values: Mapping[str, Any]) -> RunConfig:
    """Return a validated configuration with some parameters changed, by flat name."""
    models, owner = base.sections, base.owner
    sections: dict[str, Any] = {name: dict(getattr(base, name)) for name in models}
    for name, value in values.items():
        sections[owner[name]][name] = value
    try:
        sections["rule"] = models["rule"].model_validate(sections["rule"], strict=True)
    except ValidationError as error:
        raise ConfigError(in_sentences(error, section="rule")) from None
    return RunConfig.model_validate(sections, strict=True)


def numbers_matrix(
    config: RunConfig, columns: Mapping[str, NDArray[np.float64]], n: int, n_declared: int
) -> NDArray[np.float64]:
    """Return the `Numbers` of many combinations at once, one a row.

    Parameters
    ----------
    config : RunConfig
        Holds the parameters that are not swept.
    columns : dict of ndarray of shape (n,)
        The swept ones of `number_names`.
    """
    rule = SimpleNamespace(**{**dict(config.rule), **columns})
    sizing = SimpleNamespace(**{**dict(config.sizing), **columns})
    stated = checked_numbers(config.rule, rule) | sizing_numbers(sizing, n_declared)
    out = np.tile(np.array(Numbers(enter_at=np.nan)), (n, 1))
    for name, values in stated.items():
        out[:, PLACE[name]] = values
    checked_values({name: out[:, place] for name, place in PLACE.items()})
    return out

"""The arrays that combinations share: made once for each set of array parameters."""

from __future__ import annotations

import time
from collections.abc import Mapping
from functools import partial
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from orebound.feeds import ConfigError, Market
from orebound.strategies import SECTIONS, Rule, Sizing
from orebound.strategies.signals import compute

from .config import OWNER, RunConfig
from .engine import _end_row, _first_ready, _refuse_hindsight, load_market
from .memo import Memo
from .replay.arrays import market_arrays, settings_of, signal_arrays
from .replay.many import RowCalendar, _spells, row_calendar
from .replay.scalar import MarketArrays, Settings, SignalArrays

#: Parameters that reach the replay as numbers; every other one changes an array.
NUMBERS = (
    *("z_in", "lag_in", "cool_down", "capture", "stop_multiple", "time_stop_multiple"),
    *("time_stop_min", "time_stop_max", "max_weight", "cash", "cash_rate"),
)
#: Parameters of the data section that choose rows of a market, not the market.
ROW_NAMES = ("start", "end")
PLACE = {name: place for place, name in enumerate(Settings._fields)}


class Prepared(NamedTuple):
    """Everything of a group of combinations but their numbers."""

    market: MarketArrays
    signals: SignalArrays
    calendar: RowCalendar
    source: Market
    config: RunConfig
    start: Any
    window: tuple[int, int]

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
        arrays = {name: value for name, value in values.items() if name not in NUMBERS}
        return self._prepared.get(tuple(sorted(arrays.items())), lambda: self._prepare(arrays))

    def _prepare(self, arrays: Mapping[str, Any]) -> Prepared:
        began = time.perf_counter()
        config = self.config(arrays)
        market = self.market(config)
        signals = compute(market.panel, config.rule, config.regime)
        start = config.data.start or _first_ready(market, signals.ready)
        _refuse_hindsight(config, market, start)
        window = (market.panel.first_row(start), _end_row(market, config))
        if window[0] >= window[1]:
            raise ConfigError(f"no session between start {start} and end {config.data.end}")
        key = (id(market), config.costs, window)
        bars = self._bars.get(key, lambda: market_arrays(market.panel, config.costs, window))
        calendar = self._calendars.get(
            (*key, config.run),
            lambda: row_calendar(
                market.panel,
                config.costs,
                window,
                signals.state,
                periods_per_year=config.run.periods_per_year,
                risk_free=config.run.risk_free,
            ),
        )
        # The costs of the calendar stay from regime to regime; only its spells change.
        spell = _spells(market.panel, slice(*window), signals.state)
        made = Prepared(
            bars,
            signal_arrays(market.panel, signals, config.rule, window),
            calendar._replace(spell=spell),
            market,
            config,
            start,
            window,
        )
        self.seconds += time.perf_counter() - began
        self.n_made += 1
        return made


def _same(market: Market) -> Market:
    return market


def changed(base: RunConfig, values: Mapping[str, Any]) -> RunConfig:
    """Return a validated configuration with some parameters changed, by flat name."""
    sections = {name: dict(getattr(base, name)) for name in (*SECTIONS, "data", "run")}
    for name, value in values.items():
        sections[OWNER[name]][name] = value
    return RunConfig.model_validate(sections, strict=True)


def settings_matrix(
    rule: Rule,
    sizing: Sizing,
    columns: Mapping[str, NDArray[np.float64]],
    n_declared: int,
) -> NDArray[np.float64]:
    """Return `settings_of` for many combinations at once, one a row.

    Parameters
    ----------
    columns : dict of ndarray of shape (n,)
        The swept ones of `NUMBERS`; `rule` and `sizing` hold the others.
    """
    n = len(next(iter(columns.values())))
    out = np.tile(np.array(settings_of(rule, sizing, n_declared)), (n, 1))
    for name, values in columns.items():
        if name in PLACE:
            out[:, PLACE[name]] = values
    threshold = "z_in" if rule.entry_trigger == "z" else "lag_in"
    if threshold in columns:
        out[:, PLACE["enter_at"]] = -columns[threshold]
    if "max_weight" in columns:
        out[:, PLACE["weight"]] = np.minimum(1.0 / n_declared, columns["max_weight"])
    return out

"""One audited daily series: the only form in which prices travel beyond the door."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any, Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from .clocks import Clock, clock

Adjustment = Literal["total_return", "raw"]
Outcome = Literal["refused", "repaired", "masked", "warned"]

#: Price columns in backtrader's order; every `Series.frame` has them all, NaN where close-only.
PRICE_COLUMNS = ("open", "high", "low", "close", "volume")


@dataclass(frozen=True)
class Finding:
    """One thing the audit saw: where it stands, which rule it breaks, what became of it."""

    file: str
    rule: str
    outcome: Outcome
    detail: str
    symbol: str = ""
    row: int | None = None
    date: str | None = None
    column: str | None = None

    def __str__(self) -> str:
        place = [self.file]
        place += [f"row {self.row}"] if self.row is not None else []
        place += [self.date] if self.date else []
        place += [f"column {self.column}"] if self.column else []
        return f"{', '.join(place)}: {self.rule}: {self.detail} [{self.outcome}]"


@dataclass(frozen=True)
class SeriesFacts:
    """What the numbers do not say themselves.

    `unit` is the quote unit as delivered (``"GBp"``, ``"USD/t"``); `factor` is what the delivered
    prices were multiplied by to reach the major `currency` (0.01 for GBp and ZAc).
    """

    symbol: str
    source: str
    currency: str
    unit: str
    clock_name: str
    adjustment: Adjustment
    factor: float = 1.0
    fill: Literal["next_open", "next_close"] = "next_open"
    sha256: str = ""
    fetched_at: str = ""
    file: str = ""
    synthetic: bool = False


@dataclass(frozen=True)
class Series:
    """A daily price series that passed the audit.

    Attributes
    ----------
    facts : SeriesFacts
    frame : DataFrame indexed by session date (naive, ascending, unique)
        Columns ``open, high, low, close, volume`` in the major currency, total-return-adjusted if
        ``facts.adjustment`` says so; where known ``raw_close``, unadjusted, in the major currency;
        ``cash`` and ``stock`` as delivered. Open, high and low are NaN throughout in a close-only
        series. Close is never NaN: rows without one are dropped by the audit and reported.
    masked : DatetimeIndex
        Sessions whose row was faulty and was taken out; they do not count as missing.
    findings : tuple of Finding
    """

    facts: SeriesFacts
    frame: pd.DataFrame
    masked: pd.DatetimeIndex = field(default_factory=lambda: pd.DatetimeIndex([]))
    findings: tuple[Finding, ...] = ()

    @property
    def symbol(self) -> str:
        return self.facts.symbol

    @property
    def clock(self) -> Clock:
        return clock(self.facts.clock_name)

    @property
    def is_close_only(self) -> bool:
        return bool(self.frame["open"].isna().all())

    @property
    def sessions(self) -> NDArray[np.datetime64]:
        """Session dates, datetime64[D], ascending."""
        return self.frame.index.to_numpy().astype("datetime64[D]")

    def until(self, last: Any) -> Series:
        """Return the series as it stood with no session after `last`."""
        last = pd.Timestamp(last)
        masked = self.masked[self.masked <= last]
        return replace(self, frame=self.frame.loc[:last], masked=masked)

    def known_by(self, moment: np.datetime64) -> Series | None:
        """Return what was known at a UTC moment by the series' clock, None where nothing was."""
        known = self.clock.known_at(self.sessions) <= moment
        if not known.any():
            return None
        masked = self.masked.to_numpy().astype("datetime64[D]")
        is_known = self.clock.known_at(masked) <= moment if len(masked) else np.zeros(0, bool)
        return replace(self, frame=self.frame[known], masked=self.masked[is_known])


@dataclass(frozen=True)
class RawSeries:
    """A series as a source delivered it, parsed but not judged.

    Attributes
    ----------
    facts : SeriesFacts
        ``currency``, ``unit`` and ``clock_name`` as stated by the source or ``prices.toml``.
    frame : DataFrame, one line per delivered row, in delivered order
        Columns ``row`` (line number in the file, header = 1), ``date`` (naive midnight),
        ``open, high, low, close, volume`` in the delivered quote unit, and where delivered
        ``adj_close, raw_close, cash, stock, dividends, splits``.
    is_adjusted : bool or None
        Whether OHLC are total-return-adjusted already; None where nothing says so, and then
        ``adj_close`` decides.
    findings : tuple of Finding
        Repairs made while parsing (byte-order mark, dialect, flattened columns).
    """

    facts: SeriesFacts
    frame: pd.DataFrame
    is_adjusted: bool | None = None
    findings: tuple[Finding, ...] = ()

"""The panel: every number of a run on one set of rows, each row one closing time.

The heart of the package: the strategy, the analyzers and the replay read it, and nobody
downstream aligns a date again.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .clocks import NS, Times
from .errors import DataRefused
from .exposure_history import ExposureSteps, exposure_steps
from .factors import TOO_OLD, AsOf, ExchangeRates, as_of, in_base
from .holes import segments, settlement_sessions
from .known import KnownAsOf, KnownSeries, known_as_of
from .lines import Line, name_lines
from .series import Series
from .universe import Listing, Universe

Array = NDArray[np.float64]
Flags = NDArray[np.bool_]

#: Metadata of a field that a digest passes over while it has the value of a plain market.
UNLESS_PLAIN = {"digest": "unless plain"}
DEFAULT_LATENCY = np.timedelta64(5, "m").astype("timedelta64[ns]")


@dataclass(frozen=True, eq=False)  # compared and cached by identity
class Panel:
    """Aligned arrays of one market.

    Rows are the distinct closing times of the traded listings, ascending; a listing without a
    bar on a row is absent there (NaN, ``has_bar`` False).

    Attributes
    ----------
    closes : ndarray of shape (n_rows,), datetime64[ns]
        Closing times, UTC.
    names : tuple of str
        Symbols of the listings, one a column.
    listings : tuple of Listing
    session : ndarray of shape (n_rows, n_names), datetime64[D]
        Local session date of the bar, NaT where absent.
    opened_at : ndarray of shape (n_rows, n_names), datetime64[ns]
        UTC open of the bar, NaT where absent.
    open, high, low, close, volume : ndarray of shape (n_rows, n_names)
        Base currency, total-return-adjusted where the series is. The open is converted with the
        last rate known at that open, the close with that session's rate; these price fills and
        marks only.
    known_close : ndarray of shape (n_rows, n_names)
        The close converted with the last rate known at the decision: what signals and sizes read.
    value_traded : ndarray of shape (n_rows, n_names)
        Price times volume in base currency, from raw prices where present; NaN without volume.
    rate : ndarray of shape (n_rows, n_names)
        Base currency per unit of the listing's currency, last known at the close.
    has_bar, is_settlement : ndarray of shape (n_rows, n_names), bool
        Bars exist; settlement bars are the two that close a position in a hole.
    segment : ndarray of shape (n_rows, n_names), int
        Holes so far in the listing or its exchange rate; -1 where absent.
    rate_stale : ndarray of shape (n_rows, n_names), int
        Sessions missed by the listing's exchange rate (a large number where too old).
    metals : tuple of str
    metal : tuple of AsOf
        One a metal, in base currency.
    market : AsOf or None
    exposure : ExposureSteps
        Dated weights of each name in each metal.
    vetoed : ndarray of shape (n_rows, n_names), bool
    n_declared : int
        Listings the universe names, with data or not: what equal weights divide by.
    latency : timedelta64[ns]
    base_currency : str
    lines : tuple of Line
        What each column is; plain names unless a rule trades more.
    extra : dict of AsOf
        Further series by symbol, in their own currency and unit.
    known : dict of KnownAsOf
        Series with dates of release, by name.
    """

    closes: Times
    names: tuple[str, ...]
    listings: tuple[Listing, ...]
    session: Times
    opened_at: Times
    open: Array
    high: Array
    low: Array
    close: Array
    volume: Array
    known_close: Array
    value_traded: Array
    rate: Array
    has_bar: Flags
    is_settlement: Flags
    segment: NDArray[np.int64]
    rate_stale: NDArray[np.int64]
    metals: tuple[str, ...]
    metal: tuple[AsOf, ...]
    market: AsOf | None
    exposure: ExposureSteps
    vetoed: Flags
    n_declared: int
    latency: np.timedelta64
    base_currency: str
    # Left out of digests while they say nothing: such a market is the one it was without them.
    lines: tuple[Line, ...] = field(default=(), metadata=UNLESS_PLAIN)
    extra: Mapping[str, AsOf] = field(default_factory=dict, metadata=UNLESS_PLAIN)
    known: Mapping[str, KnownAsOf] = field(default_factory=dict, metadata=UNLESS_PLAIN)

    def __post_init__(self) -> None:
        if not self.lines:
            object.__setattr__(self, "lines", name_lines(self.names))

    @property
    def targets(self) -> tuple[int, ...]:
        """The columns that signals are computed for: names, not their copies or hedge legs."""
        return tuple(line.column for line in self.lines if line.kind == "name")

    @property
    def copies(self) -> tuple[tuple[int, int], ...]:
        """Columns that trade a name once more, each with the name's own column."""
        own = {line.of: line.column for line in self.lines if line.kind == "name"}
        return tuple(
            (line.column, own[line.of]) for line in self.lines if line.kind in ("short", "tranche")
        )

    @property
    def n_rows(self) -> int:
        return len(self.closes)

    @property
    def n_names(self) -> int:
        return len(self.names)

    def bar_rows(self, name: int) -> NDArray[np.int64]:
        """Return the rows on which a name has a bar, settlement bars included."""
        return np.flatnonzero(self.has_bar[:, name])

    def priced_rows(self, name: int) -> NDArray[np.int64]:
        """Return the rows on which a name has a bar of its own exchange."""
        return np.flatnonzero(self.has_bar[:, name] & ~self.is_settlement[:, name])

    def first_row(self, start: Any) -> int:
        """Return the first row that closes on or after a date."""
        return int(np.searchsorted(self.closes, np.datetime64(start, "ns")))

    def row_after(self, end: Any) -> int:
        """Return the row after the last one that closes on or before a date."""
        return int(np.searchsorted(self.closes, (np.datetime64(end, "D") + 1).astype(NS)))


def build_panel(
    universe: Universe,
    traded: Sequence[tuple[Listing, Series]],
    *,
    metals: Mapping[str, Series],
    market: Series | None,
    rates: ExchangeRates,
    latency: np.timedelta64 = DEFAULT_LATENCY,
    end: Any = None,
    lines: tuple[Line, ...] = (),
    extra: Mapping[str, Series] | None = None,
    known: Mapping[str, KnownSeries] | None = None,
) -> Panel:
    """Return the aligned arrays of a market.

    Parameters
    ----------
    traded : sequence of (Listing, Series)
        One a column.
    lines : tuple of Line, optional
        What each column is; plain names by default.
    extra, known : dict, optional
        Series that are only looked at, by symbol, and those with dates of release, by name.
    end : datetime64, optional
        The moment up to which time has passed; the last close of any listing by default. It
        decides how many sessions a series that stopped has missed.

    Raises
    ------
    DataRefused
        If there is nothing to trade, or an exchange rate is missing.
    """
    if not traded:
        raise DataRefused(f"universe {universe.name!r} has no listing with data to trade")
    until = _end_of(traded, end)
    columns = [_Column(listing, series, rates, until) for listing, series in traded]
    closes = np.unique(np.concatenate([column.known_at for column in columns]))
    grid = _Grid(closes, columns)
    lines = lines or name_lines([series.symbol for _, series in traded])
    exposed = [None if line.kind == "leg" else traded[line.column][0] for line in lines]
    return Panel(
        closes=closes,
        names=tuple(line.symbol for line in lines),
        listings=tuple(listing for listing, _ in traded),
        session=grid.place("sessions", np.datetime64("NaT", "D")),
        opened_at=grid.place("opened_at", np.datetime64("NaT", "ns")),
        open=grid.place("open", np.nan),
        high=grid.place("high", np.nan),
        low=grid.place("low", np.nan),
        close=grid.place("close", np.nan),
        volume=grid.place("volume", np.nan),
        known_close=grid.place("known_close", np.nan),
        value_traded=grid.place("value_traded", np.nan),
        rate=grid.place("rate", np.nan),
        has_bar=grid.place("has_bar", False),
        is_settlement=grid.place("is_settlement", False),
        segment=grid.place("segment", np.int64(-1)),
        rate_stale=grid.place("rate_stale", np.int64(0)),
        metals=tuple(metals),
        metal=tuple(in_base(series, rates, closes) for series in metals.values()),
        market=None if market is None else in_base(market, rates, closes),
        exposure=exposure_steps(universe, exposed, tuple(metals)),
        vetoed=_vetoed(universe, [listing for listing, _ in traded], closes),
        n_declared=len(universe.listings),
        latency=latency,
        base_currency=rates.base,
        lines=lines,
        extra={symbol: as_of(series, closes) for symbol, series in (extra or {}).items()},
        known={name: known_as_of(series, closes) for name, series in (known or {}).items()},
    )


def _end_of(traded: Sequence[tuple[Listing, Series]], end: Any) -> np.datetime64:
    if end is not None:
        return np.datetime64(end, "ns")
    last = [series.clock.known_at(series.sessions[-1:])[0] for _, series in traded]
    return max(last)


class _Column:
    """One listing's own bars in base currency, settlement bars in place."""

    def __init__(
        self, listing: Listing, series: Series, rates: ExchangeRates, end: np.datetime64
    ) -> None:
        settlement = settlement_sessions(series, end)
        own = series.sessions
        self.sessions = np.union1d(own, settlement)
        self.is_settlement = np.isin(self.sessions, settlement)
        self.has_bar = np.ones(len(self.sessions), dtype=bool)
        clock = series.clock
        self.known_at = clock.known_at(self.sessions)
        # A series of closes alone trades at its close: that is when its fill's price exists.
        close_only = series.is_close_only
        self.opened_at = self.known_at if close_only else clock.opened_at(self.sessions)
        last = np.searchsorted(own, self.sessions, side="right") - 1
        local = {str(name): column.to_numpy()[last] for name, column in series.frame.items()}
        local["volume"] = np.where(self.is_settlement, 0.0, local["volume"])
        for side in ("open", "high", "low"):
            if series.is_close_only:  # fill = "next_close": the bar trades at its close only
                local[side] = local["close"]
            local[side] = np.where(self.is_settlement, local["close"], local[side])
        self._convert(local, rates, listing.currency)
        found = segments(series)[last]
        self.segment = np.where(self.is_settlement, -1, found + self._rate_segment)

    def _convert(self, local: dict[str, Array], rates: ExchangeRates, currency: str) -> None:
        at_open = rates.known(currency, self.opened_at).value
        at_close = rates.known(currency, self.known_at)
        of_session = rates.of_session(currency, self.sessions)
        self.open = local["open"] * at_open
        self.close = local["close"] * of_session
        # Both rates bound the day's range, so that an open or close in base currency lies in it.
        self.high = local["high"] * np.maximum(at_open, of_session)
        self.low = local["low"] * np.minimum(at_open, of_session)
        self.volume = local["volume"]
        self.known_close = local["close"] * at_close.value
        price = local.get("raw_close", local["close"])
        price = np.where(np.isfinite(price), price, local["close"])
        self.value_traded = price * local["volume"] * at_close.value
        self.rate = at_close.value
        self._rate_segment = at_close.segment
        self.rate_stale = np.where(at_close.is_old, TOO_OLD, at_close.missed)


class _Grid:
    """Columns of different length placed on common rows."""

    def __init__(self, closes: Times, columns: Sequence[_Column]) -> None:
        self.shape = (len(closes), len(columns))
        self.columns = columns
        self.rows = [np.searchsorted(closes, column.known_at) for column in columns]

    def place(self, attribute: str, absent: Any) -> NDArray[Any]:
        out = np.full(self.shape, absent)
        for name, (column, rows) in enumerate(zip(self.columns, self.rows, strict=True)):
            out[rows, name] = getattr(column, attribute)
        return out


def _vetoed(universe: Universe, listings: Sequence[Listing], closes: Times) -> Flags:
    out = np.zeros((len(closes), len(listings)), dtype=bool)
    for veto in universe.vetoes:
        start = np.datetime64(veto.start, "ns")
        end = np.datetime64(veto.end or "2200-01-01", "ns")
        for name, listing in enumerate(listings):
            if listing.issuer == veto.issuer:
                out[:, name] |= (closes >= start) & (closes < end)
    return out

"""Fill the store from Yahoo: every series a universe needs, one after the other."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Protocol

import pandas as pd

from .clocks import clock
from .errors import OreboundError
from .fetch_report import FetchReport, Leg, names_table
from .restated import Restated, restatements
from .series import RawSeries
from .sources.yahoo import DateLike, download, utc_now
from .sources.yahoo_refusals import DownloadRefused
from .universe import IdentityAnchor, Listing, SeriesSpec, Universe

DEFAULT_START = date(2000, 1, 3)
#: Currencies quoted as base currency per unit; all others are quoted the other way round.
QUOTED_FIRST = ("GBP", "EUR", "AUD", "NZD")
# A throttled symbol has spent its whole budget of retries; after two in a row, asking for the
# others would only prolong the ban.
THROTTLED_IN_A_ROW = 2


class Download(Protocol):
    """What downloads one symbol, as `orebound.feeds.sources.yahoo.download` does."""

    def __call__(self, symbol: str, *, start: date, end: date) -> RawSeries: ...


class SeriesStore(Protocol):
    """The part of the store that fetching needs."""

    def save(self, raw: RawSeries) -> object: ...

    def load(self, symbol: str) -> RawSeries: ...

    def list(self) -> Iterable[str]: ...


def fetch(
    universe: Universe,
    *,
    store: SeriesStore,
    start: DateLike = DEFAULT_START,
    end: DateLike | None = None,
    base_currency: str = "USD",
    download: Download = download,
    step: Callable[[str], object] = str,
) -> FetchReport:
    """Download what a universe needs into the store, and say what can be traded with it.

    Listings, metal legs, the market factor, a universe's own hedges and exchange rates are asked
    for in turn. Of a metal's
    candidates the first that arrives is taken. A failing symbol leaves its stored history as it
    was and the others are saved; a stored history is never shortened. ``step`` is called with a
    symbol before it is asked for.

    Returns
    -------
    FetchReport
        ``report.check()`` raises `DataRefused` if anything failed that the universe cannot do
        without; ``report.exit_code`` is 0 or 3.
    """
    last = pd.Timestamp(utc_now() if end is None else end).date()
    run = _Run(store, download, pd.Timestamp(start).date(), last, step)
    for listing in universe.listings:
        run.take(listing.symbol("yahoo"), role=f"listing {listing.id}", listing=listing)
    legs = [run.leg(f"metal {name}", specs) for name, specs in needed_metals(universe).items()]
    legs += [run.leg("market", universe.market)]
    # Shipped hedges are the funds that stand for metals and market already.
    for symbol in dict.fromkeys(hedge.symbol("yahoo") for hedge in universe.hedges):
        was_asked = symbol in run.failed
        if not run.take(symbol, role=f"hedge {symbol}") and not was_asked:
            run.optional.add(symbol)
    for currency in sorted(run.currencies(universe) - {base_currency}):
        run.take(exchange_rate_symbol(currency, base_currency), role=f"fx {currency}")
    stored = run.stored_legs(legs)
    return FetchReport(
        universe=universe.name,
        table=names_table(universe, stored, run.stored(universe.listings), run.failed),
        legs=tuple(legs),
        saved=dict(run.saved),
        failed=dict(run.failed),
        optional=frozenset(run.optional),
        restated=tuple(run.restated),
        notes=tuple(run.notes),
    )


def needed_metals(universe: Universe) -> dict[str, tuple[SeriesSpec, ...]]:
    """Return the metal legs that the listings' exposures ask for, with their candidates."""
    used = {
        row.commodity
        for listing in universe.listings
        for row in universe.issuer_of(listing).exposures
    }
    return {name: specs for name, specs in universe.metals.items() if name in used}


def exchange_rate_symbol(currency: str, base: str = "USD") -> str:
    """Return Yahoo's symbol of the pair in the order in which it is quoted."""
    if currency in QUOTED_FIRST or base not in (*QUOTED_FIRST, "USD"):
        return f"{currency}{base}=X"
    return f"{base}{currency}=X"


@dataclass
class _Run:
    """One pass over the symbols: what was saved, what failed, what changed."""

    store: SeriesStore
    download: Download
    start: date
    end: date
    step: Callable[[str], object]
    saved: dict[str, RawSeries] = field(default_factory=dict)
    failed: dict[str, str] = field(default_factory=dict)
    optional: set[str] = field(default_factory=set)
    restated: list[Restated] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    throttled: int = 0

    def take(self, symbol: str, *, role: str, listing: Listing | None = None) -> bool:
        """Download and save one symbol; tell whether it is fresh in the store."""
        if symbol in self.saved or symbol in self.failed:
            return symbol in self.saved
        if self.throttled >= THROTTLED_IN_A_ROW:
            self.failed[symbol] = f"{role}: not asked for, Yahoo throttled the symbols before it"
            return False
        self.step(symbol)
        stored = self._stored(symbol)
        try:
            raw = self.download(symbol, **self._window(stored))
            check_same_unit(raw, stored)
            if listing is not None:
                check_listing(raw, listing)
            self.store.save(raw)
        except OreboundError as error:
            self.failed[symbol] = f"{role}: {error}"
            is_throttled = isinstance(error, DownloadRefused) and error.cause == "throttled"
            self.throttled = self.throttled + 1 if is_throttled else 0
            return False
        self.throttled = 0
        self.restated += restatements(stored, raw) if stored is not None else []
        self.saved[symbol] = raw
        self.notes += [str(finding) for finding in raw.findings]
        return True

    def leg(self, role: str, specs: Iterable[SeriesSpec]) -> Leg:
        """Take the first candidate that arrives; those before it were then not needed."""
        candidates = [spec for spec in specs if spec.source in ("", "yahoo")]
        for spec in candidates:
            if self.take(spec.symbol, role=role):
                self.optional |= {one.symbol for one in candidates if one.symbol in self.failed}
                return Leg(role, spec)
        return Leg(role, None, tuple(candidates))

    def currencies(self, universe: Universe) -> set[str]:
        listed = {listing.currency for listing in universe.listings}
        return listed | {
            raw.facts.currency for raw in self.saved.values() if " per " not in raw.facts.unit
        }

    def stored(self, listings: Iterable[Listing]) -> dict[str, RawSeries]:
        """Return what the store now holds of the listings, fresh or kept, by symbol."""
        found = {symbol: self._stored(symbol) for symbol in self._symbols(listings)}
        return {symbol: raw for symbol, raw in found.items() if raw is not None}

    def stored_legs(self, legs: Iterable[Leg]) -> list[Leg]:
        """Return the legs with kept history in place of a download that failed."""
        held = set(self.store.list())
        out = []
        for leg in legs:
            kept = next((spec for spec in leg.tried if spec.symbol in held), leg.spec)
            out.append(replace(leg, spec=kept))
        return out

    def _symbols(self, listings: Iterable[Listing]) -> list[str]:
        return [listing.symbol("yahoo") for listing in listings]

    def _stored(self, symbol: str) -> RawSeries | None:
        if symbol in self.saved:
            return self.saved[symbol]
        if symbol not in set(self.store.list()):
            return None
        try:
            return self.store.load(symbol)
        except OreboundError as error:
            note = f"{symbol}: the stored copy cannot be read ({error})"
            if note not in self.notes:
                self.notes.append(note)
            return None

    def _window(self, stored: RawSeries | None) -> dict[str, date]:
        """Return the dates to ask for: never less than what is stored already."""
        if stored is None or stored.frame.empty:
            return {"start": self.start, "end": self.end}
        held = stored.frame["date"]
        return {
            "start": min(self.start, held.min().date()),
            "end": max(self.end, held.max().date()),
        }


def check_same_unit(raw: RawSeries, stored: RawSeries | None) -> None:
    """Refuse a history that comes in another unit than the stored one (pence became pounds)."""
    if stored is not None and stored.facts.unit != raw.facts.unit:
        detail = f"the unit is {raw.facts.unit!r}, stored prices are in {stored.facts.unit!r}"
        raise DownloadRefused(raw.facts.symbol, "unusable facts", detail)


def check_listing(raw: RawSeries, listing: Listing) -> None:
    """Refuse a history that is not the listing's: another unit, exchange or company."""
    facts = raw.facts
    if facts.unit != listing.unit:
        detail = f"the unit is {facts.unit!r}, listing {listing.id} is quoted in {listing.unit!r}"
        raise DownloadRefused(facts.symbol, "unusable facts", detail)
    if clock(facts.clock_name).rule.calendar != clock(listing.mic).rule.calendar:
        detail = f"it trades on {facts.clock_name}, listing {listing.id} on {listing.mic}"
        raise DownloadRefused(facts.symbol, "wrong company", detail)
    for anchor in listing.anchors:
        _check_anchor(raw, anchor)


def _check_anchor(raw: RawSeries, anchor: IdentityAnchor) -> None:
    frame, day = raw.frame, pd.Timestamp(anchor.date)
    on_day = frame.loc[frame["date"] == day, "close"].dropna()
    if on_day.empty:
        return
    # Yahoo divides all closes by later splits; the anchor is the price of its day.
    splits = frame.loc[(frame["date"] > day) & (frame["splits"] > 0), "splits"].prod()
    close = float(on_day.iloc[0] * splits)
    if abs(close - anchor.raw_close) > anchor.tolerance * anchor.raw_close:
        detail = (
            f"{anchor.date}, column close: {close:g}, where {anchor.company} closed at "
            f"{anchor.raw_close:g}; this may be {anchor.other_company}"
        )
        raise DownloadRefused(raw.facts.symbol, "wrong company", detail)

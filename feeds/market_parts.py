"""Gathering a market's series: which are needed, which exist, which are left out and why."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Literal, Protocol

import numpy as np

from .errors import ConfigError, DataRefused, unknown_name
from .hedges import Hedge, hedges_asked
from .known import KnownSeries
from .known_files import read_by_issuer
from .series import Series
from .universe import Listing, SeriesSpec, Universe

Kind = Literal["equity", "etf", "index", "future", "fx", "metal"]
#: Exposures to no commodity in particular; nothing could cover them.
REST = "other"
#: A name is traded only if its exposures are covered by data for at least half.
MIN_COVERAGE = 0.5
#: Copper that is delivered in the United States, by source, and copper that is not.
COMEX_COPPER, LME_COPPER = ("HG", "HG=F"), "LME_CU"
#: Columns of a series that `Parts.extra` may read instead of its close.
FURTHER = ("cash", "stock", "volume", "raw_close")


class Loader(Protocol):
    """A source of audited series by symbol."""

    name: str

    def has(self, symbol: str) -> bool:
        """Whether the source has the symbol at all."""

    def traded(self, listing: Listing) -> Series:
        """Return a listing's series, audited as something to trade."""

    def signal(self, symbol: str) -> Series:
        """Return a series that is only looked at."""

    def hedge(self, hedge: Hedge) -> Series:
        """Return a hedge's series, audited as something to trade."""

    def where(self) -> str:
        """Say in words where the source looks."""


@dataclass(frozen=True)
class Parts:
    """A market's series by role.

    Attributes
    ----------
    traded : tuple of (Listing, Series)
    metals : dict of str to Series
        By commodity.
    market : Series or None
    pairs : dict of str to Series
        Exchange rates by plain pair name (``GBPUSD``).
    excluded : dict of str to str
        Symbols left out, with the reason.
    stand_ins : dict of str to str
        Commodities or factors measured by something else, and by what.
    hedges : dict of str to (Listing, Series)
        What hedge legs trade, by symbol.
    hedges_asked : tuple of str
        What hedges were asked for: ``metals``, ``market`` or symbols.
    extra : dict of str to Series
        Series that are only looked at, by symbol; ``SYMBOL.column`` reads a further column.
    known : dict of str to KnownSeries
        Series with dates of release, by name.
    """

    traded: tuple[tuple[Listing, Series], ...]
    metals: Mapping[str, Series]
    market: Series | None
    pairs: dict[str, Series]
    base_currency: str
    excluded: dict[str, str]
    stand_ins: dict[str, str]
    warnings: tuple[str, ...]
    hedges: Mapping[str, tuple[Listing, Series]] = field(default_factory=dict)
    extra: Mapping[str, Series] = field(default_factory=dict)
    known: Mapping[str, KnownSeries] = field(default_factory=dict)
    hedges_asked: tuple[str, ...] = ()

    def all_series(self) -> dict[str, Series]:
        """Return every series of prices by role.

        A name, ``metal copper``, ``market``, ``fx GBPUSD``, ``hedge GLD``, ``extra HG``.
        """
        out = {series.symbol: series for _, series in self.traded}
        out |= {f"metal {metal}": series for metal, series in self.metals.items()}
        out |= {} if self.market is None else {"market": self.market}
        out |= {f"fx {pair}": series for pair, series in self.pairs.items()}
        out |= {f"hedge {symbol}": series for symbol, (_, series) in self.hedges.items()}
        return out | {f"extra {symbol}": series for symbol, series in self.extra.items()}

    def changed(
        self,
        change: Callable[[Series], Series | None],
        change_known: Callable[[KnownSeries], KnownSeries],
    ) -> Parts:
        """Return the parts with every series changed; those changed to None are gone."""
        traded = [(listing, change(series)) for listing, series in self.traded]
        metals = {metal: change(series) for metal, series in self.metals.items()}
        pairs = {pair: change(series) for pair, series in self.pairs.items()}
        hedges = {key: (listing, change(series)) for key, (listing, series) in self.hedges.items()}
        extra = {symbol: change(series) for symbol, series in self.extra.items()}
        return replace(
            self,
            traded=tuple((listing, series) for listing, series in traded if series is not None),
            metals={metal: series for metal, series in metals.items() if series is not None},
            market=None if self.market is None else change(self.market),
            pairs={pair: series for pair, series in pairs.items() if series is not None},
            hedges={
                key: (listing, series)
                for key, (listing, series) in hedges.items()
                if series is not None
            },
            extra={symbol: series for symbol, series in extra.items() if series is not None},
            known={name: change_known(series) for name, series in self.known.items()},
        )


def gather(
    loader: Loader,
    universe: Universe,
    *,
    base_currency: str,
    skip_missing: bool,
    extra: Sequence[str] = (),
    known: Mapping[str, str] | None = None,
    releases: Mapping[str, str] | None = None,
    hedges: Sequence[str] = (),
) -> Parts:
    """Return all series a universe needs.

    Parameters
    ----------
    extra : sequence of str
        Symbols of series that are only looked at; ``SYMBOL.column`` reads a further column.
    known : dict of str
        Files of series with dates of release, by name, as ``FILE.csv`` or ``FILE.csv:column``.
    releases : dict of str
        Rules of release of those whose files have no dates.
    hedges : sequence of str
        ``metals``, ``market`` or symbols: what hedge legs are to trade.

    Raises
    ------
    DataRefused
        If a listing or the market factor has no data (unless `skip_missing`), an exchange rate
        is missing, or nothing is left to trade.
    """
    warnings: list[str] = []
    proxies: list[str] = []
    stand_ins: dict[str, str] = {}
    present, missing = _split(loader, universe.listings)
    _refuse_missing(loader, universe, missing, skip_missing)
    excluded = {symbol: f"no data in {loader.where()}" for symbol in missing}
    metals = _metals(loader, universe, present, warnings, proxies=proxies, stand_ins=stand_ins)
    market = _market(loader, universe, skip_missing, warnings, proxies=proxies, stand_ins=stand_ins)
    traded: list[tuple[Listing, Series]] = []
    for listing in present:
        symbol = listing.symbol(loader.name)
        reason = uncovered(universe, listing, metals)
        if not reason:
            series = loader.traded(listing)
            _check_currency(listing, series)
            reason = _not_tradable(series)
        if reason:
            excluded[symbol] = reason
        else:
            traded.append((listing, series))
    if not traded:
        why = "; ".join(f"{symbol}: {reason}" for symbol, reason in excluded.items())
        raise DataRefused(f"universe {universe.name!r} has nothing left to trade: {why}")
    # What is missing weighs more than what stands for what.
    left_out = [f"{symbol} left out: {reason}" for symbol, reason in excluded.items()]
    warnings = [*left_out, *warnings]
    warnings += [
        f"{series.symbol}: raw prices, dividends are missing from its returns"
        for _, series in traded
        if series.facts.adjustment == "raw"
    ]
    chosen, notes = hedges_asked(
        loader, universe, hedges, metals=_exposed(universe, traded), market=market
    )
    warnings += notes
    currencies = {listing.currency for listing, _ in (*traded, *chosen.values())}
    currencies |= {s.facts.currency for s in (*metals.values(), *([market] if market else []))}
    return Parts(
        traded=tuple(traded),
        metals=metals,
        market=market,
        pairs=_pairs(loader, sorted(currencies - {base_currency}), base_currency),
        base_currency=base_currency,
        excluded=excluded,
        stand_ins=stand_ins,
        extra={symbol: _extra(loader, symbol) for symbol in _looked_at(loader, metals, extra)},
        known=_known(known or {}, releases or {}),
        warnings=(*warnings, *proxies),
        hedges=chosen,
        hedges_asked=tuple(hedges),
    )


def _exposed(universe: Universe, traded: Sequence[tuple[Listing, Series]]) -> list[str]:
    """Return the commodities that names are exposed to, each once."""
    rows = (row for listing, _ in traded for row in universe.issuer_of(listing).exposures)
    return sorted({row.commodity for row in rows} - {REST})


def _looked_at(
    loader: Loader, metals: Mapping[str, Series], extra: Sequence[str]
) -> tuple[str, ...]:
    """Return the symbols asked for, and LME copper beside COMEX copper: it shows the premium."""
    has_comex = any(series.symbol in COMEX_COPPER for series in metals.values())
    is_wanted = has_comex and LME_COPPER not in extra and loader.has(LME_COPPER)
    return (*extra, LME_COPPER) if is_wanted else tuple(extra)


def _extra(loader: Loader, symbol: str) -> Series:
    """Return a series that is only looked at; of ``SYMBOL.column`` that column as its close."""
    plain, dot, column = symbol.partition(".")
    if loader.has(symbol) or not dot:
        plain, column = symbol, ""
    if not loader.has(plain):
        raise DataRefused(f"no data for {plain} in {loader.where()}: data.extra asks for {symbol}")
    series = loader.signal(plain)
    if not column:
        return series
    known = [name for name in FURTHER if name in series.frame]
    if column not in known:
        raise DataRefused(f"data.extra: {unknown_name(f'column of {plain}', column, known)}")
    frame = series.frame.assign(open=np.nan, high=np.nan, low=np.nan, close=series.frame[column])
    facts = replace(series.facts, symbol=symbol)
    return replace(series, facts=facts, frame=frame.dropna(subset=["close"]))


def _known(files: Mapping[str, str], releases: Mapping[str, str]) -> dict[str, KnownSeries]:
    for name in releases:
        if name not in files:
            raise ConfigError(f"data.releases: {unknown_name('series', name, files)}")
    out: dict[str, KnownSeries] = {}
    for name, place in files.items():
        file, colon, column = place.rpartition(":")
        path, column = (file, column) if colon and file.endswith(".csv") else (place, "")
        out |= read_by_issuer(path, name, column=column, release=releases.get(name, ""))
    return out


def _split(loader: Loader, listings: Iterable[Listing]) -> tuple[list[Listing], list[str]]:
    present, missing = [], []
    for listing in listings:
        symbol = listing.symbol(loader.name)
        if loader.has(symbol):
            present.append(listing)
        else:
            missing.append(symbol)
    return present, missing


def _refuse_missing(
    loader: Loader, universe: Universe, missing: list[str], skip_missing: bool
) -> None:
    if missing and not skip_missing:
        raise DataRefused(
            f"no data for {', '.join(missing)} of universe {universe.name!r} in "
            f"{loader.where()}; supply them, or leave them out with --skip-missing "
            "(skip_missing=True)"
        )


def _first_present(loader: Loader, specs: Iterable[SeriesSpec]) -> SeriesSpec | None:
    return next((spec for spec in specs if loader.has(spec.symbol)), None)


def _metals(
    loader: Loader,
    universe: Universe,
    listings: list[Listing],
    warnings: list[str],
    *,
    proxies: list[str],
    stand_ins: dict[str, str],
) -> dict[str, Series]:
    wanted = {
        row.commodity for listing in listings for row in universe.issuer_of(listing).exposures
    }
    metals: dict[str, Series] = {}
    absent: list[str] = []
    for commodity in sorted(wanted & set(universe.metals)):
        spec = _first_present(loader, universe.metals[commodity])
        if spec is None:
            tried = ", ".join(one.symbol for one in universe.metals[commodity])
            absent.append(f"{commodity} ({tried})" if tried else commodity)
            continue
        metals[commodity] = loader.signal(spec.symbol)
        _note(commodity, spec, proxies, stand_ins)
    absent = [text for text in absent if text != REST]
    if absent:
        warnings.append(f"no data for {', '.join(absent)}: coverage is lower without them")
    return metals


def _market(
    loader: Loader,
    universe: Universe,
    skip_missing: bool,
    warnings: list[str],
    *,
    proxies: list[str],
    stand_ins: dict[str, str],
) -> Series | None:
    if not universe.market:
        return None
    spec = _first_present(loader, universe.market)
    if spec is None:
        tried = ", ".join(one.symbol for one in universe.market)
        text = f"no market factor for universe {universe.name!r} in {loader.where()} ({tried})"
        if not skip_missing:
            raise DataRefused(
                f"{text}; supply one, or go without it with --skip-missing (skip_missing=True)"
            )
        warnings.append(f"{text}: gaps carry the market as well")
        return None
    _note("market", spec, proxies, stand_ins)
    return loader.signal(spec.symbol)


def _note(what: str, spec: SeriesSpec, proxies: list[str], stand_ins: dict[str, str]) -> None:
    if spec.stand_in:
        stand_ins[what] = spec.stand_in
        proxies.append(f"{what} is measured by a proxy: {spec.stand_in}")
    if spec.basis_warning:
        proxies.append(f"{what} ({spec.symbol}): {spec.basis_warning}")


def uncovered(universe: Universe, listing: Listing, metals: Iterable[str]) -> str:
    """Return why a listing's exposures are covered too thinly to trade it, or nothing."""
    rows = universe.issuer_of(listing).exposures
    if not rows:
        return "no exposures are known for its issuer"
    best = 0.0
    for day in {row.valid_from for row in rows}:
        current = [row for row in rows if row.valid_from == day]
        total = sum(abs(row.weight) for row in current)
        has = sum(abs(row.weight) for row in current if row.commodity in set(metals))
        best = max(best, has / total)
    if best >= MIN_COVERAGE:
        return ""
    absent = sorted({row.commodity for row in rows} - set(metals) - {REST})
    return (
        f"data cover at most {best:.0%} of its exposures, at least {MIN_COVERAGE:.0%} is needed; "
        f"without data: {', '.join(absent)}"
    )


def _check_currency(listing: Listing, series: Series) -> None:
    if series.facts.currency != listing.currency or series.facts.clock_name != listing.mic:
        raise DataRefused(
            f"{series.symbol}: its file is stated to be {series.facts.currency} on "
            f"{series.facts.clock_name}, but the listing {listing.id} trades in "
            f"{listing.currency} on {listing.mic}; correct prices.toml or the universe"
        )


def _not_tradable(series: Series) -> str:
    if series.is_close_only and series.facts.fill != "next_close":
        return (
            "only closes are known, so no open to fill at; "
            'fill = "next_close" in prices.toml allows fills at the next close'
        )
    return ""


def _pairs(loader: Loader, currencies: list[str], base: str) -> dict[str, Series]:
    pairs: dict[str, Series] = {}
    for currency in currencies:
        names = (f"{currency}{base}", f"{base}{currency}")
        found = next((name for name in names if loader.has(name)), None)
        if found is None:
            raise DataRefused(
                f"no exchange rate from {currency} to {base} in {loader.where()}: "
                f"{' or '.join(names)} is needed"
            )
        pairs[found] = loader.signal(found)
    return pairs

"""What hedge legs trade: funds and futures, by the commodity or the market they stand for.

Half-spreads are of the domain's cost table where it has them (DBB 5 bp, large US lines 1 bp), else
estimates; `reference/hedges.csv` holds them. COMEX copper is in no row: whoever wants it names it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Literal, Protocol, cast

from .clocks import RULES
from .errors import DataRefused, unknown_name
from .series import Series
from .units import check_unit
from .universe import Listing, Universe
from .universe_reader import TomlTable
from .universe_reference import commodity_betas, table

#: What a hedge of no commodity stands for.
MARKET = "market"
#: What may be asked for beside symbols: a hedge for each metal, and one for the market factor.
METALS = "metals"
Fill = Literal["next_open", "next_close"]
Instrument = Literal["etf", "future"]
KEYS = (
    *("for", "symbol", "yahoo", "mic", "currency", "unit", "half_spread_bps", "fill", "lot"),
    *("instrument", "borrow_bps", "rolls_a_year", "roll_bps"),
)
ROLLS = (0, 1, 2, 3, 4, 6, 12)


@dataclass(frozen=True)
class Hedge(Listing):
    """A line that is sold or bought against others, never for its own sake.

    Attributes
    ----------
    of : tuple of str
        Commodities it stands for, or ``("market",)``.
    factor : str
        Of the market: the symbol of the market factor it stands for; empty for any.
    fill : str
        ``next_close`` lets a series of closes alone trade; one with opens trades at them.
    lot : int
        Shares, or units of the quoted price, that are traded at once: HG 25,000 (pounds).
    instrument : str
        ``etf``, or ``future``, which pays rolls and no borrow.
    borrow_bps, roll_bps : float or None
        A year and a roll; None for those of the run's costs.
    rolls_a_year : int
    stand_in : str
        What it is, where it is not the thing itself.
    """

    of: tuple[str, ...] = ()
    factor: str = ""
    fill: Fill = "next_close"
    lot: int = 1
    instrument: Instrument = "etf"
    borrow_bps: float | None = None
    rolls_a_year: int = 0
    roll_bps: float | None = None
    stand_in: str = ""


class HedgeLoader(Protocol):
    """A source that may have a hedge's series."""

    name: str

    def has(self, symbol: str) -> bool:
        """Whether the source has the symbol at all."""

    def hedge(self, hedge: Hedge) -> Series:
        """Return a hedge's series, audited as something to trade."""

    def where(self) -> str:
        """Say in words where the source looks."""


@lru_cache(maxsize=1)
def shipped_hedges() -> tuple[Hedge, ...]:
    """Return the shipped hedges in order of preference, one for each thing it stands for."""
    return tuple(_shipped(row) for row in table("hedges"))


def _shipped(row: dict[str, str]) -> Hedge:
    return Hedge(
        id=row["id"],
        issuer="",
        mic=row["mic"],
        currency=row["currency"],
        unit=row["unit"],
        symbols={"csv": row["csv"], "yahoo": row["yahoo"]},
        half_spread_bps=float(row["half_spread_bps"]),
        of=(row["for"],),
        factor=row["factor"],
        fill=cast("Fill", row["fill"]),
        lot=int(row["lot"]),
        instrument=cast("Instrument", row["instrument"]),
        borrow_bps=float(row["borrow_bps"]) if row["borrow_bps"] else None,
        rolls_a_year=int(row["rolls_a_year"]),
        roll_bps=float(row["roll_bps"]) if row["roll_bps"] else None,
        stand_in=row["stand_in"],
    )


def own_hedges(top: TomlTable) -> tuple[Hedge, ...]:
    """Return the hedges that a universe file brings; they come before the shipped ones.

    Raises
    ------
    ConfigError
        Naming the file, the key, the value and what is accepted.
    """
    return tuple(hedge for entry in top.tables("hedge") for hedge in _own(entry))


def _own(entry: TomlTable) -> list[Hedge]:
    entry.refuse_unknown(KEYS)
    symbol = entry.symbol("symbol")
    known = next((one for one in shipped_hedges() if one.symbols["csv"] == symbol), None)
    base = known or Hedge(symbol.lower(), "", "", "", "", {}, 5.0)
    mic = entry.text("mic", default=base.mic)
    if mic not in RULES:
        raise entry.error("mic", unknown_name("exchange or clock", mic, RULES))
    currency = entry.text("currency", default=base.currency)
    unit = entry.text("unit", default=base.unit or currency)
    check_unit(unit, currency)
    lot = entry.number("lot", 1, 1e6, default=float(base.lot))
    if lot != int(lot):
        raise entry.error("lot", f"expected a whole number, got {lot}")
    rolls = entry.number("rolls_a_year", 0, 12, default=float(base.rolls_a_year))
    if rolls not in ROLLS:
        raise entry.error("rolls_a_year", f"expected one of {ROLLS}, got {rolls:g}")
    hedge = replace(
        base,
        mic=mic,
        currency=currency,
        unit=unit,
        symbols={"csv": symbol, "yahoo": entry.symbol("yahoo", default=symbol)},
        half_spread_bps=entry.number("half_spread_bps", 0.0, 500.0, default=base.half_spread_bps),
        factor="",
        fill=cast("Fill", _one_of(entry, "fill", base.fill, ("next_open", "next_close"))),
        lot=int(lot),
        instrument=cast(
            "Instrument", _one_of(entry, "instrument", base.instrument, ("etf", "future"))
        ),
        borrow_bps=_rate(entry, "borrow_bps", base.borrow_bps),
        rolls_a_year=int(rolls),
        roll_bps=_rate(entry, "roll_bps", base.roll_bps),
        stand_in="",
    )
    return [replace(hedge, of=(one,)) for one in _stands_for(entry)]


def _stands_for(entry: TomlTable) -> tuple[str, ...]:
    given = entry.values.get("for")
    names = (given,) if isinstance(given, str) else entry.texts("for", default=())
    known = (MARKET, *commodity_betas())
    for name in names:
        if name not in known:
            raise entry.error("for", unknown_name("commodity", name, known))
    if not names:
        raise entry.error("for", f"is missing: name commodities, or {MARKET!r}")
    return names


def _one_of(entry: TomlTable, key: str, default: str, accepted: tuple[str, ...]) -> str:
    value = entry.text(key, default=default)
    if value not in accepted:
        raise entry.error(key, unknown_name(key, value, accepted))
    return value


def _rate(entry: TomlTable, key: str, default: float | None) -> float | None:
    return entry.number(key, 0.0, 2000.0) if key in entry.values else default


def hedges_asked(
    loader: HedgeLoader,
    universe: Universe,
    asked: Sequence[str],
    *,
    metals: Sequence[str],
    market: Series | None,
) -> tuple[dict[str, tuple[Listing, Series]], tuple[str, ...]]:
    """Return the hedges that are asked for, by symbol, and what must be said about them.

    Parameters
    ----------
    asked : sequence of str
        ``metals`` for one by commodity, ``market`` for one of the market factor, or symbols.
    metals : sequence of str
        Commodities that the universe's names are exposed to.
    market : Series or None
        The market factor in use.

    Raises
    ------
    DataRefused
        If nothing hedges what was asked for, or a symbol is known as no hedge or has no data.
    """
    chosen: list[Hedge] = []
    warnings: list[str] = []
    candidates = (*universe.hedges, *shipped_hedges())
    for word in asked:
        if word == METALS:
            found = {metal: _first(loader, candidates, metal) for metal in metals}
            without = [metal for metal, one in found.items() if one is None]
            if without:
                warnings.append(f"no hedge for {', '.join(without)}: coverage by legs is lower")
            _refuse_none(loader, word, [one for one in found.values() if one])
            chosen += [one for one in found.values() if one]
        elif word == MARKET:
            factor = "" if market is None else market.symbol
            fits = [one for one in candidates if one.factor in ("", factor)]
            one = _first(loader, fits, MARKET) if factor else None
            _refuse_none(loader, f"the market factor {factor or '(none)'}", [one] if one else [])
            chosen += [one] if one else []
        else:
            named = [
                one for one in candidates if word in (one.symbols["csv"], one.symbol(loader.name))
            ]
            if not named:
                every = dict.fromkeys(one.symbols["csv"] for one in candidates)
                raise DataRefused(
                    f"data.hedges: {unknown_name('hedge', word, (METALS, MARKET, *every))}; "
                    "a universe file brings others as [[hedge]]"
                )
            _refuse_none(
                loader, word, [one for one in named if loader.has(one.symbol(loader.name))]
            )
            chosen += named
    return _joined(loader, chosen, warnings)


def _first(loader: HedgeLoader, candidates: Sequence[Hedge], thing: str) -> Hedge | None:
    fits = (one for one in candidates if thing in one.of)
    return next((one for one in fits if loader.has(one.symbol(loader.name))), None)


def _refuse_none(loader: HedgeLoader, what: str, found: Sequence[Hedge]) -> None:
    if not found:
        raise DataRefused(
            f"no hedge for {what} in {loader.where()}; name one in a universe file as [[hedge]], "
            "or trade it unhedged"
        )


def _joined(
    loader: HedgeLoader, chosen: Sequence[Hedge], warnings: list[str]
) -> tuple[dict[str, tuple[Listing, Series]], tuple[str, ...]]:
    """Return each hedge once, for everything it was chosen for."""
    by_symbol: dict[str, Hedge] = {}
    said: dict[str, list[str]] = {}
    for one in chosen:
        symbol = one.symbol(loader.name)
        known = by_symbol.get(symbol)
        of = tuple(dict.fromkeys((*(known.of if known else ()), *one.of)))
        by_symbol[symbol] = replace(known or one, of=of)
        if one.stand_in:
            said.setdefault(one.stand_in, []).extend(one.of)
    warnings += [
        f"{', '.join(dict.fromkeys(of))} hedged by a proxy: {it}" for it, of in said.items()
    ]
    out: dict[str, tuple[Listing, Series]] = {}
    for symbol, hedge in by_symbol.items():
        series = loader.hedge(hedge)
        if series.facts.currency != hedge.currency or series.facts.clock_name != hedge.mic:
            raise DataRefused(
                f"{symbol}: its file is stated to be {series.facts.currency} on "
                f"{series.facts.clock_name}, but the hedge trades in {hedge.currency} on "
                f"{hedge.mic}; correct prices.toml or the [[hedge]]"
            )
        if series.is_close_only:
            warnings.append(
                f"{symbol}: only closes are known, its hedge legs fill at the next close"
            )
        if series.facts.adjustment == "raw":
            warnings.append(f"{symbol}: raw prices, dividends are missing from its hedge's returns")
        out[symbol] = (hedge, series)
    return out, tuple(warnings)

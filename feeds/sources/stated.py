"""What must be said about a price file because its numbers cannot: unit, clock, adjustment."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

from ..clocks import RULES
from ..errors import ConfigError, unknown_name
from ..series import SeriesFacts
from ..units import check_unit
from ..universe import Listing
from ..universe_reference import table

Fill = Literal["next_open", "next_close"]


@dataclass(frozen=True)
class StatedFacts:
    """Currency, quote unit and clock of one series, and whether its OHLC are adjusted already.

    `is_adjusted` None leaves it to a complete ``Adj Close`` column. `assumed` says in words that
    nobody stated these facts.
    """

    currency: str
    unit: str
    clock_name: str
    is_adjusted: bool | None = None
    fill: Fill = "next_open"
    assumed: str = ""

    def __post_init__(self) -> None:
        check_unit(self.unit, self.currency)
        if self.clock_name not in RULES:
            raise ConfigError(unknown_name("exchange or clock", self.clock_name, RULES))

    def facts_of(self, symbol: str, *, source: str, sha256: str, file: str) -> SeriesFacts:
        """Return the facts of one raw series that these statements are about."""
        return SeriesFacts(
            symbol=symbol,
            source=source,
            currency=self.currency,
            unit=self.unit,
            clock_name=self.clock_name,
            adjustment="total_return" if self.is_adjusted else "raw",
            fill=self.fill,
            sha256=sha256,
            file=file,
        )


def stated_by(listing: Listing) -> StatedFacts:
    """Return what a universe's listing says about its own price file."""
    return StatedFacts(listing.currency, listing.unit, listing.mic)


# Yahoo's suffixes: currency, quote unit, exchange.
SUFFIXES: dict[str, tuple[str, str, str]] = {
    "L": ("GBP", "GBp", "XLON"),
    "OL": ("NOK", "NOK", "XOSL"),
    "ST": ("SEK", "SEK", "XSTO"),
    "DE": ("EUR", "EUR", "XETR"),
    "AX": ("AUD", "AUD", "XASX"),
    "JO": ("ZAR", "ZAc", "XJSE"),
    "HK": ("HKD", "HKD", "XHKG"),
    "TO": ("CAD", "CAD", "XTSE"),
    "SS": ("CNY", "CNY", "XSHG"),
}
COMEX = "COMEX settlement"
FUTURES: dict[str, tuple[str, str, str]] = {
    "GC=F": ("USD", "USD/oz", COMEX),
    "SI=F": ("USD", "USD/oz", COMEX),
    "HG=F": ("USD", "USD/lb", COMEX),
}
PAIR = re.compile(r"([A-Z]{3})([A-Z]{3})(?:=X)?")
CURRENCIES = frozenset(
    ("USD", "EUR", "GBP", "NOK", "SEK", "CHF", "JPY", "CNY", "AUD", "CAD", "ZAR", "HKD", "BRL")
)
FX_CLOCK = "FX day end 22:00 UTC"
# Words that open the names of vendors' files; for `check data` only, never for a run.
WORDS: tuple[tuple[str, tuple[str, str, str]], ...] = (
    ("lme", ("USD", "USD/t", "LME official")),
    ("copper", ("USD", "USD/lb", COMEX)),
    ("gold", ("USD", "USD/oz", COMEX)),
    ("silver", ("USD", "USD/oz", COMEX)),
    ("iron", ("CNY", "CNY/t", "China day close")),
    ("rebar", ("CNY", "CNY/t", "China day close")),
    # New York sets oil at 14:30, later than COMEX metals: the day's end is the safe clock.
    ("oil", ("USD", "USD/bbl", FX_CLOCK)),
    ("nhy", ("NOK", "NOK", "XOSL")),
)
NOTHING_KNOWN = ("XXX", "XXX", FX_CLOCK)


@lru_cache(maxsize=1)
def shipped_facts() -> dict[str, StatedFacts]:
    """Return the facts of the series that the shipped universes measure by, by csv symbol.

    An empty ``adjusted`` leaves it to a complete ``Adj Close`` column.
    """
    said = {"yes": True, "no": False, "": None}
    return {
        row["symbol"]: StatedFacts(
            row["currency"], row["unit"], row["clock"], said[row["adjusted"]]
        )
        for row in table("series")
    }


def known_facts(symbol: str) -> StatedFacts | None:
    """Return the facts of a shipped series, or those a symbol states by Yahoo's convention."""
    if symbol in shipped_facts():
        return shipped_facts()[symbol]
    suffix = symbol.rpartition(".")[2] if "." in symbol else ""
    found = SUFFIXES.get(suffix) or FUTURES.get(symbol)
    pair = PAIR.fullmatch(symbol)
    if pair and {pair[1], pair[2]} <= CURRENCIES and pair[1] != pair[2]:
        return _assumed((pair[2], f"{pair[2]} per {pair[1]}", FX_CLOCK), is_adjusted=True)
    if found is None:
        return None
    return _assumed(found, is_adjusted=True if symbol in FUTURES else None)


def guessed_facts(name: str) -> StatedFacts:
    """Return facts for a look at a file whose name is all that is known; never for a run."""
    known = known_facts(name) or known_facts(name[:6].upper())
    if known is not None:
        return known
    lowered = name.lower()
    for word, facts in WORDS:
        if lowered.startswith(word):
            return _assumed(facts)
    if re.fullmatch(r"[A-Z]{1,5}", name):
        return _assumed(("USD", "USD", "XNYS"))
    return _assumed(NOTHING_KNOWN)


def _assumed(facts: tuple[str, str, str], is_adjusted: bool | None = None) -> StatedFacts:
    currency, unit, clock_name = facts
    if currency == "XXX":
        words = "nothing states currency, unit and exchange: taken as unknown, on plain weekdays"
    else:
        words = f"currency {currency}, unit {unit}, clock {clock_name!r} (from the name)"
    return StatedFacts(currency, unit, clock_name, is_adjusted, assumed=words)

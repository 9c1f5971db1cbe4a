"""Who can be traded and what moves it: listings, issuers and exposures, each a dated fact.

An instrument is a *listing* (one exchange line). An *issuer* owns listings and carries exposures.
Both are keyed by permanent ids, because tickers are reused: Barrick was GOLD and is B, and the
old B was another company.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Literal

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from .hedges import Hedge

Source = Literal["sample", "csv", "yahoo"]


@dataclass(frozen=True)
class IdentityAnchor:
    """A raw close on a date that proves which company a reused ticker's file belongs to."""

    listing: str
    date: date
    raw_close: float
    tolerance: float
    company: str
    other_company: str


@dataclass(frozen=True)
class Duty:
    """A tax on the consideration of buys, in force from `valid_from` until before `until`."""

    listing: str
    name: str
    rate: float
    valid_from: date | None = None
    until: date | None = None

    def is_due(self, on: NDArray[np.datetime64]) -> NDArray[np.bool_]:
        """Tell on which dates the duty is in force."""
        due: NDArray[np.bool_] = np.ones(np.shape(on), bool)
        if self.valid_from is not None:
            due = due & (on >= np.datetime64(self.valid_from))
        if self.until is not None:
            due = due & (on < np.datetime64(self.until))
        return due


@dataclass(frozen=True)
class Listing:
    """One exchange line of an issuer.

    `symbols` maps a source to its symbol there; `half_spread_bps` is one side's half-spread;
    `levy` names a flat levy (``"PTM"`` for lines on the UK takeover panel's list).
    """

    id: str
    issuer: str
    mic: str
    currency: str
    unit: str
    symbols: dict[str, str]
    half_spread_bps: float
    duties: tuple[Duty, ...] = ()
    levy: str = ""
    anchors: tuple[IdentityAnchor, ...] = ()

    def symbol(self, source: str) -> str:
        """Return the symbol this listing has at a source (the csv name where none is stated)."""
        return self.symbols.get(source, self.symbols["csv"])

    def duty_rate(self, on: date) -> float:
        """Return the duty on a buy on that date, as a fraction of the consideration."""
        day = np.asarray(on, "datetime64[D]")
        return sum(duty.rate for duty in self.duties if duty.is_due(day))


@dataclass(frozen=True)
class Exposure:
    """One issuer's weight in one commodity, known from its publication date `valid_from`."""

    issuer: str
    commodity: str
    weight: float
    valid_from: date
    elasticity: float | None
    source: str
    confidence: str


@dataclass(frozen=True)
class Issuer:
    """A company: name, domicile, exposures and the sign of US tariffs by metal."""

    id: str
    name: str
    country: str
    exposures: tuple[Exposure, ...] = ()
    tariff_sign: tuple[tuple[str, int], ...] = ()
    note: str = ""


@dataclass(frozen=True)
class SeriesSpec:
    """A candidate series for a metal, the market factor or an exchange rate."""

    symbol: str
    source: str = ""
    stand_in: str = ""
    basis_warning: str = ""


@dataclass(frozen=True)
class Veto:
    """No entries in an issuer between two dates: a takeover, a lost mine."""

    issuer: str
    start: date
    end: date | None
    reason: str


@dataclass(frozen=True)
class Universe:
    """What one run may trade and what it measures it against.

    `metals` and `market` hold candidates in order of preference; the first whose data exist is
    used, and a stand-in says what it stands for. `valid_from` is the date on which the choice of
    names was published; `hindsight` says in words why an earlier use sees the future. `hedges`
    come before the shipped ones.
    """

    name: str
    listings: tuple[Listing, ...]
    issuers: dict[str, Issuer]
    metals: dict[str, tuple[SeriesSpec, ...]]
    market: tuple[SeriesSpec, ...]
    valid_from: date | None = None
    hindsight: str = ""
    vetoes: tuple[Veto, ...] = ()
    description: str = ""
    hedges: tuple[Hedge, ...] = ()

    def issuer_of(self, listing: Listing) -> Issuer:
        return self.issuers[listing.issuer]

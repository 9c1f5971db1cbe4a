"""The shipped tables of listings, issuers, exposures and metals, as the universe's dataclasses."""

from __future__ import annotations

import csv
from collections import defaultdict
from collections.abc import Callable
from datetime import date
from functools import lru_cache
from pathlib import Path
from typing import TypeVar

from .universe import Duty, Exposure, IdentityAnchor, Issuer, Listing, SeriesSpec, Veto

REFERENCE = Path(__file__).resolve().parent / "reference"
Row = dict[str, str]
T = TypeVar("T")


def table(name: str) -> list[Row]:
    """Return the rows of a shipped table, cells as text."""
    with (REFERENCE / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def _grouped(name: str, key: str, make: Callable[[Row], T]) -> dict[str, tuple[T, ...]]:
    groups: defaultdict[str, list[T]] = defaultdict(list)
    for row in table(name):
        groups[row[key]].append(make(row))
    return {group: tuple(items) for group, items in groups.items()}


def _day(text: str) -> date | None:
    return date.fromisoformat(text) if text else None


def _duty(row: Row) -> Duty:
    since, until = _day(row["valid_from"]), _day(row["until"])
    return Duty(row["listing"], row["name"], float(row["rate"]), since, until)


def _anchor(row: Row) -> IdentityAnchor:
    return IdentityAnchor(
        listing=row["listing"],
        date=date.fromisoformat(row["date"]),
        raw_close=float(row["raw_close"]),
        tolerance=float(row["tolerance"]),
        company=row["company"],
        other_company=row["other_company"],
    )


def _exposure(row: Row) -> Exposure:
    return Exposure(
        issuer=row["issuer"],
        commodity=row["commodity"],
        weight=float(row["weight"]),
        valid_from=date.fromisoformat(row["valid_from"]),
        elasticity=float(row["elasticity"]) if row["elasticity"] else None,
        source=row["source"],
        confidence=row["confidence"],
    )


@lru_cache(maxsize=1)
def shipped_listings() -> dict[str, Listing]:
    """Return every shipped listing by id, with its duties and identity anchors."""
    duties = _grouped("duties", "listing", _duty)
    anchors = _grouped("anchors", "listing", _anchor)
    return {
        row["id"]: Listing(
            id=row["id"],
            issuer=row["issuer"],
            mic=row["mic"],
            currency=row["currency"],
            unit=row["unit"],
            symbols={"csv": row["csv"], "yahoo": row["yahoo"]},
            half_spread_bps=float(row["half_spread_bps"]),
            duties=duties.get(row["id"], ()),
            levy=row["levy"],
            anchors=anchors.get(row["id"], ()),
        )
        for row in table("listings")
    }


@lru_cache(maxsize=1)
def shipped_issuers() -> dict[str, Issuer]:
    """Return every shipped issuer by id, exposures ascending by publication date."""
    exposures = _grouped("exposures", "issuer", _exposure)
    signs = _grouped("tariff_signs", "issuer", lambda row: (row["commodity"], int(row["sign"])))
    return {
        row["id"]: Issuer(
            id=row["id"],
            name=row["name"],
            country=row["country"],
            exposures=tuple(sorted(exposures.get(row["id"], ()), key=lambda e: e.valid_from)),
            tariff_sign=signs.get(row["id"], ()),
            note=row["note"],
        )
        for row in table("issuers")
    }


@lru_cache(maxsize=1)
def shipped_vetoes() -> tuple[Veto, ...]:
    """Return the spells in which an issuer's lag is no mispricing."""
    return tuple(
        Veto(row["issuer"], date.fromisoformat(row["start"]), _day(row["end"]), row["reason"])
        for row in table("vetoes")
    )


@lru_cache(maxsize=1)
def commodity_betas() -> dict[str, float]:
    """Return the stated beta of mining shares to each commodity, for the ``fixed`` hedge ratio.

    Measured on 5-day returns where an estimate exists (copper, gold), 1 elsewhere; the source of
    each stands in ``reference/commodities.csv``.
    """
    return {row["commodity"]: float(row["equity_beta"]) for row in table("commodities")}


def column_for(source: str) -> str:
    """Return the column of symbols that a source uses; the sample follows the csv names."""
    return "yahoo" if source == "yahoo" else "csv"


def _spec(row: Row, source: str) -> SeriesSpec:
    return SeriesSpec(row[column_for(source)], stand_in=row["stand_in"])


def default_metals(source: str) -> dict[str, tuple[SeriesSpec, ...]]:
    """Return the candidates of every commodity at a source, in order; none where it has none."""
    found: dict[str, list[SeriesSpec]] = {name: [] for name in commodity_betas()}
    for row in table("metals"):
        if row["choice"] == "default" and row[column_for(source)]:
            found[row["commodity"]].append(_spec(row, source))
    return {name: tuple(specs) for name, specs in found.items()}


def metal_spec(commodity: str, symbol: str, source: str) -> SeriesSpec:
    """Return the spec of an explicitly chosen series, with what is known to be wrong with it.

    COMEX copper keeps its basis warning under any commodity. From Yahoo the local name of a known
    series is translated (HG is HG=F there); a series that only local files have is read from them.
    """
    rows = [row for row in table("metals") if symbol in (row["csv"], row["yahoo"])]
    rows.sort(key=lambda row: row["commodity"] != commodity)
    if not rows:
        return SeriesSpec(symbol)
    row, at_source = rows[0], rows[0][column_for(source)]
    name = at_source if source == "yahoo" and at_source else symbol
    is_own = row["commodity"] == commodity
    return SeriesSpec(
        symbol=name,
        source="" if at_source else "csv",
        stand_in=row["stand_in"] if is_own else f"{name} for {commodity}",
        basis_warning=row["basis_warning"],
    )


def market_spec(name: str, source: str) -> SeriesSpec:
    """Return the spec of a market factor by its shipped name, or by a symbol of the user's own."""
    for row in table("markets"):
        if name in (row["key"], row[column_for(source)]):
            return _spec(row, source)
    return SeriesSpec(name)

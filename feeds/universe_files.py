"""Universes as dated data: the shipped presets, or a TOML file of the user's own.

The form of the file is described in docs/universe.md; presets are files of the same form.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import Any

from . import universe_reference as shipped
from .errors import ConfigError, unknown_name
from .hedges import own_hedges
from .universe import Issuer, Listing, SeriesSpec, Universe, Veto
from .universe_own import own_listing
from .universe_reader import TomlTable
from .universe_reference import commodity_betas

__all__ = ["commodity_betas", "load_universe", "universe_names"]

PRESETS = shipped.REFERENCE / "universes"
SOURCES = ("sample", "csv", "yahoo")
KEYS = ("name", "description", "listings", "own", "metals", "market", "valid_from", "hindsight")
LARGEST_FILE = 1_000_000


def universe_names() -> tuple[str, ...]:
    """Return the names of the shipped universes."""
    return tuple(sorted(path.stem for path in PRESETS.glob("*.toml")))


def load_universe(
    name_or_path: str | Path,
    *,
    source: str = "csv",
    metals: Mapping[str, str] | None = None,
    market: str | None = None,
) -> Universe:
    """Return a shipped universe by name, or one from a TOML file.

    Parameters
    ----------
    name_or_path : str or Path
        A shipped name, or a path (a Path, or text that ends in ``.toml`` or holds a separator).
    source : {"sample", "csv", "yahoo"}
        Default source of the run; it decides the candidates of metals and market factor.
    metals : mapping of commodity to symbol, optional
        Explicit choices, in place of the candidates. COMEX copper is only to be had this way and
        brings its basis warning.
    market : str, optional
        Explicit market factor.

    Raises
    ------
    ConfigError
        Naming the file, the key, the value and what is accepted, or the nearest valid name.
    """
    if source not in SOURCES:
        raise ConfigError(unknown_name("source", source, SOURCES))
    top = TomlTable(*_parsed(_path(name_or_path)))
    top.refuse_unknown((*KEYS, "hedge", "veto"))
    listings, issuers = _names(top)
    return Universe(
        name=top.text("name", default=Path(top.file).stem),
        listings=listings,
        issuers=issuers,
        metals=_metals(top, source, metals or {}),
        market=_market(top, source, market),
        valid_from=top.day("valid_from", default=None),
        hindsight=top.text("hindsight", default=""),
        vetoes=_vetoes(top, issuers),
        description=top.text("description", default=""),
        hedges=own_hedges(top),
    )


def _path(name_or_path: str | Path) -> Path:
    text = str(name_or_path)
    if isinstance(name_or_path, Path) or text.endswith(".toml") or "/" in text or "\\" in text:
        return Path(name_or_path)
    if text not in universe_names():
        raise ConfigError(
            unknown_name("universe", text, universe_names()) + "; or give a path to a .toml file"
        )
    return PRESETS / f"{text}.toml"


def _parsed(path: Path) -> tuple[str, dict[str, Any]]:
    if not path.is_file():
        raise ConfigError(f"{path}: no such universe file; shipped: {', '.join(universe_names())}")
    with path.open("rb") as file:
        content = file.read(LARGEST_FILE + 1)
    if len(content) > LARGEST_FILE:
        raise ConfigError(f"{path}: a universe file holds at most {LARGEST_FILE:,} bytes")
    try:
        return str(path), tomllib.loads(content.decode("utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ConfigError(f"{path}: not a TOML file in UTF-8: {error}") from None


def _names(top: TomlTable) -> tuple[tuple[Listing, ...], dict[str, Issuer]]:
    """Return the listings in the file's order, own ones last, and their issuers."""
    chosen: dict[str, Listing] = {}
    issuers: dict[str, Issuer] = {}
    known = shipped.shipped_listings()
    for name in top.texts("listings", default=()):
        listing = _shipped_listing(top, name)
        top.refuse_twice("listings", listing.id, chosen)
        chosen[listing.id] = known[listing.id]
        issuers[listing.issuer] = shipped.shipped_issuers()[listing.issuer]
    for entry in top.tables("own"):
        listing, issuer = own_listing(entry, issuers)
        entry.refuse_twice("id", listing.id, {**known, **chosen})
        chosen[listing.id], issuers[issuer.id] = listing, issuer
    if not chosen:
        raise top.error("listings", "name at least one listing, here or under [[own]]")
    _refuse_shared_symbols(top, tuple(chosen.values()))
    return tuple(chosen.values()), issuers


def _shipped_listing(top: TomlTable, name: str) -> Listing:
    known = shipped.shipped_listings()
    by_symbol = {listing.symbols["csv"]: listing for listing in known.values()}
    if name in known:
        return known[name]
    if name in by_symbol:
        return by_symbol[name]
    raise top.error("listings", unknown_name("listing", name, [*known, *by_symbol]))


def _refuse_shared_symbols(top: TomlTable, listings: tuple[Listing, ...]) -> None:
    for column in ("csv", "yahoo"):
        owner: dict[str, str] = {}
        for listing in listings:
            other = owner.setdefault(listing.symbol(column), listing.id)
            if other != listing.id:
                raise top.error(
                    "listings",
                    f"{other} and {listing.id} share the {column} symbol "
                    f"{listing.symbol(column)!r}; each needs its own",
                )


def _metals(
    top: TomlTable, source: str, explicit: Mapping[str, str]
) -> dict[str, tuple[SeriesSpec, ...]]:
    """Return the candidates by commodity: explicit choices, else the file's, else the shipped."""
    metals = shipped.default_metals(source)
    section = top.table("metals")
    section.refuse_unknown(metals)
    for commodity in section.values:
        metals[commodity] = section.specs(commodity, partial(_metal, commodity, source))
    chosen = TomlTable("explicit metals", dict(explicit))
    chosen.refuse_unknown(metals)
    for commodity in explicit:
        metals[commodity] = chosen.specs(commodity, partial(_metal, commodity, source))
    return metals


def _metal(commodity: str, source: str, symbol: str) -> SeriesSpec:
    return shipped.metal_spec(commodity, symbol, source)


def _market(top: TomlTable, source: str, explicit: str | None) -> tuple[SeriesSpec, ...]:
    find = partial(shipped.market_spec, source=source)
    if explicit is not None:
        return TomlTable("explicit market", {"market": explicit}).specs("market", find)
    return top.specs("market", find) if "market" in top.values else (find("SPY"),)


def _vetoes(top: TomlTable, issuers: Mapping[str, Issuer]) -> tuple[Veto, ...]:
    """Return the shipped vetoes of these issuers and the file's own."""
    own = tuple(_veto(entry, issuers) for entry in top.tables("veto"))
    return tuple(veto for veto in shipped.shipped_vetoes() if veto.issuer in issuers) + own


def _veto(entry: TomlTable, issuers: Mapping[str, Issuer]) -> Veto:
    entry.refuse_unknown(("issuer", "start", "end", "reason"))
    issuer = entry.text("issuer")
    if issuer not in issuers:
        raise entry.error("issuer", unknown_name("issuer", issuer, issuers))
    start, end = entry.required_day("start"), entry.day("end", default=None)
    if end is not None and end < start:
        raise entry.error("end", f"must not lie before start ({start}), got {end}")
    return Veto(issuer, start, end, entry.text("reason"))

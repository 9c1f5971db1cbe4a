"""A listing that a user's universe file brings itself, with its issuer."""

from __future__ import annotations

from collections.abc import Mapping

from .clocks import RULES
from .errors import unknown_name
from .universe import Duty, Exposure, Issuer, Listing
from .universe_reader import TomlTable
from .universe_reference import commodity_betas, shipped_issuers

OWN_KEYS = (
    *("id", "symbol", "yahoo", "issuer", "name", "country", "mic", "currency", "unit"),
    *("half_spread_bps", "levy", "duty", "exposures"),
)
#: Quote units that are a hundredth of their currency.
MINOR_UNITS = {"GBp": "GBP", "ZAc": "ZAR"}
WEIGHT_SUM = (0.9, 1.1)


def own_listing(entry: TomlTable, taken: Mapping[str, Issuer]) -> tuple[Listing, Issuer]:
    """Return the listing of an ``[[own]]`` table and its issuer.

    Raises
    ------
    ConfigError
        Naming the file, the key, the value and what is accepted.
    """
    entry.refuse_unknown(OWN_KEYS)
    symbol = entry.symbol("symbol")
    issuer = _issuer(entry, entry.symbol("issuer", default=symbol), taken)
    mic = _mic(entry)
    identity = entry.symbol("id", default=f"{symbol}-{mic}"[:32].lower())
    currency = _currency(entry)
    listing = Listing(
        id=identity,
        issuer=issuer.id,
        mic=mic,
        currency=currency,
        unit=_unit(entry, currency),
        symbols={"csv": symbol, "yahoo": entry.symbol("yahoo", default=symbol)},
        half_spread_bps=entry.number("half_spread_bps", 0.0, 500.0),
        duties=_duties(entry, identity),
        levy=_levy(entry),
    )
    return listing, issuer


def _issuer(entry: TomlTable, identity: str, taken: Mapping[str, Issuer]) -> Issuer:
    """Return a shipped issuer, one named before in the file, or a new one with its exposures."""
    known = {**shipped_issuers(), **taken}
    if "exposures" not in entry.values:
        if identity in known:
            return known[identity]
        raise entry.error("exposures", f"is missing, and {unknown_name('issuer', identity, known)}")
    if identity in known:
        raise entry.error(
            "issuer", f"{identity!r} exists already: leave out exposures, or name another issuer"
        )
    return Issuer(
        id=identity,
        name=entry.text("name", default=identity),
        country=entry.text("country", default=""),
        exposures=_exposures(entry, identity),
    )


def _exposures(entry: TomlTable, issuer: str) -> tuple[Exposure, ...]:
    found: list[Exposure] = []
    tables = entry.tables("exposures")
    if not tables:
        raise entry.error("exposures", "give at least one table")
    for table in tables:
        table.refuse_unknown(("valid_from", "source", *commodity_betas()))
        day = table.required_day("valid_from")
        names = [key for key in table.values if key in commodity_betas()]
        weights = {name: table.number(name, -2.0, 2.0) for name in names}
        total = sum(weights.values())
        if not WEIGHT_SUM[0] <= total <= WEIGHT_SUM[1]:
            raise table.error("", f"weights must sum to about 1 (name the rest other), got {total}")
        if any(day == other.valid_from for other in found):
            raise table.error("valid_from", f"{day} is named twice")
        source = table.text("source", default="universe file")
        found += [Exposure(issuer, name, w, day, None, source, "") for name, w in weights.items()]
    return tuple(sorted(found, key=lambda exposure: exposure.valid_from))


def _mic(entry: TomlTable) -> str:
    mic = entry.text("mic")
    # A MIC is four capitals; the other clocks are fixings, on which nothing is traded.
    exchanges = [name for name in RULES if len(name) == 4 and name.isupper()]
    if mic not in exchanges:
        raise entry.error("mic", unknown_name("exchange", mic, exchanges))
    return mic


def _currency(entry: TomlTable) -> str:
    currency = entry.text("currency")
    if len(currency) != 3 or not (currency.isascii() and currency.isalpha() and currency.isupper()):
        raise entry.error("currency", f"expected three capitals such as USD, got {currency!r}")
    return currency


def _unit(entry: TomlTable, currency: str) -> str:
    unit = entry.text("unit", default=currency)
    if MINOR_UNITS.get(unit, unit) != currency:
        minor = [name for name, major in MINOR_UNITS.items() if major == currency]
        accepted = " or ".join([currency, *minor])
        raise entry.error("unit", f"expected {accepted} for a line in {currency}, got {unit!r}")
    return unit


def _levy(entry: TomlTable) -> str:
    levy = entry.text("levy", default="")
    if levy not in ("", "PTM"):
        raise entry.error("levy", f"expected 'PTM' or nothing, got {levy!r}")
    return levy


def _duties(entry: TomlTable, listing: str) -> tuple[Duty, ...]:
    rate = entry.number("duty", 0.0, 0.05, default=0.0)
    return (Duty(listing, "duty on buys", rate),) if rate else ()

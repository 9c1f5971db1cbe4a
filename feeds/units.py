"""Quote units: what a delivered price is multiplied by to reach the major currency."""

from __future__ import annotations

import re
from typing import Literal

from .clocks import clock
from .errors import ConfigError
from .series import SeriesFacts

Kind = Literal["equity", "etf", "index", "future", "fx", "metal"]

#: Minor units of share quotes: their currency and the factor to it.
MINOR_UNITS: dict[str, tuple[str, float]] = {
    "GBp": ("GBP", 0.01),
    "GBX": ("GBP", 0.01),
    "ZAc": ("ZAR", 0.01),
    "ILA": ("ILS", 0.01),
}
CURRENCY = re.compile(r"[A-Z]{3}")


def unit_factor(unit: str) -> float:
    """Return what a price in the quote unit is multiplied by (0.01 for GBp and ZAc)."""
    return MINOR_UNITS[unit][1] if unit in MINOR_UNITS else 1.0


def check_unit(unit: str, currency: str) -> None:
    """Refuse a quote unit that is not one of the currency.

    Raises
    ------
    ConfigError
        Naming both and what is accepted.
    """
    if not CURRENCY.fullmatch(currency):
        raise ConfigError(f"currency must be three capital letters such as 'USD', got {currency!r}")
    if unit in MINOR_UNITS:
        fits = MINOR_UNITS[unit][0] == currency
    else:
        fits = re.fullmatch(rf"{currency}(?:/\w{{1,10}}| per [A-Z]{{3}})?", unit) is not None
    if not fits:
        minors = [repr(name) for name, (major, _) in MINOR_UNITS.items() if major == currency]
        forms = [repr(currency), *minors, repr(f"{currency}/t"), f"'{currency} per ABC'"]
        raise ConfigError(f"unit {unit!r} does not fit currency {currency!r}; {', '.join(forms)}")


def kind_of(facts: SeriesFacts) -> Kind:
    """Return the kind of instrument that unit and clock imply, where nobody states it."""
    if clock(facts.clock_name).is_exchange:
        return "equity"
    if " per " in facts.unit:
        return "fx"
    if "/" in facts.unit:
        return "metal" if facts.clock_name == "LME official" else "future"
    return "index"

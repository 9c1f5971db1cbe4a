"""`prices.toml`: what a folder of CSV files says about each of them."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

from ..errors import ConfigError, OreboundError, unknown_name
from ..symbols import check_symbol
from .door import read_regular
from .stated import StatedFacts

NAME = "prices.toml"
MAX_BYTES = 2**20
KEYS: dict[str, type] = {
    "currency": str,
    "unit": str,
    "mic": str,
    "clock": str,
    "adjusted": bool,
    "fill": str,
}
EXAMPLE = '["RIO"] currency = "USD", unit = "USD", mic = "XNYS", adjusted = true'


def read_prices_toml(folder: str | Path) -> dict[str, StatedFacts]:
    """Return what the folder's `prices.toml` states, by symbol; empty where there is none.

    Raises
    ------
    ConfigError
        Naming file, symbol and key: an unknown key (with the near ones), a wrong type, a unit that
        does not fit its currency, an unknown exchange or clock, both or none of `mic` and `clock`.
    """
    folder = Path(folder)
    path = folder / NAME
    if not path.exists():
        return {}
    payload = read_regular(path, folder)
    if len(payload) > MAX_BYTES:
        raise ConfigError(f"{path}: {len(payload):,} bytes; at most {MAX_BYTES:,} are read")
    try:
        document = tomllib.loads(payload.decode("utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, RecursionError) as error:
        raise ConfigError(f"{path}: not a TOML file: {error}") from None
    return {symbol: _section(path, symbol, section) for symbol, section in document.items()}


def _section(path: Path, symbol: str, section: Any) -> StatedFacts:
    place = f"{path}, [{symbol}]"
    if not isinstance(section, dict):
        raise ConfigError(f"{path}: {symbol!r} stands outside a section; write {EXAMPLE}")
    try:
        check_symbol(symbol)
        _check_keys(section)
        return StatedFacts(
            currency=section["currency"],
            unit=section["unit"] if "unit" in section else section["currency"],
            clock_name=section.get("mic") or section["clock"],
            is_adjusted=section.get("adjusted"),
            fill=section.get("fill", "next_open"),
        )
    except OreboundError as error:
        raise ConfigError(f"{place}: {error}") from None


def _check_keys(section: dict[str, Any]) -> None:
    for key, value in section.items():
        if key not in KEYS:
            raise ConfigError(unknown_name("key", key, KEYS))
        if type(value) is not KEYS[key]:
            wanted = "true or false" if KEYS[key] is bool else "text in quotes"
            raise ConfigError(f"{key} must be {wanted}, got {value!r}")
    if "currency" not in section:
        raise ConfigError("currency is missing, such as currency = 'USD'")
    if ("mic" in section) == ("clock" in section):
        raise ConfigError("exactly one of mic (an exchange) and clock (a fixing) must be stated")
    if section.get("fill", "next_open") not in ("next_open", "next_close"):
        raise ConfigError(f"fill must be 'next_open' or 'next_close', got {section['fill']!r}")

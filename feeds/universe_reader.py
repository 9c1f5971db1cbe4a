"""A table of a TOML file whose every complaint names the file, the key and what is accepted."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from .errors import ConfigError, unknown_name
from .universe import SeriesSpec

SYMBOL = re.compile(r"[A-Za-z0-9][A-Za-z0-9._=^-]{0,31}")
# An index at Yahoo begins with a caret.
SERIES_SYMBOL = re.compile(r"\^?[A-Za-z0-9][A-Za-z0-9._=^-]{0,31}")
SPEC_KEYS = ("symbol", "source", "stand_in")
LONGEST_TEXT = 500


@dataclass(frozen=True)
class TomlTable:
    """One table of a file: `where` is its place in it, empty at the top."""

    file: str
    values: dict[str, Any]
    where: str = ""

    def error(self, key: str, sentence: str) -> ConfigError:
        """Return the error that says where it stands."""
        place = ".".join(filter(None, (self.where, key)))
        return ConfigError(f"{self.file}: key {place!r}: {sentence}")

    def refuse_unknown(self, known: Iterable[str]) -> None:
        known = tuple(known)
        for key in self.values:
            if key not in known:
                raise self.error(key, unknown_name("key", key, known))

    def refuse_twice(self, key: str, name: str, taken: Collection[str]) -> None:
        if name in taken:
            raise self.error(key, f"{name!r} is named twice or is a shipped id")

    def text(self, key: str, default: str | None = None) -> str:
        value = self._required(key) if default is None else self.values.get(key, default)
        if not isinstance(value, str) or len(value) > LONGEST_TEXT or not value.isprintable():
            raise self.error(
                key, f"expected one line of text of at most {LONGEST_TEXT} signs, got {value!r}"
            )
        return value

    def texts(self, key: str, default: tuple[str, ...]) -> tuple[str, ...]:
        value = self.values.get(key, list(default))
        if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
            raise self.error(key, f"expected a list of names, got {value!r}")
        return tuple(value)

    def symbol(self, key: str, default: str | None = None) -> str:
        """Return a symbol or id that is safe as part of a file name."""
        value = self.text(key, default)
        if not SYMBOL.fullmatch(value):
            raise self.error(key, _symbol_words(value))
        return value

    def number(self, key: str, low: float, high: float, default: float | None = None) -> float:
        value = self._required(key) if default is None else self.values.get(key, default)
        is_number = isinstance(value, int | float) and not isinstance(value, bool)
        if not is_number or not math.isfinite(value) or not low <= value <= high:
            raise self.error(key, f"expected a number from {low:g} to {high:g}, got {value!r}")
        return float(value)

    def day(self, key: str, default: date | None) -> date | None:
        value = self.values.get(key, default)
        is_day = isinstance(value, date) and not isinstance(value, datetime)
        if value is not None and not is_day:
            raise self.error(key, f"expected a date such as 2025-03-24, unquoted, got {value!r}")
        return value if isinstance(value, date) else None

    def required_day(self, key: str) -> date:
        self._required(key)
        day = self.day(key, default=None)
        if day is None:
            raise self.error(key, "expected a date such as 2025-03-24, unquoted")
        return day

    def table(self, key: str) -> TomlTable:
        value = self.values.get(key, {})
        if not isinstance(value, dict):
            raise self.error(key, f"expected a table, got {value!r}")
        return TomlTable(self.file, value, ".".join(filter(None, (self.where, key))))

    def tables(self, key: str) -> list[TomlTable]:
        """Return the tables of ``[[key]]``, or the one of ``[key]``; their places count from 1."""
        value = self.values.get(key, [])
        entries = [value] if isinstance(value, dict) else value
        if not isinstance(entries, list) or not all(isinstance(entry, dict) for entry in entries):
            raise self.error(key, f"expected tables under [[{key}]], got {value!r}")
        prefix = ".".join(filter(None, (self.where, key)))
        return [TomlTable(self.file, entry, f"{prefix}[{i}]") for i, entry in enumerate(entries, 1)]

    def specs(self, key: str, find: Callable[[str], SeriesSpec]) -> tuple[SeriesSpec, ...]:
        """Return candidate series: one symbol, a list of them, or tables with their own source."""
        value = self.values[key]
        items = value if isinstance(value, list) else [value]
        if not items:
            raise self.error(key, "name at least one series")
        return tuple(self._spec(key, item, find) for item in items)

    def _spec(self, key: str, item: Any, find: Callable[[str], SeriesSpec]) -> SeriesSpec:
        entry = item if isinstance(item, dict) else {"symbol": item}
        part = TomlTable(self.file, entry, ".".join(filter(None, (self.where, key))))
        part.refuse_unknown(SPEC_KEYS)
        symbol = part.text("symbol")
        if not SERIES_SYMBOL.fullmatch(symbol):
            raise part.error("symbol", _symbol_words(symbol))
        found = find(symbol)
        source = part.text("source", default=found.source)
        if source not in ("", "csv", "yahoo", "sample"):
            raise part.error("source", unknown_name("source", source, ("csv", "yahoo", "sample")))
        name = symbol if "source" in entry else found.symbol
        stand_in = part.text("stand_in", default=found.stand_in)
        return SeriesSpec(name, source, stand_in, found.basis_warning)

    def _required(self, key: str) -> Any:
        if key not in self.values:
            raise self.error(key, "is missing")
        return self.values[key]


def _symbol_words(value: str) -> str:
    return (
        f"expected a symbol of 1 to 32 letters, digits and . _ = ^ -, beginning with a letter or "
        f"digit, got {value!r}"
    )

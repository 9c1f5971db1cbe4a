"""Which names may become a file name, a key or a heading: one rule for every door."""

from __future__ import annotations

import re

from .errors import ConfigError

SYMBOL = re.compile(r"[A-Za-z0-9][A-Za-z0-9._=^-]{0,31}")
# Names that some file systems give to devices; a store is often carried to such a disk.
DEVICES = frozenset({"CON", "PRN", "AUX", "NUL"})


def is_symbol(symbol: str) -> bool:
    """Tell whether the name is safe as a symbol."""
    return SYMBOL.fullmatch(symbol) is not None and symbol.upper() not in DEVICES


def check_symbol(symbol: str) -> str:
    """Return the symbol if it can be a file name anywhere and can escape nowhere.

    Raises
    ------
    ConfigError
        Naming the symbol received and what is accepted.
    """
    if not is_symbol(symbol):
        shown = symbol if len(symbol) <= 60 else symbol[:60] + "..."
        raise ConfigError(
            f"symbol {shown!r} is not accepted: a symbol is 1 to 32 of the characters "
            "A-Z a-z 0-9 . _ = ^ -, begins with a letter or digit and is no device name"
        )
    return symbol

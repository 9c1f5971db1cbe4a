"""Series by name, looked at and never traded: funds, indices and rates for tables and articles."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from .errors import ConfigError, unknown_name
from .market_parts import Loader
from .series import Series

SOURCES = ("sample", "csv", "yahoo")


def signal_series(
    source: str, symbols: Iterable[str], folder: str | Path = ""
) -> dict[str, Series]:
    """Return the audited series of those symbols that a source has; the others are not there.

    Parameters
    ----------
    source : {"sample", "csv", "yahoo"}
    symbols : iterable of str
        Names of local price files; plain pairs (``GBPUSD``) for exchange rates.
    folder : str or Path
        The price folder of ``csv``, or another store than the user's for ``yahoo``.

    Raises
    ------
    ConfigError
        For an unknown source, or ``csv`` without a folder.
    DataRefused
        If a file that is there does not pass the audit.
    """
    if source not in SOURCES:
        raise ConfigError(unknown_name("source", source, SOURCES))
    if source == "sample":
        from .sources import SAMPLE_SYMBOLS, sample_series

        wanted = [symbol for symbol in symbols if symbol in SAMPLE_SYMBOLS]
        return sample_series(wanted) if wanted else {}
    loader = _loader(source, folder)
    return {symbol: loader.signal(symbol) for symbol in symbols if loader.has(symbol)}


def _loader(source: str, folder: str | Path) -> Loader:
    from .sources import CsvLoader, StoreLoader

    if source == "yahoo":
        return StoreLoader(folder or None)
    if not folder:
        raise ConfigError("source csv needs a folder of price files (--data DIR)")
    return CsvLoader(Path(folder))

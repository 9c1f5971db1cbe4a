"""The four places a market's series come from, each behind the same four questions."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from functools import cached_property
from pathlib import Path
from typing import Any

import pandas as pd

from ..auditing import audit
from ..errors import ConfigError
from ..hedges import Hedge
from ..series import RawSeries, Series
from ..store import Store
from ..universe import Listing
from .csv_files import csv_series, read_csv
from .frames import raw_series
from .sample import SAMPLE_SYMBOLS, sample_series
from .stated import StatedFacts, known_facts, stated_by


class SampleLoader:
    """The embedded synthetic market."""

    name = "sample"

    def has(self, symbol: str) -> bool:
        return symbol in SAMPLE_SYMBOLS

    def traded(self, listing: Listing) -> Series:
        return self._series[listing.symbol("csv")]

    def signal(self, symbol: str) -> Series:
        return self._series[symbol]

    def hedge(self, hedge: Hedge) -> Series:
        series = self._series[hedge.symbol("csv")]
        return replace(series, facts=replace(series.facts, fill=hedge.fill))

    def where(self) -> str:
        return "the sample market"

    @cached_property
    def _series(self) -> dict[str, Series]:
        return sample_series()


class CsvLoader:
    """A folder of local price files."""

    name = "csv"

    def __init__(self, folder: Path) -> None:
        if not folder.is_dir():
            raise ConfigError(f"{folder}: no such folder of price files")
        self.folder = folder

    def has(self, symbol: str) -> bool:
        return (self.folder / f"{symbol}.csv").exists()

    def traded(self, listing: Listing) -> Series:
        return csv_series(
            self.folder,
            listing.symbol("csv"),
            role="traded",
            facts=stated_by(listing),
            kind="equity",
            anchors=listing.anchors,
        )

    def signal(self, symbol: str) -> Series:
        return csv_series(self.folder, symbol, role="signal", facts=known_facts(symbol))

    def hedge(self, hedge: Hedge) -> Series:
        symbol = hedge.symbol("csv")
        path = self.folder / f"{symbol}.csv"
        raw = read_csv(path, symbol=symbol, facts=stated_by(hedge), root=self.folder)
        return _as_hedge(raw, hedge)

    def where(self) -> str:
        return str(self.folder)


class StoreLoader:
    """The local store that ``orebound fetch`` fills; nothing is downloaded here."""

    name = "yahoo"

    def __init__(self, store: Any = None) -> None:
        self.store = store if isinstance(store, Store) else Store(Path(store) if store else None)

    def has(self, symbol: str) -> bool:
        return self._stored(symbol) in self.store.list()

    def traded(self, listing: Listing) -> Series:
        raw = self.store.load(listing.symbol("yahoo"))
        return audit(raw, role="traded", kind="equity", anchors=listing.anchors)

    def signal(self, symbol: str) -> Series:
        return audit(self.store.load(self._stored(symbol)), role="signal")

    def hedge(self, hedge: Hedge) -> Series:
        return _as_hedge(self.store.load(hedge.symbol("yahoo")), hedge)

    def where(self) -> str:
        return f"the store {self.store.root} (orebound fetch fills it)"

    @staticmethod
    def _stored(symbol: str) -> str:
        """Return Yahoo's own symbol of a plain currency pair."""
        is_pair = len(symbol) == 6 and symbol.isalpha() and symbol.isupper()
        return f"{symbol}=X" if is_pair else symbol


class FrameLoader:
    """Frames in memory, by symbol, with the columns of local price files."""

    name = "frames"

    def __init__(self, frames: Mapping[str, pd.DataFrame]) -> None:
        self.frames = dict(frames)

    def has(self, symbol: str) -> bool:
        return symbol in self.frames

    def traded(self, listing: Listing) -> Series:
        raw = self._raw(listing.symbol("csv"), stated_by(listing))
        return audit(raw, role="traded", kind="equity", anchors=listing.anchors)

    def signal(self, symbol: str) -> Series:
        return audit(self._raw(symbol, known_facts(symbol)), role="signal")

    def hedge(self, hedge: Hedge) -> Series:
        return _as_hedge(self._raw(hedge.symbol("csv"), stated_by(hedge)), hedge)

    def where(self) -> str:
        return "the frames given"

    def _raw(self, symbol: str, stated: StatedFacts | None) -> RawSeries:
        return raw_series(symbol, self.frames[symbol], stated)


def _as_hedge(raw: RawSeries, hedge: Hedge) -> Series:
    """Return a series audited as something to trade; closes alone may do where the hedge says."""
    facts = raw.facts if hedge.fill == "next_open" else replace(raw.facts, fill=hedge.fill)
    return audit(replace(raw, facts=facts), role="traded", kind=hedge.instrument)

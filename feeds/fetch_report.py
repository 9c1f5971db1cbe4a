"""What a fetch brought: saved, failed, restated, and which names can be traded with it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import pandas as pd

from .errors import DataRefused
from .market_parts import uncovered
from .restated import Restated
from .series import RawSeries
from .universe import Exposure, Listing, SeriesSpec, Universe


@dataclass(frozen=True)
class Leg:
    """A metal or the market factor: the series taken for it, or the candidates tried in vain."""

    role: str
    spec: SeriesSpec | None
    tried: tuple[SeriesSpec, ...] = ()

    @property
    def metal(self) -> str:
        return self.role.removeprefix("metal ")


@dataclass(frozen=True)
class FetchReport:
    """The outcome of one fetch.

    Attributes
    ----------
    table : DataFrame, one row a listing
        ``name, symbol, first, last, rows, metals, stand_ins, coverage, tradable, why``.
    legs : tuple of Leg
        Metals and the market factor, with the series taken from Yahoo.
    saved : dict of str to RawSeries
    failed : dict of str to str
        Symbols whose stored history was left as it was, with role and cause.
    optional : frozenset of str
        Failed symbols for which another candidate arrived.
    restated : tuple of Restated
        Stored days whose figures changed by more than dividends and splits explain.
    notes : tuple of str
        Repairs and warnings of the downloads.
    """

    universe: str
    table: pd.DataFrame
    legs: tuple[Leg, ...]
    saved: Mapping[str, RawSeries]
    failed: Mapping[str, str]
    optional: frozenset[str]
    restated: tuple[Restated, ...]
    notes: tuple[str, ...]

    @property
    def refused(self) -> dict[str, str]:
        """Failed symbols that the universe cannot do without."""
        return {name: why for name, why in self.failed.items() if name not in self.optional}

    @property
    def exit_code(self) -> int:
        return DataRefused.exit_code if self.refused else 0

    @property
    def verdict(self) -> str:
        """The one line that ends the command."""
        tradable = f"{int(self.table['tradable'].sum())} of {len(self.table)} names tradable"
        counts = f"{len(self.saved)} series saved, {len(self.failed)} failed"
        restated = f", {len(self.restated)} restated" if self.restated else ""
        word = "REFUSED" if self.refused else "OK"
        return f"{word}: universe {self.universe}: {counts}{restated}; {tradable}"

    def check(self) -> None:
        """Raise if anything failed that the universe cannot do without.

        Raises
        ------
        DataRefused
            Naming each failed symbol with its cause, and what was saved all the same.
        """
        if self.refused:
            causes = "; ".join(self.refused.values())
            kept = f"{len(self.saved)} other series were saved" if self.saved else "nothing saved"
            raise DataRefused(f"universe {self.universe}: {causes} ({kept})")


def names_table(
    universe: Universe,
    legs: Iterable[Leg],
    stored: Mapping[str, RawSeries],
    failed: Mapping[str, str],
) -> pd.DataFrame:
    """Return by name: metal legs, stand-ins, coverage, and tradable or why not."""
    specs = {leg.metal: leg.spec for leg in legs if leg.spec is not None and leg.role != "market"}
    return pd.DataFrame(
        [_name_row(universe, listing, specs, stored, failed) for listing in universe.listings],
        columns=[
            "name", "symbol", "first", "last", "rows", "metals", "stand_ins", "coverage",
            "tradable", "why",
        ],
    )  # fmt: skip


def _name_row(
    universe: Universe,
    listing: Listing,
    specs: Mapping[str, SeriesSpec],
    stored: Mapping[str, RawSeries],
    failed: Mapping[str, str],
) -> dict[str, Any]:
    symbol, raw = listing.symbol("yahoo"), stored.get(listing.symbol("yahoo"))
    rows = current_exposures(universe.issuer_of(listing).exposures)
    own = {row.commodity: specs[row.commodity] for row in rows if row.commodity in specs}
    reason = uncovered(universe, listing, specs)
    if raw is None:
        reason = failed.get(symbol, "no data")
    elif raw.frame["open"].isna().all():
        reason = "only closes are known, so no open to fill at"
    kept = f"the stored history is kept; {failed[symbol]}" if symbol in failed else ""
    return {
        "name": listing.id,
        "symbol": symbol,
        "first": None if raw is None else raw.frame["date"].min().date(),
        "last": None if raw is None else raw.frame["date"].max().date(),
        "rows": 0 if raw is None else len(raw.frame),
        "metals": ", ".join(f"{metal} {spec.symbol}" for metal, spec in own.items()),
        "stand_ins": "; ".join(
            f"{metal}: {spec.stand_in}" for metal, spec in own.items() if spec.stand_in
        ),
        "coverage": coverage(rows, own),
        "tradable": not reason,
        "why": reason or kept,
    }


def current_exposures(rows: Iterable[Exposure]) -> list[Exposure]:
    """Return an issuer's exposures of its latest publication."""
    rows = list(rows)
    latest = max((row.valid_from for row in rows), default=None)
    return [row for row in rows if row.valid_from == latest]


def coverage(rows: Iterable[Exposure], metals: Iterable[str]) -> float:
    """Return the share of absolute exposure weight whose commodity has a series, 0 to 1."""
    held, rows = set(metals), list(rows)
    total = sum(abs(row.weight) for row in rows)
    with_data = sum(abs(row.weight) for row in rows if row.commodity in held)
    return with_data / total if total else 0.0

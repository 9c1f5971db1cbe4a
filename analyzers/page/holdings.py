"""The book of a record: what was held, and what each holding stands for."""

from __future__ import annotations

from typing import Any

import pandas as pd

from ..record import RunRecord
from ..risk import exposure_by_currency
from .facts import listing, mapping, number, words


def holdings(record: RunRecord) -> pd.DataFrame:
    """Return the value of each name at each session's close, 0 where it was not held."""
    wide = record.positions.pivot_table(
        index="date", columns="symbol", values="value", aggfunc="sum"
    )
    dates = pd.DatetimeIndex(record.equity["date"])
    return wide.reindex(dates).fillna(0.0).rename_axis(columns=None)


def weights(record: RunRecord, held: pd.DataFrame) -> pd.DataFrame:
    """Return dated exposures of names, and of hedge legs what their instrument stands for.

    A row without name, figure or date is left out.
    """
    stated = [row for row in listing(record.info, "universe", "exposures") if isinstance(row, dict)]
    rows = [
        {
            "symbol": words(row.get("symbol")),
            "commodity": words(row.get("commodity")),
            "weight": number(row.get("weight")),
            "valid_from": pd.to_datetime(words(row.get("valid_from")), errors="coerce"),
        }
        for row in stated
    ]
    of = {words(row.get("symbol")): words(row.get("of")) for row in _hedges(record)}
    rows += [
        {"symbol": str(name), "commodity": metal, "weight": 1.0, "valid_from": pd.Timestamp(0)}
        for name in held
        for metal in of.get(_instrument(record, str(name)), "").split(", ")
    ]
    frame = pd.DataFrame(rows, columns=["symbol", "commodity", "weight", "valid_from"])
    return frame.dropna().query("commodity != ''")


def _hedges(record: RunRecord) -> list[dict[str, Any]]:
    return [row for row in listing(record.info, "mode", "hedges") if isinstance(row, dict)]


def _instrument(record: RunRecord, name: str) -> str:
    """Return what is traded under a name: of a leg, written ``RIO-DBB``, the hedge."""
    hedges = {words(row.get("symbol")) for row in _hedges(record)}
    return next((hedge for hedge in hedges if hedge and name.endswith(f"-{hedge}")), name)


def by_currency(record: RunRecord, held: pd.DataFrame) -> pd.DataFrame:
    known = {
        str(name): words(
            mapping(record.info, "data", _instrument(record, str(name))).get("currency")
        )
        for name in held
    }
    return exposure_by_currency(held, known)

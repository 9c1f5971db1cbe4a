"""What a market holds and what its data lack, as a table and in words."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np
import pandas as pd

from .holes import HOLE, missed_before
from .known import KnownSeries
from .market_parts import Parts
from .series import Series


def series_frame(parts: Parts) -> pd.DataFrame:
    """Return one row a series: role, symbol, rows, first and last session, unit, clock.

    Of a series with dates of release the sessions are those dates.
    """
    priced = [_priced_row(role, series) for role, series in parts.all_series().items()]
    return pd.DataFrame(priced + [_known_row(name, one) for name, one in parts.known.items()])


def _priced_row(role: str, series: Series) -> dict[str, Any]:
    return {
        "role": role,
        "symbol": series.symbol,
        "rows": len(series.frame),
        "first": series.frame.index[0].date(),
        "last": series.frame.index[-1].date(),
        "currency": series.facts.currency,
        "unit": series.facts.unit,
        "clock": series.facts.clock_name,
        "adjustment": series.facts.adjustment,
        "masked": len(series.masked),
        "findings": len(series.findings),
        "sha256": series.facts.sha256,
    }


def _known_row(name: str, series: KnownSeries) -> dict[str, Any]:
    days = series.release_utc.astype("datetime64[D]").tolist()
    return {
        "role": f"known {name}",
        "symbol": name,
        "rows": len(series),
        "first": days[0] if days else None,
        "last": days[-1] if days else None,
        **dict.fromkeys(("currency", "unit", "adjustment"), ""),
        "clock": series.release_rule or "release_utc",
        "masked": series.blanks,
        "findings": 0,
        "sha256": series.sha256,
    }


def gaps_in_words(traded: Iterable[Series], first: np.datetime64, last: np.datetime64) -> list[str]:
    """Return what traded series lack between two days, those included: holes and early ends."""
    return [words for series in traded for words in _gaps(series, first, last)]


def _gaps(series: Series, first: np.datetime64, last: np.datetime64) -> Iterable[str]:
    days, missed = series.sessions, missed_before(series)
    for place in np.flatnonzero(missed > HOLE):
        if first <= days[place] and days[place - 1] <= last:
            yield (
                f"{series.symbol}: {int(missed[place])} sessions missing between "
                f"{days[place - 1]} and {days[place]}; its windows start again"
            )
    owed = series.clock.sessions(days[-1], last)[1:]
    if len(owed) > HOLE:
        yield (
            f"{series.symbol}: data end on {days[-1]}, {len(owed)} sessions before the run's end"
        )

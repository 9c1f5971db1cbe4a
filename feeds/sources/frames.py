"""Frames in memory as raw series: the same columns, the same audit as files."""

from __future__ import annotations

import hashlib

import numpy as np
import pandas as pd

from ..clocks import NS, clock
from ..refusal import refuse
from ..series import RawSeries
from ..symbols import check_symbol
from .columns import find_columns
from .stated import StatedFacts


def raw_series(symbol: str, frame: pd.DataFrame, stated: StatedFacts | None) -> RawSeries:
    """Return a frame as a raw series; its index holds the session dates.

    A time-zone-aware index is read in the exchange's own zone, never in UTC, so that a midnight
    in Shanghai stays on its date.

    Raises
    ------
    AuditRefused
        If the index holds no dates, a column is missing, twice or not numeric, or nothing states
        the symbol's currency and exchange.
    """
    place = f"frame {check_symbol(symbol)}"
    if stated is None:
        detail = "nothing states its currency, unit and exchange; name it in the universe"
        raise refuse(place, "facts", detail, symbol=symbol)
    index = frame.index
    if not isinstance(index, pd.DatetimeIndex):
        detail = f"the index must be a DatetimeIndex of session dates, got {type(index).__name__}"
        raise refuse(place, "dates", detail, symbol=symbol)
    if index.tz is not None:
        index = index.tz_convert(clock(stated.clock_name).rule.timezone).tz_localize(None)
    flat = [str(c[0] if isinstance(c, tuple) else c) for c in frame.columns]
    places, _ = find_columns(place, ["date", *flat])
    columns: dict[str, object] = {
        "row": np.arange(1, len(frame) + 1),
        "date": index.normalize().to_numpy().astype(NS),
    }
    for name, number in places.items():
        if name != "date":
            columns[name] = _numbers(place, frame.iloc[:, number - 1], name)
    for name in ("open", "high", "low", "volume"):
        columns.setdefault(name, np.full(len(frame), np.nan))
    raw = pd.DataFrame(columns)
    digest = hashlib.sha256(pd.util.hash_pandas_object(raw, index=False).to_numpy().tobytes())
    facts = stated.facts_of(symbol, source="frames", sha256=digest.hexdigest(), file=place)
    return RawSeries(facts, raw, stated.is_adjusted)


def _numbers(place: str, values: pd.Series[float], name: str) -> np.ndarray:
    try:
        return values.to_numpy(dtype=float, na_value=np.nan)
    except (TypeError, ValueError) as error:
        raise refuse(place, "not a number", str(error), column=name) from None

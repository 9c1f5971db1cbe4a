"""Whether two looks at the same series agree: digests first, then what the rule saw of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

import numpy as np
import pandas as pd

from orebound.feeds import ExchangeRates, Market

from .record import RunRecord

Status = Literal[
    "equal",
    "longer",
    "shorter",
    "rescaled",
    "restated",
    "other",
    "only_in_a",
    "only_in_b",
    "unknown",
]
#: Relative change of a value that counts. A vendor's cents, rounded into adjusted closes, move
#: low prices by some 1e-4 from download to download (`feeds.restated`); files and made-up prices
#: repeat to the last digits.
TOLERANCE = {"yahoo": 2e-4}
EXACT = 1e-9
#: What is said of a series beside its prices; another value makes it another series.
FACTS = ("currency", "unit", "clock", "adjustment")
#: Key of `RunRecord.info` under which a reader, never a file, keeps what was restated since.
FLAG = "restated_since"
Values = Mapping[str, "pd.Series[float]"]


@dataclass(frozen=True)
class SeriesChange:
    """One series as two runs, or a run and the data at hand, read it.

    Attributes
    ----------
    status : str
        ``equal``: same digest. ``longer``, ``shorter``: other first or last day, and every value
        that both saw agrees. ``rescaled``: all values by one factor, as later dividends and
        splits do to adjusted prices. ``restated``: a day that both have says something else, or
        the digest differs over the same days. ``other``: other currency, unit, clock or
        adjustment.
        ``only_in_a``, ``only_in_b``; ``unknown``: an older record without digests.
    detail : str
        What differs, in words; empty where nothing does.
    """

    symbol: str
    status: Status
    detail: str = ""

    @property
    def is_restated(self) -> bool:
        """Whether figures made before are figures of other data."""
        return self.status in ("restated", "rescaled", "other")

    def __str__(self) -> str:
        alone = {"only_in_a": "in A alone", "only_in_b": "in B alone"}.get(self.status)
        said = [self.detail or alone] if alone else [self.status, self.detail]
        return f"{self.symbol}: {', '.join(filter(None, said))}"


def stale_series(record: RunRecord, market: Market) -> tuple[SeriesChange, ...]:
    """Return the series of a run that the market at hand does not merely continue.

    Parameters
    ----------
    record : RunRecord
        Its `data` digests and the closes and inputs its rule saw are the first look.
    market : Market
        The second look: the same source, read now.
    """
    rows = market.frame().astype({"first": str, "last": str}).to_dict("records")
    at_hand: dict[str, Any] = {}
    for row in rows:
        at_hand.setdefault(str(row["symbol"]), row)
    found = series_changes(
        record.info["data"],
        at_hand,
        seen_by(record),
        _seen_in(market),
        tolerance=TOLERANCE.get(market.source, EXACT),
    )
    gone = "no longer in the data at hand"
    found = [replace(one, detail=gone) if one.status == "only_in_a" else one for one in found]
    return tuple(one for one in found if one.is_restated or one.status in ("only_in_a", "shorter"))


def flagged(record: RunRecord, changes: Sequence[SeriesChange]) -> RunRecord:
    """Return the record whose cautions name what was restated since; its files stay as they are."""
    if not changes:
        return record
    return replace(record, info=record.info | {FLAG: [str(change) for change in changes]})


def series_changes(
    a: Mapping[str, Any],
    b: Mapping[str, Any],
    seen_a: Values,
    seen_b: Values,
    *,
    tolerance: float = EXACT,
) -> list[SeriesChange]:
    """Return one row a series of either side.

    Parameters
    ----------
    a, b : mapping
        By symbol ``role, first, last, currency, unit, clock, adjustment, sha256``, as in run.json.
    seen_a, seen_b : mapping of Series
        By symbol, or by the last word of its role, the values by time that each side saw.
    tolerance : float
        Relative change that counts.
    """
    out = []
    for symbol in dict.fromkeys((*a, *b)):
        if symbol not in a or symbol not in b:
            status: Status = "only_in_b" if symbol not in a else "only_in_a"
            out.append(SeriesChange(symbol, status))
            continue
        one, two = _row(a[symbol]), _row(b[symbol])
        pair = _both_saw(symbol, one, seen_a, seen_b)
        out.append(_change(symbol, one, two, pair, tolerance))
    return out


def seen_by(record: RunRecord) -> dict[str, pd.Series[float]]:
    """Return by symbol, metal, market or currency pair what the rule of a run saw, by time."""
    signals, inputs = record.signals, record.inputs
    return _by(signals, "symbol", "known_close") | _by(inputs, "series", "value")


def _by(frame: pd.DataFrame, key: str, value: str) -> dict[str, pd.Series[float]]:
    return {
        str(name): rows.set_index("time")[value].astype(np.float64)
        for name, rows in frame.groupby(key, sort=False)
    }


def _seen_in(market: Market) -> dict[str, pd.Series[float]]:
    panel, parts = market.panel, market.parts
    times = pd.DatetimeIndex(panel.closes)
    seen = {
        name: pd.Series(panel.known_close[has, k], index=times[has])
        for k, name in enumerate(panel.names)
        for has in (panel.has_bar[:, k],)
    }
    for metal, values in zip(panel.metals, panel.metal, strict=True):
        seen[metal] = pd.Series(values.value, index=times)
    if panel.market is not None and parts.market is not None:
        seen[parts.market.symbol] = pd.Series(panel.market.value, index=times)
    rates = ExchangeRates(parts.pairs, parts.base_currency)
    for pair in parts.pairs:
        currency = pair.replace(parts.base_currency, "")
        known = rates.known(currency, panel.closes).value
        seen[f"{currency}{parts.base_currency}"] = pd.Series(known, index=times)
    return seen


def _row(found: Any) -> dict[str, Any]:
    return dict(found) if isinstance(found, Mapping) else {}


def _both_saw(
    symbol: str, row: dict[str, Any], seen_a: Values, seen_b: Values
) -> tuple[pd.Series[float], pd.Series[float]] | None:
    """Return the values of a series by either of its names: symbol, metal or currency pair."""
    kind, _, label = str(row.get("role", "")).partition(" ")
    names = (symbol, label, label[3:] + label[:3] if kind == "fx" else label)
    for name in names:
        if name and name in seen_a and name in seen_b:
            return seen_a[name], seen_b[name]
    return None


def _change(
    symbol: str,
    a: dict[str, Any],
    b: dict[str, Any],
    pair: tuple[pd.Series[float], pd.Series[float]] | None,
    tolerance: float,
) -> SeriesChange:
    facts = [name for name in FACTS if name in a and name in b and a[name] != b[name]]
    if facts:
        said = [f"{name} {a[name] or 'none'} in A, {b[name] or 'none'} in B" for name in facts]
        return SeriesChange(symbol, "other", "; ".join(said))
    if not a.get("sha256") or not b.get("sha256"):
        return SeriesChange(symbol, "unknown", "a record without its digest")
    if a["sha256"] == b["sha256"]:
        return SeriesChange(symbol, "equal")
    found = values_changed(*pair, tolerance=tolerance) if pair else None
    if found is not None:
        return SeriesChange(symbol, *found)
    spans = [(str(row.get("first")), str(row.get("last"))) for row in (a, b)]
    if spans[0] == spans[1]:
        words = "another digest over the same days"
        if pair is not None:
            words += "; every close that both saw agrees, so other days or other columns changed"
        return SeriesChange(symbol, "restated", words)
    is_longer = spans[1][1] > spans[0][1] or (
        spans[1][1] == spans[0][1] and spans[1][0] < spans[0][0]
    )
    words = f"{' to '.join(spans[0])} in A, {' to '.join(spans[1])} in B"
    return SeriesChange(symbol, "longer" if is_longer else "shorter", words)


def values_changed(
    a: pd.Series[float], b: pd.Series[float], *, tolerance: float = EXACT
) -> tuple[Status, str] | None:
    """Return how the values of times that both have differ, None where they agree.

    One factor over all of them is ``rescaled``; a value beyond that factor, or a time within the
    span of both that only one has a value at, is ``restated``.
    """
    a, b = a.dropna(), b.dropna()
    a, b = (one[~one.index.duplicated(keep="last")] for one in (a, b))
    common = a.index.intersection(b.index)
    if common.empty:
        return None
    ratio = (b[common] / a[common].where(a[common] != 0.0)).dropna()
    factor = float(ratio.median()) if len(ratio) else 1.0
    change = ratio / factor - 1.0
    changed = change[change.abs() > tolerance]
    first, last = common.min(), common.max()
    lost = a.loc[first:last].index.difference(common)
    gained = b.loc[first:last].index.difference(common)
    if len(changed):
        largest = float(changed.iloc[int(np.argmax(np.abs(changed)))])
        return "restated", (
            f"{len(changed)} of {len(common)} values that both saw, from "
            f"{changed.index.min():%Y-%m-%d} to {changed.index.max():%Y-%m-%d}, by up to "
            f"{largest:+.2%}"
        )
    if len(lost) or len(gained):
        day = lost.union(gained).min()
        return "restated", (
            f"{len(lost)} days gone and {len(gained)} come within the days that both have, the "
            f"first on {day:%Y-%m-%d}"
        )
    if abs(factor - 1.0) > tolerance:
        return "rescaled", f"every value by {factor:.6g}, as later dividends and splits do"
    return None

"""Changes of prices and of pairs over a stretch, as the article's table states them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

Closes = Mapping[str, "pd.Series[float] | None"]
#: Older than this a close does not stand for a day.
MOST_DAYS = pd.Timedelta(days=10)


def closed_on(prices: pd.Series[float] | None, day: pd.Timestamp) -> float:
    """Return the last close on or before a day; NaN where there is none within ten days."""
    if prices is None:
        return float("nan")
    before = prices.loc[:day]
    if before.empty or day - before.index[-1] > MOST_DAYS:
        return float("nan")
    return float(before.iloc[-1])


def change(prices: pd.Series[float] | None, since: pd.Timestamp, until: pd.Timestamp) -> float:
    """Return the price at the end over that at the start."""
    return closed_on(prices, until) / closed_on(prices, since)


def month_either_way(day: pd.Timestamp) -> tuple[pd.Timestamp, pd.Timestamp]:
    """Return the last weekdays of the months before and after that of a month's end."""
    before = pd.offsets.BMonthEnd().rollback(day.replace(day=1) - pd.Timedelta(days=1))
    after = pd.offsets.BMonthEnd().rollforward(day + pd.Timedelta(days=7))
    return before, after


def pair_rows(
    claim: str,
    closes: Closes,
    own: str,
    other: str,
    since: pd.Timestamp,
    until: pd.Timestamp,
    note: str,
) -> list[dict[str, Any]]:
    """Return the lag of one price behind another as a ratio and as a difference in points."""
    mine = change(closes.get(own), since, until)
    theirs = change(closes.get(other), since, until)
    stretch = f"{since.date()} to {until.date()}"
    absent = [name for name in (own, other) if closes.get(name) is None]
    if absent:
        note = f"no data: {', '.join(absent)}"
    elif np.isnan(mine) or np.isnan(theirs):
        note = "no close within ten days of the start or the end"
    series = f"{own} on {other}"
    return [
        row(claim, mine / theirs - 1.0, "ratio", series, stretch, note),
        row(claim, mine - theirs, "points", series, stretch, note),
    ]


def row(
    claim: str,
    measured: float,
    form: str,
    series: str,
    stretch: str,
    note: str,
    is_claim: bool = True,
) -> dict[str, Any]:
    """Return one line of the table; `is_claim` where it measures what the article states."""
    return {
        "id": claim,
        "measured": float(measured),
        "form": form,
        "series": series,
        "stretch": stretch,
        "note": note,
        "is_claim": is_claim,
    }

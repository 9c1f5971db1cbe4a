"""The article's figures from the series at hand."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from orebound.analyzers.study import (
    ARTICLE_SYMBOLS,
    absent_symbols,
    article_table,
    article_verdicts,
)
from orebound.feeds import Series, signal_series

PAIRS = ("EURUSD", "USDCNY", "USDNOK")
#: What turns a series of a currency into dollars, and whether it must be divided by.
TO_DOLLARS = {"EUR": ("EURUSD", False), "CNY": ("USDCNY", True)}


@dataclass(frozen=True, eq=False)
class ArticleFigures:
    """The table, what it says by claim, and what it could not be worked out from.

    Attributes
    ----------
    table : DataFrame
        Columns of `analyzers.study.article_table`.
    verdicts : dict of str to str
    absent : tuple of str
    synthetic : bool
    """

    table: pd.DataFrame
    verdicts: dict[str, str]
    absent: tuple[str, ...]
    synthetic: bool


def article_figures(source: str, folder: str = "") -> ArticleFigures:
    """Return every figure the article states, worked out from a source's series.

    Raises
    ------
    ConfigError, DataRefused
        For an unknown source or folder, or a file that does not pass the audit.
    """
    found = signal_series(source, (*ARTICLE_SYMBOLS, *PAIRS), folder)
    closes = {symbol: _in_dollars(series, found) for symbol, series in found.items()}
    closes = {symbol: prices for symbol, prices in closes.items() if prices is not None}
    copper = found.get("LME_CU")
    if copper is not None and "cash" in copper.frame:
        closes["LME_CU.cash"] = copper.frame["cash"].dropna()
    table = article_table(closes)
    return ArticleFigures(
        table=table,
        verdicts=article_verdicts(table),
        absent=tuple(absent_symbols(closes)),
        synthetic=any(series.facts.synthetic for series in found.values()),
    )


def _in_dollars(series: Series, found: dict[str, Series]) -> pd.Series[float] | None:
    """Return closes in USD at the last rate of each date; a pair stays as it is quoted."""
    close: pd.Series[float] = series.frame["close"]
    currency = series.facts.currency
    if currency == "USD" or series.symbol in PAIRS:
        return close
    name, is_inverse = TO_DOLLARS.get(currency, ("", False))
    if name not in found:
        return None
    pair = found[name].frame["close"]
    place = np.searchsorted(pair.index, close.index, side="right") - 1
    rate = np.where(place >= 0, pair.to_numpy()[np.maximum(place, 0)], np.nan)
    return (close / rate if is_inverse else close * rate).dropna()

"""Small hand-made markets for tests of time: few names, real calendars, known numbers."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

import numpy as np
import pandas as pd

from orebound.feeds import (
    ExchangeRates,
    Exposure,
    Issuer,
    Listing,
    Panel,
    Series,
    SeriesFacts,
    Universe,
    build_panel,
    clock,
)

CURRENCY = {"XNYS": ("USD", "USD"), "XLON": ("GBP", "GBp"), "XOSL": ("NOK", "NOK")}


def series(
    symbol: str,
    venue: str,
    first: str,
    last: str,
    *,
    currency: str = "USD",
    price: Any = 100.0,
    without: Any = (),
    close_only: bool = False,
) -> Series:
    """Return a series on its venue's own sessions; `price` is a number, array or function."""
    days = pd.DatetimeIndex(clock(venue).sessions(first, last).astype("datetime64[ns]"))
    close = price(np.arange(len(days))) if callable(price) else np.broadcast_to(price, len(days))
    close = np.asarray(close, dtype=float)
    ohl = np.nan if close_only else close
    frame = pd.DataFrame(
        {"open": ohl, "high": ohl, "low": ohl, "close": close, "volume": 1e6},
        index=days,
    )
    kept = frame.drop(pd.DatetimeIndex(without), errors="ignore")
    facts = SeriesFacts(symbol, "frames", currency, currency, venue, "total_return")
    return Series(facts, kept)


def listing(symbol: str, mic: str = "XNYS", **settings: Any) -> Listing:
    currency, unit = CURRENCY[mic]
    return Listing(
        id=f"{symbol.lower()}-{mic.lower()}",
        issuer=symbol,
        mic=mic,
        currency=currency,
        unit=unit,
        symbols={"csv": symbol},
        half_spread_bps=settings.pop("half_spread_bps", 1.0),
        **settings,
    )


def universe(listings: list[Listing], exposures: Mapping[str, Mapping[str, float]]) -> Universe:
    issuers = {
        name: Issuer(
            name,
            name,
            "",
            tuple(
                Exposure(name, metal, weight, date(2000, 1, 1), None, "test", "H")
                for metal, weight in weights.items()
            ),
        )
        for name, weights in exposures.items()
    }
    return Universe("test", tuple(listings), issuers, {}, ())


def panel(
    traded: list[tuple[Listing, Series]],
    *,
    metals: dict[str, Series] | None = None,
    market: Series | None = None,
    pairs: dict[str, Series] | None = None,
    exposures: Mapping[str, Mapping[str, float]] | None = None,
    end: Any = None,
) -> Panel:
    weights = exposures or {line.issuer: {"copper": 1.0} for line, _ in traded}
    return build_panel(
        universe([line for line, _ in traded], weights),
        traded,
        metals=metals or {},
        market=market,
        rates=ExchangeRates(pairs or {}, "USD"),
        end=end,
    )

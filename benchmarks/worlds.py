"""Invented markets of any number of bars and names, for measurements of growth."""

from __future__ import annotations

import dataclasses
from dataclasses import replace
from datetime import date
from typing import Any

import numpy as np
import pandas as pd

from orebound.feeds import (
    Exposure,
    Issuer,
    Listing,
    Market,
    Panel,
    Parts,
    Series,
    SeriesFacts,
    Universe,
    clock,
)

FIRST, LAST = "2000-01-03", "2023-12-29"
LONGEST = 5_000
#: Closes of a stretched market are calendar days from here: 100,000 end before 2262, where
#: nanoseconds end.
STRETCHED_FROM = np.datetime64("1985-01-01T21:00", "ns")
DAY, SESSION, BEFORE_CLOSE = (np.timedelta64(n, "m") for n in (1440, 390, 480))
Random = np.random.Generator


def world(n_bars: int, n_names: int, seed: int = 1) -> Market:
    """Return a market of one exchange whose names trail two metals and revert.

    Above 5,000 bars the panel is repeated: real exchange calendars do not reach that far. Prices
    jump where a repetition begins, which costs no time and says nothing of results.
    """
    random = np.random.default_rng(seed)
    days = clock("XNYS").sessions(FIRST, LAST)[: min(n_bars, LONGEST)]
    official = clock("LME official").sessions(FIRST, days[-1])
    metals = {name: _metal(name, official, random) for name in ("copper", "gold")}
    factor = np.log(metals["copper"].frame["close"]).diff().fillna(0.0)
    factor = factor.reindex(pd.DatetimeIndex(days.astype("M8[ns]"))).fillna(0.0).to_numpy()
    market = _series("MKT", "XNYS", days, _walk(random, len(days), 0.009))
    lines = [_listing(f"N{place}") for place in range(n_names)]
    traded = tuple((line, _miner(line, days, factor, random)) for line, _ in lines)
    issuers = {line.issuer: issuer for line, issuer in lines}
    universe = Universe("invented", tuple(line for line, _ in lines), issuers, {}, ())
    parts = Parts(traded, metals, market, {}, "USD", {}, {}, ())
    made = Market._of("frames", universe, parts, True, np.timedelta64(300, "s"), None)
    return made if n_bars <= LONGEST else replace(made, panel=stretched(made.panel, n_bars))


def stretched(panel: Panel, n_bars: int) -> Panel:
    """Return the panel's rows repeated up to a number of bars, one a calendar day."""
    n_rows = panel.n_rows
    closes = STRETCHED_FROM + np.arange(n_bars) * DAY
    columns = np.repeat(closes[:, None], panel.n_names, axis=1)

    def longer(part: Any) -> Any:
        values = {field.name: getattr(part, field.name) for field in dataclasses.fields(part)}
        return replace(part, **{
            name: value[np.arange(n_bars) % n_rows]
            for name, value in values.items()
            if isinstance(value, np.ndarray) and len(value) == n_rows
        })  # fmt: skip

    def known(part: Any) -> Any:
        return replace(longer(part), known_at=closes - BEFORE_CLOSE)

    return replace(
        longer(panel),
        closes=closes,
        session=columns.astype("datetime64[D]"),
        opened_at=columns - SESSION,
        metal=tuple(known(one) for one in panel.metal),
        market=known(panel.market),
    )


def _walk(random: Random, n: int, size: float) -> np.ndarray:
    return np.asarray(100.0 * np.exp(np.cumsum(random.normal(0.0, size, n))))


def _metal(name: str, days: np.ndarray, random: Random) -> Series:
    return _series(name, "LME official", days, _walk(random, len(days), 0.012))


def _listing(name: str) -> tuple[Listing, Issuer]:
    listing = Listing(
        id=name, issuer=name, mic="XNYS", currency="USD", unit="USD", symbols={"csv": name},
        half_spread_bps=5.0,
    )  # fmt: skip
    halves = tuple(
        Exposure(name, metal, 0.5, date(1980, 1, 1), None, "invented", "H")
        for metal in ("copper", "gold")
    )
    return listing, Issuer(name, name, "", halves)


def _miner(listing: Listing, days: np.ndarray, factor: np.ndarray, random: Random) -> Series:
    gap, steps = np.zeros(len(days)), random.normal(0.0, 0.02, len(days))
    for day in range(1, len(days)):
        gap[day] = gap[day - 1] * 0.97 + steps[day]
    noise = random.normal(0.0, 0.008, len(days))
    close = 40.0 * np.exp(np.cumsum(0.6 * factor + np.diff(gap, prepend=0.0) + noise))
    opened = np.concatenate([close[:1], close[:-1]]) * np.exp(random.normal(0, 0.006, len(days)))
    high, low = np.maximum(opened, close) * 1.003, np.minimum(opened, close) / 1.003
    bars = {"open": opened, "high": high, "low": low}
    return _series(listing.id, "XNYS", days, close, bars)


def _series(
    symbol: str,
    venue: str,
    days: np.ndarray,
    close: np.ndarray,
    bars: dict[str, np.ndarray] | None = None,
) -> Series:
    values: dict[str, Any] = bars or dict.fromkeys(("open", "high", "low"), np.nan)
    index = pd.DatetimeIndex(days.astype("M8[ns]"))
    frame = pd.DataFrame({**values, "close": close, "volume": 1e6}, index=index)
    return Series(SeriesFacts(symbol, "frames", "USD", "USD", venue, "total_return"), frame)

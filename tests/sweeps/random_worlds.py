"""Random markets for proofs of parity: all that can differ, differs."""

from __future__ import annotations

from datetime import date
from typing import Any

import numpy as np
import pandas as pd

from orebound.feeds import (
    Duty,
    Exposure,
    Issuer,
    Listing,
    Market,
    Parts,
    Series,
    SeriesFacts,
    Universe,
    clock,
)
from orebound.sweeps import Parameters, RunConfig
from orebound.sweeps.parity_sets import random_set
from orebound.sweeps.prepared import changed

EXCHANGES = {
    "XNYS": ("USD", "USD", 1.0),
    "XLON": ("GBP", "GBp", 0.8),
    "XOSL": ("NOK", "NOK", 10.0),
}
FIRST, LAST = "2014-01-02", "2017-06-30"
Random = np.random.Generator


def random_market(generator: Random, names: int) -> Market:
    """Return a market of some names on up to three exchanges, with holes, late starts and ends."""
    metals = {"copper": _metal("CU", generator), "gold": _metal("AU", generator)}
    market = _series("MKT", "XNYS", "USD", _walk(generator, "XNYS", 0.009), ohlc=False)
    factor = np.log(metals["copper"].frame["close"]).diff().fillna(0.0)
    traded, issuers = [], {}
    for k in range(names):
        mic = str(generator.choice(list(EXCHANGES)))
        listing, issuer = _line(f"N{k}", mic, generator)
        traded.append((listing, _miner(listing, factor, generator)))
        issuers[listing.issuer] = issuer
    universe = Universe("random", tuple(line for line, _ in traded), issuers, {}, ())
    pairs = {
        "GBPUSD": _pair("GBPUSD", "USD", 1.3, generator),
        "USDNOK": _pair("USDNOK", "NOK", 8.5, generator),
    }
    parts = Parts(tuple(traded), metals, market, pairs, "USD", {}, {}, ())
    return Market._of("frames", universe, parts, True, np.timedelta64(300, "s"), None)


def whole_run(market: Market, parameters: Parameters) -> RunConfig:
    """Return a run over every row of a market, those of the warm-up included."""
    first = market.panel.closes[0].astype("datetime64[D]").item()
    start = RunConfig().data.model_copy(update={"start": first})
    own = {name: getattr(parameters, name) for name in ("rule", "regime", "sizing", "costs")}
    return RunConfig(data=start, **own)


def random_parameters(generator: Random) -> Parameters:
    """Return the four sections of parameters, drawn as everywhere in proofs of parity."""
    config = changed(RunConfig(), random_set(generator, RunConfig()))
    return Parameters(config.rule, config.regime, config.sizing, config.costs)


def _walk(generator: Random, venue: str, sd: float) -> pd.Series:
    days = clock(venue).sessions(FIRST, LAST)
    steps = generator.standard_t(5, len(days)) * sd * 0.77
    index = pd.DatetimeIndex(days.astype("M8[ns]"))
    return pd.Series(100.0 * np.exp(np.cumsum(steps)), index=index)


def _metal(symbol: str, generator: Random) -> Series:
    close = _walk(generator, "LME official", 0.012)
    return _series(symbol, "LME official", "USD", _thinned(close, generator, 0.01), ohlc=False)


def _pair(symbol: str, currency: str, level: float, generator: Random) -> Series:
    venue = "FX day end 22:00 UTC"
    close = _walk(generator, venue, 0.005) / 100.0 * level
    return _series(symbol, venue, currency, close, ohlc=False)


def _line(name: str, mic: str, generator: Random) -> tuple[Listing, Issuer]:
    currency, unit, _ = EXCHANGES[mic]
    duties = ()
    if mic == "XLON":
        duties = (Duty(name, "SDRT", 0.005, None, date(2016, 1, 4)),)
    listing = Listing(
        id=name, issuer=name, mic=mic, currency=currency, unit=unit, symbols={"csv": name},
        half_spread_bps=float(generator.choice([1.0, 12.0])), duties=duties,
        levy="PTM" if mic == "XLON" else "",
    )  # fmt: skip
    share = float(generator.uniform(0.3, 0.9))
    rows = tuple(
        Exposure(name, metal, weight, date(2000, 1, 1), None, "random", "H")
        for metal, weight in (("copper", share), ("gold", 1.0 - share))
    )
    return listing, Issuer(name, name, "", rows)


def _miner(listing: Listing, factor: pd.Series, generator: Random) -> Series:
    days = pd.DatetimeIndex(clock(listing.mic).sessions(FIRST, LAST).astype("M8[ns]"))
    metal = factor.reindex(days).fillna(0.0).to_numpy()
    own = np.diff(_reverting(generator, len(days)), prepend=0.0)
    noise = generator.normal(0, 0.008, len(days))
    close = pd.Series(40.0 * np.exp(np.cumsum(1.2 * metal + own + noise)), index=days)
    close = close.iloc[int(generator.choice([0, 0, 0, 150])) :]  # some list later
    close = close.iloc[: len(close) - int(generator.choice([0, 0, 0, 90]))]  # some end early
    close = _thinned(close, generator, 0.02)
    if generator.random() < 0.4:  # a halt, bridged or a hole
        start = int(generator.integers(300, len(close) - 60))
        close = close.drop(close.index[start : start + int(generator.integers(3, 15))])
    return _series(listing.symbols["csv"], listing.mic, listing.currency, close, generator)


def _reverting(generator: Random, n: int) -> np.ndarray:
    out = np.zeros(n)
    for t in range(1, n):
        out[t] = out[t - 1] * 0.97 + generator.normal(0, 0.02)
    return out


def _thinned(close: pd.Series, generator: Random, share: float) -> pd.Series:
    keep = generator.random(len(close)) >= share
    keep[0] = keep[-1] = True
    return close[keep]


def _series(
    symbol: str,
    venue: str,
    currency: str,
    close: pd.Series,
    generator: Random | None = None,
    *,
    ohlc: bool = True,
) -> Series:
    values: dict[str, Any] = dict.fromkeys(("open", "high", "low"), np.nan)
    if ohlc and generator is not None:
        gap = np.exp(generator.normal(0, 0.006, len(close)))
        opened = (close.shift(1).fillna(close.iloc[0]) * gap).round(4)
        top = np.maximum(opened, close) * np.exp(np.abs(generator.normal(0, 0.004, len(close))))
        low = np.minimum(opened, close) * np.exp(-np.abs(generator.normal(0, 0.004, len(close))))
        values = {"open": opened, "high": top, "low": low}
    volume = 1e5 if generator is None else np.round(generator.lognormal(11, 0.5, len(close)))
    frame = pd.DataFrame({**values, "close": close.round(6), "volume": volume})
    facts = SeriesFacts(symbol, "frames", currency, currency, venue, "total_return")
    return Series(facts, frame)

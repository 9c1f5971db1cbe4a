"""The sample market with what it lacks of China: monthly numbers, stocks, shares, an issuer's."""

from __future__ import annotations

from dataclasses import replace
from functools import lru_cache

import numpy as np
import pandas as pd

from orebound.feeds import KnownSeries, Market, Series, SeriesFacts, clock, released
from tests.markets import small_sample

#: Rule of release of each monthly series, and its mean and deviation.
MONTHLY = {
    "pmi": ("nbs_pmi", 50.2, 0.8),
    "m1": ("day16_2359_beijing", 6.0, 3.0),
    "loans": ("day16_2359_beijing", 12_000.0, 5_000.0),
    "tsf": ("day16_2359_beijing", 20_000.0, 8_000.0),
    "cpi": ("us_cpi", 2.5, 0.6),
}


@lru_cache(maxsize=2)
def china_world(*symbols: str) -> Market:
    """Return a few names of the sample with every series that filters and conditions read.

    Each month's number comes out by its rule, and is revised two months later.
    """
    plain = small_sample(*symbols)
    lme = plain.parts.metals["copper"]
    gold = Market.sample(plain.universe, extra=("GLD",)).parts.extra["GLD"]
    generator = np.random.default_rng(31)
    parts = replace(
        plain.parts,
        extra={
            "LME_CU": lme,
            "LME_CU.stock": _stock(lme, generator),
            "CSI300": _shares(lme, generator),
            "GLD": gold,
        },
        known={name: _monthly(name, lme, generator) for name in MONTHLY},
    )
    return plain._of(
        plain.source, plain.universe, parts, plain.allow_hindsight, plain.latency, None
    )


def _monthly(name: str, like: Series, generator: np.random.Generator) -> KnownSeries:
    rule, mean, deviation = MONTHLY[name]
    first, last = like.sessions[0], like.sessions[-1]
    months = np.arange(first.astype("M8[M]"), last.astype("M8[M]"))
    periods = months.astype("M8[D]")
    walk = np.convolve(generator.normal(0.0, 1.0, len(months) + 5), np.ones(6), "valid")
    value = mean + deviation * walk / np.sqrt(6.0)
    out = released(periods, rule)
    again = out + np.timedelta64(61, "D")
    times = np.concatenate([out, again])
    order = np.argsort(times, kind="stable")
    revised = np.concatenate([value, value + 0.3 * deviation * generator.normal(0, 1, len(value))])
    return KnownSeries(name, np.tile(periods, 2)[order], times[order], revised[order])


def _stock(lme: Series, generator: np.random.Generator) -> Series:
    walk = np.cumsum(generator.normal(0.0, 0.02, len(lme.frame)))
    facts = replace(lme.facts, symbol="LME_CU.stock")
    return replace(lme, facts=facts, frame=lme.frame.assign(close=2e5 * np.exp(np.sin(walk))))


def _shares(lme: Series, generator: np.random.Generator) -> Series:
    days = clock("China day close").sessions(lme.sessions[0], lme.sessions[-1])
    index = pd.DatetimeIndex(days.astype("M8[ns]"))
    close = 3000.0 * np.exp(np.cumsum(generator.standard_t(4, len(index)) * 0.009))
    frame = pd.DataFrame({"close": close}, index=index).reindex(columns=lme.frame.columns)
    facts = SeriesFacts("CSI300", "sample", "CNY", "CNY", "China day close", "raw")
    return Series(replace(facts, synthetic=True), frame)

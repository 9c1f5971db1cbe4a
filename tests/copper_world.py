"""The sample market with what it lacks of copper: COMEX beside LME, cash and warehouse stock."""

from __future__ import annotations

from dataclasses import replace
from functools import lru_cache

import numpy as np
import pandas as pd

from orebound.feeds import Market, Series, SeriesFacts, clock
from orebound.strategies.context.premium import POUNDS_PER_TONNE
from tests.markets import small_sample

#: Enough for every window before the tariffs of 2025, and no more.
FIRST = "2021-06-01"
#: While it lasts COMEX copper stands a fifth over LME copper.
SHOCK = ("2025-02-26", "2025-07-30")
PREMIUM = 0.20


@lru_cache(maxsize=2)
def copper_world(*symbols: str) -> Market:
    """Return a few names of the sample with HG, and LME cash and stock, as further series."""
    plain = small_sample(*symbols).rebuilt(lambda one: replace(one, frame=one.frame.loc[FIRST:]))
    lme = plain.parts.metals["copper"]
    generator = np.random.default_rng(29)
    return plain._of(
        *(plain.source, plain.universe),
        replace(
            plain.parts,
            extra={
                "HG": _comex(lme, generator),
                "LME_CU": lme,
                "LME_CU.cash": _column(lme, "cash", _cash(lme, generator)),
                "LME_CU.stock": _column(lme, "stock", _stock(lme, generator)),
            },
        ),
        *(plain.allow_hindsight, plain.latency, None),
    )


def _comex(lme: Series, generator: np.random.Generator) -> Series:
    days = clock("COMEX settlement").sessions(lme.sessions[0], lme.sessions[-1])
    index = pd.DatetimeIndex(days.astype("M8[ns]"))
    tonne = lme.frame["close"].reindex(index, method="ffill").bfill()
    duty = pd.Series(0.0, index=index)
    duty.loc[SHOCK[0] : SHOCK[1]] = PREMIUM
    noise = generator.normal(0.0, 0.012, len(index))
    close = tonne * (1.0 + duty + noise) / POUNDS_PER_TONNE
    frame = pd.DataFrame({"close": close}).reindex(columns=lme.frame.columns)
    facts = SeriesFacts("HG", "sample", "USD", "USD/lb", "COMEX settlement", "total_return")
    return Series(replace(facts, synthetic=True), frame)


def _column(lme: Series, name: str, values: np.ndarray) -> Series:
    facts = replace(lme.facts, symbol=f"LME_CU.{name}")
    return replace(lme, facts=facts, frame=lme.frame.assign(close=values))


def _cash(lme: Series, generator: np.random.Generator) -> np.ndarray:
    spread = np.cumsum(generator.normal(0.0, 0.001, len(lme.frame)))
    return lme.frame["close"].to_numpy() * (1.0 + 0.02 * np.sin(spread * 8.0))


def _stock(lme: Series, generator: np.random.Generator) -> np.ndarray:
    walk = np.cumsum(generator.normal(0.0, 0.02, len(lme.frame)))
    return np.round(200_000.0 * np.exp(0.8 * np.sin(walk)), -2)

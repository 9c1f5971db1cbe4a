"""Acceptance case 6: wrong units never trade, and currency moves are no catch-up."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from orebound.feeds import DataRefused, Market, clock
from orebound.strategies import Regime, Rule, compute
from tests.markets import small_sample

FX_CLOCK = "FX day end 22:00 UTC"
DROP = pd.Timestamp("2016-06-24")  # the vote on leaving the European Union: sterling fell 8 %


def frame(venue: str, close: np.ndarray | float, first: str, last: str) -> pd.DataFrame:
    days = pd.DatetimeIndex(clock(venue).sessions(first, last).astype("datetime64[ns]"))
    values = np.broadcast_to(close, len(days)).astype(float)
    return pd.DataFrame(
        {"Open": values, "High": values, "Low": values, "Close": values, "Adj Close": values}
        | {"Volume": 1e6},
        index=days,
    )


def world(first: str = "2014-01-02", last: str = "2016-12-30") -> dict[str, pd.DataFrame]:
    """Return a London copper miner and copper, both flat in USD, and sterling that falls once."""
    sterling = frame(FX_CLOCK, 1.5, first, last)
    sterling.loc[DROP:, ["Open", "High", "Low", "Close"]] = 1.5 * 0.92
    miner = frame("XLON", 1.0, first, last)
    # Flat in USD at the rate known at each close: that of the day before.
    known = sterling["Close"].shift(1).reindex(miner.index, method="ffill").fillna(1.5)
    noise = 1.0 + 1e-4 * np.sin(np.arange(len(miner)))  # a series that never moves is refused
    for column in ("Open", "High", "Low", "Close", "Adj Close"):
        miner[column] = 1000.0 * 1.5 / known * noise
    metal = frame("LME official", 6000.0, first, last)
    metal["Close"] *= 1.0 + 1e-4 * np.cos(np.arange(len(metal)))
    return {"ANTO.L": miner, "LME_CU": metal, "GBPUSD": sterling}


def market(frames: dict[str, pd.DataFrame]) -> Market:
    universe = small_sample("ANTO.L").universe
    return Market.frames(frames, universe, skip_missing=True)


def test_a_fall_of_sterling_opens_no_gap_in_dollars() -> None:
    panel = market(world()).panel
    rule = Rule(gap="ratio", gap_window=60, market_factor=False)
    signals = compute(panel, rule, Regime(regime="none"))
    after = panel.closes >= np.datetime64("2016-06-27")
    assert np.nanmax(np.abs(signals.gap[after, 0])) < 1e-3
    # In pence the same price rose by 8 %: without conversion this would be a catch-up.
    pence = np.log(panel.known_close[:, 0] / panel.rate[:, 0])
    assert np.nanmax(np.abs(pence[after] - pence[~after][-1])) > 0.08


def test_a_wrong_unit_gap_of_eight_percent_does_not_fire() -> None:
    panel = market(world()).panel
    rule = Rule(gap="ratio", gap_window=60, market_factor=False)
    signals = compute(panel, rule, Regime(regime="none"))
    assert not (signals.blocked == 0).any()


@pytest.mark.parametrize("rows", [slice(300, 303), slice(300, 301)])
def test_prices_in_pounds_within_a_series_in_pence_are_refused_by_date(rows: slice) -> None:
    frames = world()
    miner = frames["ANTO.L"]
    places = [miner.columns.get_loc(name) for name in ("Open", "High", "Low", "Close")]
    miner.iloc[rows, places] /= 100.0
    day = f"{miner.index[rows.start]:%Y-%m-%d}"
    with pytest.raises(DataRefused, match=f"{day}.*unit"):
        market(frames)

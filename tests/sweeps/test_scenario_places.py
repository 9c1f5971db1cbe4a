"""Forecasts without a view against what came."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from orebound.feeds import Market
from orebound.strategies import ScenarioSettings, christoffersen_coverage, uniformity
from orebound.sweeps import RunConfig, forecast_places

from ..markets import small_sample


def test_a_place_is_the_share_of_paths_below_what_came() -> None:
    settings = ScenarioSettings(method="bootstrap", paths=1_000, draws=20)
    market = small_sample()
    found = forecast_places(market, RunConfig(), "copper", ["2019-06-28"], settings=settings)
    assert found["symbol"].tolist() == list(market.names)
    assert found["place"].between(0.0, 1.0).all()
    # 252 New York sessions after 2019-06-28 is 2020-06-29.
    column = market.names.index("FCX")
    days = market.panel.closes.astype("datetime64[D]")
    prices = [
        market.panel.known_close[np.flatnonzero(days == np.datetime64(day))[-1], column]
        for day in ("2019-06-28", "2020-06-29")
    ]
    realised = found.set_index("symbol")["realised"]["FCX"]
    assert realised == pytest.approx(np.log(prices[1] / prices[0]))


def test_a_name_whose_data_end_before_the_horizon_has_no_place() -> None:
    settings = ScenarioSettings(method="bootstrap", paths=1_000, draws=20)
    found = forecast_places(
        small_sample(), RunConfig(), "copper", ["2025-06-30"], settings=settings
    )
    assert found.empty


@pytest.mark.slow
def test_bands_on_real_prices_hold_two_of_three_years_where_four_of_five_are_meant(
    shared_data: Path,
) -> None:
    """Quarter-ends of 2012 to 2023, a year ahead: seen 68 % inside the 80 % band.

    Forecasts of one year hang together, so that the tests by name are shown and not required:
    places of year-ends, which do not overlap, may not be far from uniform.
    """
    market = Market.csv(shared_data / "prices", "nyse-miners", skip_missing=True)
    days = [day.date() for day in pd.date_range("2012-03-31", "2023-12-31", freq="QE")]
    found = forecast_places(market, RunConfig(), "copper", days)
    inside = found["place"].between(0.1, 0.9).to_numpy()
    assert 0.60 < inside.mean() < 0.90
    for name, group in found.groupby("symbol"):
        coverage = christoffersen_coverage(group["place"].between(0.1, 0.9).to_numpy(), 0.8)
        print(name, uniformity(group["place"].to_numpy()), coverage)
    year_ends = found[pd.to_datetime(found["day"]).dt.month == 12]
    assert uniformity(year_ends["place"].to_numpy())[1] > 0.01

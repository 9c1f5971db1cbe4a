"""What every output of a market says of it."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

from orebound.sweeps.market_notes import market_notes
from tests.markets import small_sample


def test_names_left_out_and_hindsight_are_said_once() -> None:
    market = small_sample("FCX", "RIO")
    universe = replace(market.universe, hindsight="a survivors' list", valid_from=date(2024, 2, 1))
    parts = replace(market.parts, excluded={"VALE": "no data", "AA": "no data"})
    market = replace(market, universe=universe, parts=parts, allow_hindsight=True)
    said = market_notes([market, market])
    assert said[:3] == [
        "nyse-miners: left out for want of data: VALE, AA",
        "nyse-miners: a survivors' list",
        "nyse-miners was made on 2024-02-01: earlier use is hindsight",
    ]
    assert said[3:] == list(market.warnings)

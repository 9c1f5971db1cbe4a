"""The default rule's orders, pinned: a part that is off changes none of them.

Made by ``order_hash(backtest(market, Parameters(...)).orders)`` before any further part existed.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from orebound.analyzers import order_hash
from orebound.feeds import Market
from orebound.strategies import Regime, Rule
from orebound.sweeps import Parameters
from orebound.sweeps.cerebro_run import backtest
from tests.markets import sample

SAMPLE = {
    "no_entries": "c30956f844d80a9d82140c4d7ee75bf21aca12392a3900dafff981a51d50272e",
    "reduced": "88ca7dbc8e5358cfb9b1adacd32eb9f2d47784bf3d71f1906d07326ed0a68f49",
}
REAL = "ef6bfd20856e206aa8ef56950a9f662a1dad1a994bb8b884cd590668d4256b7f"


@pytest.mark.parametrize("when_off", SAMPLE)
def test_orders_on_the_sample_market_are_those_of_before(when_off: str) -> None:
    regime = Regime.model_validate({"when_off": when_off})
    assert order_hash(backtest(sample(), Parameters(regime=regime)).orders) == SAMPLE[when_off]


def test_orders_on_real_history_are_those_of_before(shared_data: Path) -> None:
    market = Market.csv(shared_data / "prices", skip_missing=True)
    assert order_hash(backtest(market, Parameters()).orders) == REAL


def test_the_rules_parameters_keep_their_order_which_numbers_combinations() -> None:
    before = (
        *("gap", "gap_window", "exposures", "hedge", "hedge_window", "hedge_horizon"),
        *("beta_min", "beta_max", "market_factor", "trigger", "z_in", "lag_in", "capture"),
        *("stop_multiple", "time_stop_multiple", "time_stop_min", "time_stop_max", "cool_down"),
        *("half_life_window", "volatility_window", "max_missed", "min_coverage"),
    )
    assert tuple(name for name in Rule.model_fields if name in before) == before
    thresholds = ("z_in", "lag_in", "capture", "stop_multiple", "cool_down", "time_stop_multiple")
    found = tuple(name for name in Rule.THRESHOLDS if name in before)
    assert found == (*thresholds, "time_stop_min", "time_stop_max")

"""The default rule's orders, pinned: a part that is off changes none of them.

``ORDERS`` was made by ``order_hash(backtest(market, Parameters(...)).orders)`` before any further
part existed; with every part off the orders are still those. ``DEFAULT`` is the default rule, which
enters at half size while the tariff overhang is ON: of the sample's 56 entries and of the 13 on
real history one is.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from orebound.analyzers import order_hash
from orebound.feeds import Market
from orebound.strategies import Regime, Rule
from orebound.sweeps import Parameters
from orebound.sweeps.cerebro_run import backtest
from tests.markets import sample

OFF = {"overhang": "ignore"}
ORDERS = {
    "no_entries": "c30956f844d80a9d82140c4d7ee75bf21aca12392a3900dafff981a51d50272e",
    "reduced": "88ca7dbc8e5358cfb9b1adacd32eb9f2d47784bf3d71f1906d07326ed0a68f49",
    "real": "ef6bfd20856e206aa8ef56950a9f662a1dad1a994bb8b884cd590668d4256b7f",
}
DEFAULT = {
    "no_entries": "64dfc2c1c40b23dfda5e436a9046aabe6d9c5fa544c2b9dd6d976557dafdf11d",
    "reduced": "a0bad50d450d8f4f7a47f72485c6fca9cd9de36f2ff7c72cb2c70ec6bf86fd43",
    "real": "52f0de2645c5e0bf6e323396663ca3f7770d281bd09a1dcd1115781ca60736c9",
}
SETS = [(OFF, ORDERS), ({}, DEFAULT)]


def hashed(market: Market, keys: dict[str, Any]) -> str:
    found = backtest(market, Parameters(regime=Regime.model_validate(keys)))
    return order_hash(found.orders)


@pytest.mark.parametrize(("keys", "pinned"), SETS, ids=("every part off", "default"))
@pytest.mark.parametrize("when_off", ["no_entries", "reduced"])
def test_orders_on_the_sample_market_are_those_of_before(
    when_off: str, keys: dict[str, Any], pinned: dict[str, str]
) -> None:
    assert hashed(sample(), {"when_off": when_off} | keys) == pinned[when_off]


@pytest.mark.parametrize(("keys", "pinned"), SETS, ids=("every part off", "default"))
def test_orders_on_real_history_are_those_of_before(
    shared_data: Path, keys: dict[str, Any], pinned: dict[str, str]
) -> None:
    market = Market.csv(shared_data / "prices", skip_missing=True)
    assert hashed(market, keys) == pinned["real"]


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

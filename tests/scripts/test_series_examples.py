"""The worked examples of the door for known series run, and gate what they say."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from orebound.strategies import Blocked, compute
from orebound.sweeps import load
from orebound.sweeps.engine import load_market

FOLDER = Path(__file__).resolve().parents[2] / "examples" / "series"


NAMES = ("cycle", "inflation", "rerating", "spot_valuation", "valuation")


@pytest.mark.parametrize("name", NAMES)
def test_an_example_gates_some_entries_and_lets_others_pass(name: str) -> None:
    config = load(FOLDER / f"{name}.toml")
    market = load_market(config)
    signals = compute(market.panel, config.rule, config.regime)
    bit = (signals.blocked & np.uint32(Blocked.SERIES)) != 0
    inside = market.panel.has_bar & (market.panel.closes >= np.datetime64("2014-06-01"))[:, None]
    assert 0.05 < bit[inside].mean() < 0.95
    if name.endswith("valuation"):
        share = signals.more["series_share"][inside]
        assert set(np.unique(share)) == {0.0, 0.5, 1.0}


def test_every_number_of_the_examples_is_known_after_its_period() -> None:
    for name in NAMES:
        for known in load_market(load(FOLDER / f"{name}.toml")).panel.known.values():
            history = known.history
            assert (history.release_utc > history.ref_period.astype("datetime64[ns]")).all()

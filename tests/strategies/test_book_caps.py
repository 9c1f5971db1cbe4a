"""Caps on a whole book: the room left by hand, and a run that never goes beyond."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest

from orebound.strategies import Sizing, gross_by_unit, room_left
from orebound.strategies.book_caps import BookCaps
from orebound.sweeps import Parameters, backtest, from_names
from orebound.sweeps.cerebro_run import Outcome
from tests.markets import small_sample
from tests.sweeps.directed_worlds import Name, world

RULE: dict[str, Any] = {
    "start": "2015-01-02", "end": "2017-12-29", "z_in": 0.6, "regime": "none", "max_weight": 0.3,
}  # fmt: skip


def test_without_caps_there_is_no_limit() -> None:
    panel = world(Name({}), Name({})).panel
    caps = BookCaps(panel, Sizing())
    assert not caps.are_set
    assert caps.left(300, 0, 1e6, np.array([9e9, 9e9])) == np.inf


def test_the_room_left_is_the_cap_less_what_is_held_by_metal() -> None:
    # Both names are copper alone: 300,000 held, half a million allowed.
    panel = world(Name({}), Name({})).panel
    held = np.array([0.0, 300_000.0])
    assert BookCaps(panel, Sizing(metal_cap=0.5)).left(300, 0, 1e6, held) == 200_000.0
    assert BookCaps(panel, Sizing(gross_cap=0.35)).left(300, 0, 1e6, held) == pytest.approx(5e4)
    both = BookCaps(panel, Sizing(metal_cap=0.5, gross_cap=0.4))
    assert both.left(300, 0, 1e6, held) == 100_000.0
    assert both.left(300, 0, 1e6, held * 2.0) == 0.0


def test_a_metal_takes_its_share_of_a_name_of_several() -> None:
    market = small_sample("FCX", "AU")
    panel = market.panel
    row = panel.n_rows - 1
    step = panel.exposure.at(panel.closes)[row]
    shares = np.abs(panel.exposure.weights[step]) / panel.exposure.total[step][:, None]
    gold = panel.metals.index("gold")
    assert 0.0 < shares[0, gold] < shares[1, gold], "FCX mines some gold, AU little else"
    left = BookCaps(panel, Sizing(metal_cap=0.5)).left(row, 0, 1e6, np.array([0.0, 4.5e5]))
    by_gold = (5e5 - 4.5e5 * shares[1, gold]) / shares[0, gold]
    by_copper = 5e5 / shares[0, panel.metals.index("copper")]
    assert left == pytest.approx(min(by_gold, by_copper))


def test_sums_are_taken_one_after_the_other() -> None:
    # In pairs these would add up to another last bit; hand sums of the same doubles.
    values = np.array([0.1] * 9 + [0.7])
    held = 0.0
    for one in values.tolist():
        held += one
    assert held != float(values.sum()), "numpy adds in pairs"
    shares = np.ones((1, 10, 1))
    assert room_left(values, shares, 0, 0, 1e3, 0.0, 0.5, 2.0) == (500.0 - held) / 2.0
    assert room_left(values, shares, 0, 0, 1e3, 0.5, 0.0, 2.0) == 500.0 - held
    ratios = np.array([[0.3, -0.1, np.nan, 0.7]])
    assert gross_by_unit(ratios, 0, np.array([2, 3, 1, 0]), 1, 4) == 1.0 + (0.7 + 0.1 + 0.3)


def run(runonce: bool = True, **more: Any) -> tuple[Outcome, Any]:
    config = from_names(RULE | more)
    market = small_sample("FCX", "RIO", "B")
    parameters = Parameters(config.rule, config.regime, config.sizing, config.costs)
    dates = {"start": config.data.start, "end": config.data.end}
    return backtest(market, parameters, **dates, runonce=runonce), market


def largest_at_decisions(outcome: Outcome, market: Any) -> float:
    """Return the largest share of equity that is held and ordered at any entry."""
    panel, book = market.panel, outcome.equity.set_index("date")
    entries = outcome.orders[outcome.orders["reason"] == "entry"]
    rows = np.searchsorted(panel.closes + panel.latency, entries["submitted"].to_numpy())
    columns = [market.names.index(symbol) for symbol in entries["symbol"]]
    ordered = entries["size"] * panel.known_close[rows, columns]
    asked = ordered.groupby(entries["session"]).sum()
    held = book.loc[asked.index]
    return float(((held["gross"] + asked) / held["value"]).max())


def test_held_and_ordered_keep_to_the_cap_at_each_decision() -> None:
    assert largest_at_decisions(*run()) > 0.55
    assert 0.39 < largest_at_decisions(*run(gross_cap=0.4)) <= 0.4


def test_a_capped_run_is_the_same_bar_by_bar() -> None:
    caps = {"gross_cap": 0.4, "metal_cap": 0.2}
    once, again = run(**caps)[0], run(runonce=False, **caps)[0]
    pd.testing.assert_frame_equal(once.orders, again.orders)
    assert len(once.orders) > 10

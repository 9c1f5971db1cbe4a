"""Borrow and financing by the calendar day, by hand, alike in backtrader and the replay."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from orebound.feeds import Market
from orebound.strategies import Costs, Sizing
from orebound.sweeps import Parameters, RunConfig, backtest
from orebound.sweeps.parity import Compared, compare
from orebound.sweeps.prepared import Workshop
from orebound.sweeps.replay.many import runs_in_lanes
from tests.sweeps.directed_worlds import FREE, Name, day, world
from tests.sweeps.test_replay_shorts import SoldOnce


def both(market: Market, side: float, **costs: Any) -> tuple[Compared, Compared]:
    """Return one run that owes something and the same run that owes nothing."""
    found = []
    for one in (FREE | costs, FREE | costs | {"borrow_bps": 0.0, "financing_bps": 0.0}):
        rule, sizing = SoldOnce(side=side, stop_multiple=0.0), Sizing(max_weight=0.4)
        config = RunConfig(rule=rule, sizing=sizing, costs=Costs(**one))
        found.append(compare(Workshop(config, market), {}))
        assert found[-1].difference is None
    return found[0], found[1]


def test_a_short_pays_borrow_from_the_first_new_day_after_its_fill() -> None:
    market = world(Name({}), days=6)
    owing, free = both(market, -1.0, borrow_bps=365.0)
    paid = free.equity - owing.equity
    # Sold on Tuesday, day 1; 400,000 at 1 bp a day: Wednesday's is booked with Thursday's bar, and
    # the three days to Monday (day 5) with Tuesday's (day 6).
    at = len(paid) - 7 + np.arange(7)
    assert [day(k).day_name()[:3] for k in (1, 5)] == ["Tue", "Mon"]
    assert paid[at[:3]].tolist() == [0.0, 0.0, 0.0]
    np.testing.assert_allclose(np.diff(paid)[at[2:6]], [40.0, 40.0, 40.0, 120.0], rtol=2e-3)


def test_a_long_pays_financing_as_a_contract_for_difference_alone() -> None:
    market = world(Name({}), days=6)
    cfd, free = both(market, 1.0, instrument="cfd", financing_bps=365.0)
    assert (free.equity - cfd.equity)[-1] == pytest.approx(240.0, rel=2e-3)
    cash, free = both(market, 1.0, financing_bps=365.0)
    assert (free.equity == cash.equity).all()
    cfd, free = both(market, 1.0, instrument="cfd", borrow_bps=365.0)
    assert (free.equity == cfd.equity).all()


def test_what_is_owed_is_a_flow_of_its_own_by_symbol() -> None:
    market = world(Name({}), Name({}), days=6)
    rule = SoldOnce(stop_multiple=0.0)
    parameters = Parameters(rule, costs=Costs(**FREE | {"borrow_bps": 365.0}))
    flows = backtest(market, parameters).cash
    assert set(flows["kind"]) == {"borrow"}
    assert set(flows["symbol"]) == {"N0", "N1"}
    assert flows.groupby("symbol")["amount"].sum().tolist() == pytest.approx([-120.0] * 2, rel=2e-3)


def test_dearer_borrow_never_helps() -> None:
    market = world(Name({4: 0.97}), Name({6: 1.05}), days=30)
    ended = [both(market, -1.0, borrow_bps=bps)[0].equity[-1] for bps in (0.0, 40.0, 400.0)]
    assert ended[0] > ended[1] > ended[2]


def test_what_owes_by_the_day_is_left_to_the_scalar_replay() -> None:
    market = world(Name({}), days=6)
    for side, is_lane in ((1.0, True), (-1.0, False)):
        workshop = Workshop(RunConfig(rule=SoldOnce(side=side)), market)
        prepared = workshop.prepared({})
        numbers = np.zeros((1, 14))
        assert runs_in_lanes(prepared.market, prepared.rule, numbers).all() == is_lane

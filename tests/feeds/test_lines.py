"""A panel of more columns than names: short sides, tranches and hedge legs."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from orebound.feeds import ConfigError, Line, Market, name_lines
from orebound.strategies import Regime, Rule, compute
from orebound.sweeps.identity import market_digest
from orebound.sweeps.parity import crowded
from tests.feeds.worlds import listing, series
from tests.markets import small_sample


def plain() -> Market:
    return small_sample("FCX", "RIO")


LINES = (
    Line("FCX", 0, "name", "FCX"),
    Line("RIO", 1, "name", "RIO"),
    Line("FCX-short", 2, "short", "FCX"),
    Line("RIO-2", 3, "tranche", "RIO"),
)


def hedged() -> tuple[Market, tuple[Line, ...]]:
    """Return a market that may trade a London fund as a hedge, and its lines."""
    market = plain()
    fund = series("FUND", "XLON", "2010-01-04", "2016-12-30")
    hedges = {"FUND": (replace(listing("FUND", "XLON"), currency="USD", unit="USD"), fund)}
    made = Market._of(
        "sample", market.universe, replace(market.parts, hedges=hedges), False, market.latency, None
    )
    return made, (*LINES[:2], Line("FCX-FUND", 2, "leg", "FUND"))


def test_a_market_that_nothing_arranged_is_its_own_arrangement() -> None:
    market = plain()
    assert market.arranged(None) is market
    assert market.arranged(market.panel.lines) is market
    assert market.panel.lines == name_lines(("FCX", "RIO"))
    assert market.panel.targets == (0, 1)


def test_an_arrangement_is_made_once_and_knows_itself() -> None:
    market = plain()
    made = market.arranged(LINES)
    assert made is market.arranged(LINES)
    assert made.arranged(LINES) is made
    assert made.names == ("FCX", "RIO", "FCX-short", "RIO-2")
    assert made.panel.targets == (0, 1)
    assert market_digest(made) != market_digest(market)


def test_a_copy_has_the_bars_and_signals_of_its_name() -> None:
    made = plain().arranged(LINES)
    found = compute(made.panel, Rule(), Regime())
    for column, name in ((2, 0), (3, 1)):
        assert np.array_equal(
            made.panel.close[:, column], made.panel.close[:, name], equal_nan=True
        )
        for key in ("z", "gap", "half_life", "score", "stop", "blocked", "run"):
            values = getattr(found, key)
            assert np.array_equal(values[:, column], values[:, name], equal_nan=True)
    alone = compute(plain().panel, Rule(), Regime())
    assert np.array_equal(found.z[:, :2], alone.z, equal_nan=True)


def test_rows_of_a_hedge_join_only_where_it_is_traded() -> None:
    market, lines = hedged()
    assert market.panel.n_rows == plain().panel.n_rows
    made = market.arranged(lines)
    assert made.panel.n_rows > market.panel.n_rows  # London closes at a time of its own
    own = made.panel.has_bar[:, 2] & ~made.panel.is_settlement[:, 2]
    assert own.sum() == len(market.parts.hedges["FUND"][1].frame)
    assert not compute(made.panel, Rule(), Regime()).ready[:, 2].any()
    assert made.exposure_hindsight("2015-01-01").keys() <= {"FCX", "RIO"}


def test_a_hedge_stands_in_the_frame_and_is_cut_with_the_rest() -> None:
    market, lines = hedged()
    assert "hedge FUND" in set(market.frame()["role"])
    cut = market.known_by("2014-06-30").arranged(lines)
    assert cut.panel.closes[-1] <= np.datetime64("2014-06-30T23:59", "ns")


def test_an_arrangement_keeps_what_weights_divide_by() -> None:
    assert crowded(plain(), 1).arranged(LINES).panel.n_declared == 1


@pytest.mark.parametrize(
    ("lines", "said"),
    [
        ((Line("FCX", 1, "name", "FCX"),), "columns must be 0 to 0"),
        ((*LINES[:2], Line("RIO", 2, "short", "RIO")), "each symbol stands for one column"),
        ((*LINES[:2], Line("x", 2, "leg", "GLD")), "unknown series of line x 'GLD'"),
        ((Line("FCX-2", 0, "tranche", "FCX"),), "the name FCX has no line of its own"),
        ((*LINES[:2], Line("x", 2, "name", "RIO")), "a name trades itself"),
    ],
)
def test_lines_that_do_not_fit_together_are_refused(lines: tuple[Line, ...], said: str) -> None:
    with pytest.raises(ConfigError, match=said):
        plain().arranged(lines)

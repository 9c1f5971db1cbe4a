"""A cross-section and tranches: columns of their own, by hand and alike in all engines."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from orebound.feeds import ConfigError, Market
from orebound.strategies import Rule, arrays_of, signals_of
from orebound.strategies.signals import Blocked
from orebound.sweeps import Parameters, RunConfig, backtest, from_names
from orebound.sweeps.parity import Compared, compare
from orebound.sweeps.parity_sets import random_set
from orebound.sweeps.prepared import Workshop, changed
from tests.markets import small_sample
from tests.sweeps.directed_worlds import FREE, Name, day, proven, world
from tests.sweeps.random_worlds import random_market, whole_run

CROSS: dict[str, Any] = {"mode": "cross_sectional", "cross_top": 1}
DATES = {"start": "2014-06-02", "end": "2016-12-30"}


def story(found: Compared) -> list[tuple[Any, ...]]:
    """Return symbol, side, reason and day of each order."""
    number = {day(k): k for k in range(41)}
    return [
        (one["symbol"], one["side"], one["reason"], number[one["session"]])
        for one in found.orders.to_dict("records")
    ]


def test_the_widest_lag_is_bought_and_the_narrowest_sold() -> None:
    # The middle of -10 %, +10 % and twice 0 is 0. Both come back on day 9.
    market = world(Name({}), Name({1: 1.1, 9: 1.0}), Name({1: 0.9, 9: 1.0}), Name({}))
    found = proven(market, **CROSS)
    assert story(found) == [
        ("N2", "buy", "entry", 1),
        ("N1-short", "sell", "entry", 1),
        ("N2", "sell", "captured", 9),
        ("N1-short", "buy", "captured", 9),
    ]
    # A quarter of a million each, at 90 and 110, ripples aside.
    assert found.orders["size"].iloc[:2].tolist() == pytest.approx([2777, 2272], abs=3)
    assert found.equity[-1] == pytest.approx(1e6 + 27_770 + 22_720, rel=1e-3)


def test_a_name_that_rose_less_than_the_middle_is_the_laggard() -> None:
    market = world(Name({1: 1.2}), Name({1: 1.2}), Name({1: 1.1}), Name({1: 1.3}))
    found = proven(market, **CROSS)
    assert story(found)[:2] == [("N2", "buy", "entry", 1), ("N3-short", "sell", "entry", 1)]


def test_only_as_many_names_as_asked_for_are_entered_on_either_side() -> None:
    market = world(Name({1: 0.8}), Name({1: 0.9}), Name({1: 1.1}), Name({1: 1.2}))
    one = {symbol for symbol, *_ in story(proven(market, **CROSS))}
    two = {symbol for symbol, *_ in story(proven(market, **CROSS | {"cross_top": 2}))}
    assert one == {"N0", "N3-short"}
    assert two == {"N0", "N1", "N2-short", "N3-short"}
    none = proven(market, **CROSS | {"cross_top": 3})
    assert not len(none.orders), "fewer than six names are ready"
    config = from_names(FREE | CROSS | {"gap": "ratio", "lag_in": 0.05, "gap_window": 126})
    arranged = market.arranged(config.rule.lines(market))
    signals = signals_of(arranged.panel, Rule(**dict(config.rule)), config.regime)
    last = signals.blocked[-1] & int(Blocked.RANK)
    assert (last == 0).tolist() == [True, *[False] * 3, *[False] * 3, True]


def test_sizes_of_a_cross_section_are_neutral_to_the_metals() -> None:
    market = small_sample("FCX", "RIO", "B")
    config = from_names(CROSS | {"regime": "none", "overhang": "ignore", "max_weight": 1.0})
    panel = market.arranged(config.rule.lines(market)).panel
    arrays = arrays_of(config.rule, panel, config.regime, config.sizing)
    # An equal share of three names meets the cap of one at a ratio of a third.
    at = arrays.may_enter & (arrays.beta_metal > 0.34)
    assert at[:, :3].any()
    assert at[:, 3:].any()
    np.testing.assert_allclose((arrays.multiplier * arrays.beta_metal)[at], 1.0, rtol=1e-12)
    assert arrays.direction.tolist() == [1.0] * 3 + [-1.0] * 3


def test_the_short_side_is_the_long_one_mirrored() -> None:
    market = small_sample("FCX", "RIO", "B")
    config = from_names(CROSS)
    panel = market.arranged(config.rule.lines(market)).panel
    signals = signals_of(panel, Rule(**dict(config.rule)), config.regime)
    for name in ("z", "gap", "ln_equity", "ln_basket", "ln_market"):
        values = getattr(signals, name)
        np.testing.assert_array_equal(values[:, 3:], -values[:, :3])
    np.testing.assert_array_equal(signals.beta_metal[:, 3:], signals.beta_metal[:, :3])
    ready = signals.ready[:, :3].all(axis=1)
    middle = np.median(signals.z[ready][:, :3], axis=1)
    np.testing.assert_allclose(middle, 0.0, atol=1e-9)


def test_doubling_every_price_changes_no_decision() -> None:
    market = small_sample("FCX", "RIO", "B")
    config = from_names(DATES | CROSS | {"z_in": 0.5, "regime": "none", "cash": 2e9})
    base = Parameters(config.rule, config.regime, config.sizing, config.costs)

    def doubled(series: Any) -> Any:
        frame = series.frame.copy()
        known = frame.columns.intersection(["open", "high", "low", "close", "raw_close"])
        frame[known] *= 2.0
        return type(series)(series.facts, frame, series.masked, series.findings)

    both = [backtest(one, base, **DATES).orders for one in (market, market.rebuilt(doubled))]
    assert len(both[0]) > 20
    for name in ("submitted", "symbol", "side", "reason"):
        assert both[0][name].tolist() == both[1][name].tolist()


def random_run(seed: int, **keys: Any) -> Compared:
    generator = np.random.default_rng(seed)
    market = random_market(generator, names=int(generator.integers(3, 6)))
    drawn = random_set(generator, RunConfig())
    config = changed(RunConfig(), drawn | {"trigger": "z"} | keys)
    parameters = Parameters(config.rule, config.regime, config.sizing, config.costs)
    found = compare(Workshop(whole_run(market, parameters), market), {})
    assert found.difference is None, (seed, parameters)
    return found


@pytest.mark.parametrize(
    "keys",
    [
        {"mode": "cross_sectional", "cross_top": 1, "tranches": "single"},
        pytest.param(
            {"mode": "cross_sectional", "cross_top": 1, "tranches": "single", "borrow_bps": 0.0},
            marks=pytest.mark.slow,
        ),
        pytest.param(
            {"mode": "long_only", "tranches": "thirds", "tranche_step": 0.3}, marks=pytest.mark.slow
        ),
    ],
)
def test_random_sets_equal_stock_backtrader(keys: dict[str, Any]) -> None:
    runs = [random_run(seed, **keys, when_off="ignore") for seed in range(400, 404)]
    symbols = {symbol for one in runs for symbol in one.orders["symbol"]}
    wanted = "-short" if keys["mode"] == "cross_sectional" else "-3"
    assert any(symbol.endswith(wanted) for symbol in symbols)
    assert sum(len(one.orders) for one in runs) > 40


def test_thirds_are_bought_as_the_gap_widens() -> None:
    config = from_names(
        DATES | {"z_in": 0.6, "tranches": "thirds", "tranche_step": 0.4, "regime": "none"}
    )
    market = small_sample("FCX", "RIO", "B")
    parameters = Parameters(config.rule, config.regime, config.sizing, config.costs)
    trades = backtest(market, parameters, **DATES).trades
    for part, level in (("", -0.6), ("-2", -1.0), ("-3", -1.4)):
        own = trades[trades["symbol"].isin([f"{name}{part}" for name in market.names])]
        assert len(own) >= 2
        assert own["entry_z"].max() <= level
    value = trades["size"] * trades["entry_price"]
    assert value.max() < 1.5e6 * 0.2 / 3.0, "the account grows by less than half"


def test_thirds_on_a_lag_or_in_a_cross_section_are_refused() -> None:
    with pytest.raises(ConfigError, match="accepted with an entry on the lag"):
        from_names({"tranches": "thirds", "gap": "ratio"})
    with pytest.raises(ConfigError, match='accepted with mode = "cross_sectional": "single"'):
        from_names({"tranches": "thirds", "mode": "cross_sectional"})


def test_a_market_keeps_its_own_columns() -> None:
    market: Market = small_sample("FCX", "RIO")
    before = market.panel.names
    market.arranged(from_names(CROSS).rule.lines(market))
    assert market.panel.names == before

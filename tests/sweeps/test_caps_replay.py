"""Caps of a book in the replay: by hand, and every order, cost and row of backtrader's."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from orebound.feeds import Exposure, Market, Panel, Series
from orebound.strategies import Legs, RuleArrays, Sizing, numbers_of
from orebound.sweeps import RunConfig, from_names, make_sweep_config, sweep
from orebound.sweeps.by_backtrader import row_metrics
from orebound.sweeps.parity import compare, crowded, metrics_of_scalar
from orebound.sweeps.parity_report import Compared
from orebound.sweeps.parity_sets import random_set
from orebound.sweeps.prepared import Workshop, changed
from orebound.sweeps.replay.many import ManyResult, replay_many, sweep_legs
from orebound.sweeps.replay.ready import compile_now
from orebound.sweeps.rerun import orders, run_again
from tests.markets import real_late_listings, small_sample
from tests.strategies.test_leg_orders import Paired
from tests.sweeps.directed_worlds import FREE, RULE, Name, day, world
from tests.sweeps.hedged_worlds import HEDGED, hedged_world, random_hedged_market
from tests.sweeps.random_worlds import random_market

#: A tenth under its metals from day 1 on; nothing brings it back.
DOWN, LATER = Name({1: 0.9}), Name({2: 0.9})
BUSY: dict[str, Any] = {
    "start": "2015-01-02", "end": "2017-12-29", "z_in": 0.6, "regime": "none", "max_weight": 0.3,
}  # fmt: skip


def proven(market: Market, **keys: Any) -> Compared:
    """Return what stock backtrader does, which the replay must do bit by bit."""
    base = HEDGED if market.parts.hedges else RULE | FREE
    found = compare(Workshop(from_names(base | keys), market), {})
    assert found.difference is None
    assert found.largest_difference == 0.0
    return found


def entries(found: Compared, at: int = 1, mic: str = "XNYS") -> dict[str, int]:
    """Return the shares of what was entered on a day, by symbol."""
    sent = found.orders[found.orders["reason"] == "entry"]
    sent = sent[sent["session"] == day(at, mic)]
    return dict(zip(sent["symbol"], sent["size"], strict=True))


def closes(market: Market, at: int) -> list[float]:
    """Return the last closes of the names, and of the fund where there is one, on a day."""
    columns = [series for _, series in market.parts.traded]
    columns += [series for _, series in market.parts.hedges.values()]
    return [float(one.frame["close"].loc[: day(at)].iloc[-1]) for one in columns]


def test_a_cap_that_is_met_exactly_leaves_the_order_whole_and_nothing_after_it() -> None:
    market = world(DOWN, DOWN)
    price = closes(market, 1)[0]
    # 40 % of a million each without a cap; a cap of 40 % holds one of them and no share more.
    assert entries(proven(market)) == dict.fromkeys(("N0", "N1"), 400_000.0 // price)
    for caps in ({"gross_cap": 0.4}, {"metal_cap": 0.4}):
        assert entries(proven(market, **caps)) == {"N0": 400_000.0 // price}


def test_a_share_fits_a_cap_of_its_price_and_no_cap_a_hair_below() -> None:
    market = world(DOWN)
    price = closes(market, 1)[0]
    exact = {"cash": 2.0 * price, "max_weight": 1.0, "gross_cap": 0.5}
    assert entries(proven(market, **exact)) == {"N0": 1}
    below = exact | {"gross_cap": float(np.nextafter(0.5, 0.0))}
    # The price of a day later is another one, and then there is room.
    assert not len(proven(world(DOWN, days=1), **below).orders)
    assert len(proven(world(DOWN, days=1), **exact).orders) == 1


@pytest.mark.parametrize("cap", ["gross_cap", "metal_cap"])
def test_two_names_of_one_metal_entering_on_one_bar_share_the_cap(cap: str) -> None:
    market = world(DOWN, DOWN)
    price = closes(market, 1)[0]
    first = 400_000.0 // price
    assert entries(proven(market, **{cap: 0.6})) == {
        "N0": first,
        "N1": (600_000.0 - first * price) // price,
    }


def test_the_tighter_of_two_caps_counts() -> None:
    market = world(DOWN)
    price = closes(market, 1)[0]
    for caps in ({"gross_cap": 0.3, "metal_cap": 0.2}, {"gross_cap": 0.2, "metal_cap": 0.3}):
        assert entries(proven(market, **caps)) == {"N0": 200_000.0 // price}


def test_a_name_of_two_metals_counts_its_share_of_each() -> None:
    market = of_metals(world(DOWN, DOWN), {"copper": 0.5, "gold": 0.5}, {"copper": 1.0})
    price = closes(market, 1)[0]
    found = entries(proven(market, metal_cap=0.3))
    # Half of the first is copper, half gold: 300,000 of either would be 600,000 of it.
    first = 400_000.0 // price
    second = (300_000.0 - first * price * 0.5) // price
    assert found == {"N0": first, "N1": second}


def of_metals(market: Market, *weights: Mapping[str, float]) -> Market:
    """Return a market whose names are of these metals, the last stated for all that follow."""
    copper = market.parts.metals["copper"]
    gold = Series(replace(copper.facts, symbol="AU"), copper.frame)
    issuers = {}
    for k, (name, issuer) in enumerate(market.universe.issuers.items()):
        own = weights[min(k, len(weights) - 1)]
        rows = [
            Exposure(name, metal, weight, date(2000, 1, 1), None, "made", "H")
            for metal, weight in own.items()
        ]
        issuers[name] = replace(issuer, exposures=tuple(rows))
    universe = replace(market.universe, issuers=issuers)
    parts = replace(market.parts, metals={"copper": copper, "gold": gold})
    return Market._of("frames", universe, parts, True, market.latency, None)


def test_an_order_that_waits_counts_as_what_is_held_does() -> None:
    # The first name does not trade on days 2 and 3: its order is on its way when the second falls.
    market = world(Name({1: 0.9}, absent=(2, 3)), LATER)
    (price, _), (_, other) = closes(market, 1), closes(market, 2)
    first = 400_000.0 // price
    found = proven(market, gross_cap=0.5)
    assert entries(found) == {"N0": first}
    assert entries(found, 2) == {"N1": (500_000.0 - first * price) // other}
    assert found.orders["fill_session"].tolist()[:2] == [day(4), day(3)]


def test_what_is_being_left_is_still_held() -> None:
    # Back on day 9, when the second falls: the first is sold on day 10 and not a day before.
    market = world(Name({1: 0.9, 9: 1.0}), Name({9: 0.9}))
    bought = proven(market, gross_cap=0.45)
    first = 400_000.0 // closes(market, 1)[0]
    held, other = closes(market, 9)
    fill = float(market.parts.traded[0][1].frame["open"].loc[day(2)])
    equity = 1e6 + first * (held - fill)
    assert entries(bought, 9)["N1"] == (0.45 * equity - first * held) // other


def test_a_leg_counts_in_the_gross_with_its_line_and_in_no_metal() -> None:
    market = hedged_world(DOWN, DOWN)
    price, _, fund = closes(market, 1)
    first = 400_000.0 // price
    leg = first * price // fund
    second = (900_000.0 - (first * price + leg * fund)) / 2.0 // price
    found = entries(proven(market, gross_cap=0.9))
    assert found == {"N0": first, "N0-FUND": leg, "N1": second, "N1-FUND": second * price // fund}
    capped = entries(proven(market, metal_cap=0.5))
    assert capped["N1"] == (500_000.0 - first * price) // price


def test_a_leg_that_waits_for_its_market_to_close_does_not_count_yet() -> None:
    # London decides while New York trades: no leg has been sent when the second name is sized.
    market = hedged_world(DOWN, DOWN, mic="XLON")
    price = float(market.parts.traded[0][1].frame["close"].loc[day(1, "XLON")])
    first = 400_000.0 // price
    found = entries(proven(market, gross_cap=0.9), mic="XLON")
    assert found["N1"] == (900_000.0 - first * price) / 2.0 // price


def test_short_lines_count_as_much_as_long_ones() -> None:
    # Half of the fund's value is bought with the name, or sold.
    for ratio in (-0.5, 0.5):
        sizing = Sizing(max_weight=0.8, cash=1e5, gross_cap=0.6)
        market = hedged_world(DOWN)
        config = RunConfig(rule=Sided(ratio=ratio), sizing=sizing, costs=from_names(FREE).costs)
        found = compare(Workshop(config, market), {})
        assert found.difference is None
        assert entries(found)["N0"] == 40_000.0 // closes(market, 1)[0]
        assert found.orders["side"].iloc[1] == ("buy" if ratio > 0.0 else "sell")


class Sided(Paired):
    """`Paired` with a leg on either side."""

    ratio: float = -0.5

    def legs(self, panel: Panel, arrays: RuleArrays) -> Legs:
        return Legs(np.array([1]), np.array([0]), np.full((panel.n_rows, 1), self.ratio))


def made(market: Market, **keys: Any) -> tuple[Any, ManyResult]:
    config = from_names(BUSY | keys)
    ready = Workshop(config, market).prepared({})
    numbers = np.array([numbers_of(config.rule, config.sizing, ready.source.panel.n_declared)])
    given = (ready.market, ready.rule, numbers, ready.calendar)
    return ready, replay_many(*given, engine="scalar", legs=ready.legs)


def test_a_cap_out_of_reach_changes_no_figure() -> None:
    market = small_sample("FCX", "RIO", "B")
    (_, free), (_, capped) = made(market), made(market, gross_cap=5.0, metal_cap=3.0)
    np.testing.assert_array_equal(free.metrics, capped.metrics)
    np.testing.assert_array_equal(free.monthly, capped.monthly)
    assert not capped.in_lanes.any()


def test_figures_of_a_capped_book_are_the_analyzers_own() -> None:
    market = small_sample("FCX", "RIO", "B")
    config = from_names(BUSY | {"gross_cap": 0.4, "metal_cap": 0.3})
    mine = metrics_of_scalar(Workshop(config, market).prepared({})._replace(config=config))
    theirs, _, _ = row_metrics(market, config)
    np.testing.assert_allclose(list(mine.values()), theirs, rtol=1e-9, atol=1e-12)
    assert mine["entries"] > 8


@pytest.mark.parametrize("keys", [{"gross_cap": 0.4}, {"mode": "hedged_metal"}])
def test_what_is_traded_with_legs_or_under_caps_is_not_replayed_without_them(
    keys: dict[str, Any],
) -> None:
    if "mode" in keys:
        market, config = hedged_world(DOWN), from_names(HEDGED | keys)
    else:
        market, config = small_sample("FCX", "RIO"), from_names(BUSY | keys)
    ready = Workshop(config, market).prepared({})
    numbers = np.array([numbers_of(config.rule, config.sizing, 2)])
    with pytest.raises(ValueError, match=r"legs=leg_rows.*as Prepared.legs, got legs=None"):
        replay_many(ready.market, ready.rule, numbers, ready.calendar)


def test_a_sweep_over_caps_is_replayed_in_the_scalar_form_and_says_so(tmp_path: Path) -> None:
    own = {"parameters": {"gross_cap": [0.0, 0.4], "metal_cap": [0.0, 0.2], "z_in": [0.6, 0.9]}}
    base = BUSY | {"borrow_bps": 0.0, "end": "2016-06-30"}
    config = make_sweep_config(from_names(base), own | {"verify": 1})
    found = sweep(config, market=small_sample("FCX", "RIO"), results=tmp_path, jobs=1)
    frame = found.frame
    assert set(frame["engine"]) == {"replay"}
    free = (frame["gross_cap"] == 0.0) & (frame["metal_cap"] == 0.0)
    assert set(frame.loc[free, "form"]) == {"lanes"}
    assert set(frame.loc[~free, "form"]) == {"scalar"}
    assert found.verified["status"] == "equal"
    capped = int(frame.loc[frame["gross_cap"] == 0.4, "combination"].iloc[0])
    assert len(found.trades(capped)) > 0


def test_what_is_compiled_ahead_is_what_a_capped_sweep_calls() -> None:
    compile_now("legs")
    before = len(sweep_legs.signatures)  # type: ignore[attr-defined]
    made(small_sample("FCX", "RIO"), gross_cap=0.4)
    assert len(sweep_legs.signatures) == before == 1  # type: ignore[attr-defined]


def capped(generator: np.random.Generator, base: RunConfig) -> RunConfig:
    """Return a random set with at least one cap, often below what the names would take."""
    caps = {
        "gross_cap": float(generator.uniform(0.03, 0.6)),
        "metal_cap": float(generator.uniform(0.02, 0.4)),
    }
    one: dict[str, float] = [{}, {"gross_cap": 0.0}, {"metal_cap": 0.0}][int(generator.integers(3))]
    return changed(base, random_set(generator, base) | caps | one | {"when_off": "ignore"})


def whole(config: RunConfig, market: Market) -> RunConfig:
    """Return a configuration that runs from the first row of a market."""
    first = market.panel.closes[0].astype("datetime64[D]").item()
    return config.model_copy(
        update={"data": config.data.model_copy(update={"start": first, "end": None})}
    )


def seen(*seeds: int, hedged: bool = False) -> Counter[str]:
    """Check random capped sets on random markets; return what was met."""
    total: Counter[str] = Counter()
    base = from_names({"mode": "two_factor"} if hedged else {})
    for seed in seeds:
        generator = np.random.default_rng(seed)
        drawn = random_hedged_market if hedged else random_market
        market = drawn(generator, int(generator.integers(3, 6)))
        if generator.random() < 0.4:
            market = crowded(market, n_declared=int(generator.integers(1, 3)))
        config = whole(capped(generator, base), market)
        found = compare(Workshop(config, market), {})
        assert found.difference is None, (seed, config.rule, config.sizing)
        assert found.largest_difference == 0.0
        free = config.sizing.model_copy(update={"gross_cap": 0.0, "metal_cap": 0.0})
        other = config.model_copy(update={"sizing": free})
        sent = orders(run_again(Workshop(other, market).prepared({})))
        both = [one[["submitted", "symbol", "size"]] for one in (found.orders, sent)]
        total["sets that a cap changed"] += not np.array_equal(*both)
        total += Counter(found.orders["status"]) + Counter(found.orders["reason"])
        total["on mixed exchanges"] += len({one.mic for one in market.panel.listings}) > 1
    return total


def test_random_capped_sets_equal_stock_backtrader() -> None:
    total = seen(2026) + seen(2204, hedged=True)  # chosen for what they meet in little time
    assert total["Filled"] > 500
    assert total["sets that a cap changed"] == total["on mixed exchanges"] == 2
    assert total["orphan"]


@pytest.mark.slow
def test_two_hundred_random_capped_sets_equal_stock_backtrader() -> None:
    plain, hedged = seen(*range(2000, 2120)), seen(*range(2200, 2280), hedged=True)
    print(dict(plain), dict(hedged))
    assert plain["sets that a cap changed"] > 40
    assert hedged["sets that a cap changed"] > 40
    assert plain["on mixed exchanges"] > 80


@pytest.mark.slow
@pytest.mark.usefixtures("shared_data")
def test_capped_sets_on_real_mixed_exchanges_equal_stock_backtrader() -> None:
    market, n_orders = real_late_listings(), 0
    for seed in range(30):
        config = whole(capped(np.random.default_rng(seed), RunConfig()), market)
        found = compare(Workshop(config, market), {})
        assert found.difference is None, (seed, config.rule, config.sizing)
        n_orders += len(found.orders)
    print(n_orders)
    assert n_orders > 1_000

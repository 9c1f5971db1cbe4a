"""The replay equals stock backtrader: every order, every cost, every row's value, bit for bit."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pytest

from orebound.feeds import ConfigError, Market
from orebound.strategies import SECTIONS
from orebound.sweeps import Parameters, RunConfig, check_parity, from_names, make_sweep_config
from orebound.sweeps.parity import compare, compare_all, crowded
from orebound.sweeps.parity_sets import random_set, random_sets, sweep_sets
from orebound.sweeps.prepared import Workshop
from tests.markets import real_late_listings, small_sample
from tests.sweeps.own_rules import Reversion
from tests.sweeps.random_worlds import random_market, random_parameters, whole_run

BASE = {"start": "2014-06-02", "end": "2016-12-30", "z_in": 0.8, "when_off": "ignore"}


def check(market: Market, parameters: Parameters) -> Counter[str]:
    """Compare one run over the whole market and return how often each order status was met."""
    found = compare(Workshop(whole_run(market, parameters), market), {})
    assert found.difference is None, parameters
    assert found.largest_difference == 0.0
    return Counter(found.orders["status"])


def seen(first: int, count: int) -> Counter[str]:
    """Check `count` random sets and return how often each order status was met."""
    total: Counter[str] = Counter()
    for seed in range(first, first + count):
        generator = np.random.default_rng(seed)
        market = random_market(generator, names=int(generator.integers(2, 6)))
        if generator.random() < 0.4:
            market = crowded(market, n_declared=int(generator.integers(1, 3)))
        total += check(market, random_parameters(generator))
    return total


def test_random_sets_equal_stock_backtrader() -> None:
    total = seen(16, 9)
    assert total["Filled"] > 350
    assert total["Margin"] > 10, "rejections for cash must have been met"
    assert total["Waiting"], "orders on the last bar must have been met"


@pytest.mark.slow
def test_a_thousand_random_sets_equal_stock_backtrader() -> None:
    total = seen(10_000, 1000)
    print(dict(total))
    assert total["Margin"] > 300


@pytest.mark.slow
@pytest.mark.usefixtures("shared_data")
def test_two_hundred_sets_on_real_mixed_exchanges_equal_stock_backtrader() -> None:
    market = real_late_listings()
    total: Counter[str] = Counter()
    for seed in range(200):
        total += check(market, random_parameters(np.random.default_rng(seed)))
    print(dict(total))
    assert total["Filled"] > 10_000


def test_every_parameter_of_the_four_sections_is_drawn() -> None:
    every = {name for model in SECTIONS.values() for name in model.model_fields}
    assert random_set(np.random.default_rng(0), RunConfig()).keys() == every


def test_a_thousand_draws_are_accepted_and_meet_every_named_value() -> None:
    generator = np.random.default_rng(1)
    base = RunConfig()
    drawn = [random_set(generator, base) for _ in range(1000)]
    configs = [Workshop(base).config(one) for one in drawn]
    assert {one.rule.entry_trigger for one in configs} == {"z", "lag"}
    for name in ("gap", "hedge", "regime", "when_off", "instrument", "exposures"):
        assert len({one[name] for one in drawn}) >= 2, name


def test_a_rule_of_ones_own_is_drawn_around_its_values_and_compared() -> None:
    market = small_sample("FCX", "ANTO.L", "RIO")
    days = from_names(BASE).data
    config = RunConfig(data=days, rule=Reversion(shorts=True))
    values = random_sets(config, 3, seed=0)
    assert all(0.5 <= one["z_in"] <= 1.5 and 15 <= one["hold"] <= 45 for one in values[1:])
    report = check_parity(config, market=market, sets=3)
    assert report.frame["result"].tolist() == ["equal"] * 3
    assert {"buy", "sell"} == set(report.sets[0].orders["side"])
    reasons = set(report.sets[0].orders["reason"])
    assert {"entry", "threshold"} <= reasons
    assert report.frame["parameters"].iloc[1].startswith("Reversion enter_at -")


def workshop(market: Market | None = None) -> Workshop:
    return Workshop(from_names(BASE), market or small_sample("FCX", "ANTO.L", "RIO"))


@pytest.mark.slow
def test_a_report_counts_what_was_met_and_says_equal() -> None:
    made = workshop()
    tried = (check_parity(made.base, market=made.given, sets=4, seed=k) for k in range(3, 60))
    # The crowded set of most seeds meets a rejection for cash.
    report = next(one for one in tried if one.frame["rejected"].iloc[3] > 0)
    frame = report.frame
    assert report.is_equal
    assert frame["result"].tolist() == ["equal"] * 4
    assert frame["parameters"].iloc[0] == "as configured"
    assert frame["parameters"].iloc[3].startswith("crowded: ")
    orders = f"{frame['orders'].sum():,} orders ({frame['rejected'].sum():,} rejected for cash"
    assert report.verdict.startswith(f"equal: 4 sets, {orders}")


def test_the_same_seed_draws_the_same_sets_and_another_does_not() -> None:
    one, same, other = (random_sets(RunConfig(), 3, seed) for seed in (1, 1, 2))
    assert one == same != other
    assert one[0] == {}


def test_a_planted_difference_of_one_bit_names_order_date_and_both_values() -> None:
    made = workshop()
    honest = made.prepared({})
    price = np.nextafter(honest.market.buy_price, np.inf)
    planted = honest._replace(market=honest.market._replace(buy_price=price))
    made.prepared = lambda _: planted  # type: ignore[method-assign]
    found = compare(made, {})
    assert found.difference is not None
    assert found.difference.order == 1
    assert found.difference.what == "price"
    assert found.difference.replay == np.nextafter(found.difference.backtrader, np.inf)
    report = compare_all(made, [{}])
    assert not report.is_equal
    assert report.verdict.startswith("DIFFERENT: 1 of 1 set not what stock backtrader")
    assert "first: set 1, order 1 (" in report.verdict
    assert str(found.orders["submitted"].iloc[0]) in report.verdict


def test_a_difference_in_equity_alone_names_its_row() -> None:
    made = workshop()
    honest = made.prepared({})
    close = honest.market.close.copy()
    close[-1] *= 1.0 + 1e-12  # the last row's marks: no order is decided on them afterwards
    planted = honest._replace(market=honest.market._replace(close=close))
    made.prepared = lambda _: planted  # type: ignore[method-assign]
    found = compare(made, {}).difference
    assert found is not None
    assert (found.order, found.what) == (0, "value")
    assert found.date.startswith("2016-12-30")


def test_sets_that_the_data_cannot_fill_are_told_and_not_counted_as_equal() -> None:
    # Three and a half years: a window of five is never full.
    market = random_market(np.random.default_rng(0), names=2)
    short, endless = {"gap_window": 20, "hedge_window": 60}, {"gap_window": 1260}
    made = Workshop(from_names({"lag_in": 0.03, "regime": "none"}), market)
    report = compare_all(made, [short, endless])
    assert report.frame["result"].iloc[0] == "equal"
    assert report.frame["result"].iloc[1].startswith("not run: no name ever fills its windows")
    assert report.verdict.startswith("equal: 1 set, ")
    assert report.verdict.endswith("; 1 set could not be run")
    with pytest.raises(ConfigError, match="no set can be run, 1 tried, the first: no name ever"):
        compare_all(made, [endless])


def test_a_report_without_orders_proves_nothing_and_says_so() -> None:
    report = compare_all(workshop(), [{"z_in": 6.0}])
    assert report.verdict.startswith("nothing proven: no order was sent in 1 set,")


def test_rows_of_a_sweep_are_those_of_its_own_design() -> None:
    own = {"parameters": {"z_in": [0.5, 1.0, 1.5], "capture": [0.5, 0.8]}}
    config = make_sweep_config(from_names(BASE), own)
    some, every = sweep_sets(config, 4, seed=0), sweep_sets(config, 20, seed=0)
    assert len(some) == 4
    assert len(every) == 6
    assert all(row in every for row in some)
    assert {tuple(row) for row in every} == {("z_in", "capture")}

"""The replay equals stock backtrader: every order, every cost, every row's value, bit for bit."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pandas as pd
import pytest

from orebound.feeds import Market
from orebound.strategies import numbers_of
from orebound.sweeps import Parameters
from orebound.sweeps.replay.arrays import market_arrays, rule_rows
from orebound.sweeps.replay.inputs import (
    FILLED,
    LOG_COLUMNS,
    LOG_COST,
    LOG_NAME,
    LOG_PRICE,
    LOG_ROW,
    LOG_SIZE,
    LOG_STATUS,
)
from orebound.sweeps.replay.scalar import replay
from tests.markets import real_late_listings
from tests.sweeps.random_worlds import crowded, random_market, random_parameters, stock_run

WORDS = {1: "Filled", 2: "Margin", 3: "Margin", 4: "Waiting"}


def replayed(market: Market, parameters: Parameters) -> tuple[np.ndarray, np.ndarray]:
    panel = market.panel
    window = (0, panel.n_rows)
    arrays = parameters.rule.arrays(panel, parameters.regime)
    equity, log = np.empty(panel.n_rows), np.zeros((100_000, LOG_COLUMNS))
    n = replay(
        market_arrays(panel, parameters.costs, window),
        rule_rows(arrays, window),
        numbers_of(parameters.rule, parameters.sizing, panel.n_declared),
        equity,
        log,
    )
    return equity, log[:n]


def as_lines(market: Market, log: np.ndarray) -> list[tuple[str, ...]]:
    """Return the log as texts that hold every bit of price and cost."""
    panel = market.panel
    lines = []
    for order in log:
        name, status = panel.names[int(order[LOG_NAME])], int(order[LOG_STATUS])
        is_filled = status == FILLED
        size = float(order[LOG_SIZE])
        price = float(order[LOG_PRICE])
        column = int(order[LOG_NAME])
        opened = panel.opened_at[int(order[LOG_ROW]), column] if is_filled else ""
        side = "buy" if size > 0 else "sell"
        money = (price.hex(), float(order[LOG_COST]).hex()) if is_filled else ("", "")
        lines.append((name, side, str(abs(size)), WORDS[status], str(opened), *money))
    return sorted(lines)


def from_orders(orders: pd.DataFrame) -> list[tuple[str, ...]]:
    lines = []
    for order in orders.to_dict("records"):
        is_filled = order["status"] == "Filled"
        money = (order["price"].hex(), order["cost"].hex()) if is_filled else ("", "")
        opened = str(np.datetime64(order["filled"], "ns")) if is_filled else ""
        size = str(float(order["size"]))
        lines.append((order["symbol"], order["side"], size, order["status"], opened, *money))
    return sorted(lines)


def check(market: Market, parameters: Parameters) -> Counter[str]:
    values, orders = stock_run(market, parameters)
    equity, log = replayed(market, parameters)
    assert as_lines(market, log) == from_orders(orders), parameters
    assert np.array_equal(equity, values), parameters
    return Counter(orders["status"])


def seen(first: int, count: int) -> Counter[str]:
    """Check `count` random sets and return how often each order status was met."""
    total: Counter[str] = Counter()
    for seed in range(first, first + count):
        generator = np.random.default_rng(seed)
        market = random_market(generator, names=int(generator.integers(2, 6)))
        if generator.random() < 0.4:
            market = crowded(market, n_declared=1)
        total += check(market, random_parameters(generator))
    return total


def test_a_hundred_random_sets_equal_stock_backtrader() -> None:
    total = seen(0, 100)
    assert total["Filled"] > 3000
    assert total["Margin"] > 30, "rejections for cash must have been met"
    assert total["Waiting"] > 3, "orders on the last bar must have been met"


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

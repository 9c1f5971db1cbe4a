"""The exposure-matched null: uniform placements, calibrated p-values, planted edges."""

from __future__ import annotations

from collections import Counter
from itertools import combinations
from typing import Any

import numpy as np
import pandas as pd
import pytest
from scipy.stats import chisquare, kstest

from orebound.analyzers import exposure_matched_null
from orebound.analyzers.placement import place

SESSIONS = pd.bdate_range("2015-01-01", periods=600)


def market(generator: Any, names: str = "ABC", n: int = 600) -> pd.DataFrame:
    steps = generator.normal(0, 0.02, size=(n, len(names)))
    return pd.DataFrame(50 * np.exp(steps.cumsum(axis=0)), SESSIONS[:n], list(names))


def trade(symbol: str, entry: int, days: int, size: int = 100, status: str = "closed") -> Any:
    return {
        "symbol": symbol, "entry_date": SESSIONS[entry], "exit_date": SESSIONS[entry + days],
        "size": size, "status": status,
    }  # fmt: skip


def random_trades(generator: Any, names: str = "ABC") -> pd.DataFrame:
    """Return six disjoint trades a name at random entries from session 100 on."""
    rows = []
    for name in names:
        lengths = generator.integers(5, 50, size=6)
        allowed = np.zeros((6, 600), bool)
        allowed[:, 100:] = np.arange(100, 600) + lengths[:, None] < 600
        (entries,) = place(lengths, allowed, 1, generator)
        rows += [trade(name, entry, days) for entry, days in zip(entries, lengths, strict=True)]
    return pd.DataFrame(rows)


def ready_after(start: int, names: str = "ABC", n: int = 600) -> dict[str, Any]:
    return {name: np.arange(n) >= start for name in names}


def test_every_placement_is_equally_likely() -> None:
    lengths, allowed = np.array([2, 1, 3]), np.ones((3, 10), bool)
    allowed[:, 4] = False
    allowed &= np.arange(10) + lengths[:, None] <= 10
    possible = [
        entries
        for entries in combinations(range(10), 3)
        if all(allowed[i, entry] for i, entry in enumerate(entries))
        and entries[0] + 2 <= entries[1] and entries[1] + 1 <= entries[2]
    ]  # fmt: skip
    drawn = place(lengths, allowed, 20_000, np.random.default_rng(1))
    counts = Counter(map(tuple, drawn.tolist()))
    assert set(counts) == set(possible)
    assert chisquare(list(counts.values())).pvalue > 0.001


def test_a_full_line_has_one_placement() -> None:
    lengths = np.array([3, 4, 3])
    allowed = np.arange(10) + lengths[:, None] <= 10
    drawn = place(lengths, allowed, 5, np.random.default_rng(1))
    assert (drawn == [0, 3, 7]).all()


def test_hundreds_of_holdings_do_not_overflow_the_counts() -> None:
    lengths = np.full(800, 2)
    allowed = np.arange(5000) + lengths[:, None] < 5000
    drawn = place(lengths, allowed, 3, np.random.default_rng(1))
    assert (np.diff(drawn, axis=1) >= 2).all()
    assert drawn.min() >= 0
    assert drawn.max() < 4998


@pytest.mark.slow
def test_p_values_of_noise_trades_are_uniform() -> None:
    p_values = []
    for seed in range(200):
        generator = np.random.default_rng(seed)
        opens, trades = market(generator), random_trades(generator)
        null = exposure_matched_null(trades, opens, ready_after(100), draws=199, seed=seed)
        p_values.append(null.p_value)
    # p-values are multiples of 1/200; half a step makes them comparable with a continuous law.
    assert kstest(np.array(p_values) - 0.0025, "uniform").pvalue > 0.01


def test_a_planted_edge_is_found() -> None:
    generator = np.random.default_rng(4)
    trades = random_trades(generator)
    logs = market(generator).apply(np.log)
    for row in trades.itertuples():
        held = (logs.index > row.entry_date) & (logs.index <= row.exit_date)
        logs[row.symbol] += np.cumsum(held) * 0.006
    null = exposure_matched_null(trades, logs.apply(np.exp), ready_after(100), draws=499)
    assert null.p_value is not None
    assert null.p_value <= 0.01
    assert null.n_trades == 18


def test_the_statistic_is_the_mean_gross_return_from_open_to_open() -> None:
    opens = market(np.random.default_rng(1), "AB")
    trades = pd.DataFrame([trade("A", 120, 10), trade("B", 200, 30, size=-5)])
    null = exposure_matched_null(trades, opens, ready_after(0, "AB"), draws=9)
    first = opens["A"].iloc[130] / opens["A"].iloc[120] - 1
    second = -(opens["B"].iloc[230] / opens["B"].iloc[200] - 1)
    assert null.observed == pytest.approx((first + second) / 2)
    assert len(null.distribution) == null.draws == 9


def test_it_repeats_by_seed_whatever_the_order_of_the_rows() -> None:
    generator = np.random.default_rng(9)
    opens, trades = market(generator), random_trades(generator)
    ready = ready_after(100)
    once = exposure_matched_null(trades, opens, ready, draws=50, seed=3)
    again = exposure_matched_null(trades.iloc[::-1], opens, ready, draws=50, seed=3)
    other = exposure_matched_null(trades, opens, ready, draws=50, seed=4)
    assert once.p_value == again.p_value
    assert (once.distribution != other.distribution).any()


def test_random_entries_keep_to_the_eligible_sessions_of_the_names_own_calendar() -> None:
    # Prices jump on the only two eligible sessions: every draw must earn exactly one jump.
    prices = np.full(50, 10.0)
    prices[[20, 40]] = 5.0
    eligible = np.zeros(50, bool)
    eligible[[20, 40]] = True
    trades = pd.DataFrame([trade("A", 20, 3)])
    opens = {"A": (SESSIONS[:50].to_numpy(), prices)}
    null = exposure_matched_null(trades, opens, {"A": eligible}, draws=40)
    assert (null.distribution == 1.0).all()
    assert null.p_value == 1.0


def test_without_a_closed_trade_there_is_no_p_value() -> None:
    trades = pd.DataFrame([trade("A", 20, 3, status="open")])
    null = exposure_matched_null(trades, {}, {}, draws=10)
    assert (null.observed, null.p_value, null.n_trades) == (None, None, 0)


def test_what_does_not_fit_is_said_in_words() -> None:
    opens = market(np.random.default_rng(1), "A", 60)
    trades = pd.DataFrame([trade("A", 5, 30)])
    with pytest.raises(ValueError, match="A: 1 holdings of 30 sessions together do not fit on 0"):
        exposure_matched_null(trades, opens, ready_after(50, "A", 60), draws=5)
    with pytest.raises(ValueError, match="opens has no B, which has trades; it has A"):
        exposure_matched_null(pd.DataFrame([trade("B", 5, 3)]), opens, {}, draws=5)
    with pytest.raises(ValueError, match="ready of A must have one entry for each of its 60"):
        exposure_matched_null(trades, opens, ready_after(0, "A", 10), draws=5)
    with pytest.raises(ValueError, match="a trade filled on 2015-01-08, which is no session"):
        exposure_matched_null(trades, opens.drop(SESSIONS[5]), ready_after(0, "A", 59), draws=5)

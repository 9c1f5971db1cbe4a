"""Hedged trades count once, with the money of their legs; net betas and figures by hand."""

from __future__ import annotations

import pandas as pd
import pytest

from orebound.analyzers import (
    by_exit_reason,
    joined_trades,
    lone_legs,
    net_beta,
    own_lines,
    trade_summary,
)

FIRST, SECOND = pd.Timestamp("2024-01-02 21:05"), pd.Timestamp("2024-03-01 21:05")
#: A line with two legs, the same line alone, and a leg whose line was not filled.
TRADES = pd.DataFrame(
    [
        ("FCX", "", FIRST, 100.0, 40.0, 500.0, 20.0, 480.0, 0.12, "closed", "captured"),
        ("FCX-DBB", "FCX", FIRST, -150.0, 20.0, -600.0, 10.0, -610.0, -0.2, "closed", "captured"),
        ("FCX-GLD", "FCX", FIRST, -5.0, 180.0, 30.0, 5.0, 25.0, 0.03, "closed", "captured"),
        ("FCX", "", SECOND, 100.0, 50.0, 250.0, 25.0, 225.0, 0.045, "closed", "stop"),
        ("NEM-GLD", "NEM", SECOND, -10.0, 190.0, -7.0, 1.0, -8.0, -0.01, "closed", "orphan"),
    ],
    columns=[
        *("symbol", "leg_of", "entry_decision", "size", "entry_price", "gross", "costs", "net"),
        *("net_return", "status", "exit_reason"),
    ],
).assign(days_held=10, exit_decision=lambda frame: frame["entry_decision"] + pd.Timedelta(days=20))


def test_a_line_gets_the_money_of_its_own_legs() -> None:
    joined = joined_trades(TRADES)
    assert joined["symbol"].tolist() == ["FCX", "FCX"]
    assert joined["gross"].tolist() == [-70.0, 250.0]
    assert joined["costs"].tolist() == [35.0, 25.0]
    assert joined["net"].tolist() == [-105.0, 225.0]
    assert joined["net_return"].tolist() == pytest.approx([-105.0 / 4_000.0, 0.045])
    assert own_lines(TRADES)["net"].tolist() == [480.0, 225.0]


def test_legs_without_a_line_are_kept_apart_so_that_money_sums() -> None:
    assert lone_legs(TRADES)["symbol"].tolist() == ["NEM-GLD"]
    kept = joined_trades(TRADES, keep_lone=True)
    assert kept["symbol"].tolist() == ["FCX", "FCX", "NEM-GLD"]
    assert kept["net"].sum() == pytest.approx(TRADES["net"].sum())
    assert joined_trades(kept, keep_lone=True)["net"].tolist() == kept["net"].tolist()


def test_figures_count_lines_and_their_hits_with_legs() -> None:
    figures = trade_summary(TRADES)
    assert figures["entries"].value == 2
    assert figures["entries"].note == "1 legs without their line, net -8"
    assert figures["hit_rate"].value == 0.5
    assert figures["expectancy"].value == 60.0
    assert by_exit_reason(TRADES)["exit_reason"].tolist() == ["captured", "stop"]


def test_trades_without_legs_are_left_as_they_are() -> None:
    plain = TRADES.iloc[[0, 3]].reset_index(drop=True)
    assert joined_trades(plain) is plain
    assert own_lines(plain.drop(columns="leg_of")).equals(plain.drop(columns="leg_of"))
    assert lone_legs(plain).empty


def test_net_beta_is_what_legs_leave_of_the_names_ratios() -> None:
    days = pd.to_datetime(["2024-01-02", "2024-01-03", "2024-01-04"])
    equity = pd.DataFrame({"date": days, "value": [1_000.0, 2_000.0, 1_000.0]})
    signals = pd.DataFrame(
        {"date": days[:2], "symbol": "FCX", "beta_metal": [1.5, 1.2], "beta_market": [0.8, 0.5]}
    )
    positions = pd.DataFrame(
        [
            (days[0], "FCX", 400.0),
            (days[0], "FCX-DBB", -600.0),
            (days[0], "FCX-SPY", -100.0),
            (days[1], "FCX", 500.0),
            (days[2], "FCX", 0.0),
        ],
        columns=["date", "symbol", "value"],
    )
    found = net_beta(positions, signals, equity, {"FCX-DBB": "metal", "FCX-SPY": "market"})
    assert found.index.tolist() == days[:2].tolist()
    # (400 x 1.5 - 600) and (400 x .8 - 100) of 1,000; 500 x 1.2 and 500 x .5 of 2,000.
    assert found["metal"].tolist() == pytest.approx([0.0, 0.3])
    assert found["market"].tolist() == pytest.approx([0.22, 0.125])

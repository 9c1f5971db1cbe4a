"""Trade figures: from episodes only, by hand."""

from __future__ import annotations

import pandas as pd
import pytest

from orebound.analyzers import by_exit_reason, trade_summary

TRADES = pd.DataFrame(
    {
        "symbol": list("AABBC"),
        "status": ["closed"] * 4 + ["open"],
        "gross": [120.0, -40.0, 60.0, 5.0, 999.0],
        "costs": [20.0, 10.0, 10.0, 5.0, 9.0],
        "net": [100.0, -50.0, 50.0, 0.0, 990.0],
        "net_return": [0.10, -0.05, 0.05, 0.0, 0.99],
        "days_held": [10, 20, 30, 40, 500],
        "exit_reason": ["captured", "stop", "captured", "data_hole", ""],
    }
)


def test_figures_are_those_of_the_closed_episodes() -> None:
    figures = trade_summary(TRADES)
    values = {name: metric.value for name, metric in figures.items()}
    assert values == pytest.approx(
        {
            "entries": 5,
            "hit_rate": 0.5,
            "hit_rate_low": 0.1500390,  # Wilson's, z = 1.959964: 0.5 -+ 0.5 z / sqrt(4 + z^2)
            "hit_rate_high": 0.8499610,
            "forced_exits": 1,
            "average_win": 0.075,
            "average_loss": -0.025,
            "profit_factor": 3.0,
            "expectancy": 25.0,
            "expectancy_return": 0.025,
            "average_days_held": 25.0,
            "median_return": 0.025,  # of 0.10, -0.05, 0.05 and 0.00
            "largest_share": 1.0,  # 100 of 100
            "cost_share": 45 / 145,
        }
    )
    assert figures["hit_rate"].n == 4
    assert figures["entries"].note == "1 still open"


@pytest.mark.parametrize("rows", [slice(0, 0), slice(4, 5)])
def test_without_a_closed_episode_there_is_no_figure(rows: slice) -> None:
    figures = trade_summary(TRADES.iloc[rows])
    entries = figures.pop("entries")
    assert entries.value == len(TRADES.iloc[rows])
    assert all(metric.value is None and metric.note for metric in figures.values())


def test_a_profit_factor_without_losses_is_none_and_not_infinite() -> None:
    assert trade_summary(TRADES.iloc[[0, 2]])["profit_factor"].value is None


def test_exit_reasons_partition_the_closed_episodes() -> None:
    table = by_exit_reason(TRADES).set_index("exit_reason")
    assert list(table.index) == ["captured", "data_hole", "stop"]
    assert table["trades"].sum() == 4
    assert table["net"].sum() == 100.0
    assert table.loc["captured", "hit_rate"] == 1.0
    assert by_exit_reason(TRADES.iloc[:0]).empty

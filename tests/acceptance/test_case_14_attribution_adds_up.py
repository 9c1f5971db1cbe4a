"""Case 14: regime tables, cost lines and the parts of closings each sum to their total."""

from __future__ import annotations

import math
import re

import numpy as np
import pandas as pd
import pytest

from orebound.analyzers import RunRecord
from orebound.analyzers.page import draw_nothing, render
from orebound.analyzers.page.sections_attribution import state_frame
from orebound.analyzers.study import by_day, by_entry, closing_parts
from orebound.feeds import clock
from orebound.strategies import Regime, stimulus_path
from tests.analyzers.study.runs import three_currencies
from tests.markets import small_sample


@pytest.fixture(scope="module")
def record() -> RunRecord:
    return three_currencies()


def both(table: pd.DataFrame) -> pd.DataFrame:
    return table[(table["stimulus"] != "all") & (table["overhang"] != "all")]


def test_the_table_by_day_sums_to_the_change_of_equity(record: RunRecord) -> None:
    table = by_day(record.equity, state_frame(record))
    value = record.equity["value"]
    change = value.iloc[-1] - value.iloc[0]
    # OFF and ON of both, in every combination, each with sessions of its own.
    assert len(both(table)) == 4
    assert math.fsum(both(table)["pnl"]) == pytest.approx(change, rel=1e-9)
    assert np.prod(1.0 + both(table)["return"]) == pytest.approx(
        value.iloc[-1] / value.iloc[0], rel=1e-9
    )
    assert both(table)["days"].sum() == len(value) - 1
    for name, other in (("stimulus", "overhang"), ("overhang", "stimulus")):
        margin = table[(table[name] != "all") & (table[other] == "all")]
        assert math.fsum(margin["pnl"]) == pytest.approx(change, rel=1e-9)


def test_the_table_by_entry_sums_to_it_too_with_interest_apart(record: RunRecord) -> None:
    own = record.trades[["entry_regime", "entry_overhang"]]
    own = own.set_axis(["stimulus", "overhang"], axis=1)
    table = by_entry(record.trades, record.cash, record.equity, state_frame(record), at_entry=own)
    change = record.equity["value"].iloc[-1] - record.equity["value"].iloc[0]
    cells = both(table[table["part"] == "closed trades"])
    others = table[~table["part"].isin(["closed trades", "all"])]
    assert set(others["part"]) <= {"interest", "open trades"}
    assert "interest" in set(others["part"])
    total = math.fsum([*cells["pnl"], *others["pnl"]])
    assert total == pytest.approx(change, rel=1e-9)
    assert table.iloc[-1]["pnl"] == pytest.approx(change, rel=1e-12)
    assert cells["trades"].sum() == (record.trades["status"] == "closed").sum()


def test_cost_lines_sum_to_what_the_trades_paid(record: RunRecord) -> None:
    lines = math.fsum(record.costs["amount"])
    assert lines == pytest.approx(math.fsum(record.trades["costs"]), rel=1e-9)
    assert lines == pytest.approx(math.fsum(record.orders["cost"].dropna()), rel=1e-9)
    assert (record.trades["gross"] - record.trades["costs"]).to_numpy() == pytest.approx(
        record.trades["net"].to_numpy(), rel=1e-9
    )


def test_metal_market_miner_and_currency_sum_to_each_closing(record: RunRecord) -> None:
    parts = closing_parts(record.trades)
    known = parts["closing"].notna()
    assert known.sum() >= 10
    total = parts["equity_local"] + parts["fx"] + parts["metal"] + parts["market"]
    assert total[known].to_numpy() == pytest.approx(parts.loc[known, "closing"], abs=1e-9)


def test_the_currencys_part_is_the_change_of_the_rate_known_at_both_decisions(
    record: RunRecord,
) -> None:
    market = small_sample("FCX", "RIO.L", "NHY.OL")
    panel, closed = market.panel, record.trades[record.trades["status"] == "closed"]
    parts = closing_parts(record.trades)
    seen = []
    for place, trade in enumerate(closed.to_dict("records")):
        column = panel.names.index(trade["symbol"])
        rates = []
        for end in ("entry", "exit"):
            decided = np.datetime64(trade[f"{end}_decision"], "ns") - panel.latency
            (row,) = np.flatnonzero(panel.closes == decided)
            rates.append(math.log(panel.rate[row, column]))
        if math.isfinite(parts["closing"].iloc[place]):
            assert parts["fx"].iloc[place] == pytest.approx(rates[1] - rates[0], abs=1e-9)
            seen.append(trade["symbol"])
    assert set(seen) == {"FCX", "RIO.L", "NHY.OL"}
    assert (parts.loc[parts["symbol"] == "FCX", "fx"].abs() < 1e-12).all()
    assert (parts.loc[parts["symbol"] == "NHY.OL", "fx"].abs() > 1e-4).any()


def test_five_distinct_episodes_are_printed(record: RunRecord) -> None:
    path = stimulus_path(clock("XLON"), np.datetime64("2026-06-30"), Regime())
    # The reference spells begin in these years.
    assert [str(first)[:4] for first, _ in path.episodes()] == [
        "2008", "2015", "2020", "2022", "2024",
    ]  # fmt: skip
    page = render(record, draw_nothing)
    found = re.search(r'data-key="day\.ON/all\.episodes">(\d+)<', page)
    assert found
    assert found[1] == "5"

"""The figures behind the page, against values worked out by hand."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from orebound.analyzers import RunRecord
from orebound.analyzers.page.baserates import base_rates, entry_condition
from orebound.analyzers.page.drawing import apart
from orebound.analyzers.page.ledger import closings, cost_kinds, unfilled
from orebound.analyzers.page.numbers import drawdowns, headline, hit_rate, monthly
from orebound.analyzers.page.panels import entry_threshold
from orebound.analyzers.page.regimes import on_spells, regime_table, states

from .records import info, long_record, with_curve


def equity_of(dates: pd.DatetimeIndex, values: list[float]) -> pd.DataFrame:
    rest = dict.fromkeys(("cash", "gross", "net"), 0.0)
    return pd.DataFrame({"date": dates, "value": values, **rest})


def test_the_month_compounds_and_the_first_one_starts_at_the_first_session() -> None:
    dates = pd.to_datetime(["2020-01-15", "2020-01-31", "2020-02-28", "2020-12-31"])
    table = monthly(RunRecord(info=info(), equity=equity_of(dates, [100.0, 110.0, 99.0, 198.0])))
    assert table.loc[2020, 1] == pytest.approx(0.10)
    assert table.loc[2020, 2] == pytest.approx(-0.10)
    assert math.isnan(table.loc[2020, 3])
    assert table.loc[2020, 12] == pytest.approx(1.0)
    assert table.loc[2020, "year"] == pytest.approx(0.98)


def test_months_and_years_compound_to_the_total() -> None:
    record = long_record(years=3)
    table = monthly(record)
    value = record.equity["value"].to_numpy()
    total = value[-1] / value[0]
    months = (1.0 + table.drop(columns="year").stack()).prod()
    assert months == pytest.approx(total, rel=1e-12)
    assert (1.0 + table["year"]).prod() == pytest.approx(total, rel=1e-12)


def test_drawdown_is_the_fall_from_the_highest_value_and_keeps_holes() -> None:
    falls = drawdowns(pd.DataFrame({"rule": [np.nan, 100.0, 120.0, 90.0, 130.0]}))["rule"]
    assert math.isnan(falls[0])
    assert falls[1:].tolist() == pytest.approx([0.0, 0.0, -0.25, 0.0])


def test_the_rule_prints_what_run_json_says() -> None:
    record = with_curve([1e6, 1.1e6, 1.2e6], metrics={"sharpe": {"value": 9.87, "n": 2}})
    assert headline(record).loc["rule", "sharpe"] == 9.87
    assert math.isnan(headline(record).loc["rule", "cagr"])


def test_indices_are_labelled_as_not_traded() -> None:
    found = headline(long_record(years=2)).set_index("curve")["nature"]
    assert found["equal_weight_miners"] == found["market"] == "index, not traded"
    assert "traded, after costs" in found["rule"]


@pytest.mark.parametrize("values", [[], [1e6], [1e6] * 40])
def test_a_curve_that_says_nothing_has_no_ratio(values: list[float]) -> None:
    row = headline(with_curve(values)).loc["rule"]
    assert math.isnan(row["sharpe"])
    assert math.isnan(row["sharpe_error"])


def test_hit_rate_carries_its_error_and_count() -> None:
    record = with_curve([1.0], metrics={"hit_rate": {"value": 2 / 3, "n": 3}})
    share, error, n = hit_rate(record)
    assert (share, n) == (2 / 3, 3)
    assert error == pytest.approx(math.sqrt(2 / 27))


def test_base_rates_count_closed_episodes_only() -> None:
    trades = long_record(years=2, n_trades=4).trades.assign(symbol="RIO")
    trades["net"] = [10.0, 10.0, -10.0, 10.0]
    trades.loc[3, "status"] = "open"
    row = base_rates(replace(with_curve([1.0]), trades=trades)).set_index("symbol").loc["RIO"]
    assert (row["entries"], row["closed"], row["observed"]) == (4, 3, 0.05)
    assert row["hit_rate"] == pytest.approx(2 / 3)


def test_the_condition_and_its_line_follow_the_trigger() -> None:
    assert entry_condition(long_record(years=2)) == "z \u2264 \u22121.50"
    assert entry_threshold(long_record(years=2), "z") == -1.5
    ratio = with_curve([1.0], config={"rule": {"gap": "ratio", "trigger": "auto", "lag_in": 0.2}})
    assert entry_condition(ratio) == "lag \u2264 \u221220\u202f%"
    # A lag of -20 % is a gap of ln 0.8.
    assert entry_threshold(ratio, "gap") == pytest.approx(math.log(0.8))
    assert math.isnan(entry_threshold(ratio, "z"))


def test_returns_by_state_compound_to_the_total() -> None:
    record = long_record(years=4)
    value = record.equity["value"].to_numpy()
    inside = (1.0 + regime_table(record)["rule"]).prod()
    assert inside == pytest.approx(value[-1] / value[0], rel=1e-12)


def test_a_day_is_earned_under_the_state_of_the_close_before() -> None:
    days = pd.bdate_range("2020-01-01", periods=4)
    values = [100.0, 110.0, 121.0, 60.5]
    equity = equity_of(days, values)
    signals = long_record(years=2).signals.head(4).assign(date=days, time=days)
    signals["state"] = ["OFF", "ON", "OFF", "ON"]
    curves = pd.DataFrame({"date": days, "rule": np.array(values) / 100.0})
    record = RunRecord(info=info(), equity=equity, signals=signals, baselines=curves)
    table = regime_table(record).set_index("state")
    # ON at the close of day 2, so the return of day 3 is its own; the halving follows an OFF.
    assert table.loc["ON", "rule"] == pytest.approx(0.10)
    assert table.loc["OFF", "rule"] == pytest.approx(1.1 * 0.5 - 1.0)


def test_spells_agree_with_the_states() -> None:
    record = long_record(years=4)
    table, each = regime_table(record).set_index("state"), on_spells(record)
    assert len(each) == table.loc["ON", "spells"]
    assert table["days"].sum() == len(states(record)) - 1
    assert (1.0 + each["rule"]).prod() == pytest.approx(1.0 + table.loc["ON", "rule"], rel=1e-12)


def test_the_last_spell_may_still_run() -> None:
    record = long_record(years=2, n_trades=2)
    days = record.equity["date"]
    stated = dict(record.info["regime"], spells=[[str(days.iloc[-3].date()), None]])
    row = on_spells(replace(record, info=record.info | {"regime": stated})).iloc[0]
    assert row["days"] == 3
    assert pd.isna(row["until"])


def test_costs_add_up_and_are_measured_on_the_traded_value() -> None:
    record = long_record(years=3, n_trades=10)
    table = cost_kinds(record).set_index("kind")
    assert table.loc["commission", "amount"] == pytest.approx(900.0)
    assert table.loc["all costs", "amount"] == pytest.approx(6000.0)
    traded = 2 * 30.0 * record.trades["size"].sum()
    assert table.loc["all costs", "bp"] == pytest.approx(1e4 * 6000.0 / traded)


def test_only_orders_that_did_not_fill_are_listed() -> None:
    found = unfilled(long_record(years=3, n_trades=10))
    assert found["status"].tolist() == ["Margin"]


def test_shares_of_a_closing_near_nothing_are_not_printed_but_its_parts_are() -> None:
    record = long_record(years=3, n_trades=2)
    trades = record.trades.assign(
        closing=[0.001, 0.2], equity_share=[400.0, 0.7], metal_share=[-399.0, 0.2], market_share=0.0
    )
    found = closings(replace(record, trades=trades)).sort_values("closing")
    assert found["equity_share"].isna().tolist() == [True, False]
    assert found["equity"].tolist() == pytest.approx([0.4, 0.14])
    assert found["metal"].tolist() == pytest.approx([-0.399, 0.04])


def test_names_beside_lines_stand_apart_and_inside() -> None:
    assert apart([50.0, 52.0, 200.0], 15.0, 300.0) == [50.0, 65.0, 200.0]
    assert apart([298.0, 299.0, 299.5], 15.0, 300.0) == pytest.approx([270.0, 285.0, 300.0])

"""The figures behind the page, against values worked out by hand."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from orebound.analyzers.page.baserates import base_rates, noise_rate
from orebound.analyzers.page.ledger import cost_kinds, episodes, unfilled
from orebound.analyzers.page.numbers import drawdowns, headline, hit_rate, monthly
from orebound.analyzers.page.regimes import on_episodes, regime_table, spans, state_name, states

from .records import FakeRecord, info, long_record, nothing, with_curve


def test_the_month_compounds_and_the_first_one_starts_at_the_first_session() -> None:
    dates = pd.to_datetime(["2020-01-15", "2020-01-31", "2020-02-28", "2020-12-31"])
    equity = pd.DataFrame({"date": dates, "value": [100.0, 110.0, 99.0, 198.0]})
    table = monthly(FakeRecord(info=info(), equity=equity))
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
    assert headline(record).loc["rule", "total_return"] == pytest.approx(0.2)


def test_indices_are_labelled_as_not_traded() -> None:
    found = headline(long_record(years=2)).set_index("curve")["nature"]
    assert found["equal_weight_miners"] == found["market"] == "index, not traded"
    assert "traded, after costs" in found["rule"]


@pytest.mark.parametrize("values", [[], [1e6], [1e6] * 40])
def test_a_curve_that_says_nothing_has_no_ratio(values: list[float]) -> None:
    row = headline(with_curve(values)).loc["rule"]
    assert math.isnan(row["sharpe"])
    assert math.isnan(row["sharpe_error"])


def test_hit_rate_counts_closed_episodes_only_and_carries_its_error() -> None:
    trades = long_record(years=2, n_trades=4).trades
    trades["net"] = [10.0, 10.0, -10.0, 10.0]
    trades.loc[3, ["exit_date", "exit_decision"]] = pd.NaT
    trades.loc[3, "status"] = "open"
    share, error, n = hit_rate(FakeRecord(info=info(), equity=nothing("equity"), trades=trades))
    assert (share, n) == (pytest.approx(2 / 3), 3)
    assert error == pytest.approx(math.sqrt(2 / 27))


def test_noise_meets_a_z_of_minus_one_and_a_half_on_seven_days_in_a_hundred() -> None:
    # The normal table: P(Z <= -1.5) = 0.0668.
    assert noise_rate(long_record(years=2)) == pytest.approx(0.0668, abs=5e-5)


def test_a_lag_has_no_noise_rate_unless_the_run_states_one() -> None:
    lagging = info(config={"rule": {"gap": "ratio", "lag_in": 0.2}}, base_rates={})
    record = FakeRecord(info=lagging, equity=nothing("equity"))
    assert math.isnan(noise_rate(record))
    assert noise_rate(record, {"noise": 0.19}) == 0.19


def test_base_rates_are_counted_in_the_signals_where_the_run_states_none() -> None:
    signals = (
        nothing("signals")
        .reindex(range(4))
        .assign(
            date=pd.bdate_range("2020-01-01", periods=4), symbol="RIO", z=[-2.0, -1.5, 0.0, np.nan]
        )
    )
    record = FakeRecord(info=info(base_rates={}), equity=nothing("equity"), signals=signals)
    row = base_rates(record).iloc[0]
    assert row["sessions"] == 3
    assert row["observed"] == pytest.approx(2 / 3)


@pytest.mark.parametrize(
    ("raw", "name"), [("ON", "ON"), ("on", "ON"), (1, "ON"), (1.0, "ON"), (0, "OFF"), ("", "")]
)
def test_states_read_alike_as_words_and_as_figures(raw: object, name: str) -> None:
    assert state_name(raw) == name


def test_each_unbroken_stretch_is_one_episode() -> None:
    days = pd.bdate_range("2020-01-01", periods=6)
    found = spans(pd.Series(["OFF", "ON", "ON", "OFF", "ON", "ON"], index=days))
    assert found["state"].tolist() == ["OFF", "ON", "OFF", "ON"]
    assert found["days"].tolist() == [1, 2, 1, 2]


def test_returns_by_state_compound_to_the_total() -> None:
    record = long_record(years=4)
    value = record.equity["value"].to_numpy()
    inside = (1.0 + regime_table(record)["rule"]).prod()
    assert inside == pytest.approx(value[-1] / value[0], rel=1e-12)


def test_a_day_is_earned_under_the_state_of_the_close_before() -> None:
    days = pd.bdate_range("2020-01-01", periods=4)
    equity = pd.DataFrame({"date": days, "value": [100.0, 110.0, 121.0, 60.5]})
    signals = (
        nothing("signals")
        .reindex(range(4))
        .assign(date=days, symbol="RIO", state=["OFF", "ON", "OFF", "ON"])
    )
    record = FakeRecord(info=info(), equity=equity, signals=signals)
    table = regime_table(record).set_index("state")
    # ON at the close of day 2, so the return of day 3 is its own; the halving follows an OFF.
    assert table.loc["ON", "rule"] == pytest.approx(0.10)
    assert table.loc["OFF", "rule"] == pytest.approx(1.1 * 0.5 - 1.0)


def test_regime_episodes_agree_with_the_states() -> None:
    record = long_record(years=4)
    table = regime_table(record).set_index("state")
    assert len(on_episodes(record)) == table.loc["ON", "episodes"]
    assert table["days"].sum() == len(states(record)) - 1


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


def test_shares_of_a_closing_near_nothing_are_not_printed() -> None:
    record = long_record(years=3, n_trades=2)
    trades = record.trades.assign(closing=[0.001, 0.2])
    assert episodes(replace(record, trades=trades))["equity_share"].isna().tolist() == [True, False]

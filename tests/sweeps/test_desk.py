"""The desk's table: what it shows is what the rule knows, and nothing later."""

from __future__ import annotations

import io
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from rich.console import Console

from orebound.feeds import ConfigError, Market, Series
from orebound.scripts.desk import print_desk
from orebound.strategies import Regime, Rule, signals_of
from orebound.sweeps import DeskTable, RunConfig, desk_table
from orebound.sweeps.lags import lag_between

from ..markets import sample, small_sample

#: Regime ON, and wide lags planted around it.
DAY = np.datetime64("2024-10-02")


@pytest.fixture(scope="module")
def desk() -> DeskTable:
    return desk_table(sample(), RunConfig(), DAY)


def test_a_lag_in_points_is_not_one_as_a_ratio() -> None:
    lag = lag_between(np.array([50.0, 80.0]), np.array([1.0, 2.0]))
    assert (lag.ratio, lag.points) == pytest.approx((-0.20, -0.40))


def test_each_name_stands_as_the_signals_know_it(desk: DeskTable) -> None:
    market = sample()
    signals = signals_of(market.panel, Rule(), Regime())
    row = market.panel.first_row(DAY)
    for line in desk.table.to_dict("records"):
        column = market.names.index(line["symbol"])
        for key in ("gap", "z", "half_life", "coverage", "score"):
            assert line[key] == pytest.approx(getattr(signals, key)[row, column], nan_ok=True)
        assert line["lag_ratio"] == pytest.approx(signals.lag[row, column], abs=1e-9, nan_ok=True)
        assert line["is_in"] == bool(signals.blocked[row, column] == 0)


def test_names_in_have_the_weight_of_a_full_position_and_words_why(desk: DeskTable) -> None:
    chosen = desk.table[desk.table["is_in"]]
    assert len(chosen) >= 1
    assert chosen["weight"].tolist() == [0.1] * len(chosen)  # one of ten names
    assert chosen["why"].str.contains("-1.5 or less is needed; regime ON").all()
    out = desk.table[~desk.table["is_in"]]
    assert (out["weight"] == 0.0).all()
    assert out["why"].str.len().gt(10).all()


def test_the_table_is_sorted_by_how_far_names_trail(desk: DeskTable) -> None:
    assert desk.table["z"].dropna().is_monotonic_increasing


def test_what_comes_later_changes_nothing(desk: DeskTable) -> None:
    cut = desk_table(sample().known_by(DAY.astype("datetime64[s]") + 86_399), RunConfig())
    pd.testing.assert_frame_equal(cut.table, desk.table)
    pd.testing.assert_frame_equal(cut.events, desk.events)
    assert cut.day == desk.day


def test_an_announcement_of_the_day_after_is_not_behind_the_regime() -> None:
    market = small_sample()
    before = desk_table(market, RunConfig(), "2024-09-23")
    after = desk_table(market, RunConfig(), "2024-09-24")
    assert "CN123" not in set(before.events["id"])
    assert after.events["id"].iloc[0] == "CN123"
    # 1.47 -> 5.46 in London (domain.md 4.2); New York's sessions differ by holidays only.
    assert before.table["state"].unique().tolist() == ["OFF"]
    assert after.table["state"].unique().tolist() == ["ON"]
    assert (after.table["score"] - before.table["score"]).between(3.9, 4.1).all()


def test_with_the_regime_off_nothing_is_in_and_the_reason_is_said() -> None:
    off = desk_table(small_sample(), RunConfig(), "2024-09-23")
    assert not off.table["is_in"].any()
    assert off.table["why"].str.contains("regime is not ON").all()


def test_days_outside_the_data_are_refused() -> None:
    with pytest.raises(ConfigError, match="--date must lie within the data, 2005-01-03 to 2025-12"):
        desk_table(small_sample(), RunConfig(), "2031-01-01")


def test_a_hindsight_list_is_refused_before_its_day() -> None:
    market = Market.sample("gold-2025")
    with pytest.raises(ConfigError, match="was published on 2025-03-24"):
        desk_table(market, RunConfig(), "2025-03-20")
    assert len(desk_table(market, RunConfig(), "2025-03-24").table) == 3


@pytest.fixture(scope="module")
def stale() -> DeskTable:
    """FCX, in on 2024-10-02, and RIO, out, have no data after that day; B goes on."""

    def cut(series: Series) -> Series:
        ends = series.symbol in ("FCX", "RIO")
        return replace(series, frame=series.frame[series.sessions <= DAY]) if ends else series

    return desk_table(small_sample().rebuilt(cut), RunConfig(), "2024-10-21", book=False)


def test_a_stale_row_says_how_far_behind_it_is_also_where_it_is_in(stale: DeskTable) -> None:
    rows = stale.table.set_index("symbol")
    # New York's sessions from Thursday 2024-10-03 to Monday 2024-10-21: it trades on Columbus Day.
    assert rows["behind"].to_dict() == {"FCX": 13, "RIO": 13, "B": 0}
    assert rows.loc["FCX", "is_in"]
    for name in ("FCX", "RIO"):
        words = f"; last session of {name} is 2024-10-02, 13 sessions behind"
        assert rows.loc[name, "why"].endswith(words)
    assert "behind" not in rows.loc["B", "why"]
    (said,) = [words for words in stale.remarks if words.startswith("Stale rows")]
    assert "last session of FCX, RIO is 2024-10-02, 13 sessions behind" in said


def test_the_terminal_marks_stale_rows_and_buys_none_of_them(stale: DeskTable) -> None:
    out = io.StringIO()
    print_desk(stale, Console(file=out, width=220, highlight=False, markup=False))
    lines = out.getvalue().splitlines()
    assert "a flat book would buy B (FCX: in at the last session only, stale)" in lines[1]
    fcx = [cell for line in lines if line.startswith("FCX ") for cell in line.split()]
    assert fcx[1:3] == ["2024-10-02", "13"]
    weight = float(stale.table.set_index("symbol").loc["FCX", "weight"])
    assert weight > 0.0
    assert f"({weight:.1%})" in fcx
    assert any(line.startswith("Stale rows, whose figures and regime") for line in lines)


def test_without_a_stale_row_no_column_says_so(desk: DeskTable) -> None:
    out = io.StringIO()
    print_desk(desk, Console(file=out, width=220, highlight=False, markup=False))
    assert not any("behind" in line.split() for line in out.getvalue().splitlines()[:6])
    assert not any("Stale" in words for words in desk.remarks)

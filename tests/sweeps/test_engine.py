"""Whole runs: identities of the record, one answer in every process, mixed exchanges."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import replace
from datetime import date
from functools import lru_cache
from pathlib import Path

import numpy as np
import pytest

from orebound.analyzers import order_hash
from orebound.analyzers.record import RunRecord
from orebound.feeds import ConfigError, Market, Series
from orebound.sweeps import execute, from_names, load
from orebound.sweeps.beside import basket_notes
from tests.markets import PRICES, real, sample, small_sample

RUN = {"start": date(2014, 6, 2), "end": date(2016, 12, 30), "null_draws": 50}


@lru_cache(maxsize=1)
def record() -> RunRecord:
    return execute(from_names(RUN), market=sample())


@lru_cache(maxsize=1)
def mixed() -> RunRecord:
    config = from_names({**RUN, "regime": "none", "z_in": 1.0})
    return execute(config, market=small_sample("FCX", "ANTO.L", "NHY.OL"))


@pytest.mark.parametrize("run", [record, mixed])
def test_value_is_cash_plus_positions_each_session(run) -> None:  # type: ignore[no-untyped-def]
    found = run()
    held = found.positions.groupby("date")["value"].sum()
    equity = found.equity.set_index("date")
    rest = equity["value"] - equity["cash"] - held.reindex(equity.index).fillna(0.0)
    assert held.abs().max() > 0
    assert rest.abs().max() < 1e-6


@pytest.mark.parametrize("run", [record, mixed])
def test_orders_flows_and_prices_rebuild_equity(run) -> None:  # type: ignore[no-untyped-def]
    found = run()
    filled = found.orders[found.orders["status"] == "Filled"]
    sign = np.where(filled["side"] == "buy", 1.0, -1.0)
    spent = filled.assign(spent=sign * filled["value"] + filled["cost"])
    spent = spent.groupby("fill_session")["spent"].sum()
    days = found.equity["date"]
    cash = 1_000_000.0 - spent.reindex(days).fillna(0.0).cumsum()
    flows = found.cash.groupby("date")["amount"].sum().reindex(days).fillna(0.0).cumsum()
    held = found.positions.groupby("date")["value"].sum().reindex(days).fillna(0.0)
    rebuilt = cash + flows + held
    np.testing.assert_allclose(rebuilt.to_numpy(), found.equity["value"].to_numpy(), atol=1e-6)


def test_interest_on_cash_is_a_flow_of_its_own() -> None:
    config = from_names({**RUN, "cash_rate": 0.03, "on_score": 50.0, "null_draws": 1})
    found = execute(config, market=sample())
    years = 943 / 365  # 2014-06-02 to 2016-12-30 are 942 days; interest lags one session
    assert set(found.cash["kind"]) == {"interest"}
    assert found.cash["amount"].sum() == pytest.approx(1e6 * (1.03**years - 1.0), rel=0.02)
    gained = found.equity["value"].iloc[-1] - 1e6
    assert gained == pytest.approx(found.cash["amount"].sum(), abs=1e-6)


def test_trades_split_their_closing_without_a_rest() -> None:
    closed = record().trades.dropna(subset=["closing"])
    assert len(closed) > 2
    parts = closed[["equity_share", "metal_share", "market_share"]].sum(axis=1)
    np.testing.assert_allclose(parts, 1.0, atol=1e-9)
    rolled = closed["exit_gap"] - closed["entry_gap"] - closed["closing"]
    np.testing.assert_allclose(rolled, closed["roll_off"], atol=1e-9)


def test_costs_by_kind_sum_to_the_orders_costs() -> None:
    found = record()
    assert found.costs["amount"].sum() == pytest.approx(found.orders["cost"].sum(), abs=1e-9)


@pytest.mark.slow
def test_the_resolved_config_gives_the_same_orders_in_another_process(tmp_path: Path) -> None:
    import tomli_w

    path = tmp_path / "config.toml"
    path.write_text(tomli_w.dumps(record().info["config"]), encoding="utf-8")
    program = (
        "import sys; from pathlib import Path\n"
        "from orebound.sweeps import execute, load\n"
        "print(execute(load(Path(sys.argv[1]))).info['order_hash'])"
    )
    done = subprocess.run(
        [sys.executable, "-c", program, str(path)],
        env=os.environ | {"PYTHONHASHSEED": "4242"},  # another order of sets than here
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.strip() == record().info["order_hash"]
    assert load(path).as_dict() == record().info["config"]


def test_mixed_exchanges_have_one_row_a_closing_time_and_fill_at_their_own_opens() -> None:
    found = mixed()
    panel = small_sample("FCX", "ANTO.L", "NHY.OL").panel
    assert found.info["rows"] > 2 * found.info["sessions"]
    filled = found.orders[found.orders["status"] == "Filled"]
    assert set(filled["symbol"]) == {"FCX", "ANTO.L", "NHY.OL"}
    for order in filled.to_dict("records"):
        name = panel.names.index(order["symbol"])
        row = np.flatnonzero(panel.session[:, name] == np.datetime64(order["fill_session"], "D"))[0]
        assert order["price"] == pytest.approx(panel.open[row, name], rel=1e-12)
        before = panel.session[panel.bar_rows(name), name]
        decided = np.searchsorted(before, np.datetime64(order["session"], "D"))
        assert before[decided + 1] == np.datetime64(order["fill_session"], "D")


def test_london_buys_pay_stamp_duty_in_a_mixed_run() -> None:
    duty = mixed().costs[mixed().costs["kind"] == "stamp_duty"]
    paid = duty[duty["amount"] > 0]
    assert set(paid["symbol"]) == {"ANTO.L"}
    assert set(paid["side"]) == {"buy"}


def test_every_output_of_the_sample_says_synthetic() -> None:
    assert record().info["synthetic"] is True
    assert record().info["source"] == "sample"
    assert all(row["role"] for row in record().info["data"].values())


def test_a_hindsight_universe_is_refused_before_its_date() -> None:
    market = Market.sample("europe-2025")
    config = from_names({**RUN, "universe": "europe-2025"})
    with pytest.raises(ConfigError, match=r"published on 2025-03-24.*--allow-hindsight"):
        execute(config, market=market)


def test_hindsight_exposures_are_recorded_and_strict_refuses_them() -> None:
    late = record().info["hindsight_exposure"]
    assert late["RIO"] >= "2025-01-01"
    assert "rule_regression_exposures" in record().baselines
    with pytest.raises(ConfigError, match="--strict: exposures were published after"):
        execute(from_names({**RUN, "strict": True}), market=sample())


def test_the_sample_holds_a_hundred_entries_without_the_filter() -> None:
    config = from_names({"regime": "none", "null_draws": 1})
    assert len(execute(config, market=sample()).trades) >= 100


@pytest.mark.usefixtures("shared_data")
def test_real_history_runs_and_its_record_hashes_as_it_says() -> None:
    found = execute(from_names(RUN), market=real())
    assert found.info["synthetic"] is False
    assert order_hash(found.orders) == found.info["order_hash"]
    assert {"SCCO", "TECK"} <= set(found.info["universe"]["excluded"])


@pytest.mark.usefixtures("shared_data")
def test_the_article_picks_run_on_real_london_lines_with_the_ratio_gap() -> None:
    market = Market.csv(PRICES, "europe-2025", skip_missing=True, allow_hindsight=True)
    config = from_names(
        {"start": date(2021, 5, 3), "end": date(2024, 4, 26), "gap": "ratio", "regime": "none"}
        | {"null_draws": 1}
    )
    found = execute(config, market=market)
    assert "ANTO.L" in market.names
    assert any("dividends are missing" in text for text in found.info["warnings"])
    assert found.info["universe"]["allow_hindsight"] is True


def test_a_basket_that_has_shrunk_says_to_what_it_has() -> None:
    last = {"FCX": np.datetime64("2024-10-02"), "RIO": np.datetime64("2024-09-30")}

    def cut(series: Series) -> Series:
        end = last.get(series.symbol, np.datetime64("2024-12-31"))
        return replace(series, frame=series.frame[series.sessions <= end])

    market = small_sample().rebuilt(cut)
    window = (market.panel.first_row("2024-01-02"), market.panel.n_rows)
    (said,) = basket_notes(market, window)
    assert said == (
        "The index of equal-weight miners ends as 1 of 3 names, B: it counts RIO until 2024-09-30; "
        "FCX until 2024-10-02"
    )
    assert basket_notes(small_sample(), (0, small_sample().panel.n_rows)) == []

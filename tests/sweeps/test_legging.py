"""Legging, unhedged stretches, the record of a mode, its page, and the table of all modes."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pandas as pd
import pytest

from orebound.analyzers import read_run, write_run
from orebound.analyzers.page import render
from orebound.feeds import ConfigError, Market, load_universe
from orebound.scripts.main import make_app
from orebound.scripts.terminal import call
from orebound.sweeps import (
    MODES,
    Parameters,
    RunConfig,
    backtest,
    compare_modes,
    desk_table,
    execute,
    from_names,
    make_sweep_config,
)
from orebound.sweeps.design import make_design
from orebound.sweeps.legging import legging, unhedged_days
from orebound.sweeps.plan import make_plan
from tests.sweeps.directed_worlds import Name, day
from tests.sweeps.hedged_worlds import HEDGED, hedged_world, run

DIP = Name({1: 0.9, 9: 1.0})
PARTNERS = {"N0-FUND": "N0"}
DATES = {"start": "2015-01-02", "end": "2016-03-31"}


def told(market: Market, **keys: Any) -> pd.DataFrame:
    found = run(market, **keys)
    panel = market.arranged(from_names(HEDGED | keys).rule.lines(market)).panel
    return legging(found.orders, panel, PARTNERS)


def test_legs_filled_with_their_line_are_no_legging() -> None:
    assert told(hedged_world(DIP)).empty


def test_a_leg_closed_on_a_day_its_partner_cannot_trade_is_reported() -> None:
    (row,) = told(hedged_world(Name({1: 0.9, 9: 1.0}, absent=(10,)))).to_dict("records")
    assert (row["leg"], row["leg_of"], row["side"]) == ("N0-FUND", "N0", "buy")
    assert (row["leg_day"], row["partner_day"]) == (day(10), day(11))
    assert row["why"] == "N0 could not trade that day"


def test_a_leg_that_fills_later_than_its_line_is_reported() -> None:
    rows = told(hedged_world(DIP, fund=Name({}, absent=(2,))))
    assert rows["reason"].tolist() == ["entry"]
    assert (rows["leg_day"][0], rows["partner_day"][0]) == (day(3), day(2))
    assert rows["why"][0] == "N0-FUND could not trade that day"


def test_an_orphan_and_the_rejected_line_are_reported() -> None:
    rows = told(hedged_world(Name({1: 0.9}, {2: 3.0}), days=4))
    assert rows["why"].tolist()[:2] == ["N0 was not filled (margin)", "its line had no order then"]
    assert rows["reason"].tolist()[:2] == ["entry", "orphan"]


def test_days_without_a_leg_are_counted() -> None:
    market = hedged_world(Name({1: 0.9}), fund=Name({}, last=5))
    found = run(market)
    panel = market.arranged(from_names(HEDGED).rule.lines(market)).panel
    (row,) = unhedged_days(found.trades, panel, PARTNERS).to_dict("records")
    assert (row["symbol"], row["leg"], row["why"]) == ("N0", "N0-FUND", "data_hole")
    line, leg = found.trades.to_dict("records")
    gone = (day(k) for k in range(60) if leg["exit_date"] <= day(k) < line["exit_date"])
    assert row["sessions"] == len(list(gone))
    never = hedged_world(DIP, lot=10_000)
    alone = unhedged_days(run(never).trades, panel, PARTNERS)
    assert alone["why"].tolist() == ["no leg was filled"]


def two_exchanges() -> Market:
    """Names of New York and London, hedged in New York."""
    europe = load_universe("europe-2025")
    base = load_universe("nyse-miners")
    listed = [one for one in base.listings if one.symbol("csv") in ("FCX", "NEM", "RIO")]
    listed += [one for one in europe.listings if one.symbol("csv") == "ANTO.L"]
    universe = replace(base, listings=tuple(listed), issuers=base.issuers | europe.issuers)
    return Market.sample(universe, hedges=("metals", "market"))


@pytest.fixture(scope="module")
def market() -> Market:
    return two_exchanges()


KEYS: dict[str, Any] = {"mode": "two_factor", "z_in": 0.8, "regime": "none", "max_weight": 0.4}


def test_any_loop_and_broker_of_backtrader_do_the_same(market: Market) -> None:
    import backtrader as bt

    from orebound.strategies import CatchUp

    config = from_names(KEYS)
    base = Parameters(config.rule, config.regime, config.sizing, config.costs)
    found = backtest(market, base, **DATES)
    assert len(found.orders) > 30
    assert {"ANTO.L-DBB", "NEM-GLD", "FCX-SPY"} <= set(found.orders["symbol"])
    slow = backtest(market, base, runonce=False, **DATES)
    pd.testing.assert_frame_equal(slow.orders, found.orders)
    pd.testing.assert_frame_equal(slow.cash, found.cash)
    cerebro = bt.Cerebro(stdstats=False)
    cerebro.broker.setcash(config.sizing.cash)
    market.add_to(cerebro, rule=config.rule, costs=config.costs, fast=False, **DATES)
    cerebro.addstrategy(CatchUp, **base.flat())
    cerebro.run()
    assert cerebro.broker.getvalue() == found.equity["value"].iloc[-1]


def test_names_without_enough_of_a_hedge_are_not_traded(market: Market) -> None:
    # Two thirds of RIO is iron ore, for which there is no hedge.
    found = backtest(market, Parameters(from_names(KEYS).rule), **DATES)
    assert "RIO" not in set(found.orders["symbol"])
    bench = from_names(KEYS | {"mode": "hedged_bench", "when_off": "ignore"})
    parameters = Parameters(bench.rule, bench.regime)
    assert "RIO" in set(backtest(market, parameters, **DATES).orders["symbol"])


@pytest.fixture(scope="module")
def record(market: Market) -> Any:
    config = from_names(KEYS | DATES | {"null_draws": 50, "when_off": "ignore"})
    return execute(config, market=market)


def test_the_record_counts_lines_and_says_what_was_hedged(record: Any) -> None:
    info, trades = record.info, record.trades
    own = trades[trades["leg_of"] == ""]
    assert info["metrics"]["entries"]["value"] == len(own) < len(trades)
    assert set(record.signals["symbol"]) == {"FCX", "NEM", "RIO", "ANTO.L"}
    assert info["universe"]["names"] == ["RIO", "FCX", "NEM", "ANTO.L"]
    mode = info["mode"]
    assert {one["symbol"] for one in mode["hedges"]} == {"DBB", "GLD", "SLV", "SPY"}
    assert sum(one["legs"] for one in mode["hedges"]) == len(trades) - len(own)
    paid = record.cash.groupby("kind")["amount"].sum()
    assert mode["carry"]["borrow"] == pytest.approx(paid["borrow"])
    assert info["config"]["data"]["hedges"] == "metals+market"
    assert abs(mode["net_beta"]["market"]) < 0.1


def test_money_of_trades_and_flows_is_the_change_of_equity(record: Any) -> None:
    ended = record.equity["value"].iloc[-1]
    total = 1e6 + record.trades["net"].sum() + record.cash["amount"].sum()
    assert ended == pytest.approx(total, abs=1e-6 * ended)


def test_the_page_has_a_section_of_the_mode_and_joins_trades_elsewhere(
    record: Any, tmp_path: Any
) -> None:
    again = read_run(write_run(record, tmp_path / "run"))
    page = render(again)
    assert 'data-key="hedge.DBB.legs"' in page
    assert 'data-key="mode.beta_metal"' in page
    assert "Lines held without one of their legs" in page
    plain = replace(record, info=record.info | {"mode": {"mode": "long_only"}})
    assert "mode.beta_metal" not in render(plain)


def test_all_modes_stand_in_one_table(market: Market) -> None:
    config = from_names(DATES | {"z_in": 0.8, "when_off": "ignore", "cross_top": 1})
    found = compare_modes(config, market=market).set_index("mode")
    assert tuple(found.index) == MODES
    assert set(MODES) == {
        *("long_only", "hedged_metal", "hedged_bench", "two_factor", "cross_sectional")
    }
    assert (found["engine"] == "backtrader").all()
    assert (found["note"] == "").all()
    assert found.loc["long_only", "borrow"] == 0.0
    assert (found.loc[list(MODES[1:]), "borrow"] > 0.0).all()
    size = found["net_beta_metal"].abs()
    assert size["hedged_metal"] < 0.25 * size["long_only"]
    assert abs(found.loc["hedged_bench", "net_beta_market"]) < 0.1
    assert found.loc["two_factor", "borrow"] > found.loc["hedged_metal", "borrow"]


def test_a_mode_that_does_not_fit_has_its_reason_in_the_table(market: Market) -> None:
    config = from_names(DATES | {"z_in": 0.8, "when_off": "ignore", "market_factor": False})
    found = compare_modes(config, market=market, modes=("long_only", "hedged_bench"))
    assert found["engine"].tolist() == ["backtrader", ""]
    assert "sells the market by the gap's ratio to it" in found["note"][1]
    with pytest.raises(ConfigError, match="sells the market"):
        compare_modes(config, market=market, modes=("hedged_bench", "long_only"))


def test_the_command_prints_one_table_and_json(capsys: pytest.CaptureFixture[str]) -> None:
    words = ["modes", "--only", "long_only+hedged_metal", "--start", "2025-01-02", "--json"]
    assert call(make_app(), words, name="orebound") == 0
    rows = json.loads(capsys.readouterr().out)
    assert [row["mode"] for row in rows] == ["long_only", "hedged_metal"]
    assert rows[1]["borrow"] > 0.0
    assert call(make_app(), ["modes", "--only", "hedge_metal"], name="orebound") == 2
    assert "did you mean" in capsys.readouterr().err.lower()


def test_a_sweep_over_modes_runs_hedged_ones_through_backtrader() -> None:
    values = {"mode": list(MODES), "z_in": [1.0, 1.5]}
    config = make_sweep_config(RunConfig(), {"parameters": values})
    plan = make_plan(config, make_design(config), data="d", code="c", months=(500, 12))
    assert plan.not_replayed == {"hedge legs": 6}
    assert plan.n_replayed == 4


def test_doubled_prices_change_no_decision(market: Market) -> None:
    config = from_names(KEYS | {"cash": 2e9})
    base = Parameters(config.rule, config.regime, config.sizing, config.costs)

    def doubled(series: Any) -> Any:
        frame = series.frame.copy()
        known = frame.columns.intersection(["open", "high", "low", "close", "raw_close"])
        frame[known] *= 2.0
        return replace(series, frame=frame)

    both = [backtest(one, base, **DATES).orders for one in (market, market.rebuilt(doubled))]
    for name in ("submitted", "symbol", "side", "reason"):
        assert both[0][name].tolist() == both[1][name].tolist()


def test_the_desk_sees_names_and_no_legs(market: Market) -> None:
    found = desk_table(market, from_names(KEYS), day="2016-03-31").table
    assert set(found["symbol"]) == {"FCX", "NEM", "RIO", "ANTO.L"}
    (why,) = found.loc[found["symbol"] == "RIO", "why"]
    assert "no hedge for its metals" in why

"""Acceptance case 16: holidays, stale metals and absent metals."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import backtrader as bt
import numpy as np
import pandas as pd
import pytest

from orebound.analyzers import Orders
from orebound.feeds import DataRefused, Market, Series, load_universe
from orebound.feeds.market_parts import gather
from orebound.feeds.sources.loaders import SampleLoader
from orebound.strategies import Regime
from orebound.strategies.signals import Blocked
from orebound.sweeps import Parameters, backtest
from tests.markets import small_sample


class BuyAll(bt.Strategy):
    """Buy each name at its close of 2024-05-16, the eve of Norway's national day."""

    params = (("day", "2024-05-16"),)

    def prenext(self) -> None:
        self.next()

    def next(self) -> None:
        for data in self.datas:
            today = len(data) and data.datetime[0] == self.lines.datetime[0]
            if today and str(bt.num2date(data.datetime[0]).date()) == self.p.day:
                self.buy(data=data, size=10)


def test_an_order_waits_for_its_own_exchange_while_others_trade() -> None:
    # Oslo is closed on 2024-05-17 (national day) and 2024-05-20 (Whit Monday); London is open.
    cerebro = bt.Cerebro(stdstats=False)
    market = small_sample("NHY.OL", "ANTO.L")
    market.add_to(cerebro, start="2024-05-02", end="2024-06-28")
    cerebro.broker.setcash(1e6)
    cerebro.addstrategy(BuyAll)
    cerebro.addanalyzer(Orders, _name="orders")
    (result,) = cerebro.run()
    orders = result.analyzers.orders.frame().set_index("symbol")
    assert set(orders["status"]) == {"Filled"}
    assert orders.loc["ANTO.L", "fill_session"] == pd.Timestamp("2024-05-17")
    assert orders.loc["NHY.OL", "fill_session"] == pd.Timestamp("2024-05-21")
    panel, name = market.panel, market.names.index("NHY.OL")
    row = np.flatnonzero(panel.session[:, name] == np.datetime64("2024-05-21"))[0]
    assert orders.loc["NHY.OL", "price"] == pytest.approx(panel.open[row, name], rel=1e-12)


def without(symbol: str, first: str, last: str) -> Any:
    def change(series: Series) -> Series:
        if series.symbol != symbol:
            return series
        gone = series.frame.loc[first:last].index
        return replace(series, frame=series.frame.drop(gone))

    return change


def test_a_metal_that_missed_more_than_three_sessions_gives_no_new_entries() -> None:
    # Five rings withheld, 2015-08-17 to 21: stale from the fourth missed one on.
    market = small_sample("FCX", "AA").rebuilt(without("LME_CU", "2015-08-17", "2015-08-21"))
    loose = Parameters(regime=Regime(regime="none"))
    outcome = backtest(market, loose, start="2015-06-01", end="2015-10-30")
    name = market.names.index("FCX")
    days = market.panel.session[:, name].astype(str)
    bits = dict(zip(days, outcome.signals.blocked[:, name], strict=True))
    stale = [day for day in days if bits[day] & Blocked.STALE and day.startswith("2015-08")]
    assert stale == ["2015-08-20", "2015-08-21"]
    other = market.names.index("AA")
    on_those = np.isin(market.panel.session[:, other].astype(str), stale)
    assert not (outcome.signals.blocked[on_those, other] & Blocked.STALE).any()


def test_no_entry_is_sent_while_an_input_is_stale() -> None:
    market = small_sample("FCX", "B", "RIO")
    loose = Parameters(regime=Regime(regime="none"))
    window = {"start": "2015-01-02", "end": "2016-06-30"}
    before = backtest(market, loose, **window).orders
    entry = before[(before["symbol"] == "FCX") & (before["side"] == "buy")].iloc[0]
    decided = entry["session"]
    withheld = market.rebuilt(
        without("LME_CU", f"{decided - pd.Timedelta(days=6):%Y-%m-%d}", f"{decided:%Y-%m-%d}")
    )
    after = backtest(withheld, loose, **window).orders
    bought = after[(after["symbol"] == "FCX") & (after["side"] == "buy")]
    assert decided not in set(bought["session"])


class NoOre(SampleLoader):
    """The sample without iron ore and steel."""

    def has(self, symbol: str) -> bool:
        return super().has(symbol) and symbol not in ("IRON_DCE", "HRC_SHFE", "REBAR_SHFE")


def test_without_iron_ore_its_miners_are_left_out_and_the_reason_names_the_metal() -> None:
    universe = load_universe("nyse-miners")
    parts = gather(NoOre(), universe, base_currency="USD", skip_missing=False)
    assert {"RIO", "BHP", "VALE"} <= set(parts.excluded)
    for name in ("RIO", "BHP", "VALE"):
        assert "iron_ore" in parts.excluded[name]
        assert "at least 50% is needed" in parts.excluded[name]
    assert {"FCX", "NEM"} <= {series.symbol for _, series in parts.traded}
    assert any("RIO left out" in text for text in parts.warnings)


def test_a_listing_without_data_is_refused_by_name() -> None:
    with pytest.raises(DataRefused, match=r"no data for FCX.*--skip-missing"):
        Market.frames({}, small_sample("FCX").universe)

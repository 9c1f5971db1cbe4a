"""Episodes: entry to flat, long and short, in pieces, through zero, still open."""

from __future__ import annotations

import pickle
from typing import Any

import backtrader as bt
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from orebound.analyzers import CostLines, Episodes, Equity, Orders, PyFolio

from .markets import Gambler, Scripted, bars, frame_of, run, two_exchanges

DAYS = pd.bdate_range("2024-01-02", periods=8)
PRICES = [10.0, 11, 12, 13, 14, 15, 16, 17]
RISING = {"A": bars(PRICES, PRICES, DAYS)}
EMPTY_AT_THE_END = ["exit_decision", "exit_date", "exit_price", "exit_gap", "exit_z", "closing"]


def episodes(script: list[Any], **options: Any) -> pd.DataFrame:
    return frame_of(run(RISING, Scripted, Episodes, script=script, **options), Episodes)


def test_a_scaled_in_and_out_long_is_one_episode_at_weighted_prices() -> None:
    script: list[Any] = [
        (0, "A", 100, {}),
        (1, "A", 300, {}),
        (3, "A", -100, {}),
        (5, "A", -300, {}),
    ]
    (row,) = episodes(script, commission=0.001).to_dict("records")
    assert (row["size"], row["status"], row["days_held"]) == (400, "closed", 5)
    assert row["entry_price"] == pytest.approx((100 * 11 + 300 * 12) / 400)
    assert row["exit_price"] == pytest.approx((100 * 14 + 300 * 16) / 400)
    assert row["gross"] == pytest.approx(1400 + 4800 - 1100 - 3600)
    assert row["costs"] == pytest.approx(0.001 * (1400 + 4800 + 1100 + 3600))
    assert row["net_return"] == pytest.approx((row["gross"] - row["costs"]) / 4700)
    assert row["entry_date"] == DAYS[1]
    assert row["exit_date"] == DAYS[6]
    assert row["entry_decision"] == DAYS[0]
    assert row["exit_decision"] == DAYS[5]


def test_a_fill_through_zero_ends_a_long_and_begins_a_short() -> None:
    long, short = episodes([(0, "A", 100, {}), (2, "A", -250, {}), (4, "A", 150, {})]).to_dict(
        "records"
    )
    assert (long["size"], long["gross"]) == (100, 200)
    assert (short["size"], short["entry_price"], short["exit_price"]) == (-150, 13, 15)
    assert (short["gross"], short["net_return"]) == (-300, pytest.approx(-300 / 1950))


def test_an_open_episode_is_marked_at_the_last_close_and_has_no_exit() -> None:
    (row,) = episodes([(0, "A", 100, {}), (2, "A", -40, {})]).to_dict("records")
    assert (row["status"], row["size"], row["days_held"]) == ("open", 100, 6)
    assert row["gross"] == pytest.approx(40 * (13 - 11) + 60 * (17 - 11))
    assert all(pd.isna(row[name]) for name in EMPTY_AT_THE_END)
    assert (row["exit_reason"], row["exit_regime"]) == ("", "")


def test_days_held_counts_the_listings_own_sessions() -> None:
    frames = two_exchanges(4)
    # London is shut on 11 January, New York on the 17th: 8 London bars lie between the fills.
    script: list[Any] = [(2, "LON", 10, {}), (19, "LON", -10, {})]
    (row,) = frame_of(run(frames, Scripted, Episodes, script=script), Episodes).to_dict("records")
    own = list(pd.DatetimeIndex(frames["LON"].index).normalize())
    assert row["days_held"] == own.index(row["exit_date"]) - own.index(row["entry_date"])
    assert (row["exit_date"] - row["entry_date"]).days == 13
    assert row["days_held"] == 8


ENTRY = {
    "gap": -0.30, "z": -1.8, "half_life": 60.0, "state": "ON", "beta_metal": 1.5,
    "beta_market": 0.5, "ln_equity": 3.0, "ln_basket": 2.0, "ln_market": 1.0,
}  # fmt: skip
EXIT = {"gap": -0.02, "z": 0.1, "state": "OFF"} | {
    "ln_equity": 3.2, "ln_basket": 2.02, "ln_market": 0.94
}  # fmt: skip


def test_the_closing_is_shared_by_who_moved_and_the_rest_is_roll_off() -> None:
    script = [
        (0, "A", 100, {"context": ENTRY}),
        (4, "A", -100, {"context": EXIT, "reason": "captured"}),
    ]
    (row,) = episodes(script).to_dict("records")
    # By hand: 0.2 from the miner, -1.5 x 0.02 from the metal, -0.5 x -0.06 from the market.
    assert row["closing"] == pytest.approx(0.2)
    assert row["anchored_gap"] == pytest.approx(-0.1)
    assert row["equity_share"] == pytest.approx(1.0)
    assert row["metal_share"] == pytest.approx(-0.15)
    assert row["market_share"] == pytest.approx(0.15)
    assert row["roll_off"] == pytest.approx(0.28 - 0.2)
    assert (row["entry_regime"], row["exit_regime"]) == ("ON", "OFF")
    assert (row["exit_reason"], row["half_life"], row["entry_z"]) == ("captured", 60.0, -1.8)


@pytest.mark.parametrize(("state", "name"), [(1.0, "ON"), (0.0, "OFF"), (-1.0, "TIGHT")])
def test_a_state_kept_as_a_number_is_named(state: float, name: str) -> None:
    script = [(0, "A", 100, {"context": {"state": state}}), (4, "A", -100, {})]
    (row,) = episodes(script).to_dict("records")
    assert (row["entry_regime"], row["exit_regime"]) == (name, "")


def test_a_factor_out_of_the_hedge_needs_no_price() -> None:
    entry = ENTRY | {"beta_market": 0.0, "ln_market": None}
    script = [(0, "A", 100, {"context": entry}), (4, "A", -100, {"context": EXIT})]
    (row,) = episodes(script).to_dict("records")
    assert row["closing"] == pytest.approx(0.17)
    assert row["market_share"] == 0.0


class LinedFeed(bt.feeds.PandasData):
    """A feed that carries gap and z."""

    lines = ("gap", "z")
    params = (("gap", "gap"), ("z", "z"))


def test_without_a_context_gap_and_z_are_those_of_the_decision_bar() -> None:
    frame = RISING["A"].assign(gap=np.arange(8) / -10, z=-np.arange(8.0))
    cerebro = bt.Cerebro(stdstats=False)
    cerebro.adddata(LinedFeed(dataname=frame), name="A")
    cerebro.addstrategy(Scripted, script=[(1, "A", 10, {}), (5, "A", -10, {})])
    cerebro.addanalyzer(Episodes, _name="Episodes")
    (row,) = frame_of(cerebro.run()[0], Episodes).to_dict("records")
    assert (row["entry_gap"], row["exit_gap"]) == pytest.approx((-0.1, -0.5))
    assert (row["entry_z"], row["exit_z"]) == (-1.0, -5.0)


@settings(max_examples=15, deadline=None)
@given(seed=st.integers(0, 10_000))
def test_the_net_of_all_episodes_is_what_the_account_gained(seed: int) -> None:
    result = run(
        two_exchanges(seed), Gambler, Episodes, Equity, CostLines, commission=0.001, seed=seed
    )
    gained = frame_of(result, Equity)["value"].iloc[-1] - 100_000
    paid_in = sum(amount for _, amount in result.flows)
    trades = frame_of(result, Episodes)
    assert trades["net"].sum() == pytest.approx(gained - paid_in, abs=1e-6)
    assert trades["costs"].sum() == pytest.approx(frame_of(result, CostLines)["amount"].sum())
    assert (trades["status"] == "open").groupby(trades["symbol"]).sum().le(1).all()


def test_no_trades_is_an_empty_typed_frame() -> None:
    trades = episodes([])
    assert trades.empty
    assert trades["entry_date"].dtype == "datetime64[ns]"
    assert trades["gross"].dtype == "float64"


def test_what_an_analyzer_keeps_travels_between_processes() -> None:
    script = [(0, "A", 100, {"context": ENTRY}), (6, "A", -50, {})]
    kinds = (Episodes, Equity, Orders, CostLines, PyFolio)
    result = run(RISING, Scripted, *kinds, script=script, commission=0.001)
    for analyzer in result.analyzers:
        expected = analyzer.frame()
        # As cerebro.optstrategy strips an analyzer before it sends it.
        analyzer.strategy = analyzer._parent = None
        for child in (analyzer, *analyzer._children):
            child.strategy = child._parent = None
            for name in [name for name in dir(child) if name.startswith("data")]:
                setattr(child, name, None)
        pd.testing.assert_frame_equal(pickle.loads(pickle.dumps(analyzer)).frame(), expected)


def test_native_writers_can_print_every_analyzer() -> None:
    result = run(RISING, Scripted, Episodes, Equity, Orders, script=[(0, "A", 100, {})])
    assert result.analyzers.getbyname("Equity").get_analysis()["value"][0] == 100_000
    assert result.analyzers.getbyname("Episodes").get_analysis()["symbol"] == ["A"]


def test_two_feeds_of_one_name_stay_two() -> None:
    cerebro = bt.Cerebro(stdstats=False)
    for _ in range(2):
        cerebro.adddata(bt.feeds.PandasData(dataname=RISING["A"]), name="A")
    cerebro.addstrategy(Both)
    cerebro.addanalyzer(Episodes, _name="Episodes")
    assert frame_of(cerebro.run()[0], Episodes)["symbol"].tolist() == ["A", "A#2"]


class Both(bt.Strategy):
    """Buy every feed once."""

    def next(self) -> None:
        if len(self) == 1:
            for data in self.datas:
                self.buy(data=data)

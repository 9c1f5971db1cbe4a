"""Equity, positions and orders must rebuild one another."""

from __future__ import annotations

from datetime import date
from typing import Any

import backtrader as bt
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from orebound.analyzers import Equity, Exposure, Orders, Positions
from orebound.feeds import DataRefused

from .markets import Gambler, Scripted, bars, frame_of, run, two_exchanges


def by_day(frame: pd.DataFrame, name: str) -> pd.Series[Any]:
    return frame.groupby("date")[name].sum()


@settings(max_examples=25, deadline=None)
@given(seed=st.integers(0, 10_000), runonce=st.booleans(), rate=st.sampled_from([0.0, 0.002]))
def test_value_is_cash_plus_positions_and_is_the_brokers(
    seed: int, runonce: bool, rate: float
) -> None:
    frames = two_exchanges(seed)
    result = run(frames, Gambler, Equity, Positions, runonce=runonce, commission=rate, seed=seed)
    equity = frame_of(result, Equity).set_index("date")
    held = by_day(frame_of(result, Positions), "value").reindex(equity.index, fill_value=0.0)
    assert np.allclose(equity["value"], equity["cash"] + held, rtol=0, atol=1e-6)
    broker = pd.Series(result.values)
    assert list(pd.DatetimeIndex(equity.index).date) == list(broker.index)
    assert np.allclose(equity["value"], broker, rtol=0, atol=1e-6)


@settings(max_examples=25, deadline=None)
@given(seed=st.integers(0, 10_000), rate=st.sampled_from([0.0, 0.002]))
def test_orders_cash_flows_and_prices_rebuild_equity(seed: int, rate: float) -> None:
    result = run(
        two_exchanges(seed), Gambler, Equity, Orders, Positions, commission=rate, seed=seed
    )
    equity = frame_of(result, Equity).set_index("date")
    orders = frame_of(result, Orders)
    filled = orders[orders["status"] == "Filled"]
    sign = np.where(filled["side"] == "buy", 1, -1)
    spent = (sign * filled["value"] + filled["cost"]).groupby(filled["fill_session"]).sum()
    days, amounts = zip(*result.flows, strict=True) if result.flows else ((), ())
    flows = pd.Series(amounts, pd.DatetimeIndex(days), dtype=float).groupby(level=0).sum()
    flows = flows.reindex(equity.index, fill_value=0.0)
    cash = 100_000.0 + (flows - spent.reindex(equity.index, fill_value=0.0)).cumsum()
    assert np.allclose(equity["cash"], cash, rtol=0, atol=1e-6)

    traded = (sign * filled["size"]).groupby([filled["fill_session"], filled["symbol"]]).sum()
    shares = traded.unstack(fill_value=0).reindex(equity.index, fill_value=0).cumsum()
    prices = frame_of(result, Positions).pivot(index="date", columns="symbol", values="price")
    worth = (shares * prices.reindex_like(shares)).sum(axis=1)
    assert np.allclose(equity["value"], cash + worth, rtol=0, atol=1e-6)
    assert not prices.reindex_like(shares).isna().to_numpy()[shares.to_numpy() != 0].any()


def test_one_row_a_date_is_the_last_row_of_that_date() -> None:
    frames = two_exchanges(3)
    # Sent on London's row of 3 January, filled at New York's open of that day: only the later row
    # of the date knows it.
    script: Any = [(2, "NYC", 100, {})]
    equity = frame_of(run(frames, Scripted, Equity, script=script), Equity).set_index("date")
    opened, closed = frames["NYC"].iloc[1][["open", "close"]]
    assert equity["value"].loc["2024-01-03"] == pytest.approx(100_000 + 100 * (closed - opened))
    assert len(equity) == len({day.date() for name in frames for day in frames[name].index})


def test_a_feed_that_has_not_begun_is_never_valued() -> None:
    days = pd.bdate_range("2024-01-02", periods=6)
    late = bars([10.0, 10.0], [10.0, np.nan], days[4:])
    frames = {"OLD": bars([50.0] * 6, [50.0] * 6, days), "LATE": late}
    equity = frame_of(run(frames, Scripted, Equity, script=[(0, "OLD", 10, {})]), Equity)
    assert (equity["value"] == 100_000).all()


def test_a_held_nan_close_is_refused_by_name_and_date() -> None:
    days = pd.bdate_range("2024-01-02", periods=6)
    frames = {"HOLED": bars([50.0] * 6, [50, 50, 50, np.nan, 50, 50], days)}
    with pytest.raises(DataRefused, match="HOLED: close of 2024-01-05 is nan while 10 are held"):
        run(frames, Scripted, Equity, script=[(0, "HOLED", 10, {})])


def test_gross_adds_and_net_subtracts_a_short() -> None:
    days = pd.bdate_range("2024-01-02", periods=4)
    frames = {name: bars([price] * 4, [price] * 4, days) for name, price in (("A", 10), ("B", 20))}
    result = run(frames, Scripted, Equity, Exposure, script=[(0, "A", 300, {}), (0, "B", -100, {})])
    last = frame_of(result, Equity).iloc[-1]
    assert (last["gross"], last["net"], last["value"]) == (5_000, 1_000, 100_000)
    exposure = frame_of(result, Exposure).iloc[-1]
    assert (exposure["long"], exposure["short"], exposure["names"]) == (3_000, 2_000, 2)
    assert (exposure["gross_share"], exposure["largest_share"]) == (0.05, 0.03)


def test_a_future_is_booked_at_its_margin_and_exposed_at_its_size() -> None:
    days = pd.bdate_range("2024-01-02", periods=4)
    frames = {"HG": bars([4.0, 4.0, 4.1, 4.2], [4.0, 4.1, 4.2, 4.3], days)}
    scheme = bt.CommissionInfo(commission=2.0, margin=5_000.0, mult=25_000.0)
    script: Any = [(0, "HG", 1, {})]
    result = run(frames, Scripted, Equity, Positions, commission=scheme, script=script)
    last = frame_of(result, Equity).iloc[-1]
    assert last["value"] == pytest.approx(100_000 + 25_000 * 0.3 - 2)
    assert last["value"] == pytest.approx(result.values[date(2024, 1, 5)])
    assert last["gross"] == pytest.approx(25_000 * 4.3)
    assert frame_of(result, Positions)["value"].iloc[-1] == 5_000


def test_an_analyzer_does_not_change_the_run() -> None:
    frames = two_exchanges(11)
    alone = run(frames, Gambler, seed=5)
    watched = run(frames, Gambler, Equity, Exposure, Positions, Orders, seed=5)
    assert alone.values == watched.values

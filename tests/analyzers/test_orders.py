"""Every order leaves a row, whatever became of it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import backtrader as bt
import numpy as np
import pandas as pd
import pytest

from orebound.analyzers import CostLines, Equity, Orders, order_hash

from .markets import Scripted, bars, frame_of, random_bars, run, two_exchanges

DAYS = pd.bdate_range("2024-01-02", periods=8)
FLAT = {"A": bars([10.0] * 8, [10.0] * 8, DAYS)}


def test_margin_expiry_cancel_and_waiting_are_all_rows() -> None:
    limit = {"exectype": bt.Order.Limit, "price": 1.0}
    script = [
        (0, "A", 10, {}),
        (1, "A", 1_000_000, {}),
        (2, "A", 5, limit | {"valid": DAYS[4].to_pydatetime()}),
        (3, "A", 7, limit),
        (7, "A", -10, {}),
    ]
    result = run(FLAT, Scripted, Orders, script=script)
    orders = frame_of(result, Orders)
    assert list(orders["status"]) == ["Filled", "Margin", "Expired", "Waiting", "Waiting"]
    assert list(orders["size"]) == [10, 1_000_000, 5, 7, 10]
    assert orders["size"].dtype == np.int64
    assert list(orders["side"]) == ["buy"] * 4 + ["sell"]
    unfilled = orders[orders["status"] != "Filled"]
    assert unfilled["filled"].isna().all()
    assert unfilled["price"].isna().all()
    assert (unfilled[["value", "cost"]] == 0).to_numpy().all()
    counts = result.analyzers.getbyname("Orders").counts()
    assert counts == {"Filled": 1, "Margin": 1, "Expired": 1, "Waiting": 2}


class CancelLast(Scripted):
    """Cancel the last order sent on the last row, when no notification can follow."""

    def next(self) -> None:
        super().next()
        if self.row == 7:
            self.cancel(self.sent[-1])


def test_a_cancel_on_the_last_row_is_not_called_waiting() -> None:
    script = [(3, "A", 7, {"exectype": bt.Order.Limit, "price": 1.0})]
    orders = frame_of(run(FLAT, CancelLast, Orders, script=script), Orders)
    assert list(orders["status"]) == ["Canceled"]


def test_an_order_says_when_it_was_decided_and_why() -> None:
    info = {
        "reason": "gap",
        "decided_at": np.datetime64("2024-01-02T16:40", "ns"),
        "session": np.datetime64("2024-01-02"),
    }
    row = frame_of(run(FLAT, Scripted, Orders, script=[(0, "A", 10, info)]), Orders).iloc[0]
    assert row["submitted"] == pd.Timestamp("2024-01-02 16:40")
    assert row["session"] == pd.Timestamp("2024-01-02")
    assert (row["reason"], row["fill_session"]) == ("gap", pd.Timestamp("2024-01-03"))


@pytest.mark.parametrize("runonce", [True, False])
def test_filled_is_the_open_of_the_fill_bar_where_the_feed_knows_it(runonce: bool) -> None:
    frames = two_exchanges(1)
    cerebro = bt.Cerebro(stdstats=False, runonce=runonce)
    cerebro.adddata(bt.feeds.PandasData(dataname=frames["LON"]), name="LON")
    york = bt.feeds.PandasData(dataname=frames["NYC"])
    # New York opens six and a half hours before its close.
    york.opened_at = frames["NYC"].index.to_numpy() - np.timedelta64(390, "m")
    cerebro.adddata(york, name="NYC")
    # Row 1 is New York's close of 2 January; the two London rows of the 3rd lie before its next.
    cerebro.addstrategy(Scripted, script=[(1, "NYC", 10, {}), (1, "LON", 10, {})])
    cerebro.addanalyzer(Orders, _name="Orders")
    orders = frame_of(cerebro.run()[0], Orders).set_index("symbol")
    assert orders.loc["NYC", "filled"] == pd.Timestamp("2024-01-03 14:30")
    assert orders.loc["NYC", "price"] == frames["NYC"]["open"].iloc[1]
    assert orders.loc["LON", "filled"] == pd.Timestamp("2024-01-03 16:35")
    assert orders.loc["LON", "submitted"] == pd.Timestamp("2024-01-02 16:35")


def test_an_order_filled_in_parts_is_one_row_a_fill_and_one_for_the_rest() -> None:
    frames = {"A": bars([10.0, 10, 11, 12], [10.0] * 4, DAYS[:4]).assign(volume=30.0)}
    cerebro = bt.Cerebro(stdstats=False)
    cerebro.adddata(bt.feeds.PandasData(dataname=frames["A"]), name="A")
    cerebro.broker.set_filler(bt.broker.fillers.FixedBarPerc(perc=100.0))
    cerebro.addstrategy(Scripted, script=[(0, "A", 100, {})])
    cerebro.addanalyzer(Orders, _name="Orders")
    orders = frame_of(cerebro.run()[0], Orders)
    assert list(orders["size"]) == [30, 30, 30, 10]
    assert list(orders["price"][:3]) == [10, 11, 12]
    assert list(orders["status"]) == ["Filled"] * 3 + ["Waiting"]


def test_borrow_interest_is_not_counted_again_as_cost_of_the_closing_fill() -> None:
    scheme = bt.CommissionInfo(commission=0.001, interest=0.365)
    script: Any = [(0, "A", -100, {}), (4, "A", 100, {})]
    result = run(FLAT, Scripted, Orders, Equity, commission=scheme, script=script)
    assert list(frame_of(result, Orders)["cost"]) == pytest.approx([1.0, 1.0])
    # Short from Wednesday 3 to Tuesday 9 January: 6 days at 0.1 % of 1,000 a day.
    assert frame_of(result, Equity)["value"].iloc[-1] == pytest.approx(100_000 - 2 - 6.0)


class Itemised(bt.CommissionInfo):
    """Ten basis points of commission and half a per cent of duty on buys."""

    def lines(self, data: object, size: float, price: float) -> dict[str, float]:
        duty = 0.005 * size * price if size > 0 else 0.0
        return {"commission": 0.001 * abs(size) * price, "stamp_duty": duty}

    def _getcommission(self, size: float, price: float, pseudoexec: bool) -> float:
        return sum(self.lines(None, size, price).values())


def test_cost_lines_are_named_by_the_commission_class_and_add_up() -> None:
    script: Any = [(0, "A", 100, {}), (2, "A", -100, {})]
    result = run(FLAT, Scripted, CostLines, Orders, commission=Itemised(), script=script)
    lines = frame_of(result, CostLines)
    assert list(lines["kind"]) == ["commission", "stamp_duty", "commission"]
    assert list(lines["amount"]) == pytest.approx([1.0, 5.0, 1.0])
    assert lines["amount"].sum() == pytest.approx(frame_of(result, Orders)["cost"].sum())


class Lying(Itemised):
    """Charges one unit more than its lines say."""

    def _getcommission(self, size: float, price: float, pseudoexec: bool) -> float:
        return super()._getcommission(size, price, pseudoexec) + 1.0


def test_cost_lines_that_do_not_add_up_are_refused() -> None:
    with pytest.raises(ValueError, match=r"A, fill of 2024-01-03: the cost lines .* must agree"):
        run(FLAT, Scripted, CostLines, commission=Lying(), script=[(0, "A", 100, {})])


def test_a_plain_scheme_is_one_line_commission() -> None:
    result = run(FLAT, Scripted, CostLines, commission=0.001, script=[(0, "A", 100, {})])
    assert frame_of(result, CostLines)["kind"].tolist() == ["commission"]


def test_no_orders_is_an_empty_typed_frame() -> None:
    orders = frame_of(run(FLAT, Scripted, Orders), Orders)
    assert list(orders.columns) == list(Orders.columns)
    assert orders["submitted"].dtype == "datetime64[ns]"
    assert len(order_hash(orders)) == 64


def some_orders() -> pd.DataFrame:
    frames = {name: random_bars(n, DAYS) for n, name in enumerate("AB")}
    script: Any = [(0, "A", 10, {}), (0, "B", 20, {}), (3, "A", -10, {}), (7, "B", -20, {})]
    return frame_of(run(frames, Scripted, Orders, script=script), Orders)


def test_order_hash_ignores_ties_float_noise_and_the_way_through_a_file(tmp_path: Path) -> None:
    orders = some_orders()
    expected = order_hash(orders)
    assert order_hash(orders.iloc[::-1]) == expected
    noisy = orders.assign(price=orders["price"] + 1e-9, value=0.0, reason="other")
    assert order_hash(noisy.astype({"size": "float64"})) == expected
    orders.to_csv(tmp_path / "orders.csv", index=False)
    assert order_hash(pd.read_csv(tmp_path / "orders.csv")) == expected
    aware = orders.assign(submitted=orders["submitted"].dt.tz_localize("UTC"))
    assert order_hash(aware) == expected


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("size", 11),
        ("side", "sell"),
        ("status", "Margin"),
        ("symbol", "C"),
        ("submitted", pd.Timestamp("2024-01-02 00:00:01")),
        ("filled", pd.NaT),
    ],
)
def test_order_hash_sees_every_covered_column(column: str, value: Any) -> None:
    orders = some_orders()
    changed = orders.copy()
    changed.loc[0, column] = value
    assert order_hash(changed) != order_hash(orders)


def test_order_hash_of_a_frame_without_a_column_names_it() -> None:
    with pytest.raises(ValueError, match="orders lack the columns status"):
        order_hash(some_orders().drop(columns="status"))


def test_a_stop_filled_on_a_stale_bar_is_dated_by_the_row_that_booked_it() -> None:
    frames = two_exchanges(1)
    # New York keeps a holiday on 17 January, so London's rows of the 17th (number 21) and 18th
    # follow each other and the stop is tried against New York's bar of the 16th.
    stop = {"exectype": bt.Order.Stop, "price": frames["NYC"]["high"].iloc[10] + 1.0}
    result = run(frames, Scripted, Orders, script=[(21, "NYC", -10, stop)])
    assert bt.num2date(result.sent[0].executed.dt) == pd.Timestamp("2024-01-16 21:00")
    row = frame_of(result, Orders).iloc[0]
    assert row["filled"] == pd.Timestamp("2024-01-18 16:35")
    assert row["fill_session"] == pd.Timestamp("2024-01-18")

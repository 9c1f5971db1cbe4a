"""The two tables by state, on an account kept by hand."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pandas as pd
import pytest

from orebound.analyzers.study import by_day, by_entry, distinct_spells

DATES = pd.bdate_range("2020-01-01", periods=7)
#: Profits of sessions 2 to 7: 10, -5, 20, 0, 4, -9; costs and interest within.
EQUITY = pd.DataFrame({"date": DATES, "value": [100.0, 110.0, 105.0, 125.0, 125.0, 129.0, 120.0]})
#: Known at each close; that of the last one no longer earns anything.
STATES = pd.DataFrame(
    {
        "stimulus": ["ON", "ON", "OFF", "ON", "ON", "OFF", "OFF"],
        "overhang": ["OFF", "ON", "ON", "ON", "OFF", "OFF", "OFF"],
    },
    index=DATES,
)


def row(table: pd.DataFrame, **key: str) -> Any:
    chosen = np.ones(len(table), bool)
    for name, value in key.items():
        chosen &= (table[name] == value).to_numpy()
    assert chosen.sum() == 1
    return table[chosen].iloc[0]


def trade(day: int, net: float, status: str = "closed") -> dict[str, Any]:
    return {
        "entry_decision": DATES[day] + pd.Timedelta(hours=21, minutes=5),
        "status": status,
        "net": net,
        "closing": 0.2,
        "equity_share": net / 10.0,
        "metal_share": 0.0,
        "market_share": 0.0,
        "roll_off": 0.0,
        "symbol": "RIO",
        "costs": 1.0,
        "size": 1,
        "entry_price": 10.0,
    }


#: 19 closed, 2 still open, and 1 - 2 of flows: the 20 that the equity moved.
TRADES = pd.DataFrame(
    [trade(0, 12.0), trade(1, 9.0), trade(3, -2.0), trade(5, 2.0, "open")], index=[7, 3, 5, 1]
)
CASH = pd.DataFrame(
    {
        "date": DATES[[2, 4]],
        "kind": ["interest", "borrow"],
        "symbol": ["", "RIO"],
        "amount": [1.0, -2.0],
    }
)


def test_a_day_belongs_to_the_states_known_the_close_before() -> None:
    table = by_day(EQUITY, STATES)
    assert row(table, stimulus="ON", overhang="OFF")["pnl"] == pytest.approx(10.0 + 4.0)
    assert row(table, stimulus="ON", overhang="ON")["pnl"] == pytest.approx(-5.0 + 0.0)
    assert row(table, stimulus="OFF", overhang="ON")["pnl"] == pytest.approx(20.0)
    assert row(table, stimulus="OFF", overhang="OFF")["pnl"] == pytest.approx(-9.0)
    assert table[["stimulus", "overhang"]].iloc[-1].tolist() == ["all", "all"]
    assert table.iloc[-1]["pnl"] == pytest.approx(20.0)
    assert table.iloc[-1]["days"] == 6


def test_cells_and_margins_sum_and_compound_to_the_total() -> None:
    table = by_day(EQUITY, STATES)
    inner = table[(table["stimulus"] != "all") & (table["overhang"] != "all")]
    assert math.fsum(inner["pnl"]) == pytest.approx(20.0, rel=1e-12)
    assert np.prod(1.0 + inner["return"]) == pytest.approx(1.2, rel=1e-12)
    for one, other in (("stimulus", "overhang"), ("overhang", "stimulus")):
        margin = table[(table[one] != "all") & (table[other] == "all")]
        assert math.fsum(margin["pnl"]) == pytest.approx(20.0, rel=1e-12)
        assert margin["days"].sum() == 6


def test_volatility_and_sharpe_are_of_the_rows_sessions() -> None:
    table = by_day(EQUITY, STATES, periods_per_year=4)
    found = row(table, stimulus="ON", overhang="OFF")
    first, second = 10.0 / 100.0, 4.0 / 125.0
    # Of two figures the deviation is their distance over sqrt 2.
    deviation = (first - second) / math.sqrt(2.0)
    assert found["volatility"] == pytest.approx(2.0 * deviation)
    assert found["sharpe"] == pytest.approx(2.0 * (first + second) / 2.0 / deviation)
    assert math.isnan(row(table, stimulus="OFF", overhang="OFF")["volatility"])
    over = by_day(EQUITY, STATES, periods_per_year=4, risk_free=1.01**4 - 1.0)
    assert row(over, stimulus="ON", overhang="OFF")["sharpe"] == pytest.approx(
        2.0 * ((first + second) / 2.0 - 0.01) / deviation
    )


def test_episodes_are_unbroken_spells_of_the_rows_states() -> None:
    table = by_day(EQUITY, STATES)
    assert row(table, stimulus="ON", overhang="all")["episodes"] == 2
    assert row(table, stimulus="OFF", overhang="all")["episodes"] == 2
    assert row(table, stimulus="all", overhang="ON")["episodes"] == 1
    assert row(table, stimulus="ON", overhang="ON")["episodes"] == 2
    # ON/OFF, ON/ON, OFF/ON, ON/ON, ON/OFF, OFF/OFF
    assert table.iloc[-1]["episodes"] == 6


def test_trades_belong_to_the_states_of_their_decision() -> None:
    table = by_entry(TRADES, CASH, EQUITY, STATES)
    closed = table[table["part"] == "closed trades"]
    on = row(closed, stimulus="ON", overhang="all")
    assert (on["trades"], on["closed"], on["episodes"]) == (3, 3, 2)
    assert on["pnl"] == pytest.approx(19.0)
    assert on["hit_rate"] == pytest.approx(2.0 / 3.0)
    # Shares of the closings: 1.2, 0.9 and -0.2.
    assert on["capture"] == pytest.approx(1.9 / 3.0)
    both = row(closed, stimulus="ON", overhang="ON")
    assert (both["trades"], both["episodes"], both["pnl"]) == (2, 2, pytest.approx(7.0))
    assert row(table, part="open trades")["pnl"] == pytest.approx(2.0)


def test_trades_flows_and_open_positions_sum_to_the_change_of_equity() -> None:
    table = by_entry(TRADES, CASH, EQUITY, STATES)
    is_closed = table["part"] == "closed trades"
    cells = is_closed & (table["stimulus"] != "all") & (table["overhang"] != "all")
    others = ~is_closed & (table["part"] != "all")
    assert set(table.loc[others, "part"]) == {"open trades", "interest", "borrow"}
    assert math.fsum(table.loc[cells | others, "pnl"]) == pytest.approx(20.0, rel=1e-12)
    assert math.fsum(table.loc[cells | others, "return"]) == pytest.approx(0.2, rel=1e-12)
    assert table.iloc[-1]["pnl"] == pytest.approx(20.0)
    for one, other in (("stimulus", "overhang"), ("overhang", "stimulus")):
        margin = is_closed & (table[one] != "all") & (table[other] == "all")
        assert math.fsum(table.loc[margin, "pnl"]) == pytest.approx(19.0)


def test_a_trades_own_states_come_before_those_of_its_date() -> None:
    own = pd.DataFrame({"stimulus": ["ON", "OFF", "ON", ""], "overhang": "OFF"})
    table = by_entry(TRADES, CASH, EQUITY, STATES, at_entry=own)
    closed = table[table["part"] == "closed trades"]
    assert row(closed, stimulus="ON", overhang="OFF")["pnl"] == pytest.approx(10.0)
    assert row(closed, stimulus="OFF", overhang="OFF")["pnl"] == pytest.approx(9.0)
    alone = by_entry(TRADES.iloc[3:].assign(status="closed"), CASH, EQUITY, STATES,
                     at_entry=own.iloc[3:])  # fmt: skip
    assert "unknown" in set(alone["stimulus"])


def test_what_nothing_explains_is_a_row_and_never_spread() -> None:
    table = by_entry(TRADES, CASH.iloc[:1], EQUITY, STATES)
    assert row(table, part="not explained")["pnl"] == pytest.approx(-2.0)
    assert table.iloc[-1]["pnl"] == pytest.approx(20.0)


def test_one_state_alone_and_no_trade_at_all_are_tables_too() -> None:
    flat = EQUITY.assign(value=100.0)
    nothing = by_entry(TRADES.iloc[:0], CASH.iloc[:0], flat, STATES[["stimulus"]])
    assert nothing["part"].tolist() == ["all"]
    assert nothing["pnl"].tolist() == [0.0]
    alone = by_day(EQUITY, STATES[["stimulus"]])
    assert alone["stimulus"].tolist() == ["OFF", "ON", "all"]
    assert alone["pnl"].tolist() == pytest.approx([11.0, 9.0, 20.0])


def test_days_before_the_first_state_are_unknown() -> None:
    table = by_day(EQUITY, STATES.iloc[2:][["stimulus"]])
    assert row(table, stimulus="unknown")["days"] == 2


def test_an_equity_that_cannot_be_divided_by_is_refused() -> None:
    with pytest.raises(ValueError, match="at least two rows, all positive"):
        by_day(EQUITY.iloc[:1], STATES)
    with pytest.raises(ValueError, match="at least two rows, all positive"):
        by_entry(TRADES, CASH, EQUITY.assign(value=0.0), STATES)


def test_spells_have_their_first_session_and_the_first_one_after() -> None:
    found = distinct_spells(STATES["stimulus"], "ON")
    assert found == [(DATES[0], DATES[2]), (DATES[3], DATES[5])]
    assert distinct_spells(STATES["stimulus"], "OFF")[-1][0] == DATES[5]
    assert distinct_spells(STATES["stimulus"], "OFF")[-1][1] is pd.NaT

"""Case 13: gold had already risen when the note called it; what the rule makes of that day."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from orebound.feeds import Market
from orebound.scripts.desk import print_desk
from orebound.scripts.terminal import console
from orebound.strategies import Rule
from orebound.sweeps import DeskTable, Parameters, RunConfig, backtest, desk_table, load

NOTE = np.datetime64("2025-03-24")
GOLD = ("NEM", "B", "AU")


@pytest.fixture(scope="module")
def market(shared_data: Path) -> Market:
    return Market.csv(shared_data / "prices", "nyse-miners", skip_missing=True)


@pytest.fixture(scope="module")
def config(shared_data: Path) -> RunConfig:
    return load(changes={"data": {"source": "csv", "folder": str(shared_data / "prices")}})


@pytest.fixture(scope="module")
def desk(market: Market, config: RunConfig) -> DeskTable:
    return desk_table(market, config, NOTE)


def by(frame: pd.DataFrame, key: str, column: str) -> dict[str, float]:
    return dict(zip(frame[key], frame[column], strict=True))


def test_gold_had_outrun_gold_and_diversified_funds_trailed(desk: DeskTable) -> None:
    # AU against gold and a little silver, 252 sessions; GDX against GLD; PICK against DBB.
    assert by(desk.table, "symbol", "lag_ratio")["AU"] == pytest.approx(0.23, abs=0.01)
    rolling = by(desk.funds, "fund", "lag_ratio")
    assert rolling["GDX"] == pytest.approx(0.079, abs=0.005)
    assert rolling["PICK"] == pytest.approx(-0.177, abs=0.005)
    assert rolling["PICK"] < rolling["XME"] < 0.0 < rolling["GDX"]


def test_no_fund_trails_by_a_fifth_on_the_rolling_form_and_the_table_says_so(
    desk: DeskTable,
) -> None:
    assert desk.funds["lag_ratio"].min() > -0.20
    assert by(desk.funds, "fund", "anchored_ratio")["PICK"] <= -0.20
    (said,) = [text for text in desk.remarks if text.startswith("Rolling and anchored")]
    assert "PICK on DBB -17.7% rolling, -20.2% since the anchor" in said


def test_the_rule_does_not_buy_au_that_day(desk: DeskTable) -> None:
    row = desk.table.set_index("symbol").loc["AU"]
    assert not row["is_in"]
    assert row["weight"] == 0.0
    assert "does not trail far enough" in row["why"]


def test_a_flat_book_would_buy_barrick_by_z_and_the_table_says_it_is_no_literal_lag(
    desk: DeskTable,
) -> None:
    """The case as written holds for the literal lag; hedged with 1.66 of gold Barrick trails."""
    row = desk.table.set_index("symbol").loc["B"]
    assert row["is_in"]
    assert not row["by_lag"]
    (said,) = [text for text in desk.remarks if text.startswith("Trails by z but not")]
    assert said.startswith("Trails by z but not by a literal 20%: B z -1.76 with 1.66 of the metal")


def test_the_desk_says_in_words_why_each_gold_name_is_in_or_out(
    desk: DeskTable, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "200")
    print_desk(desk, console())
    said = " ".join(capsys.readouterr().out.split())
    assert "B: in at 5.0% of the book: trails by z -1.76, -1.5 or less is needed" in said
    assert "0.5 of its full size" in said  # the overhang of 3.52 halves it
    out = next(part for part in said.split(". ") if "AU (z -0.93, lag +23.2%)" in part)
    assert "NEM (z -0.77, lag +4.1%)" in out
    assert "out: does not trail far enough, an entry needs z <= -1.5" in said
    assert "At the next open it orders nothing." in said


def test_the_running_rule_orders_no_gold_that_day_and_the_table_says_what_it_holds(
    desk: DeskTable, capsys: pytest.CaptureFixture[str]
) -> None:
    """Hedged with 1.9 of gold AU trailed when the regime turned ON; it was bought then, not now."""
    assert desk.book is not None
    assert not len(desk.book.orders)
    since = dict(zip(desk.book.held["symbol"], desk.book.held["since"], strict=True))
    assert {since[name] for name in ("AU", "B")} == {pd.Timestamp("2024-09-25")}
    print_desk(desk, console())
    said = " ".join(capsys.readouterr().out.replace("\u00a0", " ").split())
    assert "the rule orders nothing; a flat book would buy B, FCX" in said
    assert "AU +12.6% since 2024-09-25; B +9.5% since 2024-09-25" in said


@pytest.mark.parametrize(
    ("rule", "held"),
    [(Rule(), {"AU", "B", "NEM"}), (Rule(gap="ratio"), {"B", "NEM"})],
    ids=["default rule", "literal ratio"],
)
def test_no_gold_name_is_entered_on_the_day_and_which_are_held(
    market: Market, rule: Rule, held: set[str]
) -> None:
    """AU is not held on the literal lag; hedged with 1.9 of gold it has been since 2024-09-25.

    The regime turned ON on 2024-09-24, when gold names were far behind their hedge.
    """
    # Four sessions on, so that an order of the day would have been filled.
    outcome = backtest(market, Parameters(rule=rule), start="2024-01-02", end="2025-03-28")
    orders = outcome.orders
    that_day = orders["submitted"].to_numpy().astype("datetime64[D]") == NOTE
    assert not (that_day & orders["symbol"].isin(GOLD) & (orders["side"] == "buy")).any()
    trades = outcome.trades[outcome.trades["symbol"].isin(GOLD)]
    day = pd.Timestamp(NOTE)
    is_held = (trades["entry_date"] <= day) & ~(trades["exit_date"] <= day)
    assert set(trades.loc[is_held, "symbol"]) == held

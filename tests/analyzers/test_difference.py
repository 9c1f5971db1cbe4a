"""Two hand-made runs and why they differ; every amount is worked out beside its test."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pandas as pd
import pytest

from orebound.analyzers import difference_of
from orebound.analyzers.difference import Difference
from orebound.analyzers.name_profits import name_profits
from orebound.analyzers.record import RunRecord
from orebound.feeds import DataRefused
from tests.analyzers.made_runs import DAYS, day, made_run, order, series

#: X rises by 1 a day from 10, Y stays at 20.
CLOSES = {"X": [10.0 + k for k in range(10)], "Y": [20.0] * 10}
BUY_X = order(1, "X", "buy", 10, 11.5, 1.0)
SELL_X = order(5, "X", "sell", 10, 15.5, 1.0)


def run(*orders: dict[str, Any], **more: Any) -> RunRecord:
    return made_run(list(orders), more.pop("closes", CLOSES), **more)


def amounts(found: Difference, column: str = "difference") -> dict[str, float]:
    rows = found.by_name[found.by_name[column] != 0.0]
    return dict(zip(rows["name"], rows[column], strict=True))


def final(record: RunRecord) -> float:
    return float(record.equity["value"].iloc[-1])


def cause(a: RunRecord, b: RunRecord) -> tuple[str, str]:
    decided = difference_of(a, b).first_decision
    assert decided is not None
    return decided.cause_kind, decided.cause


def test_a_run_does_not_differ_from_itself() -> None:
    found = difference_of(run(BUY_X, SELL_X), run(BUY_X, SELL_X))
    assert found.text == "No decision and no value differs over the sessions that both have."
    assert found.banners == ()
    for frame in (found.config, found.code, found.only_in_a, found.only_in_b, found.resized):
        assert frame.empty
    assert {one.status for one in found.data} == {"equal"}
    assert amounts(found) == {}


def test_profits_by_name_and_cash_kind_sum_to_the_difference_of_final_values() -> None:
    # A: X bought at 11.5 and sold at 15.5, 10 of them, 2 of costs: 38.
    # B: X still held at 19, 1 of costs: 75 - 1 = 74. Y: 5 bought at 21, worth 20: -5, and 2 of
    # costs: -7. Borrow and interest are cash kinds, in no name.
    a = run(BUY_X, SELL_X, flows=((4, "interest", 0.25),))
    b = run(BUY_X, order(2, "Y", "buy", 5, 21.0, 2.0), flows=((4, "borrow", -3.0),))
    found = difference_of(a, b)
    by_name = found.by_name.set_index("name")
    assert by_name.loc["X", ["a", "b", "difference"]].tolist() == [38.0, 74.0, 36.0]
    assert by_name.loc["Y", ["a", "b", "difference"]].tolist() == [0.0, -7.0, -7.0]
    assert by_name.loc[["interest", "borrow"], "difference"].tolist() == [-0.25, -3.0]
    assert by_name.loc["opening cash", ["a", "b"]].tolist() == [1000.0, 1000.0]
    assert found.by_name["difference"].sum() == pytest.approx(final(b) - final(a), abs=1e-9)
    assert (final(a), final(b)) == (1038.25, 1064.0)


def test_a_short_position_earns_what_its_price_falls() -> None:
    falling = {"X": [10.0 - 0.5 * k for k in range(10)]}
    found = name_profits(run(order(0, "X", "sell", 4, 10.0), closes=falling))
    assert found.set_index("name")["amount"].to_dict() == {"X": 18.0, "opening cash": 1000.0}


def test_an_entry_that_a_threshold_kept_out_names_the_threshold() -> None:
    told = "does not trail far enough, an entry needs z <= -2.5"
    blocked = {(1, "X"): {"blocked": 16, "reason": told}}
    b = run(config={"rule": {"z_in": 2.5}}, signals=blocked)
    found = difference_of(run(BUY_X, config={"rule": {"z_in": 1.5}}), b)
    decided = found.first_decision
    assert decided is not None
    assert (decided.symbol, decided.kind, decided.cause_kind) == ("X", "only_in_a", "rule")
    assert decided.time == day(1) + pd.Timedelta(hours=21)
    assert (decided.a["size"], decided.b) == (10, None) if decided.a else False
    assert f"none in A, {told} in B" in decided.cause
    assert "nothing but rule.z_in differs between the runs" in decided.cause
    assert decided.signals["field"].tolist() == ["blocked", "reason"]
    assert found.config.to_dict("records") == [{"key": "rule.z_in", "a": 1.5, "b": 2.5}]
    assert found.only_in_a["symbol"].tolist() == ["X"]
    assert found.only_in_b.empty


def test_another_signal_is_told_with_both_values() -> None:
    seen = {(1, "X"): {"z": -1.25, "blocked": 16, "reason": "does not trail far enough"}}
    kind, words = cause(
        run(BUY_X, config={"rule": {"gap_window": 252}}),
        run(config={"rule": {"gap_window": 126}}, signals=seen),
    )
    assert kind == "signal"
    assert "z -2 in A, -1.25 in B" in words


def test_levels_that_begin_elsewhere_are_no_signal() -> None:
    levels = {(k, "X"): {"ln_equity": 3.0, "run": 4} for k in range(10)}
    a, b = run(BUY_X), run(order(1, "X", "buy", 11, 11.5, 1.0), signals=levels)
    a = replace(a, signals=a.signals.assign(ln_equity=1.0, run=1))
    decided = difference_of(a, b).first_decision
    assert decided is not None
    assert decided.signals.empty
    assert decided.cause == "Nothing that the two records hold explains it"


def test_the_last_bit_of_a_logarithm_is_no_difference() -> None:
    seen = {(k, "X"): {"z": -2.0 * (1.0 + 1e-14)} for k in range(10)}
    assert difference_of(run(BUY_X), run(BUY_X, signals=seen)).first_decision is None


def test_a_size_that_cash_decides_is_traced_to_the_first_cost() -> None:
    # On day 2 X fills: costs 1.0 against 0.4. Y, decided on day 3, is then of another size.
    cheap = order(1, "X", "buy", 10, 11.5, 0.4)
    a = run(BUY_X, order(3, "Y", "buy", 5, 20.0), config={"costs": {"commission_bps": 3.0}})
    b = run(cheap, order(3, "Y", "buy", 6, 20.0), config={"costs": {"commission_bps": 1.0}})
    found = difference_of(a, b)
    decided, money = found.first_decision, found.first_money
    assert decided is not None
    assert money is not None
    assert (decided.symbol, decided.kind, decided.cause_kind) == ("Y", "size", "cash")
    # Cash 1000 - 115 - 1 and 10 of X at 13.
    assert decided.cause.startswith("Equity at that moment is 1,014.00 in A and 1,014.60 in B")
    assert (money.session, money.difference) == (day(2), pytest.approx(0.6))
    assert "X buy, cost 1.00 in A, 0.40 in B" in money.cause
    assert "commission 1.00 in A, 0.40 in B" in money.cause
    assert found.resized[["size_a", "size_b"]].to_numpy().tolist() == [[5, 6]]
    assert found.only_in_a.empty


def test_costs_that_move_no_order_are_told_as_money() -> None:
    found = difference_of(run(BUY_X), run(order(1, "X", "buy", 10, 11.5, 0.0)))
    assert found.first_decision is None
    assert found.text.startswith("No decision differs; equity does, first on 2024-01-10, by +1.00")


def test_an_exit_rule_of_one_run_is_told_by_its_reason() -> None:
    stop = order(3, "X", "sell", 10, 13.5, 1.0, reason="time_stop")
    kind, words = cause(
        run(BUY_X, config={"rule": {"time_stop_min": 63}}),
        run(BUY_X, stop, config={"rule": {"time_stop_min": 2}}),
    )
    assert kind == "rule"
    assert words.startswith("An exit rule fired in B alone: time_stop")
    assert "nothing but rule.time_stop_min differs" in words


def test_another_position_from_before_is_an_earlier_path() -> None:
    # B begins on day 3, when A holds X already: the sale of day 5 is A's alone.
    found = difference_of(run(BUY_X, SELL_X), run(first=3))
    decided = found.first_decision
    assert decided is not None
    assert (decided.session, decided.cause_kind) == (day(5), "path")
    assert "A holds 10 and B holds 0" in decided.cause
    assert found.only_in_a["outside"].tolist() == [True, False]
    assert any("Other periods" in banner for banner in found.banners)


def test_other_periods_compare_their_common_days() -> None:
    # A ends on day 6: X is worth 16 there. B goes on to day 9, and buys Y on day 6, too late for A.
    a = run(BUY_X, order(6, "Y", "buy", 1, 20.0, status="Waiting"), last=6)
    b = run(BUY_X, order(6, "Y", "buy", 1, 20.0))
    found = difference_of(a, b)
    assert found.first_decision is None  # the order of A's last day waits, and was sent alike
    assert found.by_name["difference"].sum() == pytest.approx(30.0)
    assert found.by_name["common_difference"].abs().sum() == 0.0


def test_a_name_of_one_universe_alone_is_said() -> None:
    kind, words = cause(
        run(order(1, "Y", "buy", 1, 20.0)),
        run(
            closes={"X": CLOSES["X"]},
            universe={"name": "small", "names": ["X"], "excluded": {"Y": "no file Y.csv"}},
        ),
    )
    assert (kind, words) == ("universe", "Y is left out of B: no file Y.csv")
    found = difference_of(run(order(1, "Y", "buy", 1, 20.0)), run(closes={"X": CLOSES["X"]}))
    assert found.banners == ("Other names: Y in A alone.",)
    assert found.by_name.set_index("name").loc["Y", "note"] == "not in B"


def test_restated_data_are_named_before_any_figure() -> None:
    changed = {"X": [*CLOSES["X"][:4], 14.7, *CLOSES["X"][5:]], "Y": CLOSES["Y"]}
    rows = {"X": series("X", sha256="b" * 64), "Y": series("Y")}
    b = run(order(4, "X", "buy", 9, 15.5), closes=changed, data=rows)
    found = difference_of(run(order(4, "X", "buy", 10, 15.5)), b)
    (banner,) = found.banners
    assert "restated between the runs" in banner
    assert "X: restated, 1 of 10 values that both saw, from 2024-01-12 to 2024-01-12" in banner
    assert "+5.00%" in banner
    decided = found.first_decision
    assert decided is not None
    assert decided.cause_kind == "data"
    assert "known_close 14 in A, 14.7 in B" in decided.cause


def test_other_base_currencies_are_not_subtracted() -> None:
    found = difference_of(run(BUY_X), run(BUY_X, config={"data": {"base_currency": "EUR"}}))
    assert found.banners[0].startswith("Other base currencies: A counts in USD, B in EUR")
    assert found.by_name["difference"].isna().all()
    assert found.first_money is None


def test_metrics_that_are_annualised_otherwise_are_said() -> None:
    found = difference_of(run(), run(config={"run": {"periods_per_year": 365}}))
    assert found.banners == ("Metrics are computed otherwise: run.periods_per_year differ.",)


def test_a_leg_is_explained_by_the_name_it_hedges() -> None:
    closes = CLOSES | {"X:DBB": [5.0] * 10}
    seen = {(1, "X"): {"beta_metal": 0.75}}
    legs = {"X:DBB": "X"}
    a = run(order(1, "X:DBB", "sell", 10, 5.0), closes=closes, legs=legs)
    b = run(order(1, "X:DBB", "sell", 15, 5.0), closes=closes, legs=legs, signals=seen)
    decided = difference_of(a, b).first_decision
    assert decided is not None
    assert (decided.symbol, decided.cause_kind) == ("X:DBB", "signal")
    assert "X was seen otherwise: beta_metal 0.5 in A, 0.75 in B" in decided.cause
    by_name = difference_of(a, b).by_name.set_index("name")
    assert by_name.loc["X:DBB", "leg_of"] == "X"


def test_a_leg_that_one_run_does_not_trade_is_said() -> None:
    closes = CLOSES | {"X:DBB": [5.0] * 10}
    settings = {"rule": {"mode": "hedged_metal"}}
    b = run(
        BUY_X,
        order(1, "X:DBB", "sell", 10, 5.0),
        closes=closes,
        legs={"X:DBB": "X"},
        config=settings,
    )
    kind, words = cause(run(BUY_X), b)
    assert kind == "rule"
    assert words.startswith("X:DBB hedges X, and A has no such leg; ")
    assert "rule.mode" in words


def test_a_record_of_an_older_version_is_read_with_what_it_has() -> None:
    older = run(BUY_X, code={"version": "0", "commit": None, "dirty": None})
    del older.info["config"]["rule"]["momentum"]
    del older.info["data"]["X"]["sha256"]
    newer = run(BUY_X, SELL_X)
    newer = replace(newer, signals=newer.signals.assign(ln_equity=1.0))
    found = difference_of(older, newer)
    assert {"key": "rule.momentum", "a": None, "b": "off"} in found.config.to_dict("records")
    assert [one.status for one in found.data] == ["unknown", "equal"]
    decided = found.first_decision
    assert decided is not None
    assert "ln_equity" not in decided.signals["field"].tolist()


def test_the_best_of_many_trials_is_said_to_be_that() -> None:
    chosen = {"sweep": "s1", "combination": 7, "rank": 1, "by": "sharpe", "trials": 4000}
    (banner,) = difference_of(run(), run(selection=chosen)).banners
    assert banner.startswith("B was chosen as number 1 by sharpe of 4,000 trials")
    (banner,) = difference_of(run(selection=chosen | {"rank": None}), run()).banners
    assert banner.startswith("A was chosen by its number of 4,000 trials")
    assert difference_of(run(), run(selection={"ledger": 12})).banners == ()


def test_files_that_do_not_add_up_are_said_and_never_spread() -> None:
    b = run(BUY_X)
    b = replace(b, equity=b.equity.assign(value=b.equity["value"] + 2.5))
    found = difference_of(run(BUY_X), b)
    assert any("The files of B do not add up: +2.500000" in banner for banner in found.banners)
    assert amounts(found) == {"not explained": 2.5}


def test_equity_without_a_value_is_refused_by_its_day() -> None:
    b = run(BUY_X)
    b = replace(b, equity=b.equity.assign(value=float("nan")))
    with pytest.raises(DataRefused, match=r"equity.csv, 2024-01-19: value is missing"):
        difference_of(run(BUY_X), b)


def test_everything_is_plain_json() -> None:
    found = difference_of(run(BUY_X), run(first=3, config={"data": {"base_currency": "EUR"}}))
    document = json.loads(json.dumps(found.as_dict(), allow_nan=False))
    assert {"banners", "by_name", "first_decision", "only_in_a", "metrics"} <= document.keys()


def test_runs_without_a_common_day_have_no_first_decision() -> None:
    found = difference_of(run(BUY_X, last=4), run(order(6, "X", "buy", 1, 16.5), first=5))
    assert found.first_decision is None
    assert any("they share no day" in banner for banner in found.banners)
    assert found.text == "The two runs share no session on which both could decide."
    assert len(found.only_in_a) == len(found.only_in_b) == 1


def test_a_run_without_a_session_or_without_what_newer_ones_record_is_read() -> None:
    nothing = replace(run(), equity=run().equity.iloc[:0])
    assert difference_of(run(BUY_X), nothing).common is None
    bare = {"universe": None, "packages": None, "code": None, "metrics": {"sharpe": None}}
    older = difference_of(run(BUY_X), run(BUY_X, **bare))
    assert older.common == ("2024-01-08", "2024-01-19")
    assert older.first_decision is None
    assert older.metrics.to_dict("records")[0]["difference"] is None


def test_a_window_of_sessions_sums_to_its_change_of_equity() -> None:
    record = run(BUY_X, SELL_X, flows=((4, "interest", 0.25),))
    found = name_profits(record, DAYS[3], DAYS[4])
    # X goes from 12 at the close of day 2 to 14 at that of day 4.
    assert found.set_index("name")["amount"].to_dict() == {"X": 20.0, "interest": 0.25}

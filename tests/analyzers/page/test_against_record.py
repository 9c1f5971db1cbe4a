"""Every figure of the page is the record's, to the digits printed, on a run of the real engine.

The expected values are worked out here from run.json and the tables with plain arithmetic; the
page's own functions are not asked.
"""

from __future__ import annotations

import html
import math
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from orebound.analyzers import RunRecord, read_run, write_run
from orebound.sweeps import execute
from orebound.sweeps.config import from_names

from ...markets import small_sample
from .records import render

ROOT = Path(__file__).resolve().parents[3]
CELL = re.compile(r'data-key="([^"]*)">([^<]*)<')


@pytest.fixture(scope="module")
def record(tmp_path_factory: pytest.TempPathFactory) -> RunRecord:
    """A run with closed, open and unfilled business, written and read back."""
    names = {"start": "2008-06-02", "end": "2016-09-30", "null_draws": 50}
    made = execute(from_names(names), market=small_sample(), command="test")
    return read_run(write_run(made, tmp_path_factory.mktemp("run") / "x"))


@pytest.fixture(scope="module")
def cells(record: RunRecord) -> dict[str, str]:
    found = [
        (html.unescape(key), html.unescape(text)) for key, text in CELL.findall(render(record))
    ]
    keys = [key for key, _ in found]
    assert len(keys) == len(set(keys))
    return dict(found)


def is_printed(text: str, value: Any, scale: float = 1.0) -> bool:
    """Whether a text is a value to the digits that it shows."""
    if value is None or not math.isfinite(value):
        return text in ("n/a", "")
    figure = text.replace("\u2212", "-").replace(",", "").removesuffix("%").strip()
    decimals = len(figure.partition(".")[2])
    return abs(float(figure) - scale * value) <= 0.5 * 10.0**-decimals * (1 + 1e-9)


def wrong(cells: dict[str, str], expected: Iterator[tuple[str, Any, float]]) -> list[str]:
    """The cells that say something else, none checked twice."""
    checks = list(expected)
    assert checks
    return [
        f"{key}: printed {cells[key]!r}, the record says {value!r}"
        for key, value, scale in checks
        if not is_printed(cells[key], value, scale)
    ]


def test_the_rules_headline_and_metrics_are_run_jsons(
    record: RunRecord, cells: dict[str, str]
) -> None:
    shares = {"total_return", "cagr", "volatility", "max_drawdown", "time_in_market"}
    shares |= {"var_95", "es_95", "average_win", "average_loss", "cost_share", "expectancy_return"}
    shares |= {"median_return", "largest_share", "mean_exposure"}

    def expected() -> Iterator[tuple[str, Any, float]]:
        for name, metric in record.info["metrics"].items():
            key = f"head.rule.{name}" if f"head.rule.{name}" in cells else f"metric.{name}.value"
            if name not in ("entries", "hit_rate", "hit_rate_low", "hit_rate_high"):
                yield key, metric["value"], 100.0 if name in shares else 1.0

    assert wrong(cells, expected()) == []


def test_every_baseline_is_worked_out_from_its_curve(
    record: RunRecord, cells: dict[str, str]
) -> None:
    def expected() -> Iterator[tuple[str, Any, float]]:
        for name in record.baselines.columns[1:]:
            curve = record.baselines[name].dropna().to_numpy()
            returns = curve[1:] / curve[:-1] - 1.0
            deviation = float(np.std(returns, ddof=1))
            yield f"head.{name}.total_return", curve[-1] / curve[0] - 1.0, 100.0
            yield f"head.{name}.cagr", (curve[-1] / curve[0]) ** (252 / len(returns)) - 1.0, 100.0
            yield f"head.{name}.volatility", deviation * math.sqrt(252), 100.0
            yield f"head.{name}.sharpe", returns.mean() / deviation * math.sqrt(252), 1.0
            falls = curve / np.maximum.accumulate(curve) - 1.0
            yield f"head.{name}.max_drawdown", falls.min(), 100.0
            yield f"head.{name}.n", len(returns), 1.0

    assert {"rule_no_regime", "rule_regression_exposures", "market"} <= set(record.baselines)
    assert wrong(cells, expected()) == []


def test_base_rates_and_the_null_are_run_jsons(record: RunRecord, cells: dict[str, str]) -> None:
    def expected() -> Iterator[tuple[str, Any, float]]:
        for name, rates in record.info["base_rates"].items():
            yield f"base.{name}.sessions", rates["sessions"], 1.0
            yield f"base.{name}.observed", rates["observed"], 100.0
            yield f"base.{name}.noise", rates["noise"], 100.0
            yield f"base.{name}.entries", (record.trades["symbol"] == name).sum(), 1.0
        null = record.info["null"]
        yield "chance.null", null["observed"], 100.0
        yield "chance.mean", null["mean"], 100.0
        yield "chance.p_value", null["p_value"], 1.0

    assert wrong(cells, expected()) == []
    assert cells["chance.note"] == record.info["null"]["note"]
    hits = record.info["metrics"]["hit_rate"]
    assert is_printed(cells["chance.hit_rate"].split(",")[0], hits["value"], 100.0)
    assert f"n = {hits['n']} closed" in cells["chance.hit_rate"]


def test_every_episode_is_a_row_of_trades_csv(record: RunRecord, cells: dict[str, str]) -> None:
    ordered = record.trades.sort_values(["entry_date", "symbol"], kind="stable")
    scales = {"net_return": 100.0}
    columns = ("days_held", "entry_price", "exit_price", "size", "gross", "costs", "net")

    def expected() -> Iterator[tuple[str, Any, float]]:
        for number, trade in enumerate(ordered.to_dict("records"), 1):
            for column in (*columns, "net_return"):
                yield f"episode.{number}.{column}", trade[column], scales.get(column, 1.0)

    assert wrong(cells, expected()) == []
    for number, trade in enumerate(ordered.to_dict("records"), 1):
        assert cells[f"episode.{number}.entry_date"] == f"{trade['entry_date']:%Y-%m-%d}"


def test_the_parts_of_a_closing_sum_and_carry_the_gap_from_entry_to_exit(
    record: RunRecord, cells: dict[str, str]
) -> None:
    closed = record.trades[record.trades["status"] == "closed"]
    closed = closed.sort_values(["entry_date", "symbol"], kind="stable")

    def expected() -> Iterator[tuple[str, Any, float]]:
        for number, trade in enumerate(closed.to_dict("records"), 1):
            for part in ("equity", "metal", "market"):
                moved = trade[f"{part}_share"] * trade["closing"]
                yield f"closing.{number}.{part}", moved, 100.0
            for column in ("closing", "roll_off", "entry_gap", "exit_gap"):
                yield f"closing.{number}.{column}", trade[column], 100.0
            yield f"closing.{number}.entry_z", trade["entry_z"], 1.0

    assert wrong(cells, expected()) == []
    shares = closed[["equity_share", "metal_share", "market_share"]].sum(axis=1)
    assert shares.dropna().to_numpy() == pytest.approx(1.0)
    moved = closed["entry_gap"] + closed["closing"] + closed["roll_off"] - closed["exit_gap"]
    assert moved.dropna().to_numpy() == pytest.approx(0.0, abs=1e-9)


def test_months_and_years_are_equity_csv(record: RunRecord, cells: dict[str, str]) -> None:
    value = record.equity.set_index("date")["value"]
    before = value.iloc[0]

    def expected() -> Iterator[tuple[str, Any, float]]:
        nonlocal before
        for (year, month), group in value.groupby([value.index.year, value.index.month]):
            yield f"month.{year}.{month}", group.iloc[-1] / before - 1.0, 100.0
            before = group.iloc[-1]

    assert wrong(cells, expected()) == []


def test_regime_spells_are_run_jsons_and_their_entries_the_trades(
    record: RunRecord, cells: dict[str, str]
) -> None:
    start, end = record.equity["date"].min(), record.equity["date"].max()
    decided = record.trades["entry_decision"].dt.normalize()

    def expected() -> Iterator[tuple[str, Any, float]]:
        for first, until in record.info["regime"]["spells"]:
            opened = max(pd.Timestamp(first), start)
            after = pd.Timestamp(until) if until else end + pd.Timedelta(days=1)
            inside = ((decided >= opened) & (decided < after)).sum()
            yield f"spell.{opened:%Y-%m-%d}.entries", inside, 1.0

    assert wrong(cells, expected()) == []
    held = [text for key, text in cells.items() if re.fullmatch(r"spell\..*\.entries", key)]
    with_entries = sum(text != "0" for text in held)
    assert with_entries == record.info["regime"]["episodes_with_entries"]
    assert sum(map(int, held)) == len(record.trades)


def test_costs_are_costs_csv_and_add_up(record: RunRecord, cells: dict[str, str]) -> None:
    names = {"fx": "FX", "ptm_levy": "PTM levy", "stamp_duty": "stamp duty"}
    filled = record.orders[record.orders["status"] == "Filled"]

    def expected() -> Iterator[tuple[str, Any, float]]:
        for kind, group in record.costs.groupby("kind"):
            yield f"cost.{names.get(str(kind), kind)}.amount", group["amount"].sum(), 1.0
        total = record.costs["amount"].sum()
        yield "cost.all costs.amount", total, 1.0
        yield "cost.all costs.bp", total / filled["value"].sum(), 1e4
        assert total == pytest.approx(filled["cost"].sum())

    assert wrong(cells, expected()) == []


def test_first_decisions_findings_and_cautions_are_all_there(record: RunRecord) -> None:
    page = html.unescape(render(record))
    for name, day in record.info["first_decisions"].items():
        assert re.search(rf"{day}: [^;<]*\b{re.escape(name)}\b", page)
    assert f"{len(record.info['findings'])} findings of the audit" in page
    for text in record.info["warnings"]:
        assert text in page
    assert "Hindsight in exposures" in page


def test_run_json_has_the_documented_keys_and_no_others(record: RunRecord) -> None:
    text = (ROOT / "docs" / "design.md").read_text(encoding="utf-8")
    table = text[text.index("The keys of `run.json`") : text.index("How a trade's columns")]
    rows = re.findall(r"^\| (`[^|]*`) \| (.*) \|$", table, re.MULTILINE)
    documented = {name: about for names, about in rows for name in re.findall(r"`(\w+)`", names)}
    assert set(documented) == set(record.info)
    for name in ("universe", "null", "regime"):
        listed = set(re.findall(r"\w+", " ".join(re.findall(r"`([^`]*)`", documented[name]))))
        assert set(record.info[name]) <= listed

"""Closing, attribution, events and relative performance, read back from the page.

Expected values are plain arithmetic on the record's tables; the study's functions are not asked.
"""

from __future__ import annotations

import html
import math
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from orebound.analyzers import RunRecord
from tests.analyzers.study.runs import three_currencies

from .records import long_record, only_trades, render, with_curve

ROOT = Path(__file__).resolve().parents[3]
CELL = re.compile(r'data-key="([^"]*)">([^<]*)<')
SECTIONS = ("closing", "attribution", "events", "relative")


@pytest.fixture(scope="module")
def record() -> RunRecord:
    return three_currencies()


@pytest.fixture(scope="module")
def page(record: RunRecord) -> str:
    return render(record)


@pytest.fixture(scope="module")
def cells(page: str) -> dict[str, str]:
    return {html.unescape(key): html.unescape(text) for key, text in CELL.findall(page)}


def figure(text: str) -> float:
    """The number that a cell prints, NaN for n/a."""
    if text == "n/a":
        return math.nan
    return float(text.replace("\u2212", "-").replace(",", "").rstrip("%\u202f").split(" ±")[0])


def test_all_four_sections_stand_on_the_page_of_a_run(page: str) -> None:
    places = [page.index(f'<section id="{name}"') for name in SECTIONS]
    assert places == sorted(places)


def test_capture_figures_are_those_of_the_trades(record: RunRecord, cells: dict[str, str]) -> None:
    closed = record.trades[record.trades["status"] == "closed"]
    shut = closed[closed["closing"] > 0.01]
    assert cells["capture.n"] == f"{len(shut)} of {len(closed)}"
    assert figure(cells["capture.mean"]) == pytest.approx(shut["equity_share"].mean(), abs=0.005)
    equity = (shut["equity_share"] * shut["closing"]).sum()
    assert figure(cells["capture.pooled"]) == pytest.approx(
        equity / shut["closing"].sum(), abs=0.005
    )
    metal = shut["metal_share"] * shut["closing"]
    assert figure(cells["capture.metal"]) == pytest.approx(
        100 * metal.sum() / shut["closing"].sum(), abs=0.5
    )
    assert figure(cells["capture.fell"]) == pytest.approx(100 * (metal > 0).mean(), abs=0.5)
    value = closed["size"] * closed["entry_price"] * closed["entry_gap"].abs()
    assert figure(cells["capture.efficiency"]) == pytest.approx(
        (closed["net"] / value).mean(), abs=0.005
    )
    assert figure(cells["part.fx.every"]) == pytest.approx(
        100 * (closed["fx_share"] * closed["closing"]).mean(), abs=0.05
    )


def test_times_to_closure_are_counted_on_the_anchored_gap(
    record: RunRecord, cells: dict[str, str]
) -> None:
    """Captured exits, and no other, had closed 80 % at the decision to leave."""
    rows = record.trades[record.trades["entry_gap"].notna()]
    reached = 0
    for trade in rows.to_dict("records"):
        own = record.signals[record.signals["symbol"] == trade["symbol"]].sort_values("time")
        last = trade["exit_decision"] if trade["status"] == "closed" else pd.Timestamp.max
        times = own["time"]
        inside = own[(times > trade["entry_decision"] - pd.Timedelta(hours=1)) & (times <= last)]
        inside = inside[inside["run"] == inside["run"].iloc[0]]
        moved = (
            inside[["ln_equity", "ln_basket", "ln_market"]]
            - inside[["ln_equity", "ln_basket", "ln_market"]].iloc[0]
        )
        closing = (
            moved["ln_equity"]
            - inside["beta_metal"].iloc[0] * moved["ln_basket"]
            - inside["beta_market"].iloc[0] * moved["ln_market"]
        )
        reached += bool((closing >= -0.8 * trade["entry_gap"]).any())
    assert int(cells["closure.0.8-exit.n"]) == len(rows)
    assert int(cells["closure.0.8-exit.reached"]) == reached
    assert reached >= (record.trades["exit_reason"] == "captured").sum()


def test_sessions_by_state_are_those_of_the_signals(
    record: RunRecord, cells: dict[str, str]
) -> None:
    latest = record.signals.sort_values("time").groupby("date")["state"].last()
    state = latest.reindex(record.equity["date"], method="ffill").to_numpy()[:-1]
    profit = np.diff(record.equity["value"].to_numpy())
    is_on = state == "ON"
    assert figure(cells["day.ON/all.days"]) == is_on.sum()
    assert figure(cells["day.ON/all.pnl"]) == pytest.approx(profit[is_on].sum(), abs=0.5)
    assert figure(cells["day.OFF/all.pnl"]) == pytest.approx(profit[~is_on].sum(), abs=0.5)
    assert figure(cells["entry.all/all/interest.pnl"]) == pytest.approx(
        record.cash["amount"].sum(), abs=0.5
    )
    assert "entry.all/all/not explained.pnl" not in cells
    assert figure(cells["day.all/all.sharpe"]) == pytest.approx(
        record.info["metrics"]["sharpe"]["value"], abs=0.005
    )


def test_mean_returns_around_easing_are_those_of_the_shipped_table(
    record: RunRecord, cells: dict[str, str]
) -> None:
    """From the file itself: the first New York close at or after each announcement."""
    curves = record.baselines.set_index("date")[["equal_weight_miners", "market"]].dropna()
    logs = np.log(curves).diff().iloc[1:]
    abnormal = (logs["equal_weight_miners"] - logs["market"]).to_numpy()
    table = pd.read_csv(ROOT / "feeds" / "reference" / "china_policy_events.csv")
    easing = pd.DatetimeIndex(table.loc[table["intensity"] > 0, "avail_utc"])
    york = easing.tz_convert("America/New_York").tz_localize(None)
    own = record.signals.loc[record.signals["symbol"] == "FCX", "date"]
    closes = pd.DatetimeIndex(own) + pd.Timedelta(hours=16)
    inside = york[(york > closes[0]) & (york <= closes[-1])]
    first = own.to_numpy()[np.unique(closes.searchsorted(inside))]
    place = logs.index.searchsorted(first)
    assert int(cells["event.china-easing.n"]) == len(place)
    whole = place[place + 20 < len(abnormal)]
    car = np.mean([abnormal[at : at + 21].sum() for at in whole])
    assert figure(cells["event.china-easing.car_20"]) == pytest.approx(100 * car, abs=0.05)


def test_relative_figures_are_plain_arithmetic(record: RunRecord, cells: dict[str, str]) -> None:
    curves = record.baselines.set_index("date")[["rule", "market"]].dropna()
    returns = curves.pct_change().iloc[1:]
    y, x = returns["rule"].to_numpy(), returns["market"].to_numpy()
    slope, intercept = np.polyfit(x, y, 1)
    assert figure(cells["relative.rule-market.alpha"]) == pytest.approx(25200 * intercept, abs=0.05)
    assert figure(cells["relative.rule-market.beta_market"]) == pytest.approx(slope, abs=0.005)
    growth = curves.iloc[-1] / curves.iloc[0]
    assert figure(cells["relative.rule-market.ratio"]) == pytest.approx(
        100 * (growth["rule"] / growth["market"] - 1), abs=0.05
    )
    assert figure(cells["relative.rule-market.points"]) == pytest.approx(
        100 * (growth["rule"] - growth["market"]), abs=0.05
    )
    assert figure(cells["relative.rule-market.correlation"]) == pytest.approx(
        np.corrcoef(x, y)[0, 1], abs=0.005
    )
    assert int(cells["relative.rule-market.n"].replace(",", "")) == len(y)


def sections(record: RunRecord) -> set[str]:
    return set(re.findall(r'<section id="(\w+)"', render(record)))


def test_what_a_record_lacks_leaves_its_section_out() -> None:
    bare = with_curve([1e6, 1.01e6, 1.02e6])
    assert not sections(bare) & set(SECTIONS)
    made = long_record(years=2, n_trades=3)
    assert "closing" in sections(made)
    assert "closing" not in sections(only_trades(made, 0))
    # A run without the log indices has no times to closure; the rest of the section stands.
    assert "Time to closure" not in render(made)
    nowhere: Any = made.info | {"regime": made.info["regime"] | {"calendar": "XXXX"}}
    assert "events" not in sections(replace(made, info=nowhere))


def test_a_benchmark_of_another_clock_is_named_and_not_compared() -> None:
    made = long_record(years=2)
    shifted = made.baselines.copy()
    shifted["market"] = shifted["equal_weight_miners"].shift(1)
    text = render(replace(made, baselines=shifted))
    assert "Not compared:" in text
    assert "the benchmark moves 1 session after the returns" in text

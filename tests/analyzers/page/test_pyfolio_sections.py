"""pyfolio on the page: headless, as real tables, in the page's colours, calm on the edges."""

from __future__ import annotations

import math
import re
import subprocess
import sys
import time
import warnings
from dataclasses import replace
from typing import Any

import pandas as pd
import pytest

from orebound.analyzers import RunRecord, drawdown_periods, pyfolio_items
from orebound.analyzers.page import draw_beside, render
from orebound.analyzers.page.pyfolio_process import VARIABLE
from orebound.analyzers.page.pyfolio_quiet import pyfolio_modules, quiet
from orebound.analyzers.page.pyfolio_svg import drawn
from orebound.analyzers.page.pyfolio_tables import quantiles
from orebound.analyzers.page.pyfolio_work import PLAIN, Task, Work, round_trips, task_of, work

from .records import info, long_record, with_curve

PICTURES = {*PLAIN, "cumulative", "return_quantiles", "round_trips"}
LIVE = "2012-07-02"


def held_record(years: int = 4, n_trades: int = 20) -> RunRecord:
    """The long record with the positions that its episodes held, one price for all."""
    record = long_record(years=years, n_trades=n_trades)
    days = pd.DatetimeIndex(record.equity["date"])
    rows = []
    for trade in record.trades.to_dict("records"):
        inside = days[(days >= trade["entry_date"]) & (days < trade["exit_date"])]
        rows.append(
            pd.DataFrame({"date": inside, "symbol": trade["symbol"], "size": trade["size"]})
        )
    positions = pd.concat(rows).drop_duplicates(["date", "symbol"])
    positions = positions.assign(price=30.0, value=30.0 * positions["size"]).sort_values("date")
    universe = record.info["universe"] | {"valid_from": LIVE}
    return replace(
        record,
        positions=positions.reset_index(drop=True),
        info=record.info | {"universe": universe},
    )


@pytest.fixture(scope="module")
def record() -> RunRecord:
    return held_record()


@pytest.fixture(scope="module")
def made(record: RunRecord) -> Work:
    return work(task_of(record))


@pytest.fixture(scope="module")
def page(record: RunRecord, made: Work) -> str:
    return render(record, lambda _task: lambda: made)


def test_every_picture_is_there_and_the_sections_follow_risk(page: str, made: Work) -> None:
    assert set(made.pictures) == PICTURES
    places = [page.index(f'<section id="{name}"') for name in ("risk", "returns", "holdings")]
    assert places == sorted(places)
    assert page.count('<svg class="plotted" role="img"') == len(PICTURES)


def test_pictures_use_the_pages_colours_alone_and_load_nothing(made: Work) -> None:
    for name, text in made.pictures.items():
        assert not re.search(r"#[0-9a-f]{6}", text), name
        assert "url(" not in text, name
        assert "<style" not in text, name
        assert "font-family" not in text, name
        assert set(re.findall(r"var\(--([a-z]+)\)", text)) <= {
            *("ink", "soft", "hair", "rule", "miners", "metal", "market", "loud", "regression")
        }
        assert not re.search(r"\bnan\b|\binf\b", text), name


def test_ids_are_unique_and_every_picture_has_a_table_and_a_description(page: str) -> None:
    ids = re.findall(r' id="([^"]+)"', page)
    assert len(ids) == len(set(ids))
    assert page.count('role="img"') == page.count("<desc") == page.count("<title id")
    for figure in re.findall(r"<figure.*?</figure>", page, re.DOTALL):
        if 'class="plotted"' in figure:
            assert "<table" in figure


@pytest.mark.slow
def test_the_work_is_the_same_twice_and_in_a_process_of_its_own(
    record: RunRecord, made: Work, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv(VARIABLE)
    with draw_beside() as draw:
        there = draw(task_of(record))()
    assert there.pictures == made.pictures
    for name, table in made.tables.items():
        pd.testing.assert_frame_equal(there.tables[name], table)


def test_nothing_of_pyplot_is_touched_and_no_display_is_asked_for(made: Work) -> None:
    assert made.pictures
    pyplot: Any = sys.modules["matplotlib.pyplot"]
    assert pyplot.get_fignums() == []


def test_only_known_complaints_are_silenced() -> None:
    with pytest.warns(UserWarning, match="of something else"), quiet():
        warnings.warn("zipline.assets of something else", UserWarning, stacklevel=1)


def test_the_items_are_the_records(record: RunRecord) -> None:
    items = pyfolio_items(record)
    value = record.equity["value"].to_numpy()
    assert items.returns.iloc[0] == pytest.approx(value[0] / 1e6 - 1.0)
    assert items.returns.iloc[1:].to_numpy() == pytest.approx(value[1:] / value[:-1] - 1.0)
    assert str(items.returns.index.tz) == "UTC"
    filled = (record.orders["status"] == "Filled").sum()
    assert len(items.transactions) == filled
    assert items.transactions["amount"].sum() == 0
    assert items.positions.drop(columns="cash").to_numpy().sum() == pytest.approx(
        record.positions["value"].sum()
    )


@pytest.mark.filterwarnings("ignore:The 'lsuffix' and 'rsuffix' keywords")
def test_round_trips_are_what_pyfolio_matches_share_by_share() -> None:
    """pyfolio's first in, first out matching, on fills written by hand."""
    base = with_curve([1e6 + 1e3 * k for k in range(40)])
    days = base.equity["date"]
    trade = long_record(years=2, n_trades=2).trades.assign(
        symbol=["RIO", "BHP"],
        entry_date=[days[3], days[5]],
        exit_date=[days[9], days[30]],
        size=[100, 40],
        entry_price=[10.0, 20.0],
        exit_price=[11.5, 18.0],
        gross=[150.0, -80.0],
    )
    orders = [
        {
            "submitted": row[f"{end}_date"],
            "filled": row[f"{end}_date"],
            "symbol": row["symbol"],
            "side": side,
            "size": row["size"],
            "price": row[f"{end}_price"],
            "value": 0.0,
            "cost": 0.0,
            "status": "Filled",
            "reason": end,
            "session": row[f"{end}_date"],
            "fill_session": row[f"{end}_date"],
        }
        for row in trade.to_dict("records")
        for end, side in (("entry", "buy"), ("exit", "sell"))
    ]
    record = replace(base, trades=trade, orders=pd.DataFrame(orders))
    items = pyfolio_items(record)
    before = items.positions.sum(axis=1) / (1.0 + items.returns)
    with quiet():
        theirs = pyfolio_modules().round_trips.extract_round_trips(items.transactions, before)
    mine = round_trips(record, items).sort_values("symbol").reset_index(drop=True)
    theirs = theirs.sort_values("symbol").reset_index(drop=True)
    for column in ("pnl", "rt_returns", "returns"):
        assert mine[column].to_numpy(dtype=float) == pytest.approx(
            theirs[column].to_numpy(dtype=float)
        )
    for column in ("symbol", "open_dt", "close_dt", "long"):
        assert mine[column].tolist() == theirs[column].tolist()


def test_quantiles_by_week_and_month_are_empyricals_returns(record: RunRecord) -> None:
    import empyrical

    items = pyfolio_items(record)
    found = quantiles(items).set_index("span")
    for span, words in (("Weekly", "weekly"), ("Monthly", "monthly")):
        theirs = empyrical.aggregate_returns(items.returns, words)
        assert found.at[span, "n"] == len(theirs)
        assert found.at[span, "q05"] == pytest.approx(float(theirs.quantile(0.05)))


def test_pyfolios_drawdowns_are_ours_to_the_day(record: RunRecord, made: Work) -> None:
    ours = drawdown_periods(record.equity.set_index("date")["value"])
    theirs = made.tables["drawdowns"]
    assert theirs["depth"].to_numpy() == pytest.approx(ours["depth"].to_numpy())
    for column in ("peak", "valley", "recovery"):
        assert theirs[column].dt.tz_localize(None).tolist() == ours[column].tolist()


def test_the_cone_begins_at_the_lists_date_and_statistics_stand_on_both_sides(
    record: RunRecord, made: Work
) -> None:
    live = task_of(record).live
    assert live == pd.Timestamp(LIVE, tz="UTC")
    stated = made.tables["statistics"].set_index("statistic")
    value = record.equity.set_index("date")["value"]
    # The first return of the live part starts from the last close before it.
    start = value[value.index < LIVE].iloc[-1]
    assert stated.at["Cumulative returns", "after"] == pytest.approx(value.iloc[-1] / start - 1)
    early = record.info | {"universe": record.info["universe"] | {"valid_from": "2009-01-01"}}
    assert task_of(replace(record, info=early)).live is None


def wavy(n: int) -> list[float]:
    return [1e6 * (1.0 + 0.01 * math.sin(k)) for k in range(n)]


def only(record: RunRecord, n: int) -> RunRecord:
    trades = record.trades.head(n)
    symbols = set(trades["symbol"])
    positions = (
        record.positions[record.positions["symbol"].isin(symbols)]
        if n
        else (record.positions.head(0))
    )
    orders = record.orders[record.orders["symbol"].isin(symbols)] if n else record.orders.head(0)
    return replace(record, trades=trades, positions=positions, orders=orders)


EDGES: dict[str, tuple[Any, str]] = {
    "all cash": (lambda: with_curve([1e6] * 300), "equity never moved: all of it was cash"),
    "no session": (lambda: with_curve([]), "no session was run"),
    "NaN equity": (lambda: with_curve([1e6, math.nan, 1e6] * 20), "not positive throughout"),
    "20 days": (lambda: with_curve(wavy(20)), "20 sessions, at least 21 are needed"),
    "30 days": (lambda: with_curve(wavy(30)), "30 sessions, more than 126 are needed"),
    "zero trades": (lambda: only(held_record(2, 3), 0), "no round trip was closed"),
    "one trade": (lambda: only(held_record(2, 3), 1), 'data-key="trip.'),
    "NaN metrics": (
        lambda: replace(
            with_curve(wavy(40)),
            info=info(metrics={"sharpe": {"value": None, "n": 39}, "skew": {"value": None}}),
        ),
        "the run has no Sharpe ratio",
    ),
}


@pytest.mark.parametrize("name", EDGES)
def test_every_section_of_an_edge_renders_or_says_why_not(name: str) -> None:
    make, said = EDGES[name]
    text = render(make())
    assert said in text
    for section in ("selection", "risk", "returns"):
        assert f'<section id="{section}"' in text
    body = re.sub(r"<style>.*?</style>", "", text, flags=re.DOTALL)
    assert not re.search(r"\b(nan|inf|NaT|None)\b", re.sub(r"<[^>]*>", " ", body))
    assert not re.search(r' d="[^"]*(nan|inf)', body)


def test_one_name_has_a_concentration_of_one() -> None:
    text = render(only(held_record(2, 3), 1), lambda _task: lambda: Work(missing={"all": "x"}))
    found = re.search(r'data-key="herfindahl\.mean while held\.value">([^<]*)<', text)
    assert found
    assert found[1] == "1.00"


def test_a_hedge_leg_counts_under_what_its_instrument_stands_for() -> None:
    record = only(held_record(2, 3), 1)
    name = record.positions["symbol"].iloc[0]
    leg = record.positions.assign(symbol=f"{name}-DBB", value=-record.positions["value"])
    hedges = [{"symbol": "DBB", "of": "copper, zinc"}]
    hedged = replace(
        record,
        positions=pd.concat([record.positions, leg], ignore_index=True),
        info=record.info | {"mode": {"mode": "metal_hedged", "hedges": hedges}},
    )
    text = render(hedged, lambda _task: lambda: Work(missing={"all": "x"}))
    largest = dict(re.findall(r'data-key="exposure\.metal\.(\w+)\.largest">([^<]*)<', text))
    assert {"copper", "zinc"} <= set(largest)
    assert largest["copper"] == largest["zinc"]
    assert largest["copper"].startswith("\u2212")


def test_a_process_that_dies_costs_time_only(
    record: RunRecord, monkeypatch: pytest.MonkeyPatch
) -> None:
    from orebound.analyzers.page import pyfolio_process

    monkeypatch.delenv(VARIABLE)
    monkeypatch.setattr(pyfolio_process, "MODULE", "no.such.module")
    monkeypatch.setattr(pyfolio_process, "work", lambda task: Work(missing={"all": "done here"}))
    with draw_beside() as draw:
        assert draw(Task(items=pyfolio_items(record)))().missing == {"all": "done here"}


def test_a_strange_name_is_drawn_in_plain_characters() -> None:
    text = drawn("x", lambda axes: axes.set_yticks([0.0], ["$a_b$ <b>"]))
    assert "&lt;b&gt;" in text


def test_the_page_module_does_not_import_what_is_slow() -> None:
    code = (
        "import sys, orebound.analyzers.page; "
        "sys.exit(len({'pyfolio', 'matplotlib', 'seaborn'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


@pytest.mark.slow
def test_fifteen_years_of_eight_names_are_drawn_in_five_seconds_and_three_megabytes() -> None:
    record = held_record(years=15, n_trades=80)
    work(task_of(held_record(2, 3)))  # what is imported once is not drawing
    began = time.process_time()
    text = render(record)
    assert time.process_time() - began < 5.0
    assert len(text.encode()) < 3_000_000

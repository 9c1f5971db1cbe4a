"""View strategies: what they buy and when, what the rule may not do before a date, random dates."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from orebound.feeds import ConfigError, DataRefused, Market, load_universe, view_events, view_named
from orebound.feeds.policy import read_views
from orebound.strategies import FromDate, Regime, Rule, ViewHold, random_dates
from orebound.sweeps import RunConfig
from orebound.sweeps.parity import compare
from orebound.sweeps.prepared import Workshop
from tests.markets import small_sample

DAY = np.datetime64("2015-06-01")


@pytest.fixture(scope="module")
def market() -> Market:
    return small_sample("FCX", "ANTO.L")


def entered(market: Market, **keys: Any) -> list[tuple[str, str]]:
    panel = market.panel
    arrays = ViewHold(**keys).arrays(panel, Regime())
    rows, names = np.nonzero((arrays.measure <= -0.5) & arrays.may_enter)
    return [
        (panel.names[k], str(panel.closes[row].astype("M8[m]")))
        for row, k in zip(rows, names, strict=True)
    ]


def test_each_name_is_bought_once_at_its_first_decision_from_the_view_on(market: Market) -> None:
    # London summer time: 16:35 is 15:35 UTC; New York's 16:00 is 20:00.
    assert entered(market, view_date="2015-06-01") == [
        *[("ANTO.L", "2015-06-01T15:35"), ("FCX", "2015-06-01T20:00")]
    ]
    # Public after London's close: New York decides the same day, London the next.
    assert entered(market, view_date="2015-06-01T16:00Z") == [
        *[("FCX", "2015-06-01T20:00"), ("ANTO.L", "2015-06-02T15:35")]
    ]
    assert entered(market, view_date="2015-06-01T20:00Z")[0] == ("FCX", "2015-06-01T20:00")
    # A Saturday.
    assert entered(market, view_date="2015-06-06")[0] == ("ANTO.L", "2015-06-08T15:35")


def test_a_hold_lasts_its_sessions_in_all_three_engines(market: Market) -> None:
    config = RunConfig(
        data={"start": "2015-01-05", "end": "2016-06-30"},
        rule=ViewHold(view_date="2015-06-01", hold=63),
        sizing={"max_weight": 0.3},
    )
    found = compare(Workshop(config, market), {})
    assert found.difference is None
    assert found.largest_difference == 0.0
    orders = found.orders
    panel = market.panel
    assert len(orders) == 4
    for name, symbol in enumerate(panel.names):
        own = orders[orders["symbol"] == symbol]
        sessions = panel.session[panel.priced_rows(name), name]
        first = int(np.searchsorted(sessions, DAY))
        filled = own["filled"].to_numpy().astype("datetime64[D]")
        assert list(own["side"]) == ["buy", "sell"]
        # Decided on 1 June, bought at the next open, sold at the 63rd open after that.
        assert filled[0] == sessions[first + 1]
        assert filled[1] == sessions[first + 1 + 63]
        price = panel.open[panel.priced_rows(name)[first + 1], name]
        assert own["price"].iloc[0] == pytest.approx(price, rel=1e-12)


def test_a_name_without_a_bar_within_ten_days_is_not_bought(market: Market) -> None:
    last = str(market.panel.closes[-1].astype("M8[D]") + 5)
    assert entered(market, view_date=last) == []


def test_the_rule_from_a_date_enters_nothing_before_it_and_is_itself_after(market: Market) -> None:
    panel, keys = market.panel, {"z_in": 0.8}
    regime = Regime(when_off="ignore")
    plain = Rule(**keys).arrays(panel, regime)
    late = FromDate(**keys, not_before="2015-06-01").arrays(panel, regime)
    is_late = panel.closes >= DAY
    assert not late.may_enter[~is_late].any()
    assert plain.may_enter[~is_late].any()
    for name in vars(plain):
        mine, other = getattr(late, name), getattr(plain, name)
        if name == "may_enter":
            mine, other = mine[is_late], other[is_late]
        np.testing.assert_array_equal(mine, other, err_msg=name)


def test_a_date_that_is_none_is_refused() -> None:
    with pytest.raises(ValueError, match=r"accepted: a date as 2025-03-24 or a UTC time"):
        ViewHold(view_date="soon")
    with pytest.raises(ValueError, match=r"accepted: a date as 2025-03-24 or a UTC time"):
        FromDate(not_before="2025")


def test_random_paths_run_in_blocks_around_the_end() -> None:
    paths = random_dates(50, 23, draws=400, block=10, seed=3)
    assert paths.shape == (400, 23)
    assert ((paths >= 0) & (paths < 50)).all()
    step = np.diff(paths, axis=1) % 50
    inside = np.ones(22, bool)
    inside[[9, 19]] = False
    assert (step[:, inside] == 1).all()
    assert (step[:, 9] != 1).mean() > 0.9
    assert set(paths[:, 0]) == set(range(50))
    whole = random_dates(50, 23, draws=5, block=23, seed=3)
    assert (np.diff(whole, axis=1) % 50 == 1).all()
    with pytest.raises(ValueError, match=r"block must be at least 1, got 0"):
        random_dates(50, 23, draws=5, block=0, seed=3)


def test_the_shipped_view_is_the_note_and_no_list_is_older_than_it() -> None:
    note = view_named("V001")
    assert note.known_at == np.datetime64("2025-03-24T07:00")
    assert (note.before, note.stance, note.universe) == ("underweight", "overweight", "europe-2025")
    for view in view_events():
        assert load_universe(view.universe).valid_from == view.known_at.astype("M8[D]")
    with pytest.raises(ConfigError, match=r"unknown view 'V01'.*V001"):
        view_named("V01")


@pytest.mark.parametrize(
    ("row", "said"),
    [
        ("X,2025-03-24,,overweight,u,M,s,d", r"row 2, column 'known_utc': accepted: a UTC time"),
        ("X,2025-03-24T07:00Z,,buy,u,M,s,d", r"row 2, column 'stance': accepted: overweight"),
        ("X,2025-03-24T07:00Z,,overweight,u,M,s", r"row 2: column 'desc' is missing"),
    ],
)
def test_a_row_that_cannot_be_read_is_refused_by_place(tmp_path: Path, row: str, said: str) -> None:
    path = tmp_path / "views.csv"
    path.write_text("id,known_utc,before,stance,universe,confidence,source,desc\n" + row + "\n")
    with pytest.raises(DataRefused, match=said):
        read_views(path)

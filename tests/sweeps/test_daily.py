"""The daily record: one row a session whatever happens, and only what changed is told."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from shutil import copytree
from typing import Any

import numpy as np
import pytest

from orebound.feeds import DataRefused, Market, load_universe
from orebound.feeds.fetching import fetch
from orebound.sweeps import RunConfig, daily, held, load, mark_told, reconcile_rows, record_day
from orebound.sweeps.daily_changes import changes
from orebound.sweeps.daily_rows import read_rows, row_path, seal_of, write_row
from tests.feeds.test_fetching import quick
from tests.feeds.yahoo_server import THROTTLED, Chart, YahooServer, loopback
from tests.sweeps.daily_world import SYMBOLS, bars, write_bars, write_world

#: New York's sessions around the package of 2024-09-24, after the close (16:00 in New York).
MONDAY, TUESDAY, WEDNESDAY = (np.datetime64(f"2024-09-{day}T21:30") for day in ("23", "24", "25"))
CODE = {"version": "1", "commit": None, "dirty": None}


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> RunConfig:
    return write_world(tmp_path_factory.mktemp("world"))


@pytest.fixture(scope="module")
def market(world: RunConfig) -> Market:
    return daily.load_market(world)


@pytest.fixture(autouse=True)
def read_once(market: Market, world: RunConfig, monkeypatch: pytest.MonkeyPatch) -> None:
    """Read the world's files once; other folders are read as they are."""
    real = daily.load_market

    def once(config: RunConfig) -> Market:
        return market if config.data == world.data else real(config)

    monkeypatch.setattr(daily, "load_market", once)
    monkeypatch.setattr(daily, "code_identity", lambda: dict(CODE))


@pytest.fixture(scope="module")
def written(world: RunConfig, market: Market, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The rows of Monday to Wednesday, nothing told; tests copy it."""
    folder = tmp_path_factory.mktemp("written") / "daily"
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(daily, "load_market", lambda _config: market)
        patch.setattr(daily, "code_identity", lambda: dict(CODE))
        for now in (MONDAY, TUESDAY, WEDNESDAY):
            record_day(world, folder, now=now)
    return folder


@pytest.fixture
def folder(written: Path, tmp_path: Path) -> Path:
    return copytree(written, tmp_path / "daily")


def rewrite(path: Path, **values: Any) -> None:
    """Write a row as another version would have, with its seal."""
    content = json.loads(path.read_text()) | values
    content["sha256"] = seal_of(content)
    path.write_text(json.dumps(content))


def files(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.glob("*.json")}


def test_the_turn_of_the_regime_is_told_with_its_announcement(folder: Path) -> None:
    monday, tuesday, wednesday = read_rows(folder, "two").whole
    assert changes(None, monday.content)[:3] == [
        "the record begins: nothing is in",
        "the rule holds nothing",
        "regime OFF, score 1.47",  # domain.md 4.2: 1.47 to 5.46 on that day
    ]
    entered, ordered, turned, announced = changes(monday.content, tuesday.content)
    assert entered.startswith("FCX in at 20.0% of the book: trails by z -4.88")
    # Two names of a fifth each; the row's own close stands in the size.
    size = int(200_000 / bars("FCX", "2024-09-24")["Close"].iloc[-1])
    assert ordered == f"order: buy {size:,} FCX: entry"
    assert turned == "regime OFF to ON, score 1.47 to 5.46"
    assert announced.startswith("announced: CN123 2024-09-24 Pan Gongsheng package")
    assert changes(tuesday.content, wednesday.content) == []


def test_a_row_says_when_it_was_written_and_whether_that_was_in_time(
    world: RunConfig, tmp_path: Path
) -> None:
    content = record_day(world, tmp_path, now=TUESDAY).row.content
    assert (content["session"], content["recorded_at"]) == ("2024-09-24", "2024-09-24T21:30:00Z")
    # New York opens at 09:30, 13:30 UTC in summer.
    assert (content["acts_at"], content["in_time"]) == ("2024-09-25T13:30:00Z", True)
    assert not content["synthetic"]
    assert content["data"]["FCX"]["last"] == "2024-09-24"
    late = record_day(world, tmp_path / "late", now=np.datetime64("2024-09-25T14:00")).row.content
    assert (late["session"], late["in_time"]) == ("2024-09-24", False)


def test_a_second_run_writes_and_says_nothing(world: RunConfig, folder: Path) -> None:
    mark_told(row_path(folder, "two", "2024-09-25"))
    before = files(folder)
    again = record_day(world, folder, now=WEDNESDAY + np.timedelta64(3, "h"))
    assert (again.is_new, again.changes, again.notes) == (False, (), ())
    assert files(folder) == before


def test_a_change_that_was_never_told_is_told_by_the_next_run(
    world: RunConfig, folder: Path
) -> None:
    row_path(folder, "two", "2024-09-25").unlink()  # killed before Wednesday, and before telling
    again = record_day(world, folder, now=TUESDAY)
    assert not again.is_new
    assert len(again.changes) == 4
    mark_told(again.row.path)
    assert record_day(world, folder, now=TUESDAY).changes == ()


def test_another_configuration_of_the_same_name_is_said(world: RunConfig, folder: Path) -> None:
    other = world.model_copy(update={"rule": world.rule.model_copy(update={"z_in": 2.0})})
    assert "another configuration" in record_day(other, folder, now=WEDNESDAY).notes[0]
    row_path(folder, "two", "2024-09-25").unlink()
    assert "config: rule.z_in 1.5 to 2.0" in record_day(other, folder, now=WEDNESDAY).changes


KILLED = """
import os, signal, sys
from pathlib import Path
from orebound.sweeps import daily_rows
def kill(*_): os.kill(os.getpid(), signal.SIGKILL)
os.link = kill
daily_rows.write_row(Path(sys.argv[1]), {"session": "2024-09-24", "name": "two"})
"""


def test_a_writer_killed_before_the_rename_leaves_no_row(world: RunConfig, tmp_path: Path) -> None:
    done = subprocess.run([sys.executable, "-c", KILLED, str(tmp_path)], check=False)
    assert done.returncode == -9
    (leftover,) = tmp_path.iterdir()
    assert leftover.name.startswith(".writing-two-")
    assert read_rows(tmp_path, "two") == ((), ())
    with held(tmp_path, "two") as is_ours:
        assert is_ours
        assert not leftover.exists()
        assert record_day(world, tmp_path, now=TUESDAY).is_new


def test_a_row_is_never_written_over(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before = files(folder)
    with pytest.raises(FileExistsError):
        write_row(folder, {"session": "2024-09-24", "name": "two"})

    def no_links(*_: Any) -> None:
        raise OSError(1, "Operation not permitted")

    monkeypatch.setattr("os.link", no_links)
    with pytest.raises(FileExistsError):
        write_row(folder, {"session": "2024-09-24", "name": "two"})
    assert files(folder) == before
    assert write_row(folder, {"session": "2024-09-26", "name": "two"}).exists()
    assert not [path for path in folder.iterdir() if path.name.startswith(".writing")]


def test_the_record_is_held_by_one_at_a_time(tmp_path: Path) -> None:
    with held(tmp_path, "two") as first, held(tmp_path, "two") as second:
        assert (first, second) == (True, False)
    with held(tmp_path, "two") as later:
        assert later


@pytest.mark.parametrize(
    ("now", "due"),
    [
        ("2024-09-02T22:00", "2024-08-30"),  # Labour Day, a Monday without a session
        ("2024-09-24T19:59", "2024-09-23"),  # New York closes at 20:00 UTC in summer
        ("2024-09-24T20:00", "2024-09-24"),
        ("2024-09-29T12:00", "2024-09-27"),  # a Sunday
        ("2024-11-29T18:30", "2024-11-29"),  # half day after Thanksgiving: 13:00 in New York
    ],
)
def test_the_session_of_a_row_is_the_last_whole_one(world: RunConfig, now: str, due: str) -> None:
    universe = load_universe(world.data.universe)
    assert daily.last_whole_session(universe, np.datetime64(now)) == np.datetime64(due)


def test_a_day_is_whole_when_its_last_exchange_has_closed() -> None:
    both = load_universe("gold-2025")  # two London lines and AU in New York
    last = partial(daily.last_whole_session, both)
    assert last(np.datetime64("2025-03-26T17:30")) == np.datetime64("2025-03-25")
    assert last(np.datetime64("2025-03-26T20:30")) == np.datetime64("2025-03-26")
    # London rests on Easter Monday, New York trades.
    assert last(np.datetime64("2025-04-21T20:30")) == np.datetime64("2025-04-21")


def test_on_a_holiday_nothing_is_new(world: RunConfig, tmp_path: Path) -> None:
    friday = record_day(world, tmp_path, now=np.datetime64("2024-08-30T21:00"))
    mark_told(friday.row.path)
    holiday = record_day(world, tmp_path, now=np.datetime64("2024-09-02T21:00"))
    assert (holiday.row.session, holiday.is_new, holiday.changes) == ("2024-08-30", False, ())


def test_late_data_are_noted_and_refused_past_the_rules_own_limit(
    world: RunConfig, tmp_path: Path
) -> None:
    """The files end on Thursday 2024-10-31; three missed sessions are accepted, four are not."""
    found = record_day(world, tmp_path, now=np.datetime64("2024-11-05T22:00"))
    assert found.row.session == "2024-10-31"
    assert found.notes == ("no data yet of 2024-11-05: 2024-10-31 is the last",)
    with pytest.raises(DataRefused, match=r"lack the last 4 sessions, accepted: at most 3"):
        record_day(world, tmp_path, now=np.datetime64("2024-11-06T22:00"))


def other_world(world: RunConfig, folder: Path) -> RunConfig:
    copytree(world.data.folder, folder / "prices")
    return load(
        changes={
            "data": {"source": "csv", "folder": str(folder / "prices")}
            | {"universe": world.data.universe}
        }
    )


def test_a_name_without_its_session_is_refused_or_left_behind_by_choice(
    world: RunConfig, tmp_path: Path
) -> None:
    other = other_world(world, tmp_path)
    write_bars(tmp_path / "prices", "NEM", bars("NEM", "2024-09-23"))
    with pytest.raises(DataRefused, match="no row of 2024-09-24 yet for NEM"):
        record_day(other, tmp_path / "daily", now=TUESDAY)
    assert read_rows(tmp_path / "daily", "two").whole == ()
    skipping = other.model_copy(
        update={"data": other.data.model_copy(update={"skip_missing": True})}
    )
    names = record_day(skipping, tmp_path / "daily", now=TUESDAY).row.names
    assert (names["FCX"]["session"], names["NEM"]["session"]) == ("2024-09-24", "2024-09-23")


def test_a_damaged_row_is_said_and_left_as_it_is(world: RunConfig, folder: Path) -> None:
    path = row_path(folder, "two", "2024-09-24")
    path.write_text(path.read_text().replace('"state": "ON"', '"state": "OFF"'))
    before = files(folder)
    found = record_day(world, folder, now=WEDNESDAY)
    assert "2024-09-24-two.json: damaged" in found.notes[0]
    assert found.before is not None
    assert found.before.session == "2024-09-23"
    assert "regime OFF to ON, score 1.47 to 5.46" not in found.changes
    assert any(words.startswith("FCX in at") for words in found.changes)
    with pytest.raises(DataRefused, match=r"2024-09-24-two\.json: damaged.*move the file away"):
        record_day(world, folder, now=TUESDAY)
    assert files(folder) == before


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "damaged"),
        ("{", "damaged"),
        ("[]", "no JSON object"),
        ('{"schema": 7}', "schema 7; this version reads 1"),
        ('{"schema": 1, "sha256": "x"}', "sha256 differs"),
    ],
)
def test_rows_that_cannot_be_used_say_why(text: str, why: str, folder: Path) -> None:
    row_path(folder, "two", "2024-09-23").write_text(text)
    found = read_rows(folder, "two")
    assert [row.session for row in found.whole] == ["2024-09-24", "2024-09-25"]
    assert why in found.unreadable[0].why


def test_rows_of_an_older_version_are_compared_by_what_they_hold(
    world: RunConfig, folder: Path
) -> None:
    path = row_path(folder, "two", "2024-09-23")
    old = json.loads(path.read_text())
    for line in old["names"]:
        line.pop("overhang_state")
    old["config"]["regime"].pop("overhang")
    rewrite(path, names=old["names"], config=old["config"], code={"version": "0.9"}, data={})
    rewrite(path, **dict.fromkeys(("universe", "restated", "failed", "warnings")))
    monday, tuesday = read_rows(folder, "two").whole[:2]
    said = changes(monday.content, tuesday.content)
    assert "config: regime.overhang unset to half_size" in said
    assert "code: 0.9 to 1; figures may differ without any news" in said
    assert any(words.startswith("regime OFF to ON") for words in said)
    assert not any(words.startswith("overhang") for words in said)


def test_names_weights_data_and_overhang_are_told(folder: Path) -> None:
    before = read_rows(folder, "two").whole[1].content
    after = json.loads(json.dumps(before))
    fcx, nem = after["names"]
    fcx |= {"weight": 0.1, "why": "half size", "overhang_state": 1.0}
    nem["symbol"] = "AA"
    after["left_out"] = {"NEM": "no data"}
    after["failed"] = {"XAU": "metal gold: unknown symbol"}
    after["restated"] = ["FCX: adj_close of 3 stored days"]
    after["inputs"][0] |= {"missed": 2}
    said = changes(before, after)
    assert "FCX: weight 20.0% to 10.0%: half size" in said
    assert any(words.startswith("AA joined the table: AA out:") for words in said)
    assert "NEM left the table: no data" in said
    assert "overhang OFF to ON (FCX)" in said
    assert "left out: NEM: no data" in said
    assert "not downloaded: XAU: metal gold: unknown symbol" in said
    assert "restated: FCX: adj_close of 3 stored days" in said
    assert any("missed 2 sessions" in words for words in said)
    assert "no longer left out: NEM" in changes(after, before)


# -- fetching ------------------------------------------------------------------------------------


@pytest.fixture
def yahoo(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, world: RunConfig
) -> Iterator[tuple[YahooServer, RunConfig]]:
    """A vendor on the loopback that knows the world's symbols up to Tuesday."""
    monkeypatch.setattr(daily, "download", partial(fetch, download=quick, end="2024-09-24"))
    clock = "orebound.feeds.sources.yahoo.utc_now"
    monkeypatch.setattr(clock, lambda: TUESDAY.astype("datetime64[ns]"))
    with loopback(tmp_path, monkeypatch) as server:
        for symbol in SYMBOLS:
            server.answer(symbol, Chart(bars(symbol, "2024-09-24"), symbol=symbol))
        data = {"source": "yahoo", "folder": str(tmp_path / "store")}
        yield server, load(changes={"data": data | {"universe": world.data.universe}})


def test_a_throttled_download_records_nothing_and_the_next_run_does(
    yahoo: tuple[YahooServer, RunConfig], tmp_path: Path
) -> None:
    server, config = yahoo
    server.answer("SPY", THROTTLED)
    with pytest.raises(DataRefused, match=r"nothing is recorded, 1 downloads failed: .*throttled"):
        record_day(config, tmp_path / "daily", now=TUESDAY)
    assert read_rows(tmp_path / "daily", "two").whole == ()
    server.answer("SPY", Chart(bars("SPY", "2024-09-24"), symbol="SPY"))
    found = record_day(config, tmp_path / "daily", now=TUESDAY)
    assert found.is_new
    assert found.row.names["FCX"]["is_in"]
    asked = len(server.log)
    record_day(config, tmp_path / "daily", now=TUESDAY)
    assert len(server.log) == asked, "a session that has its row asks the vendor nothing"


def test_many_failed_downloads_are_one_readable_sentence(
    yahoo: tuple[YahooServer, RunConfig], tmp_path: Path
) -> None:
    server, config = yahoo
    for symbol in SYMBOLS:
        server.scripts.pop(symbol)
    with pytest.raises(DataRefused, match="6 downloads failed") as refused:
        record_day(config, tmp_path / "daily", now=TUESDAY)
    said = str(refused.value)
    assert said.count("unknown symbol") == 3
    assert "; and likewise GLD, SLV, SPY. Run again later" in said


def test_without_fetching_the_store_is_used_as_it_is(
    yahoo: tuple[YahooServer, RunConfig], tmp_path: Path
) -> None:
    server, config = yahoo
    with pytest.raises(DataRefused, match="orebound fetch"):
        record_day(config, tmp_path / "daily", now=TUESDAY, fetch=False)
    assert server.log == []


# -- reconciling ---------------------------------------------------------------------------------


def again(folder: Path, market: Market) -> dict[str, str]:
    found = reconcile_rows(folder, "two", load=lambda _config: market)
    return {one.session: "" if one.is_same else str(one) for one in found}


def test_past_rows_come_out_the_same_on_the_same_data(folder: Path, market: Market) -> None:
    assert set(again(folder, market).values()) == {""}


def test_a_dividend_later_is_no_restatement(folder: Path, world: RunConfig, tmp_path: Path) -> None:
    other = other_world(world, tmp_path)
    frame = bars("FCX")
    frame["Adj Close"] *= 0.97 * (1.0 + 1e-7 * np.sin(np.arange(len(frame))))
    write_bars(tmp_path / "prices", "FCX", frame)
    assert set(again(folder, daily.load_market(other)).values()) == {""}


def test_restated_data_are_named_with_the_rows_they_change(
    folder: Path, world: RunConfig, tmp_path: Path
) -> None:
    other = other_world(world, tmp_path)
    frame = bars("FCX")
    frame.loc[:"2024-09-23", "Adj Close"] *= 0.6  # from Tuesday on it no longer trails
    frame["Close"] = frame["Adj Close"]
    frame[["Open", "High", "Low"]] = np.outer(frame["Close"], [1.0, 1.01, 0.99])
    write_bars(tmp_path / "prices", "FCX", frame)
    waived = daily.load_market(other)
    said = again(folder, waived)
    assert said["2024-09-23"] == ""
    assert "FCX was in, now out: does not trail far enough" in said["2024-09-24"]
    assert "Changed since: the data of FCX: returns restated, by 0." in said["2024-09-24"]
    assert "code" not in said["2024-09-24"]


def test_changed_code_is_named_and_nothing_is_made_up(folder: Path, market: Market) -> None:
    path = row_path(folder, "two", "2024-09-24")
    content = json.loads(path.read_text())
    content["names"][0]["z"] += 0.5
    rewrite(path, names=content["names"], code={"version": "0.9", "digest": "other"})
    words = again(folder, market)["2024-09-24"]
    assert words.startswith("2024-09-24: FCX z -4.381, now -4.881. Changed since")
    assert words.endswith("Changed since: the code (0.9 then)")
    rewrite(path, code=json.loads(row_path(folder, "two", "2024-09-23").read_text())["code"])
    assert again(folder, market)["2024-09-24"].endswith("nothing that the row records has changed")


def test_rows_that_cannot_be_worked_out_again_are_named(folder: Path, market: Market) -> None:
    path = row_path(folder, "two", "2024-09-24")
    config = json.loads(path.read_text())["config"]
    config["rule"]["zin"] = 2
    rewrite(path, config=config)
    row_path(folder, "two", "2024-09-25").write_text("{")
    said = again(folder, market)
    assert "cannot be worked out again: unknown key in [rule] 'zin'" in said["2024-09-24"]
    assert "cannot be worked out again: damaged" in said["2024-09-25"]

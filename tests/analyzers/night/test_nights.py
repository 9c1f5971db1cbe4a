"""Nights, what is lost or new in them, and failures by cause: worked out by hand."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from orebound.analyzers.night import (
    Basis,
    Entry,
    best_of,
    cause_of,
    cautions_between,
    compared,
    gather,
    grouped,
    nights,
)

#: A Thursday evening.
EVENING = datetime(2026, 1, 1, 22, 0, tzinfo=UTC)
SERIES = {"RIO": ("a" * 64, "2005-01-03", "2025-12-31")}


def result(name: str, hours: float, sharpe: float | None = 1.0, **more: Any) -> Entry:
    given = {"figures": {"sharpe": sharpe}, "basis": Basis("sample", "USD", series=SERIES)} | more
    return Entry("run", Path(name), name, started=EVENING + timedelta(hours=hours), **given)


def test_a_night_begins_after_a_pause_of_six_hours() -> None:
    # 0 h, 5.9 h later, then a pause of exactly six hours, and one an hour after that.
    last, before = nights([result(str(h), h) for h in (0.0, 5.9, 11.9, 12.9)])
    assert last is not None
    assert before is not None
    assert [one.name for one in before.entries] == ["0.0", "5.9"]
    assert [one.name for one in last.entries] == ["11.9", "12.9"]
    assert (last.first, last.last) == (
        EVENING + timedelta(hours=11.9),
        EVENING + timedelta(hours=12.9),
    )


def test_since_begins_the_last_night_where_it_says() -> None:
    entries = [result(str(h), h) for h in (0.0, 1.0, 2.0)]
    last, before = nights(entries, EVENING + timedelta(hours=1))
    assert last is not None
    assert before is not None
    assert [one.name for one in last.entries] == ["1.0", "2.0"]
    assert [one.name for one in before.entries] == ["0.0"]
    assert nights(entries, EVENING + timedelta(hours=9))[0] is None


def test_nothing_dated_makes_no_night() -> None:
    assert nights([]) == (None, None)
    found = compared(None, None)
    assert (found.best, found.pairs, found.is_new_best) == (None, [], False)


def test_what_the_last_night_lacks_is_lost_and_what_is_higher_is_a_new_best() -> None:
    entries = [result("a", 0, 1.0), result("gone", 1, 1.1), result("a", 24, 1.2),
               result("fresh", 25, None)]  # fmt: skip
    found = compared(*nights(entries))
    assert [one.name for one in found.lost] == ["gone"]
    assert found.is_new_best
    assert found.best is not None
    assert found.best.sharpe == 1.2
    changes = {pair.last.name: pair.change for pair in found.pairs if pair.last}
    assert changes == {"a": pytest.approx(0.2), "fresh": None}


def test_a_month_of_returns_is_best_only_among_its_like() -> None:
    # 28 returns know a ratio of 5.9 a year to within 3; five years know 0.5 to within 0.45.
    month = result("month", 0, figures={"sharpe": 5.9, "sharpe_error": 3.0})
    years = result("years", 1, figures={"sharpe": 0.5, "sharpe_error": 0.45})
    low = result("low", 2, figures={"sharpe": 1.1, "sharpe_error": 2.9})
    assert best_of([month, years, low]) is years
    assert best_of([low, month]) is month
    assert best_of([result("none", 3, None)]) is None


def test_a_damaged_result_is_lost_and_never_best() -> None:
    broken = result("a", 24, 9.0, status="damaged", trouble="no equity.csv",
                    failures={"no equity.csv": 1})  # fmt: skip
    found = compared(*nights([result("a", 0, 1.0), broken]))
    assert found.best is None
    assert [one.name for one in found.lost] == ["a"]
    assert [one.cause for one in found.failures] == ["no equity.csv"]


def test_a_sweep_stands_before_the_run_made_again_of_its_best() -> None:
    sweep = Entry("sweep", Path("s"), "s", started=EVENING, figures={"sharpe": 1.5})
    # Another order of additions: the last bit differs.
    run = result("r", 1, 1.5 + 2e-16)
    found = compared(*nights([sweep, run]))
    assert found.best is sweep


@pytest.mark.parametrize(
    ("other", "words"),
    [
        ({"currency": "GBP"}, "base currency differs: USD before, GBP now"),
        ({"source": "csv"}, "source differs: sample before, csv now"),
        ({"start": "2010-01-04"}, "start differs: unset before, 2010-01-04 now"),
        ({"series": {"RIO": ("b" * 64, "2005-01-03", "2025-12-31")}},
         "data restated since, same dates and other values: RIO"),
        ({"series": {"RIO": ("b" * 64, "2005-01-03", "2026-01-02")}}, "data of other dates: RIO"),
        ({"series": SERIES | {"BHP": ("c", "", "")}}, "series in one of them only: BHP"),
    ],
)  # fmt: skip
def test_what_does_not_compare_is_named(other: dict[str, Any], words: str) -> None:
    given = {"source": "sample", "currency": "USD", "series": SERIES}
    assert cautions_between(Basis(**given), Basis(**(given | other))) == (words,)
    assert cautions_between(Basis(**given), Basis(**given)) == ()


def test_figures_make_no_causes_of_their_own() -> None:
    assert cause_of("no price for RIO on 2014-10-14, row 12") == "no price for RIO on #, row #"
    assert cause_of("1.5e-3 exceeds 7") == "# exceeds #"
    assert cause_of("  ") == "no reason given"
    old = result("old", 0, failures={"row 3 is empty": 1})
    new = result("new", 24, failures={"row 4 is empty": 2, "row 9 is empty": 5, "no market": 1})
    rows = [(one.cause, one.times, one.is_new) for one in grouped([new], [old])]
    assert rows == [("row # is empty", 7, False), ("no market", 1, True)]


def test_half_written_results_are_found_and_say_what_is_wrong(tmp_path: Path) -> None:
    (tmp_path / "torn").mkdir()
    (tmp_path / "torn" / "run.json").write_text('{"id": ')
    (tmp_path / "poor").mkdir()
    (tmp_path / "poor" / "run.json").write_text(json.dumps({"id": "x", "config": [], "data": 3}))
    (tmp_path / "list").mkdir()
    (tmp_path / "list" / "sweep.json").write_text("[]")
    (tmp_path / "odd").mkdir()
    odd = {"name": "odd", "status": "finished", "counts": {}, "parameters": {}, "parts": [3]}
    (tmp_path / "odd" / "sweep.json").write_text(json.dumps(odd))
    (tmp_path / "begun" / "parts").mkdir(parents=True)
    (tmp_path / "begun" / "sweep.toml").write_text("")
    (tmp_path / ".unfinished-abc").mkdir()
    (tmp_path / "begun" / "superseded" / "x").mkdir(parents=True)
    (tmp_path / "begun" / "superseded" / "x" / "sweep.json").write_text("[]")
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "notes.txt").write_text("no result")
    (tmp_path / "link").symlink_to(tmp_path / "torn", target_is_directory=True)
    found = {one.path.name: (one.kind, one.status, one.trouble) for one in gather(tmp_path)}
    assert {name: kind for name, (kind, _, _) in found.items()} == {
        "torn": "run", "poor": "run", "list": "sweep", "begun": "sweep", ".unfinished-abc": "run",
        "odd": "sweep",
    }  # fmt: skip
    assert {status for _, status, _ in found.values()} == {"damaged"}
    assert "cannot be read" in found["torn"][2]
    assert found["poor"][2].startswith("run.json lacks command")
    assert found["list"][2] == "sweep.json is no JSON object"
    assert found["begun"][2] == "no sweep.json"
    assert found["odd"][2] == "sweep.json lacks months, the names of its parts"

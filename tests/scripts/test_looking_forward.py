"""`orebound scenario`, `signal` and `article` as they are typed."""

from __future__ import annotations

import json

import pytest

from orebound.feeds import Market
from orebound.scripts.main import make_app
from orebound.scripts.terminal import call

from ..markets import small_sample

SCENARIO = ("scenario", "--metal", "copper", "--by", "2025-Q2", "--paths", "2000", "--draws", "50")


@pytest.fixture(autouse=True)
def market(monkeypatch: pytest.MonkeyPatch) -> Market:
    """The sample with three names: reading all of it takes seconds."""
    monkeypatch.setattr("orebound.sweeps.load_market", lambda _config: small_sample())
    monkeypatch.setenv("COLUMNS", "160")
    return small_sample()


def run(*words: str) -> int:
    return call(make_app(), list(words), name="orebound")


def test_each_gives_one_json_document(capsys: pytest.CaptureFixture[str]) -> None:
    for words, keys in (
        ((*SCENARIO, "--percent", "15", "--date", "2024-03-25", "--json"), {"ranking", "realised"}),
        (("signal", "--date", "2024-10-02", "--json"), {"names", "remarks", "events", "inputs"}),
        (("article", "--json"), {"rows", "verdicts", "absent"}),
    ):
        assert run(*words) == 0
        document = json.loads(capsys.readouterr().out)
        assert keys <= set(document)
        assert document["synthetic"] is True


def test_a_scenario_prints_its_view_its_ranking_and_what_it_supposes(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert run(*SCENARIO, "--percent", "15", "--date", "2024-03-25") == 0
    said = capsys.readouterr().out
    for part in (
        "Invented prices",
        "(+15.0%) on average from 2025-04-01 to 2025-06-30, as known on 2024-03-25",
        "All of it supposes the view.",
        "Ranking by expected return",
        "no view, 5 to 95 %",
        "Kendall's tau",
        "Scenario against realised",
        "Assumed: EV/equity of 1.2",
    ):
        assert part in said
    assert "hit" not in said.replace("white", "")


def test_the_desk_prints_both_lags_and_why_each_name_is_in_or_out(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert run("signal", "--date", "2024-10-02") == 0
    said = capsys.readouterr().out
    for part in (
        "; a flat book would buy FCX, B",
        "lag, ratio",
        "since 2023-12-29",
        "FCX: in at",
        "lag +21.6%): out: does not trail far enough",
        "CN123",
        "Age of the inputs in days",
        "what it bought earlier it holds until its exit",
    ):
        assert part in said


@pytest.mark.parametrize("width", [80, 120])
@pytest.mark.parametrize("command", ["signal", "scenario"])
def test_nothing_is_cut_and_no_line_is_wider_than_the_terminal(
    command: str, width: int, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("COLUMNS", str(width))
    words = ["signal"] if command == "signal" else [*SCENARIO, "--percent", "15"]
    date = "2024-10-02" if command == "signal" else "2024-03-25"
    assert run(*words, "--date", date) == 0
    said = capsys.readouterr().out
    assert max(len(line) for line in said.splitlines()) <= width
    headers = {"half-life", "95", "b", "c", "overhang", "state", "tariff", "direction"}
    own = {"signal": {"session", "lag,", "ratio", "points", "since", "covered", "noise", "met"}}
    own["scenario"] = {"EBITDA", "upgrade", "cost", "best", "quartile", "multiple", "expected"}
    assert headers | own[command] <= set(said.split())


def test_intervals_and_gates_stand_in_both(capsys: pytest.CaptureFixture[str]) -> None:
    assert run("signal", "--date", "2024-10-02", "--json") == 0
    names = json.loads(capsys.readouterr().out)["names"]
    words = (*SCENARIO, "--percent", "15", "--date", "2024-10-02", "--json")
    assert run(*words) == 0
    ranking = json.loads(capsys.readouterr().out)["ranking"]
    desk = {line["symbol"]: line for line in names}
    for line in ranking:
        for key in ("half_life_low", "half_life_high", "overhang", "overhang_state"):
            assert line[key] == desk[line["symbol"]][key], key


def test_the_article_prints_figures_beside_what_it_said(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert run("article", "--claim", "A05", "--claim", "A17") == 0
    said = capsys.readouterr().out
    for part in ("The article: about -20 %", "PICK on DBB", "2 of 5 hold half or more"):
        assert part in said
    assert "A04" not in said


@pytest.mark.parametrize(
    ("words", "part"),
    [
        ((*SCENARIO,), "either a level or a percentage"),
        ((*SCENARIO, "--percent", "15", "--paths", "10"), "--paths: input should be"),
        ((*SCENARIO, "--percent", "15", "--statistic", "mean"), "--statistic accepts avg or end"),
        ((*SCENARIO, "--percent", "15", "--date", "soon"), "--date accepts a date as YYYY-MM-DD"),
        (("scenario", "--metal", "tin", "--percent", "5", "--by", "2026"), "unknown metal"),
        (("signal", "--date", "1990-01-01"), "--date must lie within the data"),
        (("article", "--claim", "A99"), "unknown claim 'A99'"),
        (("article", "--source", "csv"), "data.folder is needed"),
    ],
)
def test_wrong_use_exits_2_and_says_what_is_accepted(
    words: tuple[str, ...], part: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(*words) == 2
    captured = capsys.readouterr()
    assert part in captured.err
    assert captured.out == ""

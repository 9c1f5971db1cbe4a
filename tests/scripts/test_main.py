from __future__ import annotations

import json
import re
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import typer

from orebound.analyzers.record import RunRecord, read_run, write_run
from orebound.analyzers.run_store import list_runs, run_folder
from orebound.feeds import DataRefused, FetchReport, Leg, SeriesSpec
from orebound.scripts.main import COMMANDS, make_app
from orebound.scripts.terminal import call
from orebound.sweeps import Leak, LookaheadReport
from orebound.sweeps.config import RunConfig

ROOT = Path(__file__).resolve().parents[2]
NAMES = [*(command.__name__ for command in COMMANDS), "check"]


class FakeEngine:
    """Stands for the engine: keeps the config it was given and returns a ready record."""

    def __init__(self, record: RunRecord) -> None:
        self.record = record
        self.config = RunConfig()
        self.error: BaseException | None = None

    def execute(self, config: RunConfig, *, command: str, progress: Any, **_: Any) -> RunRecord:
        progress("reading the market")
        if self.error is not None:
            raise self.error
        self.config = config
        info = self.record.info | {"config": config.as_dict(), "command": command}
        return replace(self.record, info=info)


@pytest.fixture
def engine(small_record: RunRecord, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> FakeEngine:
    fake = FakeEngine(small_record)
    monkeypatch.setattr("orebound.sweeps.execute", fake.execute)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "160")
    return fake


def run(*words: str) -> int:
    return call(make_app(), list(words), name="orebound")


def test_a_backtest_leaves_one_run_directory_and_names_its_page(
    engine: FakeEngine, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    assert run("backtest", "--set", "z_in=2", "--start", "2016-01-01", "--name", "wide") == 0
    (entry,) = list_runs(tmp_path / "results")
    assert entry.path.name == "20260102T030405Z-wide-ab12cd34"
    assert (entry.path / "tearsheet.html").stat().st_size > 1000
    assert (engine.config.rule.z_in, str(engine.config.data.start)) == (2.0, "2016-01-01")
    said = capsys.readouterr().out
    for part in ("total return", "fewer than 30 entries", "tearsheet.html", "RIO"):
        assert part in said


def test_json_is_one_document_and_all_else_goes_to_standard_error(
    engine: FakeEngine, capsys: pytest.CaptureFixture[str]
) -> None:
    for words in (
        ["backtest", "--json"],
        ["runs", "--json"],
        ["show", "latest", "--json"],
        ["explain", "latest", "RIO", "2024-10-14", "--json"],
        ["tearsheet", "latest", "--json"],
        ["doctor", "--json"],
        ["regime", "--start", "2024-09-02", "--end", "2024-10-31", "--json"],
    ):
        assert run(*words) == 0
        json.loads(capsys.readouterr().out)


def test_the_config_of_a_run_runs_again(engine: FakeEngine, tmp_path: Path) -> None:
    assert run("backtest", "--set", "capture=0.7", "--out", "first") == 0
    first = engine.config
    assert run("backtest", "first/config.toml", "--out", "second") == 0
    assert engine.config == first


def test_a_data_folder_means_source_csv(engine: FakeEngine, tmp_path: Path) -> None:
    assert run("backtest", "--data", "prices", "--out", "x") == 0
    assert engine.config.data.source == "csv"
    assert engine.config.data.folder == str(tmp_path / "prices")


def test_wrong_use_exits_2_with_one_paragraph_and_no_traceback(
    engine: FakeEngine, capsys: pytest.CaptureFixture[str]
) -> None:
    for words, part in (
        (["backtest", "--set", "zin=2"], "did you mean 'z_in'"),
        (["backtest", "none.toml"], "none.toml: no such config file"),
        (["backtest", "--sett", "x"], "No such option"),
        (["show", "zz"], "no runs below results"),
        (["regime", "--start", "soon"], "--start accepts a date"),
        (["runs", "--since", "soon"], "--since accepts 12h, 7d, 2w or a date"),
        (["explain", "latest"], "Missing argument"),
    ):
        assert run(*words) == 2
        captured = capsys.readouterr()
        assert part in captured.err
        assert "Traceback" not in captured.err
        assert captured.out == ""


def test_refused_data_exit_3(engine: FakeEngine, capsys: pytest.CaptureFixture[str]) -> None:
    engine.error = DataRefused("RIO.csv, row 7, 2020-01-02, column Close: accepted: above 0, got 0")
    assert run("backtest") == 3
    assert "RIO.csv, row 7, 2020-01-02, column Close" in capsys.readouterr().err


def test_an_interrupt_exits_130_and_leaves_nothing(engine: FakeEngine, tmp_path: Path) -> None:
    engine.error = KeyboardInterrupt()
    assert run("backtest", "--out", "x") == 130
    assert list(tmp_path.iterdir()) == []


def test_debug_shows_the_traceback(engine: FakeEngine) -> None:
    engine.error = DataRefused("refused")
    with pytest.raises(DataRefused, match="refused"):
        run("backtest", "--debug")


def test_an_existing_run_is_refused_before_the_work(
    engine: FakeEngine, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run("backtest", "--out", "x") == 0
    engine.error = AssertionError("the engine was started")
    assert run("backtest", "--out", "x") == 2
    assert "exists already" in capsys.readouterr().err


def test_runs_are_sorted_by_a_metric_and_unknown_ones_refused(
    small_record: RunRecord, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for identity, sharpe in (("a1", 0.1), ("b2", 0.9), ("c3", None)):
        metrics = {"sharpe": {"value": sharpe, "n": 3, "unit": "", "note": ""}}
        info = small_record.info | {"id": identity, "metrics": metrics}
        write_run(replace(small_record, info=info), run_folder(tmp_path, info))
    assert run("runs", "--sort", "sharpe", "--results", str(tmp_path), "--json") == 0
    lines = json.loads(capsys.readouterr().out)
    assert [line["run"][-2:] for line in lines] == ["b2", "a1", "c3"]
    assert run("runs", "--sort", "sharp", "--results", str(tmp_path)) == 2
    assert "did you mean 'sharpe'" in capsys.readouterr().err


def test_the_page_is_built_again_from_the_files(engine: FakeEngine, tmp_path: Path) -> None:
    run("backtest", "--out", "results/x")
    page = tmp_path / "results" / "x" / "tearsheet.html"
    before = page.read_text()
    page.write_text("")
    assert run("tearsheet", "latest") == 0
    assert page.read_text() == before


def test_show_prints_no_colour_where_it_is_not_wanted(
    engine: FakeEngine, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    run("backtest", "--out", "x")
    monkeypatch.setenv("FORCE_COLOR", "1")
    monkeypatch.setenv("NO_COLOR", "1")
    capsys.readouterr()
    run("show", "./x")
    # Bold is no colour; colour codes are 30-37 and 90-97.
    assert not re.search(r"\x1b\[[0-9;]*(3|9)[0-7]m", capsys.readouterr().out)


def test_text_of_files_is_never_markup(
    small_record: RunRecord, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    info = small_record.info | {"warnings": ["[red]not markup[/red]"]}
    folder = write_run(replace(small_record, info=info), tmp_path / "x")
    assert run("show", str(folder)) == 0
    assert "[red]not markup[/red]" in capsys.readouterr().out


def test_secrets_on_the_command_line_are_not_recorded(
    engine: FakeEngine, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(sys, "argv", ["orebound", "backtest", "--x=https://u:canary@h/?k=canary"])
    assert run("backtest", "--out", "x") == 0
    assert "canary" not in json.dumps(read_run(tmp_path / "x").info)


@pytest.mark.parametrize("name", NAMES)
def test_every_command_has_help_with_an_example(
    name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(name, "--help") == 0
    assert f"Example: orebound {name}" in capsys.readouterr().out


@pytest.mark.parametrize("name", ["backtest", "check"])
def test_every_command_is_a_script_of_its_own(name: str) -> None:
    # Two of nine: each start of Python costs a second, and all share one `run`.
    done = subprocess.run(
        [sys.executable, str(ROOT / "scripts" / f"{name}.py"), "--help"],
        capture_output=True,
        text=True,
        check=True,
    )
    assert f"Usage: {name}.py" in done.stdout


def test_regime_prints_scores_with_their_announcements(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "200")
    assert run("regime", "--start", "2024-09-23", "--end", "2024-09-27") == 0
    said = capsys.readouterr().out
    # The announcements of 2024-09-24 turned China's policy; every session of the week is listed.
    assert [
        day for day in pd.date_range("2024-09-23", "2024-09-27") if f"{day:%F}" not in said
    ] == []


def test_check_ends_in_a_verdict_and_exits_3_where_a_file_is_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "RIO.csv").write_text("Date,Open,High,Low,Close,Volume\n")
    assert run("check", "data", str(tmp_path)) == 3
    assert capsys.readouterr().out.splitlines()[-1].startswith("data REFUSED: 1 files")
    assert run("check", "data", str(tmp_path), "--json") == 3
    assert json.loads(capsys.readouterr().out)["findings"]


def fetched() -> FetchReport:
    """Two names, one tradable; its metal measured by a fund, another metal by nothing."""
    refused = "listing rio-xnys: yahoo, RIO: too many requests"
    rows = [
        ("fcx-xnys", "FCX", "2020-01-02", "2025-06-27", 1379, "copper DBB", "", 0.92, True, ""),
        ("rio-xnys", "RIO", None, None, 0, "copper DBB", "", 0.28, False, refused),
    ]
    names = [
        "name",
        "symbol",
        "first",
        "last",
        "rows",
        "metals",
        "stand_ins",
        "coverage",
        "tradable",
        "why",
    ]
    return FetchReport(
        universe="nyse-miners",
        table=pd.DataFrame(rows, columns=names),
        legs=(
            Leg("metal copper", SeriesSpec("DBB", stand_in="DBB, an ETF of three base metals")),
            Leg("metal coal", None),
        ),
        saved={},
        failed={"RIO": refused, "SPY": "market: yahoo, SPY: unknown symbol"},
        optional=frozenset(),
        restated=(),
        notes=("yahoo:FCX: stopped trading [warned]",),
    )


@pytest.mark.parametrize("width", ["70", "200"])
def test_fetch_prints_names_and_causes_and_passes_its_exit_code_on(
    width: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    asked: dict[str, Any] = {}

    def fake(universe: Any, **options: Any) -> FetchReport:
        asked.update(options, universe=universe.name)
        options["step"]("FCX")
        return fetched()

    monkeypatch.setattr("orebound.feeds.fetch", fake)
    monkeypatch.setenv("COLUMNS", width)
    assert run("fetch", "--start", "2010-01-01") == 3
    lines = capsys.readouterr().out.splitlines()
    assert (asked["start"], asked["universe"]) == ("2010-01-01", "nyse-miners")
    words = [line.split() for line in lines]
    assert ["fcx-xnys", "FCX", "2020-01-02", "2025-06-27", "1379", "92%", "yes"] in words
    assert ["rio-xnys", "RIO", "n/a", "n/a", "0", "28%", "no"] in words
    assert ["metal", "coal", "n/a"] in words
    said = " ".join(" ".join(lines).split())
    assert said.count("too many requests") == 1
    for whole in ("metal copper DBB DBB, an ETF of three base metals", "SPY: unknown symbol"):
        assert whole in said
    assert "yahoo:FCX: stopped trading [warned]" in said
    assert lines[-1].startswith("REFUSED: universe nyse-miners")


def test_lookahead_prints_some_leaks_and_counts_the_others(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    leaks = tuple(
        Leak(np.datetime64("2015-01-02"), "truncate", f"z of N{n} changed") for n in range(25)
    )
    found = LookaheadReport(3, 6, 4, leaks, ("RIO buy 5 at 1.0: too early",), ("u: left out",))
    monkeypatch.setattr("orebound.sweeps.check_lookahead", lambda *_, **__: found)
    assert run("check", "lookahead") == 3
    lines = capsys.readouterr().out.splitlines()
    assert sum("z of N" in line for line in lines[:-1]) == 10
    assert lines[10:12] == ["and 16 more, all of them with --json", "note: u: left out"]
    assert lines[-1].startswith("LOOK-AHEAD: 25 changes of the past and 1 impossible fills")
    assert run("check", "lookahead", "--json") == 3
    assert len(json.loads(capsys.readouterr().out)["leaks"]) == 25


def test_a_sweep_file_in_the_place_of_a_run_is_told_what_to_do(
    capsys: pytest.CaptureFixture[str],
) -> None:
    file = str(ROOT / "examples" / "sweep.toml")
    assert run("backtest", file) == 2
    said = " ".join(capsys.readouterr().err.split())
    assert "sweep.toml is a sweep file, and this takes the settings of one run" in said
    assert "`orebound pick latest` writes the best row's config.toml" in said
    assert run("check", "lookahead", file) == 2
    said = " ".join(capsys.readouterr().err.split())
    assert "`orebound check lookahead latest` checks its best row" in said
    assert "pick" not in said, "which refuses a rule of one's own"


def test_a_sweep_file_of_ones_own_rule_is_not_sent_to_pick(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert run("backtest", str(ROOT / "examples" / "my_rules.toml")) == 2
    said = " ".join(capsys.readouterr().err.split())
    assert "`orebound check lookahead latest`" in said
    assert "pick" not in said


def test_params_lists_the_fields_of_a_rule_of_ones_own(capsys: pytest.CaptureFixture[str]) -> None:
    example = Path(__file__).parents[2] / "examples" / "my_rules.py"
    assert run("params", "--rule", f"{example}:Reversion", "--json") == 0
    found = {row["parameter"]: row for row in json.loads(capsys.readouterr().out)}
    assert found["rule.z_out"]["accepted"] == ">= -3, <= 3"
    assert found["rule.hold"]["meaning"] == "longest stay, bars"
    assert "rule.capture" not in found
    assert "costs.stamp_duty" in found
    assert run("params", "--rule", f"{example}:Revision") == 2
    assert "did you mean 'Reversion'?" in capsys.readouterr().err


def test_params_lists_the_keys_of_a_sweep_file(capsys: pytest.CaptureFixture[str]) -> None:
    assert run("params", "--json") == 0
    found = {row["parameter"]: row for row in json.loads(capsys.readouterr().out)}
    assert found["sweep.impossible"]["accepted"] == "refuse, drop"
    assert found["sweep.through"]["default"] == "replay"
    assert {"rule.z_in", "sweep.table", "sweep.maximise", "sweep.batch"} <= found.keys()


def _commands(command: Any, path: tuple[str, ...] = ()) -> list[tuple[tuple[str, ...], Any]]:
    """Every command of the program with its words on the command line."""
    below = getattr(command, "commands", {}).items()
    return [(path, command), *(one for name, sub in below for one in _commands(sub, (*path, name)))]


def test_no_help_loses_what_stands_in_brackets(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "300")
    monkeypatch.setenv("NO_COLOR", "1")
    tree = _commands(typer.main.get_command(make_app()))
    brackets = 0
    for path, command in tree:
        assert run(*path, "--help") == 0
        shown = " ".join(re.sub("[\u2500-\u257f]", " ", capsys.readouterr().out).split())
        texts = [command.help or "", *(getattr(one, "help", None) or "" for one in command.params)]
        texts += [sub.help.split("\n\n")[0] for sub in getattr(command, "commands", {}).values()]
        texts += [one.metavar or "" for one in command.params]
        for text in texts:
            for found in re.findall(r"\S*\[.*?\]\S*", re.sub(r"\[/?bold\]", "", text)):
                assert " ".join(found.split()) in shown, (path, found)
                brackets += 1
    assert brackets > 8
    assert len(tree) > 25


def test_the_sweep_s_help_and_the_list_of_commands_name_the_sections(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "300")
    assert run("sweep", "--help") == 0
    assert "The file holds a run's settings and [sweep]: design, n" in capsys.readouterr().out
    assert run("--help") == 0
    assert "and the keys of [sweep]." in capsys.readouterr().out

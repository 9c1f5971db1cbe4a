"""`orebound sweep` and `orebound pick` as a user runs them."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import orebound as ob
from orebound.feeds import ConfigError
from orebound.scripts.main import main
from orebound.sweeping import OWN
from orebound.sweeps import SweepConfig, SweepSettings, find_sweep, load_sweep, open_sweep
from orebound.sweeps.design import make_design

EXAMPLE = Path(__file__).resolve().parents[2] / "examples" / "sweep.toml"
TEXT = """
[data]
start = "2014-06-02"
end = "2015-12-30"

[run]
null_draws = 10

[sweep]
name = "small"
verify = 1
chunk = 10

[sweep.parameters]
z_in = [1.0, 1.5, 2.0]
capture = [0.5, 0.8]
"""
Call = Callable[..., tuple[int, str, str]]


@pytest.fixture
def call(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Call:
    def called(*arguments: object) -> tuple[int, str, str]:
        before = signal.getsignal(signal.SIGTERM)
        with pytest.raises(SystemExit) as ended:
            main([str(one) for one in arguments])
        signal.signal(signal.SIGTERM, before)
        out, err = capsys.readouterr()
        return int(ended.value.code or 0), out, err

    monkeypatch.setenv("COLUMNS", "200")
    monkeypatch.setenv("NO_COLOR", "1")
    return called


@pytest.fixture
def file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    path = tmp_path / "small.toml"
    path.write_text(TEXT)
    return path


def test_a_sweep_prints_its_best_what_was_verified_and_a_verdict(call: Call, file: Path) -> None:
    code, out, err = call("sweep", file)
    assert code == 0
    assert "6 combinations, 0 failed" in out
    assert "best by Sharpe ratio" in out
    assert "verified: 2 combinations" in out or "verified: 1 combination" in out
    assert "verdict: best of 6" in out
    assert "synthetic" in err
    folder = find_sweep("latest", Path("results"))
    assert folder.parent == Path("results/sweeps")
    assert {"sweep.toml", "sweep.json", "verified.json", "parts"} <= {p.name for p in
                                                                     folder.iterdir()}  # fmt: skip
    code, out, err = call("sweep", file, "--json")
    document = json.loads(out)
    assert (code, document["status"]) == (0, "finished")
    assert "finished already" in err


def test_pick_runs_the_row_through_backtrader(call: Call, file: Path) -> None:
    call("sweep", file, "--verify", 0)
    best = open_sweep(find_sweep("small", Path("results"))).best(2).iloc[1]
    code, out, _ = call("pick", "latest", "--rank", 2, "--json")
    run: dict[str, Any] = json.loads(out)
    assert code == 0
    assert run["config"]["rule"]["z_in"] == best["z_in"]
    assert run["metrics"]["sharpe"]["value"] == pytest.approx(best["sharpe"], rel=1e-9)
    assert run["sweep_verdict"].startswith("best of 6")
    page = (Path(run["path"]) / "tearsheet.html").read_text(encoding="utf-8")
    chosen = run["selection"]
    assert chosen["combination"] == best["combination"]
    assert (chosen["sweep"], chosen["rank"], chosen["by"]) == ("small", 2, "sharpe")
    # Six combinations are on the ledger, and the sweep was judged by as many.
    assert (chosen["trials"], chosen["ledger"]) == (6, 6)
    assert chosen["verdict"] == run["sweep_verdict"]
    assert "6 trials on this data and idea" in page
    judged = open_sweep(find_sweep("small", Path("results"))).selection
    assert (chosen["spa"], chosen["null"]) == (judged["spa"], None)
    assert chosen["notes"]["null"].endswith("orebound null small")
    assert "n/a (returns must have at least 24 periods (rows)" in page, "18 months are too few"
    assert "not run before this run was chosen" in page
    code, out, _ = call("backtest", "--start", "2014-06-02", "--end", "2015-12-30", "--json")
    declared = json.loads(out)
    assert declared["selection"] == {
        **{"sweep": None, "idea": "catch-up", "trials": 1},
        "ledger": 6,
    }
    page = (Path(declared["path"]) / "tearsheet.html").read_text(encoding="utf-8")
    assert "1 trial declared; the ledger holds 6 on this data and idea" in page
    number = int(best["combination"])
    code, out, _ = call("pick", "latest", "--combination", number, "--json")
    again: dict[str, Any] = json.loads(out)
    assert (code, again["combination"], again["order_hash"]) == (0, number, run["order_hash"])
    code, _, err = call("pick", "latest", "--combination", 6)
    assert (code, "combination must be 0 to 5, got 6" in err) == (2, True)


def test_failed_combinations_end_with_code_4_and_the_rest_is_kept(call: Call, file: Path) -> None:
    text = TEXT.replace('start = "2014-06-02"\nend = "2015-12-30"\n', "")
    file.write_text(text + "start = ['2014-06-02', '2044-01-04']\n")
    code, out, _ = call("sweep", file, "--verify", 0)
    assert code == 4
    assert "12 combinations, 6 failed" in out
    assert "2014-06-02" in out
    assert "00:00" not in out, "days, not moments"


def test_a_hindsight_universe_is_permitted_as_the_refusal_says(call: Call, file: Path) -> None:
    own = TEXT.replace("[data]\n", '[data]\nuniverse = "gold-2025"\n')
    file.write_text(own.replace("[1.0, 1.5, 2.0]", "[1.0]").replace("[0.5, 0.8]", "[0.5]"))
    code, _, err = call("sweep", file)
    assert code == 2
    assert "was published on 2025-03-24" in err
    assert "--allow-hindsight" in err
    code, out, _ = call("sweep", file, "--allow-hindsight", "--verify", 0)
    assert code == 0
    assert ": 1 combination, 0 failed" in out
    assert "made on 2025-03-24: earlier use is hindsight" in " ".join(out.split())
    # The folder's own file says it too, so that it runs again as it is.
    assert open_sweep(find_sweep("latest", Path("results"))).config.base.data.allow_hindsight


@pytest.mark.slow
def test_rows_through_backtrader_are_counted_with_their_reason(call: Call, file: Path) -> None:
    # The second window begins after the market ends: its rows fail in their own process.
    text = TEXT.replace('start = "2014-06-02"\nend = "2015-12-30"\n', "")
    text = text.replace("z_in = [1.0, 1.5, 2.0]\ncapture = [0.5, 0.8]", "z_in = [1.0]")
    own = 'through = "backtrader"\n\n[sweep.parameters]\n'
    file.write_text(
        text.replace("\n[sweep.parameters]\n", own) + "start = ['2014-06-02', '2044-01-04']\n"
    )
    code, out, err = call("sweep", file)
    assert code == 4
    assert "2 combinations, 1 failed" in out
    assert 'through backtrader: 2 combinations, asked for by through = "backtrader"' in out
    assert "2 combinations go through backtrader" in err
    frame = open_sweep(find_sweep("latest", Path("results"))).frame
    assert frame["engine"].tolist() == ["backtrader"] * 2
    assert "2044-01-04" in frame["error"][1]


def test_a_search_prints_that_it_is_for_exploring_only(call: Call, file: Path) -> None:
    pytest.importorskip("optuna")
    file.write_text(TEXT.replace("verify = 1\n", 'verify = 0\ndesign = "search"\nn = 12\n'))
    code, out, _ = call("sweep", file)
    assert code == 0
    assert "explore only: a search chose each batch" in out
    assert "pbo: n/a, a search chooses trials by the results of earlier ones" in out
    assert "verdict: explore only: best of " in out


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("sweep", "none.toml"), "none.toml: no such config file"),
        (("sweep", "small.toml", "--engine", "ray"), "engine: accepted: local or dask"),
        (("sweep", "small.toml", "--engine", "dask", "--address", "x"), "address must be tcp://"),
        (("pick", "latest"), "no sweep below results/sweeps"),
    ],
)
def test_wrong_use_is_one_sentence(
    call: Call, file: Path, arguments: tuple[str, ...], message: str
) -> None:
    code, out, err = call(*arguments)
    assert (code, out) == (2, "")
    assert message in " ".join(err.split())


@pytest.mark.parametrize(
    "number", [signal.SIGINT, pytest.param(signal.SIGTERM, marks=pytest.mark.slow)]
)
def test_an_interrupt_ends_within_five_seconds_with_the_line_that_resumes(
    file: Path, tmp_path: Path, number: int
) -> None:
    grid = "stop_multiple = { from = 0.5, to = 4.0, points = 400 }\n"
    file.write_text(TEXT + grid)
    command = [sys.executable, "-m", "orebound.scripts.main", "sweep", str(file), "--out", "s"]
    environment = {**os.environ, "COLUMNS": "400"}
    child = subprocess.Popen(
        command, cwd=tmp_path, stderr=subprocess.PIPE, text=True, env=environment
    )
    while child.poll() is None and len(list(tmp_path.glob("s/parts/*.parquet"))) < 3:
        time.sleep(0.01)
    child.send_signal(number)
    began = time.perf_counter()
    _, err = child.communicate(timeout=30)
    assert time.perf_counter() - began < 5.0
    assert child.returncode == 130
    assert f"interrupted: finished parts are kept; to go on: main.py sweep {file} --out s" in err
    assert err.count("interrupted") == 1
    assert json.loads((tmp_path / "s" / "sweep.json").read_text())["status"] == "interrupted"


def test_the_example_holds_a_hundred_thousand_combinations() -> None:
    config = load_sweep(EXAMPLE)
    assert len(make_design(config)) >= 100_000
    assert f"{len(make_design(config)):,} combinations" in EXAMPLE.read_text()


def test_python_sweeps_with_lists_of_values(tmp_path: Path) -> None:
    found = ob.sweep(
        z_in=[1.0, 1.5], memory_days=[30, 60], start="2014-06-02", end="2015-12-30",
        verify=0, out=tmp_path / "s",
    )  # fmt: skip
    assert len(found) == 4
    assert set(found.frame["memory_days"]) == {30.0, 60.0}
    assert found.pick(1).data.end.year == 2015  # type: ignore[union-attr]
    assert ob.open_sweep(tmp_path / "s").verdict == found.verdict
    with pytest.raises(ConfigError, match=r"did you mean .z_in"):
        ob.sweep(zin=[1.0])


def test_python_says_what_a_sweep_file_says(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made: list[SweepConfig] = []
    monkeypatch.setattr("orebound.sweeping.run_sweep", lambda config, **_: made.append(config))
    table = tmp_path / "rows.csv"
    table.write_text("z_in,capture\n1.0,0.5\n1.5,0.8\n")
    conditions = {"lag_in": {"trigger": ["lag"]}}
    calls: list[dict[str, Any]] = [
        {"design": "search", "n": 9, "maximise": "sortino", "batch": 3, "through": "backtrader",
         "trigger": ["z", "lag"], "lag_in": [0.1, 0.2], "conditions": conditions},
        {"design": "list", "table": table, "start": "2014-06-02"},
        {"design": "list", "rows": [{"z_in": 1.0}, {"z_in": 1.5}]},
        {"off_score": [1.0, 3.0], "impossible": "drop", "idea": "own", "chunk": 7,
         "keep_monthly": 5, "timeout_seconds": 9.0, "memory_gb": 1.0},
    ]  # fmt: skip
    for call in calls:
        ob.sweep(**call)
    searched, listed, rows, grid = made
    assert (searched.settings.maximise, searched.settings.batch) == ("sortino", 3)
    assert searched.settings.through == "backtrader"
    assert searched.conditions == {"lag_in": {"trigger": ("lag",)}}
    assert [axis.levels for axis in listed.axes] == [(1.0, 1.5), (0.5, 0.8)]
    assert str(listed.base.data.start) == "2014-06-02"
    assert [codes.tolist() for codes in rows.rows] == [[0, 1]]
    assert grid.settings.model_dump() == SweepSettings().model_dump() | {
        key: value for key, value in calls[3].items() if key != "off_score"
    }
    # Whatever a sweep file may say beside what varies, a keyword says.
    assert {*SweepSettings.model_fields, "conditions", "rows"} == set(OWN)


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"z_in": [1.0], "conditions": {"z_in": {"triger": "z"}}}, "'triger'; did you mean 'trig"),
        ({"z_in": [1.0], "table": "rows.csv"}, 'a table needs design = "list"'),
        ({"z_in": [1.0], "through": "lanes"}, "through: unknown choice 'lanes'; known: backtr"),
        ({"z_in": [1.0], "batch": 0}, "sweep.batch: input should be greater than or equal to 1"),
        ({"design": "list", "table": "none.csv"}, "none.csv: no such table"),
    ],
)
def test_python_refuses_what_a_sweep_file_may_not_say(given: dict[str, Any], message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        ob.sweep(**given)


def test_python_opens_a_sweep_as_the_commands_do(call: Call, file: Path) -> None:
    call("sweep", file, "--verify", 0)
    path = find_sweep("latest", Path("results"))
    for key in ("latest", "small", path.name[:8], path):
        assert ob.open_sweep(key).path == path
    assert ob.open_sweep().path == path
    assert ob.open_sweep("latest", results="results").path == path
    with pytest.raises(ConfigError, match="there is no previous sweep"):
        ob.open_sweep("previous")
    with pytest.raises(ConfigError, match="unknown sweep 'smal1'; known: small-"):
        ob.open_sweep("smal1")

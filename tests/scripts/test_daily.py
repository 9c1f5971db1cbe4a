"""`orebound daily` as it is typed, put into cron and run by systemd."""

from __future__ import annotations

import configparser
import json
import re
import shlex
import sys
import time
from pathlib import Path

import numpy as np
import pytest

from orebound.feeds import Market
from orebound.scripts.main import make_app
from orebound.scripts.notify import notify
from orebound.scripts.terminal import call
from orebound.sweeps import RunConfig, daily, daily_again, held, load_market
from orebound.sweeps.daily_rows import seal_of
from tests.sweeps.daily_world import write_world

DOCS = Path(__file__).resolve().parents[2] / "docs" / "daily.md"
WEDNESDAY = np.datetime64("2024-09-25T21:30", "ns")
TUESDAY, MONDAY = WEDNESDAY - np.timedelta64(24, "h"), WEDNESDAY - np.timedelta64(48, "h")
#: Writes what it is told beside its own arguments.
KEEP = "import sys; open('told.txt', 'a').write(' '.join(sys.argv[1:]) + '|' + sys.stdin.read())"
KEPT = (sys.executable, "-c", KEEP)


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> RunConfig:
    return write_world(tmp_path_factory.mktemp("world"))


@pytest.fixture(scope="module")
def market(world: RunConfig) -> Market:
    return load_market(world)


@pytest.fixture(autouse=True)
def here(world: RunConfig, market: Market, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A working folder with a desk's config, Tuesday evening."""
    (tmp_path / "desk.toml").write_text(world.to_toml())
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(daily, "load_market", lambda _config: market)
    monkeypatch.setattr(daily, "utc_now", lambda: TUESDAY)
    monkeypatch.setattr(daily_again, "load_market", lambda _config: market)
    return tmp_path


def at(now: np.datetime64, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(daily, "utc_now", lambda: now)


def run(*words: str) -> int:
    return call(make_app(), list(words), name="orebound")


def rows(folder: Path) -> list[str]:
    return sorted(path.name for path in (folder / "results" / "daily").glob("*.json"))


def test_a_change_is_10_and_nothing_after_it_is_0(
    here: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    at(MONDAY, monkeypatch)
    assert run("daily", "desk.toml") == 10
    capsys.readouterr()
    at(TUESDAY, monkeypatch)
    assert run("daily", "desk.toml") == 10
    told = capsys.readouterr()
    lines = told.out.splitlines()
    assert lines[0] == "two, after the closes of 2024-09-24, against 2024-09-23:"
    assert lines[1].startswith("  FCX in at 20.0% of the book")
    assert lines[2].startswith("  order: buy ")
    assert len(lines) == 5
    assert "recorded: results/daily/2024-09-24-two.json" in told.err
    assert run("daily", "desk.toml") == 0
    again = capsys.readouterr()
    assert again.out == ""
    assert "was recorded already, nothing is written" in again.err
    at(WEDNESDAY, monkeypatch)
    assert run("daily", "desk.toml") == 0
    assert capsys.readouterr().out == ""
    assert rows(here) == [f"2024-09-{day}-two.json" for day in (23, 24, 25)]
    assert run("daily", "desk.toml", "--reconcile") == 0
    assert capsys.readouterr().out == ""


def test_json_is_one_document_and_the_exit_code_stays(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert run("daily", "desk.toml", "--json") == 10
    document = json.loads(capsys.readouterr().out)
    assert document["session"] == "2024-09-24"
    assert document["is_new"] is True
    assert document["changes"][0].startswith("the record begins: FCX in at 20.0%")
    assert run("daily", "desk.toml", "--json") == 0
    assert json.loads(capsys.readouterr().out)["changes"] == []
    assert run("daily", "desk.toml", "--reconcile", "--json") == 0
    (row,) = json.loads(capsys.readouterr().out)
    assert (row["session"], row["is_same"]) == ("2024-09-24", True)


def test_refused_data_exit_3_are_notified_and_nothing_is_written(
    here: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    at(np.datetime64("2024-11-20T22:00"), monkeypatch)
    assert run("daily", "desk.toml", "--notify", *KEPT) == 3
    captured = capsys.readouterr()
    assert captured.out == ""
    assert "the data lack the last" in captured.err
    assert "two: refused: universe two: the data lack" in (here / "told.txt").read_text()
    assert rows(here) == []


def test_notify_takes_all_that_follows_and_the_text_on_its_input(
    here: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run("daily", "desk.toml", "--notify", *KEPT, "-s", "--json", "$HOME; x") == 10
    printed = capsys.readouterr().out
    assert (here / "told.txt").read_text() == f"-s --json $HOME; x|{printed}"
    assert run("daily", "desk.toml", "--notify", *KEPT) == 0
    assert (here / "told.txt").read_text().count("|") == 1, "told once"


@pytest.mark.parametrize(
    ("program", "why"),
    [
        (("no-such-program",), "no-such-program: No such file or directory"),
        ((sys.executable, "-c", "import sys; sys.exit('no route')"), "exit code 1: no route"),
    ],
)
def test_a_failing_notify_is_11_and_told_again_by_the_next_run(
    program: tuple[str, ...], why: str, here: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run("daily", "desk.toml", "--notify", *program) == 11
    captured = capsys.readouterr()
    assert "the record begins" in captured.out
    assert why in captured.err
    assert run("daily", "desk.toml", "--notify", *KEPT) == 10
    assert "the record begins" in (here / "told.txt").read_text()
    assert run("daily", "desk.toml", "--notify", *KEPT) == 0


def test_a_hanging_notify_is_ended_with_what_it_started(tmp_path: Path) -> None:
    began = time.monotonic()
    inner = "import time; time.sleep(1); open('late', 'w')"
    outer = (
        "import subprocess, sys, time; "
        f"subprocess.Popen([sys.executable, '-c', {inner!r}]); time.sleep(60)"
    )
    said = notify([sys.executable, "-c", outer], "text", seconds=0.4)
    assert said == f"{sys.executable}: not done after 0.4 seconds, and ended"
    assert time.monotonic() - began < 30.0
    time.sleep(1.2)
    assert not (tmp_path / "late").exists()


def test_a_notify_that_reads_nothing_blocks_nothing() -> None:
    assert notify(["true"], "x" * 1_000_000) == ""
    assert notify(["false"], "x") == "false: exit code 1"


def test_wrong_use_exits_2(capsys: pytest.CaptureFixture[str]) -> None:
    assert run("daily", "desk.toml", "--notify") == 2
    assert "--notify: accepted: a program and its arguments, last" in capsys.readouterr().err
    assert run("daily", "desk.toml", "--notify=mail") == 2
    assert "last and without =" in capsys.readouterr().err
    assert run("daily", "none.toml") == 2
    assert run("daily", "desk.toml", "--reconcil") == 2
    assert capsys.readouterr().out == ""


def test_two_at_once_the_second_does_nothing(
    here: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with held(here / "results" / "daily", "two"):
        assert run("daily", "desk.toml") == 0
    captured = capsys.readouterr()
    assert captured.out == ""
    assert "another `orebound daily` of two is at work" in captured.err
    assert rows(here) == []


def test_reconcile_names_rows_and_exits_10_or_3(
    here: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run("daily", "desk.toml") == 10
    path = here / "results" / "daily" / "2024-09-24-two.json"
    content = json.loads(path.read_text())
    content["names"][0]["lag_ratio"] += 0.1
    path.write_text(json.dumps(content | {"sha256": seal_of(content)}))
    capsys.readouterr()
    assert run("daily", "desk.toml", "--reconcile", "--notify", *KEPT) == 10
    said = capsys.readouterr()
    assert said.out.startswith("2024-09-24: FCX lag_ratio")
    assert "1 rows worked out again, 0 come out the same" in said.err
    assert (here / "told.txt").read_text() == f"|{said.out}"
    path.write_text("{")
    assert run("daily", "desk.toml", "--reconcile") == 3
    assert "damaged" in capsys.readouterr().out


# -- the lines of the docs -----------------------------------------------------------------------


def blocks(kind: str) -> list[str]:
    return re.findall(rf"```{kind}\n(.*?)```", DOCS.read_text(encoding="utf-8"), re.DOTALL)


def documented() -> list[list[str]]:
    """Return the arguments after `orebound` of every line that cron or systemd runs."""
    (crontab,) = blocks("cron")
    lines = [line for line in crontab.splitlines() if re.match(r"[\d*]", line)]
    commands = []
    for line in lines:
        *fields, command = line.split(None, 5)
        for field, most in zip(fields, (59, 23, 31, 12, 7), strict=True):
            assert all(int(part) <= most for part in re.findall(r"\d+", field))
        assert "%" not in command
        changed, _, rest = command.partition(" && ")
        assert shlex.split(changed) == ["cd", "/srv/desk"]
        assert re.search(r" >> daily\.txt 2>> daily\.log$", rest)
        commands.append(rest.partition(" >>")[0])
    units = [unit for unit in blocks("ini") if "[Service]" in unit]
    commands += [parsed(unit)["Service"]["ExecStart"] for unit in units]
    words = [shlex.split(command) for command in commands]
    assert all(one[0].endswith("/orebound") for one in words)
    return [one[1:] for one in words]


def parsed(unit: str) -> configparser.ConfigParser:
    """Return a unit file; a key may stand twice in one."""
    parser = configparser.ConfigParser(strict=False, interpolation=None)
    parser.optionxform = str  # type: ignore[assignment,method-assign]
    parser.read_string(unit)
    return parser


def test_the_lines_of_cron_and_systemd_run_as_they_stand(
    here: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    mail = here / "bin" / "mail"
    mail.parent.mkdir()
    mail.write_text('#!/bin/sh\nprintf "%s " "$@" >> told.txt; cat >> told.txt\n')
    mail.chmod(0o755)
    monkeypatch.setenv("PATH", f"{mail.parent}:/usr/bin:/bin")
    lines = documented()
    assert len(lines) == 3
    assert [run(*words) for words in lines] == [10, 0, 0]
    told = (here / "told.txt").read_text()
    assert told.startswith("-s Orebound desk@example.com two, after the closes of 2024-09-24")


def test_the_unit_takes_a_change_for_success_and_the_timer_comes_after_new_york() -> None:
    service, timer = (parsed(unit) for unit in blocks("ini"))
    assert service["Service"]["SuccessExitStatus"] == "10"
    assert service["Service"]["Type"] == "oneshot"
    assert timer["Timer"]["Persistent"] == "true"
    assert timer["Install"]["WantedBy"] == "timers.target"
    calendar = [line for line in blocks("ini")[1].splitlines() if line.startswith("OnCalendar=")]
    # New York closes at 20:00 or 21:00 UTC.
    assert [line.split()[-2] for line in calendar] == ["22:15:00", "02:15:00"]


def test_exit_codes_are_documented() -> None:
    table = dict(re.findall(r"^\| (\d+) \| (\w+)", DOCS.read_text(), re.MULTILINE))
    assert set(table) >= {"0", "10", "11", "2", "3"}

"""The script of a night, with stub commands on PATH."""

from __future__ import annotations

import fcntl
import os
import signal
import subprocess
import time
from pathlib import Path

import pytest

SCRIPT = Path(__file__).resolve().parents[2] / "scripts" / "overnight.sh"
#: Writes down how it was called; a file `<command>.code` beside it is its exit code, a file
#: `<command>.waits` makes it wait to be stopped.
STUB = """#!/bin/sh
here=$(dirname "$0")
echo "$*" >>"$here/calls"
if [ -e "$here/$1.waits" ]; then
  trap 'echo stopped >>"$here/calls"; exit 130' TERM
  echo ready >"$here/ready"
  while :; do sleep 0.05; done
fi
[ -e "$here/$1.code" ] && exit "$(cat "$here/$1.code")"
exit 0
"""


@pytest.fixture
def desk(tmp_path: Path) -> Path:
    stubs = tmp_path / "bin"
    stubs.mkdir()
    (stubs / "orebound").write_text(STUB, encoding="utf-8")
    (stubs / "orebound").chmod(0o755)
    (tmp_path / "a.toml").write_text("", encoding="utf-8")
    (tmp_path / "b b.toml").write_text("", encoding="utf-8")
    (tmp_path / "prices").mkdir()
    return tmp_path


def start(desk: Path, *words: str) -> subprocess.Popen[str]:
    environment = {"PATH": f"{desk / 'bin'}:{os.environ['PATH']}", "HOME": str(desk)}
    return subprocess.Popen(
        ["bash", str(SCRIPT), *words],
        cwd=desk,
        env=environment,
        text=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )


def night(desk: Path, *words: str) -> tuple[int, str]:
    running = start(desk, *words)
    out, error = running.communicate(timeout=60)
    return running.returncode, out + error


def calls(desk: Path) -> list[str]:
    path = desk / "bin" / "calls"
    return path.read_text(encoding="utf-8").splitlines() if path.exists() else []


def ends(desk: Path, command: str, code: int) -> None:
    (desk / "bin" / f"{command}.code").write_text(str(code), encoding="utf-8")


def test_a_night_fetches_checks_sweeps_and_reviews_in_this_order(desk: Path) -> None:
    code, said = night(desk, "a.toml", "b b.toml", "--results", "out")
    assert code == 0
    assert calls(desk) == [
        "fetch --universe nyse-miners",
        "doctor",
        "sweep a.toml --results out",
        "sweep b b.toml --results out",
        "review out",
    ]
    assert "overnight: done, exit code 0" in said


def test_a_folder_of_files_is_checked_and_nothing_fetched(desk: Path) -> None:
    assert night(desk, "--data", "prices", "a.toml")[0] == 0
    assert calls(desk) == ["check data prices", "sweep a.toml --results results", "review results"]


@pytest.mark.parametrize(("command", "code"), [("fetch", 3), ("fetch", 2), ("doctor", 2)])
def test_no_sweep_runs_on_data_that_were_refused(desk: Path, command: str, code: int) -> None:
    ends(desk, command, code)
    assert night(desk, "a.toml")[0] == code
    assert not [call for call in calls(desk) if call.startswith("sweep")]


def test_refused_files_end_the_night(desk: Path) -> None:
    ends(desk, "check", 3)
    assert night(desk, "--data", "prices", "a.toml")[0] == 3
    assert calls(desk) == ["check data prices"]


def test_a_sweep_with_failed_runs_is_reviewed_and_its_code_kept(desk: Path) -> None:
    ends(desk, "sweep", 4)
    ends(desk, "review", 2)
    code, said = night(desk, "--no-fetch", "a.toml", "b b.toml")
    assert code == 4
    assert "sweep ended with exit code 4" in said
    assert calls(desk)[-1] == "review results"
    assert len([call for call in calls(desk) if call.startswith("sweep")]) == 2


def test_the_code_of_the_review_is_kept_too(desk: Path) -> None:
    ends(desk, "review", 2)
    assert night(desk, "--no-fetch", "a.toml")[0] == 2


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ([], "name at least one SWEEP.toml"),
        (["none.toml"], "none.toml: no such sweep file"),
        (["--universe"], "--universe needs a value"),
        (["--dta", "x", "a.toml"], "no such option: --dta"),
        (["--data", "none", "a.toml"], "none: no such folder"),
    ],
)
def test_wrong_use_ends_with_2_before_anything_runs(
    desk: Path, words: list[str], said: str
) -> None:
    code, text = night(desk, *words)
    assert code == 2
    assert said in text
    assert calls(desk) == []


def test_a_second_night_does_nothing_while_the_first_holds_the_lock(desk: Path) -> None:
    (desk / "results").mkdir()
    with (desk / "results" / ".overnight.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        code, said = night(desk, "a.toml")
    assert code == 75
    assert "another night holds results/.overnight.lock" in said
    assert calls(desk) == []
    assert night(desk, "a.toml")[0] == 0


def test_a_stopped_night_stops_its_step_and_frees_the_lock(desk: Path) -> None:
    (desk / "bin" / "sweep.waits").touch()
    running = start(desk, "--no-fetch", "a.toml")
    until = time.monotonic() + 30
    while not (desk / "bin" / "ready").exists() and time.monotonic() < until:
        time.sleep(0.02)
    running.send_signal(signal.SIGTERM)
    _, error = running.communicate(timeout=30)
    assert running.returncode == 143
    assert "a sweep goes on where it stood" in error
    assert calls(desk)[-1] == "stopped"
    (desk / "bin" / "sweep.waits").unlink()
    assert night(desk, "--no-fetch", "a.toml")[0] == 0

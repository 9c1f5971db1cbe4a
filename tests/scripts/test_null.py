"""`orebound null` and `orebound spa` as a user runs them."""

from __future__ import annotations

import json
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from orebound.scripts.main import main

TEXT = """
[data]
start = "2014-06-02"
end = "2016-12-30"

[sweep]
name = "small"
verify = 0

[sweep.parameters]
z_in = [1.0, 1.5]
capture = [0.5, 0.8]
"""


def called(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str, str]:
    with pytest.raises(SystemExit) as ended:
        main(list(arguments))
    out, err = capsys.readouterr()
    return int(ended.value.code or 0), out, err


@pytest.mark.slow
def test_worlds_without_an_edge_stand_beside_the_best_and_in_the_verdict(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "250")
    monkeypatch.setenv("NO_COLOR", "1")
    Path("small.toml").write_text(TEXT)
    assert called(capsys, "null", "latest")[:2] == (2, "")
    code, before, _ = called(capsys, "sweep", "small.toml")
    assert code == 0
    assert "neighbourhood: " in before
    assert "superior predictive ability (Hansen) rests on: monthly returns of" in before
    code, out, _ = called(capsys, "null", "latest", "--worlds", "2", "--json")
    found = json.loads(out)
    assert code == 0
    assert (found["worlds"], len(found["best"]), found["rows"]) == (2, 2, 4)
    assert found["p"] == (1 + found["reached"]) / 3
    assert json.loads(Path(found["path"]).read_text())["id"] == found["id"]
    assert f"null sweep p {found['p']:.2f}" in found["verdict"]
    code, out, _ = called(capsys, "spa", "latest", "--draws", "200", "--json")
    daily = json.loads(out)
    assert (code, daily["trials"], daily["draws"], daily["first"]) == (0, 4, 200, "2014-06-03")
    assert 0.0 <= daily["p"] <= 1.0
    assert 0.0 <= daily["monthly_p"] <= 1.0
    code, out, _ = called(capsys, "spa", "latest", "--rows", "2")
    assert "daily returns of a random sample of 2 of 4 rows against cash, 1,000" in out
    assert "by the months the sweep keeps: monthly returns of all 4 rows" in out
    code, out, _ = called(capsys, "sweep", "small.toml")
    assert "(Hansen) again: " in out
    assert "finished already" not in out
    assert "null sweep: best Sharpe ratio" in out
    assert found["verdict"].split(";")[0] in out
    code, out, _ = called(capsys, "null", "latest", "--worlds", "2")
    assert "best of 4 rows where miners do not catch" in out
    assert code == 0
    before = Path(found["path"]).read_text()
    ended, seconds, err = interrupted("null", "latest", "--worlds", "5000")
    assert ended == 130
    assert seconds < 5.0
    kept = re.search(r"interrupted: (\d+) of 5,000 worlds are kept; to go on: (.*)", err)
    assert kept is not None
    assert kept[2].endswith("null latest --worlds 5000")
    assert int(kept[1]) >= 2
    assert Path(found["path"]).read_text() == before, "the whole of 2 worlds, and it says so"
    code, _, err = called(capsys, "null", "latest", "--worlds", "2")
    assert code == 0
    assert "null sweep: finished already" in err


def interrupted(*arguments: str) -> tuple[int, float, str]:
    """Return exit code, seconds from Ctrl-C to the end, and what was said on standard error."""
    command = [sys.executable, "-m", "orebound.scripts.main", *arguments]
    # Tests that run in the background ignore Ctrl-C, and what they start would inherit that.
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as process:
        signal.signal(signal.SIGINT, before)
        (folder,) = Path("results/sweeps").glob("*/null_worlds")
        n, patience = len(list(folder.iterdir())), time.monotonic() + 60.0
        while len(list(folder.iterdir())) == n and time.monotonic() < patience:
            time.sleep(0.02)
        began = time.monotonic()
        process.send_signal(signal.SIGINT)
        _, said = process.communicate(timeout=60.0)
        return process.returncode, time.monotonic() - began, said

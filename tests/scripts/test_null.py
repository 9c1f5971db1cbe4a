"""`orebound null` and `orebound spa` as a user runs them."""

from __future__ import annotations

import json
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

"""`orebound check lookahead` of a run, and of a row of a sweep."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from orebound.scripts.main import main
from orebound.sweeps import LookaheadReport, load_sweep, open_sweep, sweep
from tests.markets import small_sample
from tests.sweeps.test_past_only import FILE, TEXT

Call = Callable[..., tuple[int, str, str]]


@pytest.fixture
def call(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Call:
    def called(*arguments: object) -> tuple[int, str, str]:
        with pytest.raises(SystemExit) as ended:
            main([str(one) for one in arguments])
        out, err = capsys.readouterr()
        return int(ended.value.code or 0), out, err

    monkeypatch.setenv("COLUMNS", "200")
    return called


@pytest.fixture
def swept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A sweep of a rule of one's own, found as the latest."""
    monkeypatch.chdir(tmp_path)
    file = tmp_path / "own.toml"
    file.write_text(TEXT.format(file=FILE, rule="Reversion"))
    market = small_sample("FCX", "RIO")
    found = sweep(load_sweep(file), market=market, results=Path("results"), verify=0).path
    # What it was given in memory is not on disk: the command reads what [data] names.
    monkeypatch.setattr("orebound.sweeps.prepared.load_market", lambda _config: market)
    return found


def test_a_row_of_a_sweep_is_checked(call: Call, swept: Path) -> None:
    best = int(open_sweep(swept).best(1)["combination"].iloc[0])
    code, out, err = call("check", "lookahead", "latest", "--moments", 2, "--json")
    found = json.loads(out)
    assert code == 0
    assert (found["sweep"], found["combination"]) == (str(swept), best)
    assert "no look-ahead found" in found["verdict"]
    assert f"combination {best} of {swept}" in err
    assert "look-ahead: 2 moments, " in err
    assert "s to go" in err
    code, out, err = call("check", "lookahead", swept, "--moments", 1, "--combination", 2)
    assert code == 0
    assert "combination 2 of" in err


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("latest", "--set", "z_in=1"), "which states its own base run: leave --set out"),
        (("latest", "--combination", "99"), "combination must be 0 to 5, got 99"),
        (("--combination", "1"), "--combination: accepted with a sweep"),
        (("nothing-like-it",), "unknown sweep"),
    ],
)
def test_wrong_use_is_told(call: Call, swept: Path, words: tuple[str, ...], said: str) -> None:
    code, _, err = call("check", "lookahead", *words)
    assert code == 2
    assert said in err


def test_an_interrupt_tells_what_was_proven_so_far(
    call: Call, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupted(*_: Any, told: Any, **__: Any) -> None:
        for done in range(3):
            told(LookaheadReport(done, 2 * done, 4, (), ()), 18)
        raise KeyboardInterrupt

    monkeypatch.setattr("orebound.sweeps.check_lookahead", interrupted)
    monkeypatch.setattr("orebound.sweeps.load_market", lambda _settings: None)
    code, _, err = call("check", "lookahead")
    assert code == 130
    assert "2 of 18 moments were cut; no look-ahead found: 2 moments, 4 runs" in err

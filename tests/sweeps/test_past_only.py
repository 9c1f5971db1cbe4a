"""A rule of one's own that reads the future is no evidence: its sweep says so by itself."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from orebound.feeds import Market
from orebound.strategies import Rule, is_own
from orebound.sweeps import SweepConfig, Tick, load_sweep, open_sweep, sweep
from orebound.sweeps.past_only import prove_past_only
from orebound.sweeps.prepared import Workshop
from orebound.sweeps.verify import VerificationFailed
from tests.markets import sample, small_sample
from tests.sweeps.own_rules import Foreseeing

FILE = Path(__file__).parent / "own_rules.py"
TEXT = """
[data]
start = 2014-06-02
end = 2015-06-30

[rule]
declared = "{file}:{rule}"

[sweep]
verify = 1

[sweep.parameters]
z_in = [0.8, 1.0, 1.2]
hold = [10, 20]
"""


def of_rule(folder: Path, rule: str) -> SweepConfig:
    file = folder / "own.toml"
    file.write_text(TEXT.format(file=FILE, rule=rule))
    return load_sweep(file)


def market() -> Market:
    return small_sample("FCX", "RIO")


def test_a_sweep_of_a_rule_that_reads_the_future_is_not_confirmed(tmp_path: Path) -> None:
    config, out = of_rule(tmp_path, "Foreseeing"), tmp_path / "s"
    with pytest.raises(VerificationFailed, match="reads the future: where it is c") as found:
        sweep(config, market=market(), out=out)
    assert "Z, decision " in str(found.value), "the first decision that differs is named"
    assert found.value.exit_code == 4
    assert json.loads((out / "sweep.json").read_text())["status"] == "not confirmed"
    record = json.loads((out / "verified.json").read_text())
    assert record["lookahead"]["status"] == "leak"
    assert record["difference"] == str(found.value)
    assert record["largest_difference"] == 0.0, "the replay is backtrader's all the same"
    made = open_sweep(out)
    assert not made.verdict
    with pytest.raises(Exception, match="not confirmed"):
        made.pick()


def test_unchecked_a_rule_of_ones_own_is_no_evidence_and_checked_it_may_be(tmp_path: Path) -> None:
    config, out = of_rule(tmp_path, "Reversion"), tmp_path / "s"
    made = sweep(config, market=market(), out=out, verify=0)
    assert "look-ahead of the rule was not checked" in made.verdict
    assert made.selection["past_only"] is False
    assert "lookahead" not in made.verified
    told: list[Tick] = []
    made = sweep(config, market=market(), out=out, progress=told.append)
    assert "look-ahead" not in made.verdict
    assert made.selection["past_only"] is True
    record = made.verified["lookahead"]
    assert record["status"] == "clean"
    n = len(record["moments"])
    assert n in (3, 4), "the last decision may lie where a spread moment does"
    assert record["rows"][0] == made.best(1)["combination"].iloc[0]
    assert len(set(record["rows"])) == 2
    assert any(f"reads the future: {n} of {n} moments" in tick.words for tick in told)
    told.clear()
    sweep(config, market=market(), out=out, progress=told.append)
    assert [tick.words for tick in told if tick.is_note] == ["finished already"]


def test_what_foresees_without_a_check_is_called_unchecked(tmp_path: Path) -> None:
    made = sweep(of_rule(tmp_path, "Foreseeing"), market=market(), out=tmp_path / "s", verify=0)
    assert made.best(1)["sharpe"].iloc[0] > 3.0, "else this shows nothing"
    assert not made.verdict.endswith(": evidence of an edge")
    assert "look-ahead of the rule was not checked" in made.verdict


def test_a_rule_that_fails_on_a_shorter_history_needs_the_future(tmp_path: Path) -> None:
    workshop = Workshop(of_rule(tmp_path, "Counting").base, sample())
    row: dict[str, Any] = {"combination": 3, "engine": "replay", "parameters": {"z_in": 0.8}}
    with pytest.raises(VerificationFailed, match=r"combination 3 \(z_in = 0.8\) needs the future"):
        prove_past_only(workshop, [row])


def test_rows_through_backtrader_are_shown_by_it(tmp_path: Path) -> None:
    workshop = Workshop(of_rule(tmp_path, "Foreseeing").base, market())
    row = {"combination": 0, "engine": "backtrader", "parameters": {"z_in": 0.8}}
    with pytest.raises(VerificationFailed, match="Z, decision "):
        prove_past_only(workshop, [row], moments=2)


def test_the_products_own_rule_is_proven_by_its_tests() -> None:
    assert not is_own(Rule())
    assert is_own(Foreseeing())

"""The README's examples run as printed and print what it says."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from orebound.scripts.main import make_app

README = (Path(__file__).resolve().parents[1] / "README.md").read_text(encoding="utf-8")
EXAMPLES = re.findall(r"```python\n(.*?)```", README, re.DOTALL)
PRINTED = re.findall(r"```text\n(.*?)```", README, re.DOTALL)


def test_the_first_example_prints_the_result_that_stands_below_it(
    capsys: pytest.CaptureFixture[str],
) -> None:
    exec(compile(EXAMPLES[0], "README.md", "exec"), {})
    assert capsys.readouterr().out == PRINTED[0]


def test_the_cerebro_example_runs(capsys: pytest.CaptureFixture[str]) -> None:
    exec(compile(EXAMPLES[1], "README.md", "exec"), {})
    assert re.fullmatch(r"\d+ entries\n", capsys.readouterr().out)


def test_examples_have_at_most_20_lines() -> None:
    assert len(EXAMPLES) == 2
    assert max(len(example.splitlines()) for example in EXAMPLES) <= 20


def test_the_two_commands_come_before_everything_else() -> None:
    first = README.split("```")[1]
    assert "make backtest" in first
    assert "make test" in first


def test_every_command_is_listed() -> None:
    program = make_app()
    names = [command.callback.__name__ for command in program.registered_commands]
    names += [group.name for group in program.registered_groups]
    assert [name for name in names if f"`orebound {name}" not in README] == []

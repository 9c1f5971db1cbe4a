"""`orebound views` as it is typed."""

from __future__ import annotations

import json
from typing import Any

import pytest

from orebound.scripts.main import make_app
from orebound.scripts.terminal import call
from tests.markets import small_sample

WORDS = ("views", "--universe", "nyse-miners", "--start", "2023-01-03", "--draws", "20")


@pytest.fixture(autouse=True)
def market(monkeypatch: pytest.MonkeyPatch) -> None:
    """The sample with three names, two in New York: reading all of it takes seconds."""

    def load(_config: Any, universe: Any = None) -> Any:
        return small_sample("FCX", "ANTO.L", "B") if universe is None else small_sample("RIO", "AU")

    monkeypatch.setattr("orebound.sweeps.views.load_market", load)
    monkeypatch.setenv("COLUMNS", "200")


def run(*words: str) -> int:
    return call(make_app(), list(words), name="orebound")


def test_it_prints_one_table_of_entries(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(*WORDS) == 0
    said = capsys.readouterr().out
    for word in ("V001, 2025-03-24", "note", "rule", "regime", "random", "peers", "anecdote"):
        assert word in said
    assert "20 dates, blocks of 60 sessions" in said
    assert "not picked RIO" in said
    assert "each name before costs, from the open after the note" in " ".join(said.split())


def test_it_gives_one_json_document(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(*WORDS, "--block", "0", "--json") == 0
    document = json.loads(capsys.readouterr().out)
    assert document["view"]["universe"] == "europe-2025"
    assert document["block"] == document["hold"]
    assert [row["entry"] for row in document["table"]] == ["note", "rule", "regime", "peers"]
    assert document["names"] == ["FCX", "ANTO.L", "B"]


def test_an_unknown_view_is_named_with_those_there_are(capsys: pytest.CaptureFixture[str]) -> None:
    assert run("views", "--view", "V003") == 2
    assert "V001" in capsys.readouterr().err

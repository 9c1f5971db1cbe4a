"""`orebound diff`, `whatif` and `export` from the command line, and damaged run directories."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from html import unescape
from pathlib import Path
from typing import Any

import openpyxl
import pytest

import orebound as ob
from orebound.analyzers import RunRecord, difference_of, write_run
from orebound.analyzers.page import render
from orebound.scripts.main import make_app
from orebound.scripts.terminal import call
from orebound.sweeps import WhatIf
from tests.analyzers.made_runs import made_run, order

CLOSES = {"X": [10.0 + k for k in range(10)]}
A = made_run([order(1, "X", "buy", 10, 11.5, 1.0)], CLOSES)
B = made_run(
    [order(1, "X", "buy", 12, 11.5, 1.0)],
    CLOSES,
    config={"sizing": {"max_weight": 0.25}},
    id="cd56ef78",
    started="2026-01-03T03:04:05+00:00",
)


def run(*words: str) -> int:
    return call(make_app(), list(words), name="orebound")


@pytest.fixture
def folders(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[Path, Path]:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "160")
    results = tmp_path / "results"
    return write_run(A, results / "a-ab12cd34"), write_run(B, results / "b-cd56ef78")


@pytest.mark.usefixtures("folders")
def test_diff_says_what_parts_the_runs_and_sums_the_money(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert run("diff", "previous", "latest") == 0
    said = capsys.readouterr().out
    assert "buy 10 (entry) in A, buy 12 (entry) in B" in said
    assert "sizing.max_weight" in said
    # A: 10 x (19 - 11.5) - 1 = 74; B: 12 x 7.5 - 1 = 89.
    assert [line.split() for line in said.splitlines() if line.startswith("X ")] == [
        ["X", "74.00", "89.00", "15.00"]
    ]
    assert "Orders in A alone: none." in said


@pytest.mark.usefixtures("folders")
def test_the_documents_of_diff_and_export_are_json(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    assert run("diff", "ab12", "cd56", "--json") == 0
    found = json.loads(capsys.readouterr().out)
    assert found["first_decision"]["b"]["size"] == 12
    assert sum(row["difference"] for row in found["by_name"]) == pytest.approx(15.0)
    assert run("export", "latest", "out.xlsx", "--sheet", "trades", "--json") == 0
    found = json.loads(capsys.readouterr().out)
    assert found["sheets"] == ["trades"]
    assert openpyxl.load_workbook(tmp_path / "out.xlsx").sheetnames == ["trades"]
    assert run("export", "latest", "out.xlsx") == 2
    assert "exists already" in capsys.readouterr().err


def _without(name: str) -> Callable[[Path], object]:
    return lambda folder: (folder / name).unlink()


def _cut(name: str) -> Callable[[Path], object]:
    return lambda folder: (folder / name).write_bytes((folder / name).read_bytes()[:-30])


def _open_quote(folder: Path) -> None:
    path = folder / "orders.csv"
    path.write_text(path.read_text() + '"' + "x" * 200_000, encoding="utf-8")


@pytest.mark.parametrize(
    ("damage", "said"),
    [
        (_without("signals.parquet"), "signals.parquet: the file is missing"),
        (_cut("signals.parquet"), "signals.parquet: cannot be read"),
        (_cut("equity.csv"), "equity.csv, row 11: accepted: 5 cells"),
        (_cut("run.json"), "run.json: not a JSON document"),
        (_open_quote, "orders.csv: cannot be read"),
    ],
)
def test_a_damaged_or_half_written_run_is_refused_by_its_file(
    folders: tuple[Path, Path],
    capsys: pytest.CaptureFixture[str],
    damage: Callable[[Path], object],
    said: str,
) -> None:
    damage(folders[1])
    for words in (
        ["diff", str(folders[0]), str(folders[1])],
        ["export", str(folders[1]), "out.xlsx"],
        ["whatif", str(folders[1]), "--set", "z_in=2"],
    ):
        assert run(*words) == 3
        captured = capsys.readouterr()
        assert said in captured.err
        assert "Traceback" not in captured.err
    assert not Path("out.xlsx").exists()


@pytest.mark.usefixtures("folders")
def test_whatif_writes_a_run_of_its_own_and_prints_the_difference(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: dict[str, Any] = {}

    def fake(folder: Path, changes: list[str], **options: Any) -> WhatIf:
        asked.update(folder=folder.name, changes=changes, again=options["again"])
        made = replace(B, info=B.info | {"started": "2026-02-01T00:00:00+00:00", "id": "99"})
        return WhatIf(made, A, difference_of(A, made), None)  # type: ignore[arg-type]

    monkeypatch.setattr("orebound.sweeps.what_if", fake)
    assert run("whatif", "ab12", "--set", "max_weight=0.25", "--again", "--json") == 0
    found = json.loads(capsys.readouterr().out)
    assert asked == {"folder": "a-ab12cd34", "changes": ["max_weight=0.25"], "again": True}
    assert Path(found["path"]).name == "20260201T000000Z-nyse-miners-99"
    assert (Path(found["path"]) / "tearsheet.html").is_file()
    assert found["difference"]["config"][0]["key"] == "sizing.max_weight"
    assert run("whatif", "ab12") == 2


def test_python_says_the_same(tmp_path: Path) -> None:
    one, two = ob.Run(A), ob.Run(B)
    assert one.diff(two).text == difference_of(A, B).text
    path = one.export(tmp_path / "out.xlsx", only=("metrics", "orders"))
    assert openpyxl.load_workbook(path).sheetnames == ["metrics", "orders"]


def test_the_page_gives_the_commands_of_its_run_and_episodes(small_record: RunRecord) -> None:
    page = unescape(render(small_record))
    assert "orebound explain ab12cd34 RIO 2024-10-14" in page
    assert "orebound diff ab12cd34 latest" in page
    assert "orebound whatif ab12cd34 --set costs.stamp_duty=0" in page
    assert "orebound export ab12cd34 ab12cd34.xlsx" in page

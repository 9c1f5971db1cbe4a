"""The benchmark's reference rule: the same run on stock feeds and on ours, and much faster."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from benchmarks import one_run


def test_the_reference_rule_equals_stock_and_is_ten_times_as_fast(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    # A wide margin: 5,000 days on a quiet core give more than 50.
    path = tmp_path / "one_run.json"
    arguments = ["--days", "900", "--rounds", "1", "--at-least", "10", "--json", str(path)]
    assert one_run.main(arguments) == 0, capsys.readouterr().out
    rows = json.loads(path.read_text(encoding="utf-8"))["rows"]
    assert len({row["orders"] for row in rows}) == 1
    assert rows[0]["orders"] > 100
    assert capsys.readouterr().out.count("  yes") == len(rows)

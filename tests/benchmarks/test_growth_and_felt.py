"""Growth of sweeps and waits of users: points in their own processes, failures named."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from benchmarks import felt, growth
from benchmarks.growth import Point
from benchmarks.worlds import LONGEST, stretched, world


def test_a_point_runs_in_a_process_of_its_own_and_counts_its_combinations() -> None:
    found = growth.run_point(Point(combinations=20, bars=700, instruments=3))
    assert "reason" not in found
    assert found["rows"] == 700
    assert found["peak_mb"] >= found["run_mb"] >= found["before_mb"] > 50
    assert 0 < found["sweep_s"] < found["process_s"]


@pytest.mark.slow
def test_a_point_that_fails_says_why() -> None:
    found = growth.run_point(Point(combinations=20, bars=30, instruments=3))
    assert found["reason"]
    line = growth._line({"axis": "bars", "combinations": 20, "bars": 30, "instruments": 3}
                        | {"workers": 1} | found)  # fmt: skip
    assert "not measured: " in line


def point(combinations: int, run: float, peak: float) -> dict[str, Any]:
    return {"axis": "combinations", "combinations": combinations, "run_mb": run, "peak_mb": peak}


def test_memory_of_the_runs_is_called_flat_only_where_it_is() -> None:
    small, middle = point(1_000, 300.0, 310.0), point(200_000, 320.0, 700.0)
    said = growth.flatness([small, middle, point(10**6, 330.0, 500.0)])
    assert said.startswith("memory of the runs is flat")
    assert said.endswith("add most at 200,000: 380 MB")
    assert "NOT flat" in growth.flatness([small, point(10**6, 900.0, 910.0)])
    assert growth.flatness([small]).endswith("not measured")


def test_invented_markets_have_the_bars_and_names_asked_for() -> None:
    panel = world(300, 5).panel
    assert panel.close.shape == (300, 5)
    assert panel.has_bar.all()
    np.testing.assert_array_equal(panel.close, world(300, 5).panel.close)


def test_a_stretched_panel_goes_on_in_time_and_repeats_its_prices() -> None:
    short = world(300, 3).panel
    panel = stretched(short, 1_000)
    assert LONGEST > 1_000
    assert panel.n_rows == 1_000
    assert (np.diff(panel.closes.astype(np.int64)) > 0).all()
    np.testing.assert_array_equal(panel.close[600:900], short.close)
    assert (panel.metal[0].known_at < panel.closes).all()


def test_a_wait_is_the_whole_process_and_a_failure_is_no_time(tmp_path: Path) -> None:
    spent = felt.waited(felt.Wait("import", (sys.executable, "-c", "import orebound")), tmp_path)
    assert spent["wall"] > 0
    broken = felt.Wait("broken", (sys.executable, "-c", "raise SystemExit('no market')"))
    with pytest.raises(RuntimeError, match="broken ended with 1: no market"):
        felt.waited(broken, tmp_path)


def test_the_table_of_waits_names_every_row() -> None:
    records = felt.measure(1, felt.WAITS[:2])
    assert [one["name"] for one in records] == ["python -c pass", "import orebound"]
    assert all(name in felt.table(records) for name in ("python -c pass", "import orebound"))

"""Case 15: 500 configurations on noise are not called an edge, on a planted edge they are.

The planted edge is that of case 3: miners at their metals plus a gap that reverts with a half-life
of 60 sessions and a standard deviation of 0.12, without costs. PBO of noise is 0.5 on average;
on one history it is a share of splits that overlap, and lies anywhere between 0.2 and 0.8.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from benchmarks.planted import BASE, planted_world
from orebound.sweeps import Sweep, Tick, from_names, make_sweep_config, open_sweep, sweep
from orebound.sweeps.ledger import Ledger

FREE = {"commission_bps": 0.0, "spread_scale": 0.0, "impact_bps": 0.0, "regime": "none"}
#: 10 x 5 x 5 x 2: thresholds that hardly ever enter and ways to leave at once are among them.
GRID: dict[str, Any] = {
    "z_in": {"from": 0.4, "to": 2.2, "points": 10},
    "capture": [0.1, 0.3, 0.5, 0.8, 1.0],
    "stop_multiple": [0.0, 0.25, 0.5, 1.0, 2.5],
    "time_stop_min": [5, 63],
}


def swept(kind: str, seed: int, folder: Path, **options: Any) -> Sweep:
    config = make_sweep_config(
        from_names(BASE | FREE), {"parameters": GRID, "verify": 0, "chunk": 50}
    )
    return sweep(config, market=planted_world(kind, seed), out=folder, **options)


@pytest.fixture(scope="module")
def edge(tmp_path_factory: pytest.TempPathFactory) -> Sweep:
    return swept("case 3", 0, tmp_path_factory.mktemp("edge") / "never")


def test_a_planted_edge_is_evidence(edge: Sweep) -> None:
    assert len(edge) == 500
    assert edge.selection["pbo"] < 0.2
    assert edge.selection["deflated_sharpe"] > 0.95
    assert edge.selection["spa"] < 0.05
    assert edge.verdict.endswith(": evidence of an edge")


def test_the_best_of_500_on_noise_is_not(tmp_path: Path) -> None:
    found = swept("noise", 0, tmp_path / "s")
    assert found.selection["deflated_sharpe"] < 0.95
    assert found.selection["spa"] > 0.05
    assert found.verdict.endswith(": not evidence of an edge")


@pytest.mark.slow
def test_noise_has_a_pbo_of_one_half_over_worlds(tmp_path: Path) -> None:
    found = [swept("noise", seed, tmp_path / str(seed)).selection for seed in range(30)]
    pbos = np.array([one["pbo"] for one in found])
    assert pbos.mean() == pytest.approx(0.5, abs=0.1)
    # At 95 % one in 20 may pass by chance; a share of 30 worlds is off by 0.04.
    assert np.mean([one["deflated_sharpe"] >= 0.95 for one in found]) <= 0.1
    assert not any(one["verdict"].endswith(": evidence of an edge") for one in found)


def test_an_interrupted_sweep_goes_on_without_double_or_lost_trials(
    edge: Sweep, tmp_path: Path
) -> None:
    def interrupting(tick: Tick) -> None:
        if tick.done >= 150 and not tick.is_note:
            raise KeyboardInterrupt

    folder = tmp_path / "s"
    with pytest.raises(KeyboardInterrupt):
        swept("case 3", 0, folder, progress=interrupting)
    halted = open_sweep(folder).info
    assert halted["status"] == "interrupted"
    assert 150 <= halted["counts"]["done"] < 500
    again = swept("case 3", 0, folder)
    assert again.frame["combination"].tolist() == list(range(500))
    assert again.frame["final_value"].tolist() == edge.frame["final_value"].tolist()
    lines = [one for one in Ledger(tmp_path / "ledger.jsonl").lines() if one["trials"]]
    assert len({one["batch"] for one in lines}) == 10, "each of 10 parts is counted"
    assert again.selection["trials"] == 500
    assert (again.verdict, again.selection["pbo"]) == (edge.verdict, edge.selection["pbo"])

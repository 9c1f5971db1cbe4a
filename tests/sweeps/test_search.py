"""Searches: chosen by results, the same for a seed, resumed without a trace, and never evidence."""

from __future__ import annotations

import math
import os
import signal
import subprocess
import sys
import time
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

pytest.importorskip("optuna")

from optuna.trial import TrialState

from orebound.feeds import ConfigError
from orebound.sweeps import Sweep, SweepConfig, Tick, from_names, load_sweep, open_sweep, sweep
from orebound.sweeps import make_sweep_config as make
from orebound.sweeps import search as searching
from orebound.sweeps.chunk import METRIC_COLUMNS
from orebound.sweeps.ledger import Ledger
from orebound.sweeps.parts import read_part
from orebound.sweeps.search_space import ask, open_study, tell
from tests.markets import small_sample
from tests.sweeps.troubles import troubled

ROOT = Path(__file__).resolve().parents[2]
BASE = {"start": date(2014, 6, 2), "end": date(2016, 12, 30), "regime": "none"}
PARAMETERS = {
    "z_in": {"from": 0.5, "to": 2.5},
    "capture": [0.5, 0.8, 1.0],
    "gap_window": [126, 252],
}


@pytest.fixture(autouse=True)
def path_of_workers(monkeypatch: pytest.MonkeyPatch) -> None:
    """Workers get the path of this process, which holds the checkout only under `python -m`."""
    monkeypatch.syspath_prepend(str(ROOT))


def config(parameters: dict[str, Any] | None = None, **own: Any) -> SweepConfig:
    given = {"design": "search", "n": 24, "batch": 6, "seed": 7, "verify": 0}
    return make(from_names(BASE), given | {"parameters": parameters or PARAMETERS} | own)


def run(folder: Path, chosen: SweepConfig | None = None, **options: Any) -> Sweep:
    market = small_sample("FCX", "ANTO.L")
    return sweep(chosen or config(), out=folder, **{"market": market} | options)


def parts_of(found: Sweep) -> dict[str, bytes]:
    keys = Ledger(found.path.parent / "ledger.jsonl").batches(found.info["id"])
    paths = {key: found.path / "parts" / f"{key[:32]}.parquet" for key in keys}
    assert all(read_part(path, key) is not None for key, path in paths.items())
    return {key: path.read_bytes() for key, path in paths.items()}


def test_a_search_is_the_same_for_a_seed_whatever_the_jobs(tmp_path: Path) -> None:
    one = run(tmp_path / "a" / "s", jobs=1)
    two = run(tmp_path / "b" / "s", jobs=2)
    other = run(tmp_path / "c" / "s", config(seed=8))
    assert parts_of(one) == parts_of(two)
    assert len(parts_of(one)) >= 6
    assert one.verdict == two.verdict
    assert set(one.frame["z_in"]) != set(other.frame["z_in"])
    assert one.frame["combination"].tolist() == list(range(24))
    assert set(one.frame["capture"]) <= {0.5, 0.8, 1.0}
    assert one.frame["z_in"].between(0.5, 2.5).all()


def test_its_rows_are_those_of_a_listed_design_and_backtrader_confirms_them(tmp_path: Path) -> None:
    found = run(tmp_path / "a" / "s", config(verify=1)).frame
    listed = found[["z_in", "capture", "gap_window"]].to_dict("records")
    own = {"design": "list", "rows": listed, "verify": 0}
    again = run(tmp_path / "b" / "s", make(from_names(BASE), own)).frame
    both = found.merge(again, on=["z_in", "capture", "gap_window"], suffixes=("", "_listed"))
    assert len(both) == 24
    for name in METRIC_COLUMNS:
        np.testing.assert_array_equal(both[name], both[f"{name}_listed"], err_msg=name)
    verified = open_sweep(tmp_path / "a" / "s").verified
    assert verified["status"] == "equal"
    assert verified["largest_difference"] == 0.0


def test_what_a_search_finds_is_labelled_and_never_evidence(tmp_path: Path) -> None:
    found = run(tmp_path / "s")
    assert found.info["explore_only"] is True
    assert found.is_explore_only
    assert found.verdict.startswith("explore only: best of 24")
    assert "evidence" not in found.verdict or "not evidence" in found.verdict
    assert found.selection["pbo"] is None
    assert "would be biased" in found.selection["notes"]["pbo"]
    assert "effective_trials" in found.selection["notes"]
    assert 0.0 <= found.selection["deflated_sharpe"] <= 1.0
    assert "explore only" in repr(found)
    assert found._repr_html_().count("explore only") == 2
    assert found.selection["trials"] == 24


def test_a_lone_trial_of_a_search_is_no_evidence_either(tmp_path: Path) -> None:
    found = run(tmp_path / "s", config({"z_in": [1.5]}, n=3))
    assert found.info["counts"]["combinations"] == 1
    assert found.verdict.startswith("explore only: the only trial")
    assert found.verdict.endswith("not judged, a figure is missing")


def test_a_finished_search_writes_nothing_when_run_again(tmp_path: Path) -> None:
    found = run(tmp_path / "s")
    before = {p: p.stat().st_mtime_ns for p in tmp_path.rglob("*") if p.is_file()}
    ticks: list[Tick] = []
    again = run(tmp_path / "s", progress=ticks.append)
    assert [tick.words for tick in ticks if tick.is_note] == ["finished already"]
    assert {p: p.stat().st_mtime_ns for p in tmp_path.rglob("*") if p.is_file()} == before
    assert again.verdict == found.verdict
    # The stored file is the whole search: it leads to the same one.
    assert run(tmp_path / "s", load_sweep(found.path / "sweep.toml")).info == found.info


CHILD = """
import sys
from pathlib import Path
from orebound.sweeps import load_sweep, sweep
from tests.markets import small_sample
sweep(load_sweep(Path(sys.argv[1])), market=small_sample("FCX", "ANTO.L"), out=Path(sys.argv[2]))
"""


def killed_at(file: Path, folder: Path, parts: int) -> bool:
    command = [sys.executable, "-c", CHILD, str(file), str(folder)]
    child = subprocess.Popen(command, cwd=ROOT, start_new_session=True)
    while child.poll() is None and len(list(folder.glob("parts/*.parquet"))) < parts:
        time.sleep(0.002)
    was_running = child.poll() is None
    if was_running:
        os.killpg(child.pid, signal.SIGKILL)
    child.wait()
    return was_running


@pytest.mark.slow
def test_a_killed_search_goes_on_as_if_it_had_not_been(tmp_path: Path) -> None:
    chosen = config(n=60, chunk=1)
    file = tmp_path / "kill.toml"
    file.write_text(chosen.to_toml())
    never = run(tmp_path / "a" / "s", load_sweep(file))
    folder = tmp_path / "b" / "s"
    assert all(killed_at(file, folder, parts) for parts in (4, 27))
    ticks: list[Tick] = []
    again = run(folder, load_sweep(file), progress=ticks.append)
    assert not (folder / "superseded").exists(), "the package was edited while the test ran"
    assert any("combinations done," in tick.words for tick in ticks)
    assert parts_of(again) == parts_of(never)
    assert len(parts_of(never)) == 60
    assert again.selection["trials"] == never.selection["trials"] == 60


def test_an_interrupted_search_says_so_and_goes_on(tmp_path: Path) -> None:
    def interrupting(tick: Tick) -> None:
        if tick.done >= 9 and not tick.is_note:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        run(tmp_path / "s", progress=interrupting)
    state = open_sweep(tmp_path / "s").info
    assert (state["status"], state["explore_only"]) == ("interrupted", True)
    assert 9 <= len(open_sweep(tmp_path / "s").frame) < 24
    assert len(run(tmp_path / "s").frame) == 24


def test_a_parameter_whose_condition_fails_keeps_its_base_value(tmp_path: Path) -> None:
    chosen = config(
        {
            "trigger": ["lag", "z"],
            "z_in": {"from": 0.5, "to": 2.5},
            "lag_in": {"from": 0.02, "to": 0.2, "log": True},
        },
        conditions={"z_in": {"trigger": ["z"]}, "lag_in": {"trigger": ["lag"]}},
    )
    frame = run(tmp_path / "s", chosen).frame
    base = chosen.base.rule
    by_lag = frame["trigger"] == "lag"
    assert 0 < by_lag.sum() < len(frame)
    assert set(frame.loc[by_lag, "z_in"]) == {base.z_in}
    assert set(frame.loc[~by_lag, "lag_in"]) == {base.lag_in}
    assert frame.loc[~by_lag, "z_in"].nunique() > 1
    assert frame.loc[by_lag, "lag_in"].between(0.02, 0.2).all()


def test_what_was_asked_for_before_is_not_run_again(tmp_path: Path) -> None:
    found = run(tmp_path / "s", config({"z_in": [1.0, 1.5], "capture": [0.5, 0.8]}, n=20))
    counts = found.info["counts"]
    assert counts["combinations"] == counts["done"] == len(found.frame) <= 4
    assert counts["duplicates"] == 20 - len(found.frame)
    assert not found.frame.duplicated(["z_in", "capture"]).any()
    assert found.selection["trials"] == len(found.frame)


def test_impossible_combinations_are_counted_and_told_as_failed(tmp_path: Path) -> None:
    own = {"beta_min": [0.5, 2.5], "beta_max": [1.0, 3.0]}
    found = run(tmp_path / "s", config(own, n=16))
    assert found.info["counts"]["impossible"] == 1
    assert not ((found.frame["beta_min"] == 2.5) & (found.frame["beta_max"] == 1.0)).any()
    with pytest.raises(ConfigError, match=r"every combination is impossible, as beta_min = 2\.5"):
        run(tmp_path / "t", config({"beta_min": [2.5], "beta_max": [1.0]}, n=3))


def test_failed_combinations_are_rows_and_the_search_goes_on(tmp_path: Path) -> None:
    # The second start lies after the market's end.
    own = {"start": [date(2014, 6, 2), date(2044, 1, 4)], "z_in": PARAMETERS["z_in"]}
    given = {"design": "search", "n": 12, "batch": 4, "verify": 0, "parameters": own}
    frame = run(tmp_path / "s", make(from_names({"regime": "none"}), given)).frame
    is_late = frame["start"] == date(2044, 1, 4)
    assert 0 < is_late.sum() < 12
    assert (frame["status"] == np.where(is_late, "failed", "ok")).all()


@pytest.mark.slow
def test_a_search_through_backtrader_is_supervised_and_finds_the_same(tmp_path: Path) -> None:
    own = {"n": 9, "batch": 3}
    plain = run(tmp_path / "a" / "s", config(**own)).frame
    market = troubled(small_sample("FCX", "ANTO.L"), {plain["z_in"][1]: "kill"})
    slow = run(tmp_path / "b" / "s", config(**own, through="backtrader"), market=market)
    frame = slow.frame
    assert frame["error"][1] == "killed by signal 9 (Killed)"
    assert slow.info["counts"]["through_backtrader"] == 9
    assert slow.info["not_replayed"] == {'asked for by through = "backtrader"': 9}
    # The first batch is asked for before anything is known: the same in both.
    whole = [0, 2]
    pd.testing.assert_frame_equal(
        frame.loc[whole].drop(columns=["engine", "form"]),
        plain.loc[whole].drop(columns=["engine", "form"]),
        rtol=1e-9,
    )


def test_results_draw_the_search_to_where_the_figure_is_large() -> None:
    chosen = config({"z_in": {"from": 0.5, "to": 2.5}, "capture": [0.5, 0.6, 0.7, 0.8, 0.9]})
    study, met = open_study(3), []
    for _ in range(10):
        trials = [study.ask() for _ in range(8)]
        for trial, (z_in, capture) in [(trial, ask(trial, chosen)) for trial in trials]:
            value = -((z_in - 1.9) ** 2) - (capture - 0.8) ** 2
            met.append(value)
            tell(study, trial, value)
    assert np.mean(met[-24:]) > np.mean(met[:8])
    assert max(met) > -0.02


def test_a_failure_is_told_as_failed_and_a_lacking_figure_ranks_last() -> None:
    study = open_study(0)
    for figure in (1.0, math.nan, None):
        trial = study.ask()
        ask(trial, config())
        tell(study, trial, figure)
    states = [trial.state for trial in study.trials]
    assert states == [TrialState.COMPLETE, TrialState.PRUNED, TrialState.FAIL]


@pytest.mark.parametrize(
    ("own", "message"),
    [
        ({"maximise": "sharp"}, r"sweep.maximise: unknown metric 'sharp'; did you mean 'sharpe'"),
        ({"maximise": "costs"}, r"sweep.maximise: .* more is better; of costs less is"),
        ({"n": 0}, r"sweep.n: a search design needs n"),
        ({"batch": 0}, r"sweep.batch.*greater than or equal to 1"),
    ],
)
def test_a_search_that_cannot_be_meant_is_refused(
    tmp_path: Path, own: dict[str, Any], message: str
) -> None:
    with pytest.raises(ConfigError, match=message):
        run(tmp_path / "s", config(**own))
    assert not (tmp_path / "s").exists()


def test_without_the_extra_the_error_says_how_to_get_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(searching, "find_spec", lambda _: None)
    with pytest.raises(ConfigError, match=r"needs an extra: pip install orebound\[search\]"):
        run(tmp_path / "s")


def test_the_example_is_a_search() -> None:
    chosen = load_sweep(ROOT / "examples" / "search.toml")
    assert (chosen.settings.design, chosen.settings.n) == ("search", 64)
    assert {"z_in", "lag_in"} == chosen.conditions.keys()

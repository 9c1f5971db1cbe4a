"""Whole sweeps on the sample market: nothing lost, nothing mixed, nothing unproven."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from datetime import date
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from orebound.analyzers import pbo_from_monthly_sums, summary
from orebound.feeds import ConfigError, Market
from orebound.strategies import Exit
from orebound.sweeps import Sweep, SweepConfig, Tick, from_names, load_sweep, open_sweep, sweep
from orebound.sweeps import make_sweep_config as make
from orebound.sweeps import plan as plan_module
from orebound.sweeps import sweep_run as running
from orebound.sweeps.cerebro_run import Parameters, backtest
from orebound.sweeps.chunk import METRIC_COLUMNS, Chunk, Context
from orebound.sweeps.ledger import Ledger
from orebound.sweeps.local_engine import map_chunks
from orebound.sweeps.parts import read_part, write_part
from orebound.sweeps.prepared import Workshop
from orebound.sweeps.verify import VerificationFailed, verify
from tests.markets import small_sample

BASE = {"start": date(2014, 6, 2), "end": date(2016, 12, 30), "regime": "none"}
PARAMETERS = {"z_in": [0.8, 1.0, 1.5], "capture": [0.5, 0.8], "gap_window": [126, 252]}


def config(parameters: dict[str, Any] | None = None, **own: Any) -> SweepConfig:
    given = {"parameters": parameters or PARAMETERS, "chunk": 4, "verify": 1}
    return make(from_names(BASE), given | own)


def market() -> Market:
    return small_sample("FCX", "ANTO.L")


def run(folder: Path, chosen: SweepConfig | None = None, **options: Any) -> Sweep:
    return sweep(chosen or config(), market=market(), out=folder, **options)


@lru_cache(maxsize=1)
def _once(root: Path) -> Sweep:
    return run(root / "sweep")


@pytest.fixture
def finished(tmp_path_factory: pytest.TempPathFactory) -> Sweep:
    """One finished sweep of 12 combinations, which no test may write to."""
    return _once(tmp_path_factory.getbasetemp() / "finished")


@pytest.fixture
def copied(finished: Sweep, tmp_path: Path) -> Sweep:
    """The finished sweep in a folder `s` of the test's own, with its ledger."""
    shutil.copy(finished.path.parent / "ledger.jsonl", tmp_path)
    shutil.copytree(finished.path, tmp_path / "s", copy_function=shutil.copy2)
    return open_sweep(tmp_path / "s")


def stored(found: Sweep) -> list[bytes]:
    assert all(read_part(path, key) is not None for path, key in parts_of(found.path))
    return [path.read_bytes() for path, _ in parts_of(found.path)]


def parts_of(folder: Path) -> list[tuple[Path, str]]:
    keys = sorted(Ledger(folder.parent / "ledger.jsonl").batches(
        json.loads((folder / "sweep.json").read_text())["id"]
    ))  # fmt: skip
    return [(folder / "parts" / f"{key[:32]}.parquet", key) for key in keys]


def test_every_combination_is_a_row_with_its_parameters_and_metrics(finished: Sweep) -> None:
    frame = finished.frame
    assert frame["combination"].tolist() == list(range(12))
    assert set(map(tuple, frame[["gap_window", "z_in", "capture"]].to_numpy())) == {
        (w, z, c) for w in (126, 252) for z in (0.8, 1.0, 1.5) for c in (0.5, 0.8)
    }
    assert set(METRIC_COLUMNS) < set(frame)
    assert (frame["status"] == "ok").all()
    assert (frame["entries"] > 0).any()


def test_a_row_says_what_backtrader_and_the_analyzers_say(finished: Sweep) -> None:
    row = finished.row(5)
    chosen = finished.run_config(5)
    parameters = Parameters(chosen.rule, chosen.regime, chosen.sizing, chosen.costs)
    outcome = backtest(market(), parameters, start=BASE["start"], end=BASE["end"])
    found = summary(outcome.equity, orders=outcome.orders)
    for name in ("total_return", "sharpe", "sortino", "max_drawdown", "skew", "turnover"):
        assert row[name] == pytest.approx(found[name].value, rel=1e-9)
    assert row["costs"] == pytest.approx(outcome.orders["cost"].sum(), rel=1e-12)
    np.testing.assert_allclose(finished.curve(5).to_numpy(), outcome.equity["value"], rtol=1e-12)
    own = ("side", "entry_decision", "exit_decision")
    shared = [name for name in finished.trades(5) if name not in own]
    assert set(finished.trades(5)["side"]) == {"long"}
    pd.testing.assert_frame_equal(
        finished.trades(5)[shared], outcome.trades[shared], check_dtype=False, rtol=1e-9
    )
    assert set(finished.trades(5)["exit_reason"]) <= {"", *(e.name.lower() for e in Exit)}


def test_monthly_sums_are_those_of_the_curve(finished: Sweep) -> None:
    returns = finished.curve(3).pct_change().dropna()
    months = pd.to_datetime(returns.index).to_period("M")
    expected = returns.groupby(months).agg(["sum", lambda r: (r**2).sum()]).to_numpy()
    assert finished.info["months"] == {"first": "2014-06", "n": 31, "stored": True}
    np.testing.assert_allclose(finished.monthly[3], expected, atol=1e-7)


def test_a_finished_sweep_returns_at_once_and_writes_nothing(finished: Sweep) -> None:
    before = {p: p.stat().st_mtime_ns for p in finished.path.rglob("*") if p.is_file()}
    ticks: list[Tick] = []
    began = time.perf_counter()
    again = run(finished.path, progress=ticks.append)
    assert time.perf_counter() - began < 2.0
    assert [tick.words for tick in ticks if tick.is_note] == ["finished already"]
    assert {p: p.stat().st_mtime_ns for p in finished.path.rglob("*") if p.is_file()} == before
    assert again.verdict == finished.verdict


def test_rows_that_are_one_run_are_shown_and_verified_once(tmp_path: Path) -> None:
    # Without a regime the score that turns it off binds nothing: each run stands three times.
    swept = {"z_in": [1.0, 1.5], "off_score": [0.4, 0.5, 0.6]}
    told: list[Tick] = []
    found = run(tmp_path / "s", config(swept, verify=2), progress=told.append)
    best = found.best_runs(5)
    assert len(found) == 6
    assert best["rows"].tolist() == [3, 3]
    assert best["final_value"].nunique() == 2
    assert best["combination"].tolist() == [
        int(own["combination"].min())
        for _, own in sorted(found.frame.groupby("z_in"), key=lambda pair: -pair[1]["sharpe"].max())
    ]
    assert len(found.verified["combinations"]) == 2
    assert found.pick(2) == found.run_config(int(best["combination"].iloc[1]))
    with pytest.raises(ConfigError, match="rank must be at most 2, the distinct runs with sharpe"):
        found.pick(3)
    assert found.best_runs(1, by="volatility")["volatility"].iloc[0] == (
        found.frame["volatility"].min()
    )
    with pytest.raises(ConfigError, match="unknown column 'sharp'"):
        found.best_runs(by="sharp")


def test_one_and_two_jobs_give_the_same_parts(finished: Sweep, tmp_path: Path) -> None:
    one, two = (run(tmp_path / str(jobs) / "s", config(verify=0), jobs=jobs) for jobs in (1, 2))
    assert stored(one) == stored(two)
    assert one.frame.equals(finished.frame)


def test_a_damaged_part_is_made_again_and_counts_once(copied: Sweep, tmp_path: Path) -> None:
    first = copied
    whole, trials = stored(first), first.selection["trials"]
    (one, _), (other, _), *_ = parts_of(first.path)
    content = bytearray(one.read_bytes())
    content[len(content) // 2] ^= 1  # in a header that only some readers look at
    one.write_bytes(content)
    other.write_bytes(other.read_bytes()[:-9])
    ticks: list[Tick] = []
    again = run(tmp_path / "s", progress=ticks.append)
    said = [tick.words for tick in ticks if tick.is_note]
    assert "2 parts were damaged or gone: made again" in said
    assert "4 combinations done, 8 to go" in said
    assert stored(again) == whole
    assert again.selection["trials"] == trials == 12


def test_a_changed_config_starts_anew_and_puts_the_other_sweep_aside(
    copied: Sweep, tmp_path: Path
) -> None:
    old = copied.info["id"]
    second = run(tmp_path / "s", config({**PARAMETERS, "capture": [0.5, 0.9]}, verify=0))
    assert second.info["id"] != old
    aside = tmp_path / "s" / "superseded" / old[:12]
    assert len(open_sweep(aside).frame) == 12
    assert set(second.frame["capture"]) == {0.5, 0.9}
    assert second.selection["trials"] == 24  # the ledger remembers the abandoned ones


def test_a_changed_byte_of_data_starts_anew(tmp_path: Path) -> None:
    chosen = config(verify=0)
    first = sweep(chosen, market=market(), results=tmp_path)
    same = sweep(chosen, market=market(), results=tmp_path)
    other = sweep(chosen, market=small_sample("FCX", "NHY.OL"), results=tmp_path)
    assert first.path == same.path != other.path
    assert first.path.parent == tmp_path / "sweeps"


def test_a_folder_of_other_files_is_refused(tmp_path: Path) -> None:
    (tmp_path / "mine.txt").write_text("")
    with pytest.raises(ConfigError, match="holds other files than a sweep's"):
        run(tmp_path)


def test_a_combination_that_fails_is_a_row_with_its_cause(tmp_path: Path) -> None:
    # The second window begins after the market ends.
    chosen = config({"start": [date(2014, 6, 2), date(2044, 1, 4)], "z_in": [1.0, 1.5]})
    base = from_names({"regime": "none"})
    found = run(tmp_path / "s", make(base, chosen.as_dict()["sweep"]))
    frame = found.frame
    assert frame["status"].tolist() == ["ok", "ok", "failed", "failed"]
    assert frame["error"].str.contains("2044-01-04").tolist() == [False, False, True, True]
    assert frame.loc[2:, "final_value"].isna().all()
    assert found.info["counts"]["failed"] == 2
    assert set(found.best(9)["combination"]) == {0, 1}


def test_one_failing_combination_leaves_its_batch_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from orebound.sweeps import chunk as chunks

    real = chunks.replay_many

    def fragile(market: Any, signals: Any, settings: Any, *rest: Any, **named: Any) -> Any:
        if (settings[:, 0] == -1.0).any():
            raise RuntimeError("planted")
        return real(market, signals, settings, *rest, **named)

    monkeypatch.setattr(chunks, "replay_many", fragile)
    frame = run(tmp_path / "s", config(verify=0)).frame
    assert (frame["status"] == "failed").tolist() == (frame["z_in"] == 1.0).tolist()
    assert frame["error"].str.contains("planted").sum() == 4


@pytest.mark.parametrize(
    ("column", "said"),
    [("final_value", "final value"), ("sharpe", "sharpe"), ("days_held", "days_held")],
)
def test_a_planted_difference_in_a_part_is_found(
    copied: Sweep, tmp_path: Path, column: str, said: str
) -> None:
    found = copied
    for path, key in parts_of(found.path):
        table = read_part(path, key)
        assert table is not None
        place = table.column_names.index(column)
        nudged = np.nextafter(table[column].to_numpy(), np.inf)
        write_part(path.parent, key, table.set_column(place, column, [nudged]))
    (found.path / "verified.json").unlink()
    with pytest.raises(VerificationFailed, match=rf"combination \d+ \(.*{said} is stored as"):
        run(tmp_path / "s")
    document = json.loads((found.path / "verified.json").read_text())
    assert said in document["difference"]
    assert open_sweep(found.path).info["status"] == "not confirmed"


def test_a_planted_difference_in_the_replay_is_found_at_its_first_order() -> None:
    workshop = Workshop(from_names(BASE), market())
    values = {"z_in": 1.0}
    honest = workshop.prepared(values)
    row = {"combination": 0, "final_value": 0.0, "parameters": values}
    # A tenth of a per cent of one rate: the first order that moves is named, not the sum of all.
    dearer = honest.market._replace(buy_rate=honest.market.buy_rate * 1.001)
    workshop.prepared = lambda _: honest._replace(market=dearer)  # type: ignore[method-assign]
    with pytest.raises(VerificationFailed, match=r"order 1 \(.*cost is .* in the replay and"):
        verify(workshop, [row])


CHILD = (
    "import sys; from pathlib import Path; from tests.markets import small_sample\n"
    "from orebound.sweeps import load_sweep, sweep\n"
    "sweep(load_sweep(Path(sys.argv[1])), market=small_sample('FCX', 'ANTO.L'),\n"
    "      out=Path(sys.argv[2]), jobs=2)\n"
)


def killed_at(file: Path, folder: Path, parts: int) -> bool:
    """Run the sweep in a process group of its own and kill it once it has so many parts."""
    command = [sys.executable, "-c", CHILD, str(file), str(folder)]
    child = subprocess.Popen(command, cwd=Path(__file__).parents[2], start_new_session=True)
    while child.poll() is None and len(list(folder.glob("parts/*.parquet"))) < parts:
        time.sleep(0.002)
    was_running = child.poll() is None
    if was_running:
        os.killpg(child.pid, signal.SIGKILL)
    child.wait()
    return was_running


def kill_and_resume(tmp_path: Path, kills: list[int], **own: Any) -> None:
    file = tmp_path / "kill.toml"
    varied = {"z_in": {"from": 0.5, "to": 2.5, "points": 200}, "capture": [0.5, 0.8]}
    file.write_text(config(varied, verify=0, **own).to_toml())
    never = run(tmp_path / "a" / "never", load_sweep(file))
    folder = tmp_path / "b" / "killed"
    assert all(killed_at(file, folder, parts) for parts in kills)
    ticks: list[Tick] = []
    again = run(folder, load_sweep(file), progress=ticks.append)
    assert not (folder / "superseded").exists(), "the package was edited while the test ran"
    assert any("done," in tick.words for tick in ticks)
    assert stored(again) == stored(never)
    assert again.selection["trials"] == never.selection["trials"] == 400
    assert list(folder.rglob("*.unfinished")) == []


def test_a_killed_sweep_goes_on_where_it_stood(tmp_path: Path) -> None:
    kill_and_resume(tmp_path, [12], chunk=8)


@pytest.mark.slow
def test_fifty_kills_lose_nothing_and_count_nothing_twice(tmp_path: Path) -> None:
    # The last long before the 200th part: a loaded machine kills some parts later.
    kill_and_resume(tmp_path, list(range(1, 150, 3)), chunk=2)


def test_an_interrupt_leaves_whole_parts_and_ends_soon(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    chosen = config({"z_in": {"from": 0.5, "to": 2.5, "points": 60}}, chunk=5)

    def interrupting(tick: Tick) -> None:
        if tick.done >= 20 and not tick.is_note:
            raise KeyboardInterrupt

    began = time.perf_counter()
    with pytest.raises(KeyboardInterrupt):
        run(tmp_path / "s", chosen, progress=interrupting)
    assert time.perf_counter() - began < 5.0
    assert open_sweep(tmp_path / "s").info["status"] == "interrupted"
    assert len(run(tmp_path / "s", chosen).frame) == 60


def test_a_slow_chunk_does_not_hold_an_interrupt_back() -> None:
    def stubborn(_: Any, chunk: int, is_stopped: Any, core: Any) -> int:
        time.sleep(30.0 if chunk else 0.0)
        return chunk

    began = time.perf_counter()
    results = map_chunks(stubborn, [0, 1, 2], None, jobs=2)
    assert next(results) == 0
    results.close()  # type: ignore[attr-defined]
    assert time.perf_counter() - began < 5.0


def test_an_error_of_a_worker_reaches_the_caller() -> None:
    def broken(_: Any, chunk: int, is_stopped: Any, core: Any) -> int:
        raise OSError(28, "No space left on device")

    with pytest.raises(OSError, match="No space left"):
        list(map_chunks(broken, [1, 2], None, jobs=2))


def test_what_runs_through_backtrader_has_the_figures_of_the_replay(tmp_path: Path) -> None:
    few = {"z_in": [1.0, 1.5], "regime": ["none", "level"]}
    fast = run(tmp_path / "a" / "fast", config(few)).frame
    slow = run(tmp_path / "b" / "slow", config(few, through="backtrader"), jobs=1)
    assert set(slow.frame["engine"]) == {"backtrader"}
    assert slow.verified["combinations"] == []
    for name in METRIC_COLUMNS:
        np.testing.assert_allclose(slow.frame[name], fast[name], rtol=1e-9, err_msg=name)
    with pytest.raises(ConfigError, match="ran through backtrader: pick it instead"):
        slow.curve(0)


def test_best_and_pick_agree_with_the_frame(finished: Sweep) -> None:
    frame = finished.frame.sort_values(["sharpe", "combination"], ascending=[False, True])
    assert finished.best(4)["combination"].tolist() == frame["combination"].head(4).tolist()
    assert finished.best(1, by="volatility")["volatility"].iloc[0] == frame["volatility"].min()
    picked = finished.pick(2)
    assert (picked.rule.z_in, picked.rule.capture) == tuple(frame[["z_in", "capture"]].iloc[1])
    assert picked.data.start == BASE["start"]
    with pytest.raises(ConfigError, match="unknown column 'sharp'; did you mean 'sharpe'"):
        finished.best(by="sharp")
    with pytest.raises(ConfigError, match="rank must be at most 12"):
        finished.pick(13)
    with pytest.raises(ConfigError, match="combination must be 0 to 11, got 12"):
        finished.row(12)


def test_rows_that_never_traded_are_not_the_best(tmp_path: Path) -> None:
    # At 6 standard deviations nothing is entered: no Sharpe ratio, and no place among the best.
    found = run(tmp_path / "s", config({"z_in": [1.0, 6.0], "capture": [0.5, 0.8]}, verify=0))
    idle = found.frame["sharpe"].isna()
    assert idle.tolist() == [False, False, True, True]
    assert set(found.best(9)["combination"]) == {0, 1}
    assert found.query("select count(*) as n from sweep where isnan(sharpe)")["n"][0] == 2
    assert found.heatmap("z_in", "capture").isna().to_numpy().tolist() == [[False, True]] * 2


def test_duckdb_reads_the_parts(finished: Sweep) -> None:
    found = finished.query("select z_in, count(*) as n from sweep group by z_in order by z_in")
    assert found["n"].tolist() == [4, 4, 4]


def test_a_sweep_opens_from_its_folder(finished: Sweep) -> None:
    opened = open_sweep(finished.path, market())
    pd.testing.assert_frame_equal(opened.frame, finished.frame)
    pd.testing.assert_series_equal(opened.curve(1), finished.curve(1))
    assert len(opened) == 12
    html = opened._repr_html_()
    assert "synthetic market" in html
    assert "<table" in html
    other = open_sweep(finished.path, small_sample("FCX", "NHY.OL"))
    with pytest.raises(ConfigError, match=r"made again ends at .* data or code have changed"):
        other.curve(1)


def test_the_verdict_counts_every_trial_and_names_what_is_missing(finished: Sweep) -> None:
    said = finished.selection
    assert said["trials"] == 12
    assert said["verdict"].startswith("best of 12")
    assert 0.0 <= said["pbo"] <= 1.0
    assert said["regime_episodes"] is None  # the rule ran without a regime


def test_a_sweep_beyond_the_limit_stores_the_sums_of_the_rows_it_is_judged_by(
    finished: Sweep, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    small = run(tmp_path / "s", config(keep_monthly=11))  # so few that all are judged
    assert small.selection["pbo"] == finished.selection["pbo"]
    monkeypatch.setattr(plan_module, "SAMPLES", 2)
    monkeypatch.setattr(plan_module, "SAMPLED", 3)
    small = run(tmp_path / "t", config(keep_monthly=11, chunk=5, verify=0))
    table = small._dataset().to_table(columns=["combination", "monthly"]).to_pylist()
    sums = {row["combination"]: row["monthly"] for row in table}
    kept = [row for row, own in sums.items() if own is not None]
    assert len(sums) == 12
    assert len(kept) == 6
    for row in kept:
        expected = finished.monthly[row].reshape(-1)
        np.testing.assert_array_equal(np.array(sums[row], np.float32), expected)
    with pytest.raises(ConfigError, match="larger than keep_monthly"):
        _ = small.monthly


def test_a_given_market_cannot_vary(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="latency_minutes: this sweep was given its market"):
        run(tmp_path / "s", config({"latency_minutes": [5, 10]}))


def test_an_unknown_engine_is_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="engine: accepted: local or dask, got 'ray'"):
        run(tmp_path / "s", engine="ray")


def test_a_sweep_that_the_disk_cannot_hold_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    usage = running.shutil.disk_usage(tmp_path)
    monkeypatch.setattr(running.shutil, "disk_usage", lambda _: usage._replace(free=1000))
    with pytest.raises(
        ConfigError, match=r"the sweep needs about [\d.]+ kB more, the disk has 1.0 kB"
    ):
        run(tmp_path / "s")


def test_the_context_travels_in_one_piece() -> None:
    import pickle

    workshop = Workshop(from_names(BASE), market())
    workshop.prepared({})
    again = pickle.loads(pickle.dumps(Context(None, workshop)))  # type: ignore[arg-type]
    assert np.array_equal(
        again.workshop.prepared({}).market.close, workshop.prepared({}).market.close
    )
    chunk = pickle.loads(pickle.dumps(Chunk(0, "k", np.arange(3), "replay")))
    assert chunk.rows.tolist() == [0, 1, 2]


@pytest.mark.slow
def test_a_cluster_gives_the_same_parts(finished: Sweep, tmp_path: Path) -> None:
    distributed = pytest.importorskip("distributed")
    with distributed.LocalCluster(
        n_workers=1, threads_per_worker=2, processes=True, dashboard_address=None
    ) as cluster:
        found = run(tmp_path / "s", engine="dask", address=cluster.scheduler_address)
    assert found.info["engine"] == "dask"
    assert stored(found) == stored(finished)
    assert found.verdict == finished.verdict


def test_what_the_judgement_rests_on_is_stated(finished: Sweep) -> None:
    said = finished.selection
    assert said["pbo_basis"]["trials"] == said["pbo_basis"]["of"] == 12
    assert (said["pbo_basis"]["samples"], said["pbo_basis"]["sampling_error"]) == (1, 0.0)
    # 31 months make 14 blocks, of which 3,432 choices of seven are in sample.
    assert (said["pbo_basis"]["blocks"], said["pbo_basis"]["splits"]) == (14, 3432)
    assert said["pbo_range"] == [said["pbo"]] * 2
    assert said["effective_basis"]["trials"] == 12
    assert said["effective_range"][1] == said["effective_trials"]
    assert sum(said["months"]["sessions"]) == len(finished.curve(0)) - 1
    assert said["months"]["first"] == "2014-06"
    basis = said["spa_basis"]
    assert (basis["trials"], basis["of"], basis["draws"]) == (12, 12, 1000)
    assert basis["p_lower"] <= said["spa"] <= basis["p_upper"]
    assert "all 12 rows against cash" in basis["words"]


def test_rows_around_the_best_are_those_one_value_away(finished: Sweep) -> None:
    frame = finished.frame
    best = frame.loc[frame["sharpe"].idxmax()]
    levels = {name: sorted(PARAMETERS[name]) for name in PARAMETERS}

    def steps(row: pd.Series[Any]) -> list[int]:
        return [abs(own.index(row[name]) - own.index(best[name])) for name, own in levels.items()]

    near = frame[[sum(steps(row)) == 1 for _, row in frame.iterrows()]]["sharpe"]
    said = finished.selection["neighbourhood"]
    assert said["value"] == pytest.approx(best["sharpe"])
    assert said["median"] == pytest.approx(near.median())
    assert (said["count"], said["of"]) == (len(near), 12)


def test_pbo_is_that_of_all_rows_of_the_frame(finished: Sweep) -> None:
    sessions = finished.selection["months"]["sessions"]
    expected = pbo_from_monthly_sums(finished.monthly, sessions, n_blocks=14)
    assert finished.selection["pbo"] == expected.pbo


def test_sampled_rows_give_pbo_a_range_and_the_same_one_twice(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(plan_module, "SAMPLES", 3)
    monkeypatch.setattr(plan_module, "SAMPLED", 3)
    found = [run(tmp_path / name / "s", config(keep_monthly=0, verify=0)) for name in "ab"]
    one, other = (sweep.selection for sweep in found)
    assert one == other
    basis = one["pbo_basis"]
    assert (basis["samples"], basis["trials"], basis["of"]) == (3, 3, 12)
    assert "random samples of 3 of 12 rows" in basis["words"]
    low, high = one["pbo_range"]
    # A mean of three figures is off by at most 4.303 standard errors, 19 times in 20.
    width = 4.302653 * basis["sampling_error"]
    assert low == pytest.approx(max(one["pbo"] - width, 0.0), abs=1e-6)
    assert high == pytest.approx(min(one["pbo"] + width, 1.0), abs=1e-6)
    assert one["effective_basis"]["trials"] == 9


def test_a_damaged_part_is_never_read(copied: Sweep, tmp_path: Path) -> None:
    found = copied
    path, _ = next(iter(parts_of(found.path)))
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)
    for read in (lambda s: s.frame, lambda s: s.best(1), lambda s: s.monthly, lambda s: s.pick()):
        with pytest.raises(
            ConfigError, match=r"this part is damaged or gone \(1 of \d+ are\); run"
        ):
            read(open_sweep(found.path))
    path.unlink()
    with pytest.raises(ConfigError, match="this part is damaged or gone"):
        _ = open_sweep(found.path).frame
    ticks: list[Tick] = []
    assert len(run(tmp_path / "s", progress=ticks.append).frame) == len(found)
    assert "1 part was damaged or gone: made again" in [tick.words for tick in ticks]


def test_an_unfinished_sweep_is_not_picked_from(copied: Sweep) -> None:
    found = copied
    state = json.loads((found.path / "sweep.json").read_text())
    state["status"] = "interrupted"
    state["counts"]["done"] = 7
    (found.path / "sweep.json").write_text(json.dumps(state))
    opened = open_sweep(found.path)
    with pytest.raises(ConfigError, match=r"the sweep is interrupted, 7 of .* are there; run it"):
        opened.pick()
    assert "interrupted: 7 done" in repr(opened)

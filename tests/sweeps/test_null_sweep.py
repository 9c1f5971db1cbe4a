"""Worlds without an edge: what is drawn, what stays, and what the best of a grid is there."""

from __future__ import annotations

import json
import shutil
import signal
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from benchmarks.planted import BASE, planted_world
from orebound.feeds import ConfigError, Market
from orebound.sweeps import (
    NullSweep,
    Sweep,
    Tick,
    chosen,
    from_names,
    make_sweep_config,
    null_market,
    null_pace,
    null_sweep,
    null_sweeping,
    open_sweep,
    sweep,
)
from orebound.sweeps.null_pace import Pace
from orebound.sweeps.null_store import NullStore
from orebound.sweeps.null_worlds import NullWorlds
from tests.markets import small_sample

GRID: dict[str, Any] = {"z_in": [0.5, 1.0, 1.5], "capture": [0.5, 0.8], "stop_multiple": [0.0, 1.0]}
WORLDS = 9


def logs(market: Market, symbol: str) -> np.ndarray:
    chosen = market.parts.all_series()[symbol]
    return np.log(chosen.frame["close"].to_numpy())


def gap(market: Market, name: str) -> np.ndarray:
    """Return what a planted miner is away from 0.6 times both its metals."""
    series = market.parts.all_series()
    days = series[name].frame.index
    both = sum(np.log(series[f"metal {m}"].frame["close"]).reindex(days).ffill().bfill()
               for m in ("copper", "gold"))  # fmt: skip
    return np.asarray(logs(market, name) - 0.6 * both.to_numpy())


def variance_ratio(path: np.ndarray, lag: int) -> float:
    """Return the variance of moves over so many sessions by that of single ones: 1 of a walk."""
    steps, moves = np.diff(path), path[lag:] - path[:-lag]
    return float(moves.var() / (lag * steps.var()))


@pytest.fixture(scope="module")
def planted() -> Market:
    return planted_world("strong", 1)


@pytest.fixture(scope="module")
def drawn(planted: Market) -> Market:
    return null_market(planted, 7)


def test_gaps_that_revert_are_walks_in_a_null_world(planted: Market, drawn: Market) -> None:
    # With a half-life of 25 sessions, 60 sessions hold a small part of 60 single moves' variance.
    ratios = {m: [variance_ratio(gap(m, name), 60) for name in m.names] for m in (planted, drawn)}
    assert max(ratios[planted]) < 0.75
    # 75 independent stretches of 60 sessions leave 1 +- 0.16, and there are 8 names.
    assert np.mean(ratios[drawn]) == pytest.approx(1.0, abs=0.2)
    assert min(ratios[drawn]) > max(ratios[planted]) * 0.75


def test_miners_follow_the_metals_of_their_own_world_by_the_planted_hedge(drawn: Market) -> None:
    series = drawn.parts.all_series()
    for name in drawn.names:
        days = series[name].frame.index
        factor = sum(np.log(series[f"metal {m}"].frame["close"]).reindex(days).ffill().bfill()
                     for m in ("copper", "gold"))  # fmt: skip
        moves = np.diff(np.asarray(factor)[::5]), np.diff(logs(drawn, name)[::5])
        assert np.polyfit(*moves, 1)[0] == pytest.approx(0.6, abs=0.1)


def test_calendars_columns_and_the_shape_of_a_day_stay(planted: Market, drawn: Market) -> None:
    before, after = planted.parts.all_series(), drawn.parts.all_series()
    assert before.keys() == after.keys()
    for role, own in before.items():
        made = after[role]
        assert (own.frame.index == made.frame.index).all()
        assert made.frame["close"].iloc[0] == pytest.approx(own.frame["close"].iloc[0])
        assert np.isfinite(made.frame["close"]).all()
        assert (made.frame["close"] > 0).all()
        assert not np.allclose(made.frame["close"], own.frame["close"])
    name = drawn.names[0]
    made, own = after[name].frame, before[name].frame
    assert (made["high"] >= made[["open", "close"]].max(axis=1) - 1e-9).all()
    assert (made["low"] <= made[["open", "close"]].min(axis=1) + 1e-9).all()
    ranges = {float(x) for x in (own["high"] / own["close"]).round(9)}
    assert {float(x) for x in (made["high"] / made["close"]).round(9)} <= ranges
    assert drawn.panel.closes.tolist() == planted.panel.closes.tolist()


def test_metals_and_market_are_drawn_together_and_in_blocks(planted: Market) -> None:
    worlds = NullWorlds.of(planted, block=40.0)
    made = worlds.world(3).parts.all_series()
    own = planted.parts.all_series()

    def moves(series: dict[str, Any], role: str) -> Any:
        return np.log(series[role].frame["close"]).diff().dropna().round(9)

    copper, gold = (moves(made, f"metal {m}") for m in ("copper", "gold"))
    pairs = dict(zip(moves(own, "metal copper"), moves(own, "metal gold"), strict=True))
    together = np.mean([pairs.get(c) == g for c, g in zip(copper, gold, strict=True)])
    assert together > 0.9  # a day that is a holiday in one of the two calendars joins two moves
    order = {c: k for k, c in enumerate(moves(own, "metal copper"))}
    places = np.array([order.get(c, -9) for c in copper])
    follows = np.mean(np.diff(places) == 1)
    assert follows == pytest.approx(1.0 - 1.0 / 40.0, abs=0.08)


def test_one_seed_is_one_world(planted: Market) -> None:
    worlds = NullWorlds.of(planted)
    one, same, other = (worlds.world(seed) for seed in (1, 1, 2))
    assert (logs(one, "N0") == logs(same, "N0")).all()
    assert not np.allclose(logs(one, "N0"), logs(other, "N0"))


def test_real_calendars_currencies_and_late_listings_are_drawn() -> None:
    market = small_sample("FCX", "ANTO.L")  # New York and London, dollars and pounds
    made = null_market(market, 1)
    assert (made.panel.has_bar == market.panel.has_bar).all()
    assert (made.panel.segment == market.panel.segment).all()
    ratio = np.log(made.panel.close / market.panel.close)
    assert np.nanstd(ratio) > 0.05


def test_what_a_hedge_leg_trades_follows_the_metals_of_its_world(planted: Market) -> None:
    (listing, _), *_ = planted.parts.traded
    days = planted.parts.all_series()["N0"].frame.index
    gold = planted.parts.metals["gold"]
    fund = gold.frame.reindex(days).ffill().bfill()
    hedge = replace(gold, facts=replace(gold.facts, symbol="FUND", clock_name="XNYS"), frame=fund)
    parts = replace(planted.parts, hedges={"FUND": (listing, hedge)})
    made = null_market(replace(planted, parts=parts), 5)
    drawn = made.parts.hedges["FUND"][1].frame["close"]
    own = made.parts.metals["gold"].frame["close"].reindex(days).ffill().bfill()
    # It is the metal itself, day by day: nothing is left to be drawn.
    assert np.log(drawn / own).std() < 0.02
    assert np.log(drawn).diff().std() > 0.005


def swept(folder: Path, kind: str) -> Sweep:
    config = make_sweep_config(
        from_names(BASE | {"regime": "none"}), {"parameters": GRID, "verify": 0}
    )
    return sweep(config, market=planted_world(kind, 1), out=folder)


@pytest.fixture(scope="module")
def strong(tmp_path_factory: pytest.TempPathFactory) -> Sweep:
    return swept(tmp_path_factory.mktemp("null") / "strong", "strong")


def test_a_planted_edge_beats_every_null_world_and_the_verdict_says_so(
    strong: Sweep, planted: Market
) -> None:
    told: list[int] = []
    found = null_sweep(strong, WORLDS, seed=3, told=told.append)
    assert told == list(range(1, WORLDS + 1))
    assert found.p == 1 / (1 + WORLDS), "1 + none reached over 1 + worlds"
    assert found.observed == pytest.approx(strong.frame["sharpe"].max(), rel=1e-9)
    assert found.error == pytest.approx(np.sqrt(found.p * (1 - found.p) / WORLDS))
    assert (found.best < found.observed).all()
    assert found.table["best_sharpe"].iloc[-1] == found.observed
    path = found.save()
    assert json.loads(path.read_text())["p"] == found.p
    again = open_sweep(strong.path)
    assert again.selection["null"]["worlds"] == WORLDS
    assert "null sweep p 0.10" in again.verdict
    # 9 worlds leave p between 0 and 0.3: more are needed to be sure.
    assert again.verdict.endswith("the null sweep's p may be above 0.05 within sampling error")
    # A run chosen from now on carries it to its page.
    kept = chosen(again, 0)(planted)
    assert (kept["null"]["p"], kept["null"]["worlds"]) == (found.p, WORLDS)
    assert "null" not in kept["notes"]
    assert null_sweep(strong, 2, seed=3).best.tolist() == found.best[:2].tolist()


def test_what_cannot_be_asked_is_refused(strong: Sweep, planted: Market) -> None:
    with pytest.raises(ConfigError, match="worlds must be at least 1, got 0"):
        null_sweep(strong, 0)
    short = planted.known_by(np.datetime64("2005-06-30"))
    with pytest.raises(ConfigError, match="at least 252 are needed to draw from"):
        null_market(short, 1)


@pytest.fixture
def copied(strong: Sweep, planted: Market, tmp_path: Path) -> Sweep:
    """A sweep without a null world on disk."""
    leave = shutil.ignore_patterns("null*")
    return open_sweep(shutil.copytree(strong.path, tmp_path / "copy", ignore=leave), planted)


def stored(sweep: Sweep) -> list[Path]:
    return sorted((sweep.path / "null_worlds").glob("*"))


@pytest.fixture(scope="module")
def whole(strong: Sweep) -> NullSweep:
    return null_sweep(strong, 3, seed=11)


def test_an_interrupted_null_sweep_goes_on_to_the_same_figures(
    whole: NullSweep, copied: Sweep, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupting(done: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        null_sweep(copied, 3, seed=11, jobs=1, told=interrupting)
    assert 1 <= len(stored(copied)) < 3
    assert not (copied.path / "null.json").exists()
    told: list[int] = []
    found = null_sweep(copied, 3, seed=11, jobs=1, told=told.append)
    assert told[-1] == 3
    assert len(told) <= 3, "what was kept is told at once and not made again"
    assert found.best.tolist() == whole.best.tolist()
    assert found.document == whole.document
    # Torn, and changed in one byte: both are noticed and made again, the others are not.
    torn, changed = stored(copied)[:2]
    torn.write_bytes(torn.read_bytes()[:-9])
    content = bytearray(changed.read_bytes())
    content[len(content) // 2] ^= 1
    changed.write_bytes(content)
    notes: list[str] = []
    told.clear()
    again = null_sweep(
        copied,
        4,
        seed=11,
        told=told.append,
        progress=lambda tick: notes.append(tick.words) if tick.is_note else None,
    )
    assert told == [1, 2, 3, 4]
    assert notes[0] == "2 worlds were damaged: made again"
    assert again.best[:3].tolist() == whole.best.tolist()
    monkeypatch.setattr(null_sweeping, "NullWorlds", None)  # nothing is drawn any more
    assert null_sweep(copied, 4, seed=11).best.tolist() == again.best.tolist()


KILLED = """
import os, signal, sys
from benchmarks.planted import planted_world
from orebound.sweeps import null_sweep, open_sweep

def told(done):
    os.kill(os.getpid(), signal.SIGKILL)

null_sweep(open_sweep(sys.argv[1], planted_world("strong", 1)), 3, seed=11, jobs=1, told=told)
"""


@pytest.mark.slow
def test_a_killed_null_sweep_goes_on_to_the_same_figures(whole: NullSweep, copied: Sweep) -> None:
    command = [sys.executable, "-c", KILLED, str(copied.path)]
    assert subprocess.run(command, check=False).returncode == -signal.SIGKILL
    assert not (copied.path / "null.json").exists()
    assert any(path.suffix == ".parquet" for path in stored(copied)), "one world is kept"
    assert null_sweep(copied, 3, seed=11).document == whole.document
    assert all(path.suffix == ".parquet" for path in stored(copied)), "nothing unfinished is left"


def test_a_world_is_one_of_its_seed_block_sweep_and_number(tmp_path: Path) -> None:
    def path(identity: str = "a", seed: int = 0, block: float | None = None, n: int = 0) -> Path:
        return NullStore.of(tmp_path, identity, seed=seed, block=block).path(n)

    others = [path("b"), path(seed=1), path(block=20.0), path(n=1)]
    assert len({path(), *others}) == 5
    assert path(block=20) == path(block=20.0)


def test_worlds_of_other_data_than_the_sweep_are_refused(copied: Sweep) -> None:
    other = open_sweep(copied.path, planted_world("strong", 2))
    with pytest.raises(ConfigError, match="the data have changed since it ran, and worlds"):
        null_sweep(other, 2)
    copied.info["data"][0]["sha256"] = "of another file"
    with pytest.raises(ConfigError, match=r"the data of N0 have changed since it ran"):
        null_sweep(copied, 2)


def test_the_time_to_go_is_told_with_the_first_world(monkeypatch: pytest.MonkeyPatch) -> None:
    clock, ticks = [0.0], list[Tick]()
    monkeypatch.setattr(null_pace.time, "perf_counter", lambda: clock[0])
    pace = Pace(3, 43, 100, ticks.append)
    assert (
        ticks[-1].words == "100 combinations on 43 worlds without an edge, 3 of them there already"
    )
    clock[0] = 6.0
    pace.count(50)
    pace.tell()
    assert ticks[-1] == ("3 of 43 worlds, about 8 min to go", 350, 4300, False)
    clock[0] = 12.0
    pace.count(50)
    pace.world()
    # 39 worlds more, 12 seconds each: 7.8 minutes.
    assert ticks[-1] == ("4 of 43 worlds, about 8 min to go", 400, 4300, True)
    pace.count(100)
    pace.world()
    assert not ticks[-1].is_note
    slow = Pace(0, 2000, 1000, ticks.append)
    clock[0] += 21.0
    slow.count(10)
    slow.tell()
    # A large world tells by a part of it: 21 s for 10 of 2,000,000 rows, 1,166.7 hours.
    assert ticks[-1] == ("0 of 2,000 worlds, about 48.6 days to go", 10, 2_000_000, True)

"""Worlds whose truth is planted, and what the verdict of a sweep says of them.

`python -m benchmarks.planted --worlds 500` sweeps the same grid on every world, as a user does, and
compares verdicts and stated probabilities with what was planted. Its figures stand in
docs/calibration.md.

Eight miners follow two metals. What a miner does beyond them is, a session at a time,

* ``noise``: a random walk, so that no gap closes but by chance,
* ``weak``, ``strong``: a random walk and a gap that reverts with a half-life of 25 sessions,
* ``regime``: a gap that reverts only while China's stimulus is ON, and is a random walk else.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from datetime import date
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from orebound.feeds import Market, Parts, Universe, clock
from orebound.strategies import Regime, stimulus_path
from orebound.sweeps import Sweep, daily_superior, from_names, make_sweep_config, null_sweep, sweep

from .worlds import _listing, _metal, _series, _walk

Floats = NDArray[np.float64]
KINDS = ("noise", "noise", "weak", "strong", "regime")  # noise is where a verdict does harm
FIRST, START, END = "2005-01-03", date(2008, 1, 2), date(2025, 12, 31)
N_NAMES = 8
#: Sessions in which a gap closes by half; ``case 3`` is the one of the acceptance cases.
HALF_LIFE = {"case 3": 60.0}
USUAL_HALF_LIFE = 25.0
#: Standard deviation of the gap that reverts, and of the walk beside it a session, by kind.
GAPS = {"noise": (0.0, 0.014), "weak": (0.04, 0.012), "strong": (0.12, 0.006),
        "regime": (0.16, 0.006), "case 3": (0.12, 0.0)}  # fmt: skip
#: 96 combinations: bad ones among them, as in any honest grid.
GRID: dict[str, Any] = {
    "z_in": [0.5, 1.0, 1.5, 2.0],
    "capture": [0.2, 0.5, 0.8],
    "stop_multiple": [0.0, 1.0],
    "time_stop_min": [10, 63],
    "regime": ["none", "impulse"],
}
BASE: dict[str, Any] = {"start": START, "end": END, "market_factor": False,
                        "half_life_window": 252, "hedge_window": 252}  # fmt: skip


def planted_world(kind: str, seed: int) -> Market:
    """Return one world."""
    random = np.random.default_rng(([*KINDS, *HALF_LIFE].index(kind), seed))
    days = clock("XNYS").sessions(FIRST, END)
    official = clock("LME official").sessions(FIRST, days[-1])
    metals = {name: _metal(name, official, random) for name in ("copper", "gold")}
    index = pd.DatetimeIndex(days.astype("M8[ns]"))
    both = sum(np.log(one.frame["close"]).reindex(index).ffill().bfill() for one in metals.values())
    factor = np.diff(both.to_numpy(), prepend=both.iloc[0])
    reverts = is_on(days) if kind == "regime" else np.ones(len(days), bool)
    lines = [_listing(f"N{place}") for place in range(N_NAMES)]
    traded = []
    for line, _ in lines:
        own = own_path(kind, len(days), reverts, random)
        close = 40.0 * np.exp(np.cumsum(0.6 * factor) + own)
        opened = np.concatenate([close[:1], close[:-1]]) * np.exp(
            random.normal(0, 0.004, len(days))
        )
        high, low = np.maximum(opened, close) * 1.003, np.minimum(opened, close) / 1.003
        bars = {"open": opened, "high": high, "low": low}
        traded.append((line, _series(line.id, "XNYS", days, close, bars)))
    issuers = {line.issuer: issuer for line, issuer in lines}
    universe = Universe("planted", tuple(line for line, _ in lines), issuers, {}, ())
    market = _series("MKT", "XNYS", days, _walk(random, len(days), 0.009))
    parts = Parts(tuple(traded), metals, market, {}, "USD", {}, {}, ())
    return Market._of("frames", universe, parts, True, np.timedelta64(300, "s"), None)


def own_path(kind: str, n: int, reverts: NDArray[np.bool_], random: np.random.Generator) -> Floats:
    """Return the log of what a miner does beyond its metals; without drift in expectation."""
    deviation, walk = GAPS[kind]
    phi = 0.5 ** (1.0 / HALF_LIFE.get(kind, USUAL_HALF_LIFE))
    shocks = random.normal(0.0, deviation * np.sqrt(1.0 - phi**2), n)
    gap = np.zeros(n)
    gap[0] = shocks[0]
    for day in range(1, n):
        gap[day] = gap[day - 1] * (phi if reverts[day] else 1.0) + shocks[day]
    return gap + np.cumsum(random.normal(-0.5 * walk**2, walk, n))


def is_on(days: NDArray[np.datetime64]) -> NDArray[np.bool_]:
    """Return on which sessions the regime ``impulse`` is ON at the close before."""
    path = stimulus_path(clock("XNYS"), days[-1], Regime(regime="impulse"))
    on = path.state[path.place(days)] == 1
    return np.asarray(np.concatenate([[False], on[:-1]]))


def judged_world(
    kind: str, seed: int, worlds_without: int = 0, *, is_daily: bool = False
) -> dict[str, Any]:
    """Return what the verdict says of one world, and Hansen's test on days where asked for."""
    config = make_sweep_config(from_names(BASE), {"parameters": GRID, "verify": 0})
    with tempfile.TemporaryDirectory() as folder:
        found = sweep(config, market=planted_world(kind, seed), out=Path(folder) / "s", jobs=1)
        before = found.verdict
        if worlds_without:
            null_sweep(found, worlds_without, seed=seed, jobs=1).save()
        if is_daily:
            daily_superior(found).save()
        return {"kind": kind, "seed": seed, "before": before} | _figures(found.read_again())


def _figures(found: Sweep) -> dict[str, Any]:
    said = found.selection
    keys = ("deflated_sharpe", "pbo", "spa", "effective_trials", "regime_episodes", "missed")
    best = found.row(int(said["best"]["combination"]))
    return {key: said.get(key) for key in keys} | {
        "sharpe": best["sharpe"],
        "entries": best["entries"],
        "best": {name: best[name] for name in GRID},
        "null_p": said.get("null", {}).get("p"),
        "spa_daily": said.get("spa_daily", {}).get("p"),
        "verdict": found.verdict,
        "is_edge": found.verdict.endswith(": evidence of an edge"),
    }


def _one(is_daily: bool, job: tuple[str, int, int]) -> dict[str, Any]:
    return judged_world(*job, is_daily=is_daily)


def jobs_of(numbers: range, nulls: int, worlds_without: int) -> Iterator[tuple[str, int, int]]:
    """Yield kind, seed and number of worlds without an edge of each planted world."""
    for number in numbers:
        kind = KINDS[number % len(KINDS)]
        yield kind, number, worlds_without if number < nulls else 0


def reliability(probability: Floats, is_true: Floats, bins: int = 5) -> pd.DataFrame:
    """Return how often what was stated with a probability was true, by bins of equal width."""
    place = np.minimum((probability * bins).astype(int), bins - 1)
    rows = [
        (f"{one / bins:.1f} to {(one + 1) / bins:.1f}", int((place == one).sum()),
         float(probability[place == one].mean()), float(is_true[place == one].mean()))
        for one in range(bins) if (place == one).any()
    ]  # fmt: skip
    return pd.DataFrame(rows, columns=["stated", "worlds", "mean_stated", "true"])


def brier(probability: Floats, is_true: Floats) -> float:
    """Return the mean squared error of probabilities (Brier 1950)."""
    return float(np.mean((probability - is_true) ** 2))


def power(found: pd.DataFrame) -> pd.DataFrame:
    """Return by kind how often Hansen's p is at most 0.05, on months and on days."""
    both = found.dropna(subset=["spa", "spa_daily"])
    p = both[["spa", "spa_daily"]].astype(float)
    small = (p <= 0.05).add_suffix(" <= 0.05")
    rows = pd.concat([small, p.add_suffix(", mean")], axis=1).groupby(both["kind"])
    apart = (p["spa_daily"] - p["spa"]).abs().groupby(both["kind"]).mean()
    return rows.mean().assign(apart=apart, worlds=rows.size())


def main() -> None:
    """Sweep the worlds and print what came out; every world's figures go to a file of lines."""
    options = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    options.add_argument("--first", type=int, default=0, help="number of the first world")
    options.add_argument("--worlds", type=int, default=500)
    options.add_argument("--nulls", type=int, default=0, help="first worlds with a null sweep")
    options.add_argument("--without", type=int, default=19, help="worlds of each null sweep")
    options.add_argument("--daily", action="store_true", help="Hansen's test on days, too")
    options.add_argument("--jobs", type=int, default=1)
    options.add_argument("--out", type=Path, default=Path("results/planted.jsonl"))
    given = options.parse_args()
    given.out.parent.mkdir(parents=True, exist_ok=True)
    wanted = jobs_of(range(given.first, given.first + given.worlds), given.nulls, given.without)
    with ProcessPoolExecutor(given.jobs) as pool, given.out.open("w", encoding="utf-8") as file:
        for one in pool.map(partial(_one, given.daily), wanted):
            file.write(json.dumps(one, default=str) + "\n")
            file.flush()
    sys.stdout.write(summary(pd.read_json(given.out, lines=True)) + "\n")


def stated_of(found: pd.DataFrame) -> dict[str, pd.Series[Any]]:
    """Return the probabilities of an edge that sweeps state, by name; NaN where there is none."""
    return {
        "deflated Sharpe probability": found["deflated_sharpe"].astype(float),
        "1 - p of Hansen's test": 1.0 - found["spa"].astype(float),
        "1 - p of the null sweep": 1.0 - found["null_p"].astype(float),
    }


def summary(found: pd.DataFrame) -> str:
    """Return the figures of docs/calibration.md."""
    by = found.groupby("kind").agg(
        worlds=("seed", "size"), called_edge=("is_edge", "mean"), sharpe=("sharpe", "median"),
        deflated=("deflated_sharpe", "median"), pbo=("pbo", "mean"), spa=("spa", "median"),
    )  # fmt: skip
    out = [by.round(3).to_string()]
    if "spa_daily" in found and found["spa_daily"].notna().any():
        out.append(f"Hansen's test on months and on days:\n{power(found).round(3).to_string()}")
    truth = (found["kind"] != "noise").to_numpy(float)
    for name, column in stated_of(found).items():
        known = column.notna().to_numpy()
        if known.any():
            values, true = column.to_numpy(float)[known], truth[known]
            table = reliability(values, true).round(3).to_string(index=False)
            out.append(f"{name}: Brier score {brier(values, true):.3f}\n{table}")
    return "\n\n".join(out)


if __name__ == "__main__":
    main()

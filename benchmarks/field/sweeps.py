"""The rows of our sweep: the reference rule as a user declares it, and the default rule.

The reference rule goes the whole way of a user's own: price files, a universe, a class named in
``[rule] declared`` (`benchmarks.declared_rule`). The package knows nothing of it.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np
import tomli_w

from benchmarks import declared_rule
from benchmarks.declared_rule import GRID, sweep_config, write_folder
from benchmarks.field.rows import REFERENCE, Row
from benchmarks.peers.common import (
    Contestant,
    Outcome,
    Prices,
    Rule,
    Swept,
    sharpe_and_drawdown,
)
from orebound.feeds import Market
from orebound.sweeps import RunConfig, load_sweep
from orebound.sweeps.prepared import Prepared, Workshop, numbers_matrix
from orebound.sweeps.replay.many import Engine, replay_many
from orebound.sweeps.replay.totals import METRICS
from orebound.sweeps.rerun import curve, orders, run_again
from orebound.sweeps.stock import stock_run

DEFAULT_RULE = "the product's default rule, embedded market"
PACKAGES = ("backtrader", "numba", "numpy", "pandas")
#: `orebound sweep` of the default rule: thresholds and exits, 250,000 combinations.
DEFAULT_GRID = {
    "z_in": np.linspace(1.5, 3.0, 50),
    "capture": np.linspace(0.5, 1.0, 25),
    "stop_multiple": np.linspace(1.0, 3.0, 20),
    "time_stop_multiple": np.linspace(1.0, 3.0, 10),
}
WHOLE = "whole process, 2 cores"
#: Of a thread's work: combinations differ in cost, so that equal halves end apart.
PARTS = 8
ROOT = Path(__file__).resolve().parents[2]


def sweep_rows(*, quick: bool) -> list[Row]:
    """Return the rows; the first of a group is what the others are compared with."""
    both, sweep = ("run", "sweep"), ("sweep",)
    rows = [
        Row("replay, scalar", f"{__file__}:ScalarReference", measures=both),
        Row("replay, lanes", f"{__file__}:LanesReference", measures=sweep, side="lanes"),
        Row(
            "replay, lanes, 2 cores",
            f"{__file__}:LanesOnTwoCores",
            cores=2,
            measures=sweep,
            side="lanes",
        ),
        Row("stock backtrader", f"{__file__}:StockDefault", group=DEFAULT_RULE, side="theirs"),
        Row("replay, scalar", f"{__file__}:ScalarDefault", measures=both, group=DEFAULT_RULE),
        Row(
            "replay, lanes",
            f"{__file__}:LanesDefault",
            measures=sweep,
            group=DEFAULT_RULE,
            side="lanes",
        ),
    ]
    if quick:
        return rows
    commands = [
        ("SweepReference", "orebound sweep --verify 0", REFERENCE),
        ("ProvenReference", "orebound sweep, 10 proofs", REFERENCE),
        ("SweepDefault", "orebound sweep --verify 0", DEFAULT_RULE),
    ]
    rows += [
        Row(f"{words}, {WHOLE}", f"{__file__}:{name}", cores=2, measures=sweep, group=group)
        for name, words, group in commands
    ]
    return sorted(rows, key=lambda row: row.group != REFERENCE)


class _Replay(Contestant):
    """`replay_many` with every metric and monthly sum; the arrays are made before."""

    packages = PACKAGES
    compiles = True
    engine: Engine
    n: int  # combinations of a sweep
    threads = 1

    def run(self, rule: Rule) -> Outcome:
        """Return one run with its orders and daily curve, its arrays made anew."""
        again = run_again(self.prepared(rule, anew=True))
        sent, values = orders(again), curve(again)
        filled = int((sent["status"] == "Filled").sum())
        return Outcome(float(values.iloc[-1]), filled)

    def sweep(self, rules: Sequence[Rule]) -> Swept:
        made = self.prepared(rules[0])
        numbers = self.numbers(made)
        lanes = made.lanes if self.engine == "lanes" else None

        def metrics_of(part: np.ndarray) -> np.ndarray:
            given = (made.market, made.rule, part, made.calendar)
            return replay_many(*given, engine=self.engine, lanes=lanes).metrics

        parts = np.array_split(numbers, self.threads * PARTS) if self.threads > 1 else [numbers]
        with ThreadPoolExecutor(self.threads) as pool:  # the replay releases the interpreter
            metrics = np.concatenate(list(pool.map(metrics_of, parts)))
        first = dict(zip(METRICS, metrics[0].tolist(), strict=True))
        return Swept(
            len(metrics),
            Outcome(
                final_value=first["final_value"],
                fills=int(first["orders"] - first["not_filled"]),
                sharpe=first["sharpe"],
                drawdown=-first["max_drawdown"],
            ),
        )

    def prepared(self, rule: Rule, *, anew: bool = False) -> Prepared:
        """Return the arrays of one combination."""
        raise NotImplementedError

    def numbers(self, made: Prepared) -> np.ndarray:
        """Return the numbers of a sweep's combinations, the default one first."""
        raise NotImplementedError


class _Reference(_Replay):
    def __init__(self, prices: Prices) -> None:
        super().__init__(prices)
        self.folder = tempfile.TemporaryDirectory()
        file = written(prices, Path(self.folder.name))
        self.workshop = Workshop(load_sweep(file).base)
        self.workshop.market(self.workshop.base)

    def prepared(self, rule: Rule, *, anew: bool = False) -> Prepared:
        if anew:
            declared_rule.known.cache_clear()
            market = self.workshop.market(self.workshop.base)
            self.workshop = Workshop(self.workshop.base, market)
        made = self.workshop.prepared(rule)
        return made._replace(config=self.workshop.config(rule))

    def numbers(self, made: Prepared) -> np.ndarray:
        axes = {name: _values(GRID[name]) for name in type(made.config.rule).THRESHOLDS}
        return _matrix(made, axes, self.n)


class ScalarReference(_Reference):
    how = "the scalar replay with all metrics and monthly sums; a run includes signals and orders"
    engine, n = "scalar", 500


class LanesReference(_Reference):
    how = "8 or 16 combinations in a register, all metrics and monthly sums, thresholds of a group"
    engine, n = "lanes", 6_912


class LanesOnTwoCores(LanesReference):
    how = "the same in two threads of one process, each taking the next part when it is free"
    threads = 2


class _Default(_Replay):
    def __init__(self, prices: Prices) -> None:
        super().__init__(prices)
        self.workshop = Workshop(RunConfig(), Market.sample())

    def prepared(self, rule: Rule, *, anew: bool = False) -> Prepared:  # noqa: ARG002
        if anew:
            self.workshop = Workshop(self.workshop.base, self.workshop.given)
        return self.workshop.prepared({})

    def numbers(self, made: Prepared) -> np.ndarray:
        return _matrix(made, DEFAULT_GRID, self.n)


class ScalarDefault(_Default):
    how = ScalarReference.how
    engine, n = "scalar", 2_000


class LanesDefault(_Default):
    how = LanesReference.how
    engine, n = "lanes", 50_000


class StockDefault(Contestant):
    """The baseline: stock's feeds and loop, the product's strategy and costs."""

    how = "stock backtrader's loading, loop and broker under the product's strategy"
    packages = PACKAGES

    def __init__(self, prices: Prices) -> None:
        super().__init__(prices)
        self.config = RunConfig()
        self.prepared = Workshop(self.config, Market.sample()).prepared({})

    def run(self, rule: Rule) -> Outcome:  # noqa: ARG002 - its own rule on its own market
        values, sent = stock_run(self.prepared, self.config)
        sharpe, drawdown = sharpe_and_drawdown(values)
        filled = int((sent["status"] == "Filled").sum())
        return Outcome(float(values[-1]), filled, float(sharpe), float(drawdown))


def _matrix(made: Prepared, axes: Mapping[str, Any], n: int) -> np.ndarray:
    """Return a grid's numbers, its first row replaced by the configuration's own."""
    table = np.array(list(product(*axes.values())), float)
    table = table[np.linspace(0, len(table) - 1, min(n, len(table))).astype(int)]
    columns = {name: table[:, k] for k, name in enumerate(axes)}
    n_declared = made.source.panel.n_declared
    numbers = numbers_matrix(made.config, columns, len(table), n_declared)
    numbers[0] = numbers_matrix(made.config, {}, 1, n_declared)[0]
    return numbers


def _values(written_as: Any) -> list[float]:
    if isinstance(written_as, list):
        return written_as
    n = round((written_as["to"] - written_as["from"]) / written_as["step"]) + 1
    return [written_as["from"] + k * written_as["step"] for k in range(n)]


def written(prices: Any, folder: Path, **own: Any) -> Path:
    """Return a sweep file beside its price files."""
    write_folder(prices, folder / "prices")
    file = folder / "sweep.toml"
    file.write_text(tomli_w.dumps(sweep_config(folder / "prices", **own)), encoding="utf-8")
    return file


class _Command(Contestant):
    """What a user types, from the interpreter's start to the verdict."""

    packages = PACKAGES  # what it compiles, the rows before it have left on disk
    verify = 0

    def sweep(self, rules: Sequence[Rule]) -> Swept:  # noqa: ARG002 - a grid of its own
        with tempfile.TemporaryDirectory() as name:
            found = self._called(self.file(Path(name)), Path(name, "results"))
        return Swept(found["counts"]["combinations"], None)

    def file(self, folder: Path) -> Path:
        """Return the sweep file."""
        raise NotImplementedError

    def _called(self, file: Path, results: Path) -> dict[str, dict[str, int]]:
        words = ["sweep", str(file), "--results", str(results), "--verify", str(self.verify)]
        environment = os.environ | {"PYTHONPATH": str(ROOT)}  # where the rule is found
        done = subprocess.run(  # noqa: S603 - our own command
            [str(Path(sys.executable).with_name("orebound")), *words, "--json"],
            capture_output=True, text=True, check=False, env=environment,
        )  # fmt: skip
        if done.returncode:
            raise RuntimeError(f"orebound sweep ended with {done.returncode}: {done.stderr[-300:]}")
        found: dict[str, dict[str, int]] = json.loads(done.stdout)
        return found


class SweepReference(_Command):
    how = "the reference rule from files: plan, store, all metrics, selection statistics, verdict"

    def __init__(self, prices: Prices) -> None:
        super().__init__(prices)
        self.folder = tempfile.TemporaryDirectory()
        self.written = written(prices, Path(self.folder.name), chunk=6_912)

    def file(self, folder: Path) -> Path:  # noqa: ARG002 - results alone are thrown away
        return self.written


class ProvenReference(SweepReference):
    how = "the same, and ten combinations again through backtrader, bit by bit"
    verify = 5


class SweepDefault(_Command):
    how = "the default rule on the embedded market, 250,000 thresholds and exits"

    def file(self, folder: Path) -> Path:
        axes = {name: values.round(6).tolist() for name, values in DEFAULT_GRID.items()}
        own = {"name": "field", "idea": "field", "chunk": 10_000, "parameters": axes}
        file = folder / "sweep.toml"
        file.write_text(tomli_w.dumps({"sweep": own}), encoding="utf-8")
        return file

"""The rows of our sweep, and those of the product's default rule on the embedded market."""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

import backtrader as bt
import numpy as np

from benchmarks.field.rows import Row
from benchmarks.peers.common import Contestant, Outcome, Prices, Rule, Swept
from orebound.analyzers import Orders
from orebound.feeds import Market, PanelFeed
from orebound.strategies import CatchUp, DatedCosts
from orebound.sweeps import Parameters, RunConfig
from orebound.sweeps.prepared import Workshop, settings_matrix
from orebound.sweeps.replay.many import METRICS, replay_many

DEFAULT_RULE = "the product's default rule, embedded market"
PACKAGES = ("backtrader", "numba", "numpy", "pandas")
COMBINATIONS = 2_000
#: `orebound sweep`: thresholds and exits, 250,000 combinations.
GRID = {"z_in": 50, "capture": 25, "stop_multiple": 20, "time_stop_multiple": 10}


def sweep_rows(*, quick: bool) -> list[Row]:
    """Return the rows; the first of a group is what the others are compared with."""
    rows = [
        Row("stock backtrader", f"{__file__}:StockDefault", group=DEFAULT_RULE),
        Row(
            "replay, one core",
            f"{__file__}:ReplayDefault",
            measures=("run", "sweep"),
            group=DEFAULT_RULE,
        ),
        Row(
            "orebound sweep, whole process, 2 cores",
            f"{__file__}:SweepCommand",
            cores=2,
            measures=("sweep",),
            group=DEFAULT_RULE,
        ),
    ]
    return rows[:2] if quick else rows


class StockFeed(PanelFeed):
    """The panel's bars through backtrader's own loading, advancing and ticking."""

    preload = bt.feed.DataBase.preload
    advance = bt.feed.DataBase.advance
    advance_peek = bt.feed.DataBase.advance_peek


class StockDefault(Contestant):
    """The baseline: stock's feeds and loop, the product's strategy and costs."""

    how = "stock backtrader's loading and loop under the product's strategy; signals included"
    packages = PACKAGES

    def __init__(self, prices: Prices) -> None:
        super().__init__(prices)
        self.market, self.config = Market.sample(), RunConfig()

    def run(self, rule: Rule) -> Outcome:  # noqa: ARG002 - its own rule on its own market
        chosen = self.config
        parameters = Parameters(chosen.rule, chosen.regime, chosen.sizing, chosen.costs)
        cerebro = bt.Cerebro(stdstats=False)
        cerebro.broker.setcash(parameters.sizing.cash)
        for column, name in enumerate(self.market.panel.names):
            # backtrader's metaclass takes the params before __init__ is called.
            feed = StockFeed(panel=self.market.panel, column=column)  # type: ignore[call-arg]
            cerebro.adddata(feed, name=name)
            info = DatedCosts(data=feed, costs=parameters.costs)
            cerebro.broker.addcommissioninfo(info, name=name)
        cerebro.addstrategy(CatchUp, **parameters.flat())
        cerebro.addanalyzer(Orders, _name="orders")
        cerebro.addanalyzer(bt.analyzers.DrawDown, _name="drawdown")
        cerebro.addanalyzer(
            bt.analyzers.SharpeRatio, _name="sharpe", timeframe=bt.TimeFrame.Days,
            riskfreerate=0.0, annualize=True, stddev_sample=True,
        )  # fmt: skip
        (strategy,) = cerebro.run()
        found = strategy.analyzers
        return Outcome(
            final_value=cerebro.broker.getvalue(),
            fills=int((found.orders.frame()["status"] == "Filled").sum()),
            sharpe=found.sharpe.get_analysis()["sharperatio"],
            drawdown=found.drawdown.get_analysis()["max"]["drawdown"] / 100.0,
        )


class ReplayDefault(Contestant):
    """`replay_many` with every metric and monthly sum, the arrays made before."""

    how = "the compiled replay with all metrics and monthly sums; a run includes the signals"
    packages = PACKAGES
    compiles = True

    def __init__(self, prices: Prices) -> None:
        super().__init__(prices)
        self.market, self.config = Market.sample(), RunConfig()
        self.prepared = Workshop(self.config, self.market).prepared({})

    def run(self, rule: Rule) -> Outcome:  # noqa: ARG002 - its own rule on its own market
        self.prepared = Workshop(self.config, self.market).prepared({})
        return _outcome(self._replayed(np.array([self.config.rule.z_in])))

    def sweep(self, rules: Sequence[Rule]) -> Swept:  # noqa: ARG002 - a grid of its own
        found = self._replayed(np.linspace(self.config.rule.z_in, 3.0, COMBINATIONS))
        return Swept(len(found), _outcome(found))

    def _replayed(self, z_in: np.ndarray) -> np.ndarray:
        made = self.prepared
        settings = settings_matrix(
            self.config.rule, self.config.sizing, {"z_in": z_in}, made.source.panel.n_declared
        )
        return replay_many(made.market, made.signals, settings, made.calendar).metrics


def _outcome(metrics: np.ndarray) -> Outcome:
    """Return the outcome of the first combination."""
    first = dict(zip(METRICS, metrics[0].tolist(), strict=True))
    return Outcome(
        final_value=first["final_value"],
        fills=int(first["orders"] - first["not_filled"]),
        sharpe=first["sharpe"],
        drawdown=-first["max_drawdown"],
    )


class SweepCommand(Contestant):
    """What a user types, from the interpreter's start to the verdict."""

    how = "the command itself: plan, store, metrics, selection statistics, verdict, no proof run"
    packages = PACKAGES  # what it compiles, the row before it has left on disk

    def sweep(self, rules: Sequence[Rule]) -> Swept:  # noqa: ARG002 - a grid of its own
        with tempfile.TemporaryDirectory() as name:
            file = Path(name, "sweep.toml")
            file.write_text(_sweep_file(GRID), encoding="utf-8")
            found = _called(file, Path(name, "results"))
        return Swept(found["counts"]["combinations"], None)


def _sweep_file(grid: dict[str, int]) -> str:
    """Return a sweep whose first combination is the default rule's threshold."""
    limits = {"z_in": (1.5, 3.0), "capture": (0.5, 1.0)}
    limits |= {"stop_multiple": (1.0, 3.0), "time_stop_multiple": (1.0, 3.0)}
    lines = ["[sweep]", 'name = "field"', "verify = 0", "[sweep.parameters]"]
    for name, n in grid.items():
        values = np.linspace(*limits[name], n).round(6).tolist()
        lines.append(f"{name} = {json.dumps(values)}")
    return "\n".join(lines)


def _called(file: Path, results: Path) -> dict[str, dict[str, int]]:
    words = ["sweep", str(file), "--results", str(results), "--json"]
    done = subprocess.run(  # noqa: S603 - our own command
        [str(Path(sys.executable).with_name("orebound")), *words],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    if done.returncode:
        raise RuntimeError(f"orebound sweep ended with {done.returncode}: {done.stderr[-300:]}")
    found: dict[str, dict[str, int]] = json.loads(done.stdout)
    return found

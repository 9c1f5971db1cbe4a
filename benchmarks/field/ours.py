"""The rows that are backtrader: stock, its optimiser, and ours in three forms."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import Any

import backtrader as bt
import numpy as np

from benchmarks import reference_rule as reference
from benchmarks.peers.common import (
    Contestant,
    Outcome,
    Prices,
    Rule,
    Swept,
    sharpe_and_drawdown,
    swept,
)
from orebound.feeds import fast_lane

PACKAGES = ("backtrader", "numpy", "pandas")


def outcome_of(strategy: Any) -> Outcome:
    """Return what a strategy's own diary says, with a digest of every fill and every value."""
    equity = np.array(strategy.equity)
    words = repr([[str(part) for part in fill] for fill in strategy.fills])
    digest = hashlib.sha256(words.encode() + equity.tobytes()).hexdigest()
    n_filled = sum(fill[2] == "Completed" for fill in strategy.fills)
    sharpe, drawdown = sharpe_and_drawdown(equity)
    return Outcome(float(equity[-1]), n_filled, float(sharpe), float(drawdown), digest)


class _Backtrader(Contestant):
    """What the forms share: a Cerebro made and run for each combination."""

    packages = PACKAGES

    def cerebro(self, rule: Rule) -> bt.Cerebro:
        raise NotImplementedError

    def run(self, rule: Rule) -> Outcome:
        (strategy,) = self.cerebro(rule).run()
        return outcome_of(strategy)


class Stock(_Backtrader):
    """The baseline."""

    how = "24 PandasData feeds, its own indicators, one Cerebro a combination; no observers"

    def __init__(self, prices: Prices) -> None:
        super().__init__(prices)
        self.frames = reference.stock_frames(prices)  # type: ignore[arg-type]

    def cerebro(self, rule: Rule) -> bt.Cerebro:
        return reference.stock_cerebro(self.prices, self.frames, rule=rule)  # type: ignore[arg-type]


class OptStrategy(Stock):
    """Stock backtrader's optimiser: processes, each with the pickled feeds."""

    how = "optstrategy on two cores with its DrawDown and SharpeRatio analyzers"

    def sweep(self, rules: Sequence[Rule]) -> Swept:
        cerebro = reference.stock_account(self.frames, maxcpus=2)
        axes = {name: list(dict.fromkeys(rule[name] for rule in rules)) for name in rules[0]}
        if np.prod([len(axis) for axis in axes.values()]) != len(rules):
            raise ValueError("optstrategy runs whole grids only")
        own = {"weights": [self.prices.weights.tolist()], "currency": [self.prices.currency]}
        cerebro.optstrategy(reference.StockRule, **own, **axes)
        cerebro.addanalyzer(bt.analyzers.DrawDown, _name="drawdown")
        cerebro.addanalyzer(
            bt.analyzers.SharpeRatio, _name="sharpe", timeframe=bt.TimeFrame.Days,
            riskfreerate=0.0, annualize=True, stddev_sample=True,
        )  # fmt: skip
        cerebro.addanalyzer(
            bt.analyzers.TimeReturn, _name="years", timeframe=bt.TimeFrame.NoTimeFrame
        )
        cerebro.addanalyzer(bt.analyzers.Transactions, _name="fills")
        return swept([_of_analyzers(strategy.analyzers) for (strategy,) in cerebro.run()])


def _of_analyzers(found: Any) -> Outcome:
    """Read in the order of adding: the names do not survive the way between processes."""
    drawdown, sharpe, whole, fills = (one.get_analysis() for one in found)
    (growth,) = whole.values()
    return Outcome(
        final_value=reference.CASH * (1.0 + growth),
        fills=sum(len(day) for day in fills.values()),
        sharpe=sharpe["sharperatio"],
        drawdown=drawdown["max"]["drawdown"] / 100.0,
    )


class Swapped(_Backtrader):
    """What a user gets for swapping the feeds alone."""

    how = "the user's unchanged strategy with stock indicators, over our feeds"

    def __init__(self, prices: Prices) -> None:
        super().__init__(prices)
        self.panel = reference.panel_of(prices, with_all=True)  # type: ignore[arg-type]
        fast_lane.fault()  # its trial belongs to the process, not to a run

    def cerebro(self, rule: Rule) -> bt.Cerebro:
        return reference.swapped_cerebro(self.prices, self.panel, rule=rule)  # type: ignore[arg-type]


class Lane(_Backtrader):
    """Our feeds with the signals as lines; signals are made anew in every run."""

    how = "signals as lines of our feeds, fast lane; signals made in each run"
    fast = True

    def __init__(self, prices: Prices) -> None:
        super().__init__(prices)
        self.panel = reference.panel_of(prices)  # type: ignore[arg-type]
        fast_lane.fault()

    def cerebro(self, rule: Rule) -> bt.Cerebro:
        lines = reference.signals(self.prices, rule)  # type: ignore[arg-type]
        return reference.our_cerebro(self.panel, lines, fast=self.fast, rule=rule)


class Hooks(Lane):
    """The same without the lane."""

    how = "signals as lines of our feeds, overridable feed hooks only; signals made in each run"
    fast = False

"""One backtest through real backtrader: market and parameters in, frames out."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import backtrader as bt
import pandas as pd

from orebound.analyzers import CostLines, Episodes, Equity, Orders, Positions
from orebound.feeds import Market
from orebound.feeds.policy import Announcements, PolicyEvents
from orebound.strategies import (
    CatchUp,
    Costs,
    DeclaredRule,
    DeclaredStrategy,
    Regime,
    Rule,
    RuleArrays,
    RuleStrategy,
    Sizing,
)
from orebound.strategies.signals import Signals

CASH_COLUMNS = ("date", "kind", "symbol", "amount")
ANALYZERS = {
    "equity": Equity,
    "orders": Orders,
    "costs": CostLines,
    "trades": Episodes,
    "positions": Positions,
}


@dataclass(frozen=True)
class Parameters:
    """What decides a run's orders beside the market."""

    rule: DeclaredRule = field(default_factory=Rule)
    regime: Regime = field(default_factory=Regime)
    sizing: Sizing = field(default_factory=Sizing)
    costs: Costs = field(default_factory=Costs)
    events: PolicyEvents | Announcements | None = None

    def strategy(self) -> tuple[type[RuleStrategy], dict[str, Any]]:
        """Return what runs them in backtrader: a strategy and its own parameters."""
        if type(self.rule) is Rule:  # one made from it has parameters of its own
            return CatchUp, self.flat()
        sections = {"rule": self.rule, "regime": self.regime, "sizing": self.sizing}
        return DeclaredStrategy, sections | {"events": self.events}

    def flat(self) -> dict[str, Any]:
        """Return the parameters as `CatchUp` takes them."""
        sections = (self.rule, self.regime, self.sizing)
        names = {name: value for section in sections for name, value in section}
        names.pop("cash")
        return names | {"events": self.events}


@dataclass(frozen=True)
class Outcome:
    """The frames of one backtest, columns as `docs/design.md` section 4 states them."""

    equity: pd.DataFrame
    orders: pd.DataFrame
    costs: pd.DataFrame
    trades: pd.DataFrame
    positions: pd.DataFrame
    cash: pd.DataFrame
    signals: Signals | RuleArrays  # of the catch-up rule; what another rule declares


def backtest(
    market: Market,
    parameters: Parameters,
    *,
    start: Any = None,
    end: Any = None,
    runonce: bool = True,
    only_equity: bool = False,
) -> Outcome:
    """Return what real backtrader makes of the rule on a market.

    Parameters
    ----------
    only_equity : bool
        Collect equity alone, for runs that serve as a baseline.
    """
    cerebro = bt.Cerebro(stdstats=False, runonce=runonce)
    cerebro.broker.setcash(parameters.sizing.cash)
    market.add_to(
        cerebro,
        start=start,
        end=end,
        rule=parameters.rule,
        regime=parameters.regime,
        costs=parameters.costs,
    )
    strategy_class, own = parameters.strategy()
    cerebro.addstrategy(strategy_class, **own)
    wanted = {"equity": Equity} if only_equity else ANALYZERS
    for name, analyzer in wanted.items():
        cerebro.addanalyzer(analyzer, _name=name)
    (strategy,) = cerebro.run()
    frames = {name: getattr(strategy.analyzers, name).frame() for name in wanted}
    empty = pd.DataFrame()
    return Outcome(
        cash=pd.DataFrame(strategy.cash_flows, columns=list(CASH_COLUMNS)),
        signals=getattr(strategy, "signals", strategy.arrays),
        **{name: frames.get(name, empty) for name in ANALYZERS},
    )

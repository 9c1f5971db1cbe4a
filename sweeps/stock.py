"""A run through stock backtrader: its own loading, advancing and ticking, its broker, its loop.

No hook of our feeds and no fast lane is taken: what is left of ours are the bars that a feed
delivers one by one, the strategy, the commission object and the analyzers, as any user brings
their own.
"""

from __future__ import annotations

from typing import Any

import backtrader as bt
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from orebound.analyzers import Orders
from orebound.feeds import PanelFeed
from orebound.strategies import dress

from .cerebro_run import Parameters
from .config import RunConfig
from .prepared import Prepared

STOCK: Any = bt.feed.DataBase
Run = tuple[NDArray[np.float64], pd.DataFrame]


class StockFeed(PanelFeed):
    """The panel's bars as backtrader reads any feed: one by one, ticks copied."""

    preload = STOCK.preload
    load = STOCK.load
    advance = STOCK.advance
    advance_peek = STOCK.advance_peek
    reset = STOCK.reset
    stop = STOCK.stop
    __len__ = STOCK.__len__
    _tick_nullify = STOCK._tick_nullify
    _tick_fill = STOCK._tick_fill

    def start(self) -> None:
        STOCK.start(self)
        self._next_bar, self._n_bars = 0, len(self.rows)


class Marks(bt.Analyzer):
    """The broker's own value on each row, as it is handed round."""

    def create_analysis(self) -> None:
        super().create_analysis()
        self.values: list[float] = []

    def notify_cashvalue(self, _cash: float, value: float) -> None:
        self.values.append(value)


def stock_run(prepared: Prepared, config: RunConfig) -> Run:
    """Return the broker's value by row and every order, from stock backtrader.

    Parameters
    ----------
    prepared : Prepared
        Of the same parameters: its market and its window are run.
    """
    cerebro = bt.Cerebro(stdstats=False)
    panel, (first, end) = prepared.source.panel, prepared.window
    feeds = []
    for column, name in enumerate(panel.names):
        place = {"panel": panel, "column": column, "first_row": first, "end_row": end}
        feed = StockFeed(**place)
        if len(feed.rows):
            cerebro.adddata(feed, name=name)
            feeds.append(feed)
    dress(cerebro, feeds, rule=config.rule, regime=config.regime, costs=config.costs)
    return _run(cerebro, config)


def hooked_run(prepared: Prepared, config: RunConfig) -> Run:
    """Return the same through a market's own feeds, which fill and move their lines at once.

    Broker and loop are stock backtrader's; the hooks are those of `feeds.bulk_feed`, and this is
    several times as fast as `stock_run`.
    """
    cerebro = bt.Cerebro(stdstats=False)
    prepared.source.add_to(
        cerebro,
        start=prepared.start,
        end=config.data.end,
        rule=config.rule,
        regime=config.regime,
        costs=config.costs,
        fast=False,
    )
    return _run(cerebro, config)


def _run(cerebro: Any, config: RunConfig) -> Run:
    parameters = Parameters(config.rule, config.regime, config.sizing, config.costs)
    cerebro.broker.setcash(config.sizing.cash)
    strategy_class, own = parameters.strategy()
    cerebro.addstrategy(strategy_class, **own)
    cerebro.addanalyzer(Orders, _name="orders")
    cerebro.addanalyzer(Marks, _name="marks")
    (strategy,) = cerebro.run()
    return np.array(strategy.analyzers.marks.values), strategy.analyzers.orders.frame()

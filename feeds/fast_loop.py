"""backtrader's loop over rows, for feeds whose rows are known before it starts."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import backtrader as bt
import numpy as np

Step = Callable[[float], None]

#: Methods of a strategy that `_StrategyRow` stands in for; an own one is called instead.
STOOD_IN = (
    "_oncepost",
    "_notify",
    "_getminperstatus",
    "_next_analyzers",
    "_next_observers",
    "clear",
    "forward",
)
CASH_NOTICES = ("notify_cashvalue", "notify_fund")
ANALYZER_ROW = ("_prenext", "_nextstart", "_next", "prenext", "nextstart", "next")


def run_rows(cerebro: Any, strategies: list[Any]) -> None:
    """Do what ``Cerebro._runonce`` does: feeds, broker, notices, strategies, row by row.

    Feeds with the same times share one cursor, and their places on every row are counted once
    before the loop instead of asked for on each row.
    """
    if cerebro._timers or cerebro._timerscheat:  # a strategy may add one in its __init__
        type(cerebro)._runonce(cerebro, strategies)
        return
    for strategy in strategies:
        strategy._once()
        strategy.reset()
    times, cursors, places = _timetable(cerebro.datas)
    steps = [_step_of(strategy) for strategy in strategies]
    for time, row in zip(times, places, strict=True):
        for cursor, place in zip(cursors, row, strict=True):
            cursor[0] = place
        _broker_row(cerebro)
        if cerebro._event_stop:
            return
        for step in steps:
            step(time)
            if cerebro._event_stop:
                return


def _timetable(feeds: list[Any]) -> tuple[list[float], list[list[int]], list[tuple[int, ...]]]:
    """Return the rows' times, one cursor a group of feeds with equal times, and its places."""
    groups: dict[bytes, list[Any]] = {}
    for feed in feeds:
        groups.setdefault(feed.columns["datetime"].tobytes(), []).append(feed)
    each = [np.frombuffer(own) for own in groups]
    times = np.unique(np.concatenate(each))
    places = [np.searchsorted(own, times, side="right") - 1 for own in each]
    cursors = []
    for together in groups.values():
        cursors.append([-1])
        for feed in together:
            feed.take_cursor(cursors[-1])
    return times.tolist(), cursors, list(zip(*(own.tolist() for own in places), strict=True))


def _broker_row(cerebro: Any) -> None:
    """Do what ``Cerebro._brokernotify`` does."""
    broker = cerebro._broker
    broker.next()
    while broker.notifs:
        order = broker.get_notification()
        owner = order.owner
        if owner is None:
            owner = cerebro.runningstrats[0]
        owner._addnotification(order, quicknotify=cerebro.p.quicknotify)


def _step_of(strategy: Any) -> Step:
    own = any(getattr(type(strategy), name) is not getattr(bt.Strategy, name) for name in STOOD_IN)
    if own:
        step: Step = strategy._oncepost
        return step
    return _StrategyRow(strategy)


class _StrategyRow:
    """One row of one strategy as ``Strategy._oncepost`` does it, silent where nobody listens."""

    def __init__(self, strategy: Any) -> None:
        self.strategy = strategy
        self.status = 1
        analyzers = [*strategy.analyzers, *strategy._slave_analyzers]
        self.hears_cash = _overrides(strategy, bt.Strategy, CASH_NOTICES) or any(
            _listens(analyzer) for analyzer in analyzers
        )
        self.works = [one for one in strategy.analyzers if _works_by_row(one)]
        self.indicators = strategy._lineiterators[strategy.IndType]
        self.observers = strategy._lineiterators[strategy.ObsType]
        line = strategy.lines.datetime
        is_only_one = strategy.lines.fullsize() == 1 and not line.bindings
        self.only_line = line if is_only_one else None

    def __call__(self, time: float) -> None:
        strategy = self.strategy
        for indicator in self.indicators:
            if len(indicator._clock) > len(indicator):
                indicator.advance()
        self._stamp(time)
        if self.hears_cash or strategy._orderspending or strategy._tradespending:
            strategy._notify()
        # Feeds only grow: once all have the bars that are needed, they keep them.
        status = self.status if self.status < 0 else strategy._getminperstatus()
        self.status = status
        if status < 0:
            strategy.next()
        elif status == 0:
            strategy.nextstart()
        else:
            strategy.prenext()
        self._tell_watchers(status)
        if strategy._orderspending or strategy._tradespending:
            strategy.clear()

    def _stamp(self, time: float) -> None:
        line = self.only_line
        if line is None:
            self.strategy.forward()
            self.strategy.lines.datetime[0] = time
        else:
            line._idx += 1
            line.lencount += 1
            line.array.append(time)

    def _tell_watchers(self, status: int) -> None:
        for analyzer in self.works:
            if status < 0:
                analyzer._next()
            elif status == 0:
                analyzer._nextstart()
            else:
                analyzer._prenext()
        if self.observers:
            self.strategy._next_observers(status, once=True)


def _overrides(thing: Any, base: type, names: tuple[str, ...]) -> bool:
    # Asked of the object and not of its class: a method may be set on the object alone.
    return any(
        getattr(getattr(thing, name), "__func__", None) is not getattr(base, name) for name in names
    )


def _listens(analyzer: Any) -> bool:
    private = tuple(f"_{name}" for name in CASH_NOTICES)
    return _overrides(analyzer, bt.Analyzer, (*CASH_NOTICES, *private)) or any(
        _listens(child) for child in analyzer._children
    )


def _works_by_row(analyzer: Any) -> bool:
    return _overrides(analyzer, bt.Analyzer, ANALYZER_ROW) or any(
        _works_by_row(child) for child in analyzer._children
    )

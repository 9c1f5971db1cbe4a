"""Signals as native backtrader lines, one set a feed."""

from __future__ import annotations

from array import array
from functools import lru_cache

import backtrader as bt
from orebound.feeds import Panel, PanelFeed
from orebound.feeds.policy import PolicyEvents

from .parameters import Regime, Rule
from .signals import Signals, compute


@lru_cache(maxsize=8)
def signals_of(
    panel: Panel, rule: Rule, regime: Regime, events: PolicyEvents | None = None
) -> Signals:
    """Return the signals of a panel, computed once for each rule and regime."""
    return compute(panel, rule, regime, events)


class SignalLines(bt.Indicator):
    """What the rule reads of one feed, by the feed's own bars.

    The arrays were computed outside the engine, on the panel's rows. Indicators over several
    feeds would pair bars by position, which is wrong as soon as calendars differ.
    """

    lines = (
        "blocked",
        "gap",
        "run",
        "size_multiplier",
        "ln_equity",
        "ln_basket",
        "ln_market",
    )
    params = (("signals", None),)

    def __init__(self) -> None:
        feed: PanelFeed = self.data
        signals: Signals = self.p.signals
        self._columns = [
            getattr(signals, name)[feed.rows, feed.p.column].astype(float)
            for name in self.lines.getlinealiases()[: self.lines.size()]
        ]

    def once(self, start: int, end: int) -> None:
        for line, column in zip(self.lines, self._columns, strict=True):
            line.array[start:end] = array("d", column[start:end].tobytes())

    def next(self) -> None:
        bar = len(self.data) - 1
        for line, column in zip(self.lines, self._columns, strict=True):
            line[0] = column[bar]

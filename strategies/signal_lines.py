"""Signals as lines: one set a feed, read at the feed's own bar."""

from __future__ import annotations

from functools import lru_cache

from orebound.feeds import Announcements, Panel, PanelFeed, PolicyEvents, as_announcements

from .parameters import Regime, Rule
from .signals import Signals, compute


def signals_of(
    panel: Panel,
    rule: Rule,
    regime: Regime,
    events: PolicyEvents | Announcements | None = None,
) -> Signals:
    """Return the signals of a panel, computed once for each rule and regime."""
    return _signals_of(panel, rule, regime, as_announcements(events))


@lru_cache(maxsize=8)
def _signals_of(panel: Panel, rule: Rule, regime: Regime, known: Announcements) -> Signals:
    return compute(panel, rule, regime, known)


class SignalLine:
    """One signal of one feed, indexed as a backtrader line: 0 is now, -1 the bar before.

    The arrays were computed outside the engine, on the panel's rows: indicators over several feeds
    would pair bars by position, which is wrong as soon as calendars differ.
    It has no cursor of its own and moves with its feed. Unlike a native line it refuses the
    future: a positive index returns a later bar there, and one before the first bar wraps round
    to the last.
    """

    __slots__ = ("_feed", "_values")

    def __init__(self, feed: PanelFeed, values: list[float]) -> None:
        self._feed = feed
        self._values = values

    def __getitem__(self, ago: int) -> float:
        place = len(self._feed) - 1 + ago
        if ago > 0 or place < 0:
            raise IndexError(f"a signal is known from the first bar to now, asked for [{ago}]")
        return self._values[place]

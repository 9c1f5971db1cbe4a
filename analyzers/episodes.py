"""Trades as the field counts them: one row an episode, from entry to flat."""

from __future__ import annotations

from typing import Any, ClassVar

from .book import symbols
from .episode import COLUMNS, Episode, Mark
from .fills import fills_of
from .framed import Framed


class Episodes(Framed):
    """One row an episode by name, long (size > 0) or short (size < 0), entry to flat.

    Scale-ins and partial exits belong to their episode: `size` is the sum of all entries,
    `entry_price` and `exit_price` are averages weighted by size. A fill through zero ends one
    episode and begins the next. Episodes still open at the end have `status` ``open``, no exit
    fields, and `gross` and `net` marked at the last close.

    `entry_decision` and `exit_decision` are the moments of the decisions (UTC), `entry_date` and
    `exit_date` the sessions of the fills; `days_held` counts the feed's own bars between the first
    entry fill and the last exit fill. Gap, z, half-life and regime come from the context of the
    first entry order and the last exit order; without a context, gap and z come from the feed's
    lines of that name, and the rest is empty.
    """

    columns: ClassVar[dict[str, str]] = COLUMNS

    def start(self) -> None:
        self._names = symbols(self.datas)
        self._open: dict[Any, Episode] = {}
        self._done: list[Episode] = []

    def notify_order(self, order: Any) -> None:
        for fill in fills_of(order, self.strategy):
            if fill.closed:
                episode = self._open[fill.feed]
                episode.leave(fill)
                if not episode.size_now:
                    self._done.append(self._open.pop(fill.feed))
            if fill.opened:
                self._episode(fill.feed, fill.order).enter(fill)

    def stop(self) -> None:
        still_open = {id(self._open[feed]): _mark(feed) for feed in self._open}
        episodes = sorted(
            [*self._done, *self._open.values()],
            key=lambda episode: (episode.entries[0].session, episode.symbol),
        )
        self.rows = [episode.row(still_open.get(id(episode))) for episode in episodes]
        self._names, self._open, self._done = {}, {}, []

    def _episode(self, feed: Any, order: Any) -> Episode:
        if feed not in self._open:
            multiplier = float(self.strategy.broker.getcommissioninfo(feed).p.mult)
            self._open[feed] = Episode(self._names[feed], multiplier, order)
        return self._open[feed]


def _mark(feed: Any) -> Mark:
    return Mark(price=float(feed.close[0]), bar=len(feed) - 1)

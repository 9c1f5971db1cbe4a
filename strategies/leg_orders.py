"""Hedge legs in backtrader: sent with the line they hedge, closed with it, never resized.

A leg is decided on when its partner is, at prices known then. Where its own market is in session
at that moment its bar of the day has opened already, and an order would be filled at a price of the
past: it is sent at that market's close instead, and filled at the next open. Nothing that was sent
is cancelled: a leg whose partner did not come about, or is gone, is closed at its own next close as
an ``orphan``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from orebound.feeds import Panel, PanelFeed

from .book_caps import gross_by_unit
from .exits import Exit
from .legs import Legs, hedge_of, in_session, leg_size

if TYPE_CHECKING:
    from collections.abc import Callable

#: Why a leg without its partner is closed.
ORPHAN = "orphan"
#: What of a partner's context is said of its legs: they have no gap of their own.
SHARED = ("score", "state", "overhang", "overhang_state", "tariff_direction")


class Later(NamedTuple):
    """A leg's order that waits for its market to close."""

    size: float
    reason: str
    context: dict[str, float]


class LegOrders:
    """What a strategy with hedge legs does beyond its decisions; without legs, nothing."""

    legs: Legs | None
    panel: Panel
    feeds: list[PanelFeed]
    lines: Any
    held: dict[PanelFeed, Any]
    waiting: dict[PanelFeed, Any]
    buy: Callable[..., Any]
    sell: Callable[..., Any]
    getposition: Callable[..., Any]
    partner_of: dict[PanelFeed, PanelFeed]
    _send: Any

    def _set_up_legs(self) -> None:
        by_column = {feed.p.column: feed for feed in self.feeds}
        self.partner_of = {}
        #: Legs of each line: place among the ratios, and feed; None where it has no bar in the run.
        self.legs_by: dict[PanelFeed, list[tuple[int, PanelFeed | None]]] = {}
        self._later: dict[PanelFeed, Later] = {}
        #: By own bar of the line: whether the leg's market is in session at its decision.
        self._is_open: dict[PanelFeed, list[bool]] = {}
        if self.legs is None:
            return
        for place, (column, partner) in enumerate(
            zip(self.legs.column.tolist(), self.legs.partner.tolist(), strict=True)
        ):
            leg, own = by_column.get(column), by_column.get(partner)
            if own is not None:
                self.legs_by.setdefault(own, []).append((place, leg))
                if leg is not None:
                    self.partner_of[leg] = own
                    moments = own.closed_at + self.panel.latency
                    self._is_open[leg] = in_session(self.panel, column, moments).tolist()

    def _ratios(self, feed: PanelFeed) -> list[tuple[float, PanelFeed | None]]:
        """Return the ratio and feed of each leg of a line at its own last bar."""
        if self.legs is None:
            return []
        row = int(feed.rows[len(feed) - 1])
        mine = self.legs_by.get(feed, ())
        return [(float(self.legs.ratio[row, place]), leg) for place, leg in mine]

    def _leg_sizes(self, feed: PanelFeed, shares: float) -> list[tuple[PanelFeed, int]] | None:
        """Return the legs of an entry of signed shares; None where one cannot be sent now.

        A leg that is still being left from the last position keeps its line out.
        """
        found = []
        price = float(feed.lines.known_close[0])
        for ratio, leg in self._ratios(feed):
            if leg is None or not len(leg):
                if ratio != 0.0:
                    return None
                continue
            if self._is_busy(leg) or self.getposition(leg).size:
                return None
            lot = hedge_of(self.panel, leg.p.column).lot
            size = leg_size(ratio, shares, price, float(leg.lines.known_close[0]), lot)
            if size:
                found.append((leg, size))
        return found

    def _is_busy(self, leg: PanelFeed) -> bool:
        return self.waiting[leg] is not None or leg in self._later

    def _send_legs(
        self, feed: PanelFeed, sizes: list[tuple[PanelFeed, int]], context: dict[str, float]
    ) -> None:
        for leg, size in sizes:
            self._send_or_wait(leg, Later(size, "entry", context), feed)

    def _close_legs(self, feed: PanelFeed, reason: str, context: dict[str, float]) -> None:
        """Close the legs that are held; one whose order is on its way is an orphan later."""
        for _, leg in self.legs_by.get(feed, ()):
            if leg is None:
                continue
            self._later.pop(leg, None)  # an entry that was not sent yet
            size = self.getposition(leg).size
            if size and self.waiting[leg] is None:
                self._send_or_wait(leg, Later(-size, reason, context), feed)

    def _send_or_wait(self, leg: PanelFeed, order: Later, partner: PanelFeed) -> None:
        if self._is_open[leg][len(partner) - 1]:
            self._later[leg] = order
        else:
            self._send_leg(leg, order.size, order.reason, order.context, at=partner)

    def _watch_legs(self) -> None:
        """Send what waited for a close; close legs that end, and those whose partner is gone."""
        now = self.lines.datetime[0]
        for leg, partner in self.partner_of.items():
            if not len(leg) or leg.datetime[0] != now or self.waiting[leg] is not None:
                continue
            size, later = self.getposition(leg).size, self._later.pop(leg, None)
            is_over = self.panel.is_settlement[leg.rows[len(leg) - 1], leg.p.column]
            if later is not None and not is_over and (size or self.held[partner] is not None):
                self._send_leg(leg, later.size, later.reason, later.context, at=leg)
                continue
            if not size:
                continue
            if is_over:
                self._send_leg(leg, -size, Exit.DATA_HOLE.name.lower(), {}, at=leg)
            elif self.held[partner] is None:
                self._send_leg(leg, -size, ORPHAN, {}, at=leg)

    def _send_leg(
        self, leg: PanelFeed, size: float, reason: str, context: dict[str, float], *, at: PanelFeed
    ) -> None:
        """Send a leg's order, decided at the last bar of `at`."""
        side = self.buy if size > 0 else self.sell
        self._send(side, leg, abs(size), reason, _shared(context), at=at)

    def _gross_by_unit(self, feed: PanelFeed) -> float:
        """Return the gross value of an entry with its legs, by unit of the line's own."""
        if self.legs is None:
            return 1.0
        row = int(feed.rows[len(feed) - 1])
        places = np.array([place for place, _ in self.legs_by.get(feed, ())], np.int64)
        return float(gross_by_unit(self.legs.ratio, row, places, 0, len(places)))


def _shared(context: dict[str, float]) -> dict[str, float]:
    return {name: context[name] for name in SHARED if name in context}

"""A declared rule as a backtrader strategy: it only compares, decides and sends orders."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import backtrader as bt
import numpy as np

from orebound.feeds import ConfigError, PanelFeed

from .book_caps import BookCaps
from .carry_flows import CarryFlows
from .declaration import DeclaredRule, RuleArrays, numbers_of
from .exits import DATA_HOLE, STAY, Exit, anchored_gap, exit_reason, stop_of, time_stop_of
from .known import arrays_of, legs_of
from .leg_orders import LegOrders
from .legs import Legs
from .parameters import Regime, Sizing
from .signal_lines import SignalLine

#: Arrays of a rule that are frozen at entry or travel with an order, so that a trade can be
#: explained later.
CONTEXT = (
    *("measure", "gap", "beta_metal", "beta_market", "half_life", "volatility"),
    *("ln_equity", "ln_basket", "ln_market", "run"),
)
LINES = ("measure", "multiplier", "most_value", "run", "ln_equity", "ln_basket", "ln_market")


@dataclass
class Position:
    """What is frozen when a position is entered."""

    gap: float
    beta_metal: float
    beta_market: float
    ln_equity: float
    ln_basket: float
    ln_market: float
    run: float
    time_stop: float
    stop: float
    fill_price: float = field(default=0.0, init=False)
    filled_at_bar: int = field(default=-1, init=False)


class RuleStrategy(CarryFlows, LegOrders, bt.Strategy):
    """What every declared rule does in backtrader; a subclass says where its rule comes from.

    Each name is decided on at its own close, from arrays that were known then, and filled at its
    own next open.
    """

    params: Any = (("events", None),)  # Announcements, or PolicyEvents of China; the shipped ones

    def __init__(self) -> None:
        super().__init__()
        self.rule, self.regime, self.sizing = self._sections()
        self.feeds = [data for data in self.datas if isinstance(data, PanelFeed)]
        name = type(self).__name__
        if not self.feeds:
            raise ConfigError(
                f"{name} found no feed of a Market: call market.add_to(cerebro) before running"
            )
        panel = self.feeds[0].p.panel
        if any(feed.p.panel is not panel for feed in self.feeds):
            raise ConfigError(f"{name} runs on the feeds of one Market, found feeds of several")
        self.panel = panel
        self.arrays: RuleArrays = arrays_of(
            self.rule, panel, self.regime, self.sizing, self.p.events
        )
        self.legs: Legs | None = legs_of(self.rule, panel, self.arrays)
        # Weights are of the names declared, whether or not each has data yet: a listing that
        # begins later must not change what was bought before.
        self.numbers = numbers_of(self.rule, self.sizing, panel.n_declared)
        self.caps = BookCaps(panel, self.sizing)
        self.read = {feed: self._lines(feed) for feed in self.feeds}
        legs = set() if self.legs is None else set(self.legs.column.tolist())
        self._watched = [
            (feed, feed.datetime, self._is_candidate(feed))
            for feed in self.feeds
            if feed.p.column not in legs
        ]
        self.waiting: dict[PanelFeed, Any] = dict.fromkeys(self.feeds)
        self.held: dict[PanelFeed, Position | None] = dict.fromkeys(self.feeds)
        self.left_at_bar: dict[PanelFeed, int] = dict.fromkeys(self.feeds, -(10**9))
        self._set_up_legs()
        self._set_up_carry()

    def _sections(self) -> tuple[DeclaredRule, Regime, Sizing]:
        raise ConfigError(f"{type(self).__name__} states no rule: use DeclaredStrategy or CatchUp")

    def _lines(self, feed: PanelFeed) -> dict[str, SignalLine]:
        cell = (feed.rows, feed.p.column)
        return {name: SignalLine(feed, getattr(self.arrays, name)[cell].tolist()) for name in LINES}

    def _is_candidate(self, feed: PanelFeed) -> list[bool]:
        """Return by own bar whether the rule would enter a name it does not hold."""
        cell = (feed.rows, feed.p.column)
        reached = self.arrays.measure[cell] <= self.numbers.enter_at
        candidates: list[bool] = (self.arrays.may_enter[cell] & reached).tolist()
        return candidates

    def start(self) -> None:
        # backtrader sums position values in the order in which positions were first asked for.
        for feed in self.feeds:
            self.getposition(feed)
        self._charged = self._charged_lines()

    def prenext(self) -> None:
        # next() waits until every feed has its first bar; readiness here is by name.
        self._step()

    def next(self) -> None:
        self._step()

    def _step(self) -> None:
        if self.numbers.cash_rate or self._charged:
            self._carry()
        now = self.lines.datetime[0]
        for feed, times, is_candidate in self._watched:
            bars = len(feed)
            if bars and times[0] == now and self.waiting[feed] is None:
                if self.held[feed] is not None:
                    self._consider_exit(feed)
                elif is_candidate[bars - 1]:
                    self._consider_entry(feed)
        if self.partner_of:
            self._watch_legs()
        self._cash_before = self.broker.getcash()
        if self._charged:
            self._owed = self._owed_now()

    def _consider_entry(self, feed: PanelFeed) -> None:
        numbers = self.numbers
        if len(feed) - self.left_at_bar[feed] <= numbers.cool_down:
            return
        if numbers.sizes_on_known:
            base, price = self.known_equity(), feed.lines.known_close[0]
        else:
            base, price = self.broker.getvalue(), feed.close[0]
        target = numbers.weight * self.read[feed]["multiplier"][0] * base
        target = min(target, self.read[feed]["most_value"][0])
        if self.caps.are_set:
            target = min(target, self._room(feed))
        shares = int(target // price)
        if shares < 1:
            return
        sizes = self._leg_sizes(feed, self._direction(feed) * shares)
        if sizes is None:
            return
        context = self._context(feed)
        self.held[feed] = Position(
            **{name: context[name] for name in Position.__annotations__ if name in context}
        )
        side = self.buy if self._direction(feed) > 0.0 else self.sell
        self._send(side, feed, shares, "entry", context)
        self._send_legs(feed, sizes, context)

    def _room(self, feed: PanelFeed) -> float:
        """Return the largest value of an entry that the caps of the book leave."""
        values = np.zeros(self.panel.n_names)
        for other in self.feeds:
            size, order = self.getposition(other).size, self.waiting[other]
            if not size and order is not None:
                size = order.size  # an entry on its way; what is being left is still held
            if size:
                values[other.p.column] = abs(size) * other.lines.known_close[0]
        row = int(feed.rows[len(feed) - 1])
        gross = self._gross_by_unit(feed)
        return self.caps.left(row, feed.p.column, self.known_equity(), values, gross)

    def _consider_exit(self, feed: PanelFeed) -> None:
        held, numbers = self.held[feed], self.numbers
        assert held is not None
        gap, measure = self._anchored_gap(feed, held), self.read[feed]["measure"][0]
        if self._is_settlement(feed):
            code = DATA_HOLE
        elif numbers.needs_measure and np.isnan(measure):
            code = STAY
        else:
            code = exit_reason(
                gap,
                held.gap,
                self._direction(feed) * (feed.lines.known_close[0] / held.fill_price - 1.0),
                len(feed) - held.filled_at_bar,
                measure,
                held.stop,
                held.time_stop,
                numbers.capture,
                numbers.leave_above,
                numbers.leave_below,
            )
        if code != STAY:
            size = self.getposition(feed).size
            context = self._context(feed) | {"anchored_gap": gap}
            side = self.sell if size > 0 else self.buy
            reason = Exit(code).name.lower()
            self._send(side, feed, abs(size), reason, context)
            self._close_legs(feed, reason, context)

    def _anchored_gap(self, feed: PanelFeed, held: Position) -> float:
        """Return the gap frozen at entry, moved by returns since; NaN where they do not join."""
        lines = self.read[feed]
        if lines["run"][0] != held.run:
            return float("nan")
        return float(
            anchored_gap(
                held.gap,
                lines["ln_equity"][0] - held.ln_equity,
                lines["ln_basket"][0] - held.ln_basket,
                lines["ln_market"][0] - held.ln_market,
                held.beta_metal,
                held.beta_market,
            )
        )

    def _direction(self, feed: PanelFeed) -> float:
        """Return 1 for a name that is bought, -1 for one that is sold short."""
        return float(self.arrays.direction[feed.p.column])

    def _is_settlement(self, feed: PanelFeed) -> bool:
        row = feed.rows[len(feed) - 1]
        return bool(self.panel.is_settlement[row, feed.p.column])

    def known_equity(self) -> float:
        """Return cash plus positions at the last closes, at exchange rates known now.

        The broker marks a close with that session's exchange rate, which may be known only
        later; sizes may not see it.
        """
        value = self.broker.getcash()
        for feed in self.feeds:
            size = self.getposition(feed).size
            if size:
                value += size * feed.lines.known_close[0]
        return float(value)

    def _context(self, feed: PanelFeed) -> dict[str, float]:
        cell, numbers = (feed.rows[len(feed) - 1], feed.p.column), self.numbers
        context = {name: float(getattr(self.arrays, name)[cell]) for name in CONTEXT}
        half_life, multiple = context["half_life"], numbers.stop_multiple
        bounds = (numbers.time_stop_multiple, numbers.time_stop_min, numbers.time_stop_max)
        context["time_stop"] = float(time_stop_of(half_life, *bounds))
        stop = stop_of(context["volatility"], half_life, multiple) if multiple else np.inf
        context["stop"] = float(stop)
        return context

    def _send(
        self,
        side: Any,
        feed: PanelFeed,
        size: float,
        reason: str,
        context: dict[str, float],
        *,
        at: PanelFeed | None = None,
    ) -> None:
        """Send an order that was decided at the last bar of `at`, of the feed itself by default."""
        decided = at or feed
        bar = len(decided) - 1
        order = side(data=feed, size=size, exectype=bt.Order.Market)
        order.addinfo(
            reason=reason,
            decided_at=decided.closed_at[bar] + self.panel.latency,
            session=decided.session[bar],
            context=context,
        )
        partner = self.partner_of.get(feed)
        if partner is not None:
            order.addinfo(leg_of=partner._name)
        self.waiting[feed] = order

    def notify_order(self, order: Any) -> None:
        if order.alive():
            return
        feed, is_entry = order.data, order.info["reason"] == "entry"
        self.waiting[feed] = None
        if feed in self.partner_of:
            return
        if order.status == order.Completed and is_entry:
            held = self.held[feed]
            assert held is not None
            held.fill_price, held.filled_at_bar = order.executed.price, len(feed)
        elif order.status == order.Completed:
            self.held[feed], self.left_at_bar[feed] = None, len(feed)
        elif is_entry:
            self.held[feed] = None


class DeclaredStrategy(RuleStrategy):
    """Trade a rule of one's own: ``cerebro.addstrategy(DeclaredStrategy, rule=Reversion())``."""

    params: Any = (
        ("rule", None),  # DeclaredRule
        ("regime", None),  # Regime; its defaults
        ("sizing", None),  # Sizing; its defaults, and the account's cash is the broker's
    )

    def _sections(self) -> tuple[DeclaredRule, Regime, Sizing]:
        rule, regime, sizing = self.p.rule, self.p.regime or Regime(), self.p.sizing or Sizing()
        if not isinstance(rule, DeclaredRule):
            raise ConfigError(f"rule: accepted: a DeclaredRule, got {rule!r}")
        return rule, regime, sizing

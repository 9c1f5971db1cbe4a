"""The rule as a backtrader strategy: it only decides and sends orders."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import backtrader as bt
import numpy as np

from orebound.feeds import ConfigError, PanelFeed

from .exits import Exit, exit_reason
from .parameters import OWNER, Regime, Rule, Sizing, build, native_params
from .signal_lines import SignalLines, signals_of
from .signals import Signals

#: Fields of `Signals` that travel with an order, so that a trade can be explained later.
CONTEXT = (
    "gap",
    "z",
    "lag",
    "beta_metal",
    "beta_market",
    "half_life",
    "score",
    "state",
    "ln_equity",
    "ln_basket",
    "ln_market",
    "time_stop",
    "stop",
    "run",
)
OUTSIDE = ("cash",)  # the account is the broker's


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


class CatchUp(bt.Strategy):
    """Buy miners that trail their metals while China stimulates; leave when they caught up.

    Runs on the feeds of a `Market`. Each name is decided on at its own close, from signals that
    were known then, and filled at its own next open. Parameters are those of `Rule`, `Regime`
    and `Sizing`, by their own names; a misspelt or impossible one is refused.
    """

    params = tuple(
        pair for pair in native_params("rule", "regime", "sizing") if pair[0] not in OUTSIDE
    ) + (("events", None),)  # PolicyEvents in place of the shipped table

    def __init__(self) -> None:
        super().__init__()
        self.rule, self.regime, self.sizing = self._sections()
        self.feeds = [data for data in self.datas if isinstance(data, PanelFeed)]
        if not self.feeds:
            raise ConfigError(
                "CatchUp found no feed of a Market: call market.add_to(cerebro) before running"
            )
        panel = self.feeds[0].p.panel
        if any(feed.p.panel is not panel for feed in self.feeds):
            raise ConfigError("CatchUp runs on the feeds of one Market, found feeds of several")
        self.panel = panel
        self.signals: Signals = signals_of(panel, self.rule, self.regime, self.p.events)
        self.read = {feed: SignalLines(feed, self.signals) for feed in self.feeds}
        self._watched = [(feed, feed.datetime, self._unblocked(feed)) for feed in self.feeds]
        self.waiting: dict[PanelFeed, Any] = dict.fromkeys(self.feeds)
        self.held: dict[PanelFeed, Position | None] = dict.fromkeys(self.feeds)
        self.left_at_bar: dict[PanelFeed, int] = dict.fromkeys(self.feeds, -(10**9))
        # Of the names declared, whether or not each has data yet: a listing that begins later
        # must not change what was bought before.
        self.weight = min(1.0 / panel.n_declared, self.sizing.max_weight)
        self.cash_flows: list[tuple[np.datetime64, str, str, float]] = []
        self._interest_day: np.datetime64 | None = None
        self._interest_due = 0.0
        self._cash_before = 0.0

    def _sections(self) -> tuple[Rule, Regime, Sizing]:
        chosen: dict[str, dict[str, Any]] = {"rule": {}, "regime": {}, "sizing": {}}
        for name, section in OWNER.items():
            if section in chosen and name not in OUTSIDE:
                chosen[section][name] = getattr(self.p, name)
        rule, regime, sizing = (build(section, values) for section, values in chosen.items())
        assert isinstance(rule, Rule)
        assert isinstance(regime, Regime)
        assert isinstance(sizing, Sizing)
        return rule, regime, sizing

    def start(self) -> None:
        # backtrader sums position values in the order in which positions were first asked for.
        for feed in self.feeds:
            self.getposition(feed)

    def prenext(self) -> None:
        # next() waits until every feed has its first bar; readiness here is by name.
        self._step()

    def next(self) -> None:
        self._step()

    def _step(self) -> None:
        if self.sizing.cash_rate:
            self._pay_interest()
        now = self.lines.datetime[0]
        for feed, times, is_unblocked in self._watched:
            bars = len(feed)
            if bars and times[0] == now and self.waiting[feed] is None:
                if self.held[feed] is not None:
                    self._consider_exit(feed)
                elif is_unblocked[bars - 1]:
                    self._consider_entry(feed)
        self._cash_before = self.broker.getcash()

    def _unblocked(self, feed: PanelFeed) -> list[bool]:
        """Return by own bar whether nothing forbids an entry; most rows end here."""
        blocked = self.signals.blocked[feed.rows, feed.p.column]
        return [not one for one in blocked.tolist()]

    def _consider_entry(self, feed: PanelFeed) -> None:
        lines = self.read[feed]
        if len(feed) - self.left_at_bar[feed] <= self.rule.cool_down:
            return
        target = self.weight * lines.size_multiplier[0] * self.known_equity()
        shares = int(target // feed.lines.known_close[0])
        if shares < 1:
            return
        context = self._context(feed)
        self.held[feed] = Position(
            **{name: context[name] for name in Position.__annotations__ if name in context}
        )
        self._send(self.buy, feed, shares, "entry", context)

    def _consider_exit(self, feed: PanelFeed) -> None:
        held = self.held[feed]
        assert held is not None
        gap = self._anchored_gap(feed, held)
        if self._is_settlement(feed):
            code = int(Exit.DATA_HOLE)
        else:
            code = exit_reason(
                anchored_gap=gap,
                entry_gap=held.gap,
                capture=self.rule.capture,
                trade_return=feed.lines.known_close[0] / held.fill_price - 1.0,
                stop=held.stop,
                sessions_held=len(feed) - held.filled_at_bar,
                time_stop=held.time_stop,
            )
        if code != Exit.STAY:
            size = self.getposition(feed).size
            context = self._context(feed) | {"anchored_gap": gap}
            self._send(self.sell, feed, size, Exit(code).name.lower(), context)

    def _anchored_gap(self, feed: PanelFeed, held: Position) -> float:
        """Return the gap frozen at entry, moved by returns since; NaN where they do not join."""
        lines = self.read[feed]
        if lines.run[0] != held.run:
            return float("nan")
        gap = (
            held.gap
            + (lines.ln_equity[0] - held.ln_equity)
            - held.beta_metal * (lines.ln_basket[0] - held.ln_basket)
            - held.beta_market * (lines.ln_market[0] - held.ln_market)
        )
        return float(np.round(gap, 10))

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
        cell = (feed.rows[len(feed) - 1], feed.p.column)
        return {name: float(getattr(self.signals, name)[cell]) for name in CONTEXT}

    def _send(
        self, side: Any, feed: PanelFeed, size: int, reason: str, context: dict[str, float]
    ) -> None:
        bar = len(feed) - 1
        order = side(data=feed, size=size, exectype=bt.Order.Market)
        order.addinfo(
            reason=reason,
            decided_at=feed.closed_at[bar] + self.panel.latency,
            session=feed.session[bar],
            context=context,
        )
        self.waiting[feed] = order

    def notify_order(self, order: Any) -> None:
        if order.alive():
            return
        feed = order.data
        self.waiting[feed] = None
        if order.status == order.Completed and order.isbuy():
            held = self.held[feed]
            assert held is not None
            held.fill_price, held.filled_at_bar = order.executed.price, len(feed)
        elif order.status == order.Completed:
            self.held[feed], self.left_at_bar[feed] = None, len(feed)
        elif order.isbuy():
            self.held[feed] = None

    def _pay_interest(self) -> None:
        """Credit a year's rate by calendar day, act/365; paid on the first row of a new day."""
        today = np.datetime64(bt.num2date(self.lines.datetime[0]), "D")
        if self._interest_due:
            self.cash_flows.append((today, "interest", "", self._interest_due))
            self._interest_due = 0.0
        if self._interest_day is not None and today > self._interest_day:
            days = int(np.timedelta64(today - self._interest_day, "D").astype(int))
            # On the cash of the day before: today's fills have not borne interest yet.
            self._interest_due = self._cash_before * self.sizing.cash_rate * days / 365.0
            self.broker.add_cash(self._interest_due)
        self._interest_day = today

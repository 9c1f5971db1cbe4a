"""The catch-up rule as a backtrader strategy, in backtrader's own grammar of parameters."""

from __future__ import annotations

from math import log
from typing import Any

from orebound.feeds import PanelFeed

from .declared_strategy import RuleStrategy
from .parameters import OWNER, Regime, Rule, Sizing, build, native_params
from .signal_lines import signals_of
from .signals import Signals

#: Signals beyond the rule's arrays that travel with an order.
EXPLAINED = ("z", "lag", "lag_points", "score", "state")
OUTSIDE = ("cash",)  # the account is the broker's


class CatchUp(RuleStrategy):
    """Buy miners that trail their metals while China stimulates; leave when they caught up.

    Runs on the feeds of a `Market`. Each name is decided on at its own close, from signals that
    were known then, and filled at its own next open. Parameters are those of `Rule`, `Regime`
    and `Sizing`, by their own names; a misspelt or impossible one is refused.
    """

    params = tuple(
        pair for pair in native_params("rule", "regime", "sizing") if pair[0] not in OUTSIDE
    ) + (("events", None),)  # Announcements, or PolicyEvents of China, in place of those shipped

    def __init__(self) -> None:
        super().__init__()
        rule = self.rule
        assert isinstance(rule, Rule)
        self.signals: Signals = signals_of(self.panel, rule, self.regime, self.p.events)

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

    def _context(self, feed: PanelFeed) -> dict[str, float]:
        cell = (feed.rows[len(feed) - 1], feed.p.column)
        named = {name: float(getattr(self.signals, name)[cell]) for name in EXPLAINED}
        shown = {name: float(values[cell]) for name, values in self.signals.more.items()}
        # The gap is in base currency: what the exchange rate did of it is told apart later.
        return super()._context(feed) | named | shown | {"ln_rate": log(self.panel.rate[cell])}

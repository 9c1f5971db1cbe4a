"""What a market needs from this room when it enters a Cerebro: costs and signal lines."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from orebound.feeds import PanelFeed

from .commission import DatedCosts
from .declaration import DeclaredRule
from .parameters import Costs, Regime, Rule
from .signal_lines import signals_of


def dress(
    cerebro: Any,
    feeds: Sequence[PanelFeed],
    *,
    rule: DeclaredRule | None = None,
    regime: Regime | None = None,
    costs: Costs | None = None,
) -> None:
    """Give each feed its dated costs and the catch-up rule's lines ``gap, z, beta, stimulus``.

    Under a rule of one's own these lines are NaN: its strategy reads its own arrays.
    """
    lines = {}
    if rule is None or isinstance(rule, Rule):
        signals = signals_of(feeds[0].p.panel, rule or Rule(), regime or Regime())
        state = signals.state.astype(float)
        lines = {"gap": signals.gap, "z": signals.z, "beta": signals.beta_metal, "stimulus": state}
    for feed in feeds:
        feed.write_signals(**lines)
        # backtrader's metaclass takes the params before __init__ is called.
        dated = DatedCosts(data=feed, costs=costs or Costs())  # type: ignore[call-arg]
        cerebro.broker.addcommissioninfo(dated, name=feed._name)

"""What a market needs from this room when it enters a Cerebro: costs and signal lines."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from orebound.feeds import PanelFeed

from .commission import DatedCosts
from .parameters import Costs, Regime, Rule
from .signal_lines import signals_of


def dress(
    cerebro: Any,
    feeds: Sequence[PanelFeed],
    *,
    rule: Rule | None = None,
    regime: Regime | None = None,
    costs: Costs | None = None,
) -> None:
    """Give each feed its dated costs and the lines ``gap, z, beta, stimulus``."""
    panel = feeds[0].p.panel
    signals = signals_of(panel, rule or Rule(), regime or Regime())
    for feed in feeds:
        feed.write_signals(
            gap=signals.gap,
            z=signals.z,
            beta=signals.beta_metal,
            stimulus=signals.state.astype(float),
        )
        # backtrader's metaclass takes the params before __init__ is called.
        dated = DatedCosts(data=feed, costs=costs or Costs())  # type: ignore[call-arg]
        cerebro.broker.addcommissioninfo(dated, name=feed._name)

"""What a market needs from this room when it enters a Cerebro: costs and signal lines."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from orebound.feeds import ConfigError, PanelFeed

from .commission import DatedCosts
from .costs import slippage
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
    """Give each feed its dated costs and signal lines, and the broker its slippage.

    The lines are the catch-up rule's ``gap, z, beta, stimulus``; under a rule of one's own they
    are NaN, and its strategy reads its own arrays.
    """
    costs = costs or Costs()
    lines = {}
    if rule is None or isinstance(rule, Rule):
        signals = signals_of(feeds[0].p.panel, rule or Rule(), regime or Regime())
        state = signals.state.astype(float)
        lines = {"gap": signals.gap, "z": signals.z, "beta": signals.beta_metal, "stimulus": state}
    for feed in feeds:
        feed.write_signals(**lines)
        # backtrader's metaclass takes the params before __init__ is called.
        dated = DatedCosts(data=feed, costs=costs)  # type: ignore[call-arg]
        cerebro.broker.addcommissioninfo(dated, name=feed._name)
    _slip(cerebro.broker, slippage(costs))


def _slip(broker: Any, share: float) -> None:
    """Let the broker's fills slip; where costs ask for none, its own stays."""
    if not share:
        return
    wanted = {
        "slip_perc": share,
        "slip_fixed": 0.0,
        "slip_open": True,
        "slip_match": True,
        "slip_out": False,
    }
    asked = f"costs.slippage_bps = {share * 1e4:g}"
    if not hasattr(broker, "set_slippage_perc"):
        raise ConfigError(f"{asked}: a {type(broker).__name__} has no slippage to set; accepted: 0")
    p = broker.p
    if (p.slip_perc or p.slip_fixed) and any(getattr(p, k) != v for k, v in wanted.items()):
        raise ConfigError(
            f"{asked}: the broker slips already, by slip_perc = {p.slip_perc:g} and slip_fixed = "
            f"{p.slip_fixed:g}, and one broker has one slippage; leave one of the two at 0"
        )
    broker.set_slippage_perc(share, slip_open=True, slip_match=True, slip_out=False)

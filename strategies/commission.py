"""Dated costs as backtrader's own commission object."""

from __future__ import annotations

from typing import Any

import backtrader as bt
import numpy as np

from .costs import CostRow, average_daily_value, cost_lines, cost_row, cost_total, value_before


class DatedCosts(bt.CommInfoBase):
    """Charge a fill what the listing costs on the day of the fill, by side.

    backtrader asks for the commission with size and price only; the day is that of the feed's
    current bar, which is the fill's own. At the check of cash on submission the feed stands on
    the bar that follows the decision, or on its last bar where it has none there.
    """

    params = (
        ("stocklike", True),
        ("commtype", bt.CommInfoBase.COMM_FIXED),
        ("data", None),  # the PanelFeed that is charged
        ("costs", None),  # Costs
    )

    def __init__(self) -> None:
        super().__init__()
        feed = self.p.data
        rows = feed.p.panel.bar_rows(feed.p.column)
        average = value_before(average_daily_value(feed.p.panel.value_traded[rows, feed.p.column]))
        self._average = average[np.searchsorted(rows, feed.rows)]

    def _row(self) -> CostRow:
        feed = self.p.data
        bar = len(feed) - 1
        panel = feed.p.panel
        average = self._average[bar]
        return cost_row(
            feed.listing,
            feed.session[bar],
            self.p.costs,
            base_currency=panel.base_currency,
            rate=float(panel.rate[feed.rows[bar], feed.p.column]),
            average_daily_value=average if np.isfinite(average) else None,
        )

    # Both signatures are given: backtrader passes pseudoexec by name, analyzers pass the feed.
    def _getcommission(self, size: float, price: float, pseudoexec: bool) -> float:  # noqa: ARG002
        return cost_total(self._row(), is_buy=size > 0, shares=abs(size), price=price)

    def lines(self, data: Any, size: float, price: float) -> dict[str, float]:  # noqa: ARG002
        """Return the cost of the fill just made on the feed's current bar, by kind."""
        return cost_lines(self._row(), is_buy=size > 0, value=abs(size) * price)

"""Every order sent, filled or not."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Any, ClassVar

import backtrader as bt
import numpy as np

from .book import symbols
from .fills import Fill, decided_at, decision_session, fills_of, reason_of
from .framed import TIME, Framed

NEVER = np.datetime64("NaT", "ns")
STATUS = {
    bt.Order.Completed: "Filled",
    bt.Order.Canceled: "Canceled",
    bt.Order.Expired: "Expired",
    bt.Order.Margin: "Margin",
    bt.Order.Rejected: "Rejected",
}


class Orders(Framed):
    """One row an order, in the order they were sent; one row a fill where it filled in parts.

    What remained of a part-filled order is a row of its own, so that `value` = `size` x `price`
    holds on every filled row. Unfilled rows have no price and no fill time, and zero value and
    cost. `Waiting` orders were still open when the data ended: backtrader never reports them.
    """

    columns: ClassVar[dict[str, str]] = {
        "submitted": TIME,
        "filled": TIME,
        "symbol": "str",
        "side": "str",
        "size": "size",
        "price": "float64",
        "value": "float64",
        "cost": "float64",
        "status": "str",
        "reason": "str",
        "session": TIME,
        "fill_session": TIME,
    }

    def start(self) -> None:
        self._names = symbols(self.datas)
        self._orders: dict[int, Any] = {}
        self._fills: dict[int, list[Fill]] = {}

    def notify_order(self, order: Any) -> None:
        # The order handed over is a clone, frozen at this status; the latest one counts.
        self._orders[order.ref] = order
        self._fills.setdefault(order.ref, []).extend(fills_of(order, self.strategy))

    def stop(self) -> None:
        self._orders |= {order.ref: order for order in self._unreported()}
        self.rows = [
            row
            for ref in sorted(self._orders)
            for row in self._rows_of(self._orders[ref], self._fills.get(ref, []))
        ]
        self._names, self._orders, self._fills = {}, {}, {}

    def counts(self) -> dict[str, int]:
        """Return how many orders ended in each status."""
        return dict(Counter(self.frame()["status"]))

    def _unreported(self) -> Iterator[Any]:
        """Yield the broker's own orders of this strategy, whose status is the last word."""
        broker = self.strategy.broker
        kept = (getattr(broker, store, ()) for store in ("orders", "pending", "submitted"))
        for orders in kept:
            yield from (o for o in orders if o is not None and o.owner is self.strategy)

    def _rows_of(self, order: Any, fills: list[Fill]) -> Iterator[tuple[Any, ...]]:
        for fill in fills:
            size = abs(fill.size)
            money = (size, fill.price, size * fill.price, fill.cost)
            yield self._row(order, money, "Filled", (fill.time, fill.session))
        left = abs(order.created.size) - sum(abs(fill.size) for fill in fills)
        if left > 0:
            status = STATUS.get(order.status, "Waiting")
            yield self._row(order, (left, np.nan, 0.0, 0.0), status, (NEVER, NEVER))

    def _row(
        self, order: Any, money: tuple[float, ...], status: str, when: tuple[Any, Any]
    ) -> tuple[Any, ...]:
        filled, fill_session = when
        name, side = self._names[order.data], "buy" if order.isbuy() else "sell"
        said = (status, reason_of(order), decision_session(order), fill_session)
        return (decided_at(order), filled, name, side, *money, *said)

"""One execution as an order notification reports it, with what the order says about itself."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import backtrader as bt
import numpy as np

from .framed import utc_date, utc_time

EXECUTED = (bt.Order.Partial, bt.Order.Completed)


@dataclass(frozen=True)
class Fill:
    """One execution; `closed` and `opened` are its signed parts, each with its own cost."""

    order: Any
    feed: Any
    price: float
    closed: float
    opened: float
    closed_cost: float
    opened_cost: float
    time: np.datetime64
    session: np.datetime64
    bar: int

    @property
    def size(self) -> float:
        return self.closed + self.opened

    @property
    def cost(self) -> float:
        return self.closed_cost + self.opened_cost

    @property
    def side(self) -> str:
        return "buy" if self.size > 0 else "sell"


def fills_of(order: Any, strategy: Any) -> Iterator[Fill]:
    """Yield the executions that this notification, and no earlier one, reports.

    A fill belongs to the row on which the broker booked it. Where that is not a bar of the order's
    own feed (a stop or limit order of several exchanges, cheat-on-close), backtrader dates it back
    to the feed's last bar, before the decision; here it keeps the row's time.
    """
    if order.status not in EXECUTED:
        return
    # Not the strategy's own line: with quicknotify it still stands on the row before.
    row = max(data.datetime[0] for data in strategy.datas if len(data))
    feed = order.data if order.data._compensate is None else order.data._compensate
    for bit in order.executed.iterpending():
        yield Fill(
            order=order,
            feed=feed,
            price=float(bit.price),
            closed=bit.closed,
            opened=bit.opened,
            closed_cost=_closing_cost(order, bit),
            opened_cost=float(bit.openedcomm),
            time=_fill_time(order.data, row, bit.dt),
            session=utc_date(row),
            bar=len(order.data) - 1,
        )


def decided_at(order: Any) -> np.datetime64:
    """Return when the order was decided (UTC): by its own word, else its feed's bar."""
    # order.created.dt is the feed's last bar, which another exchange's row may have left behind.
    stated = order.info.get("decided_at")
    return utc_time(order.created.dt) if stated is None else np.datetime64(stated, "ns")


def decision_session(order: Any) -> np.datetime64:
    """Return the session of the decision, as midnight."""
    stated = order.info.get("session")
    return utc_date(order.created.dt) if stated is None else np.datetime64(stated, "ns")


def reason_of(order: Any) -> str:
    """Return the reason that the order carries, or nothing."""
    return str(order.info.get("reason") or "")


def context_of(order: Any) -> dict[str, Any]:
    """Return what was known at the decision: the order's own context, else the feed's lines."""
    stated = order.info.get("context")
    if stated is not None:
        return dict(stated)
    lines = [name for name in ("gap", "z") if name in order.data.lines.getlinealiases()]
    ago = _bars_since(order.data, order.created.dt) if lines else 0
    return {name: float(getattr(order.data.lines, name)[-ago]) for name in lines}


def _bars_since(data: Any, number: float) -> int:
    """Return how many bars ago the bar stamped `number` was."""
    ago = 0
    while ago < len(data) - 1 and data.datetime[-ago] > number:
        ago += 1
    return ago


def _fill_time(data: Any, row: float, bar: float) -> np.datetime64:
    opened_at = getattr(data, "opened_at", None)
    if opened_at is None or bar != row:
        return utc_time(row)
    return np.datetime64(opened_at[len(data) - 1], "ns")


def _closing_cost(order: Any, bit: Any) -> float:
    # With int2pnl the broker adds the borrow interest of the whole holding, long since taken from
    # cash, to the commission of the closing fill.
    info = order.comminfo
    if bit.closed and getattr(info.p, "interest", 0.0):
        return float(info.getcommission(bit.closed, bit.price))
    return float(bit.closedcomm)

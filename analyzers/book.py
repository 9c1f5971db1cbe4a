"""What the broker holds on a row, read without touching the broker."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from orebound.feeds import DataRefused

from .framed import utc_date


@dataclass(frozen=True)
class Holding:
    """One open position at its feed's last close.

    `value` is what the broker books beside its cash: size x price for shares, the margin for
    futures. `exposure` is size x price x multiplier, signed.
    """

    symbol: str
    size: float
    price: float
    value: float
    exposure: float


def symbols(datas: list[Any]) -> dict[Any, str]:
    """Return a name for each feed that no other feed has.

    Feeds of one name (a resampled copy, a slip) get ``#2``, ``#3``: `getdatabyname` would return
    only the last of them.
    """
    names: dict[Any, str] = {}
    seen: dict[str, int] = {}
    for number, data in enumerate(datas):
        name = data._name or f"Data{number}"
        seen[name] = seen.get(name, 0) + 1
        names[data] = name if seen[name] == 1 else f"{name}#{seen[name]}"
    return names


def row_date(strategy: Any) -> np.datetime64:
    """Return the UTC date of the strategy's row."""
    return utc_date(strategy.lines.datetime[0])


def holdings(strategy: Any, names: dict[Any, str]) -> list[Holding]:
    """Return the open positions, in the order of the feeds.

    Raises
    ------
    DataRefused
        If a held position has no finite close: equity would be NaN without a word.
    """
    # `positions.get` and not `getposition`: that would add an empty position, and the broker would
    # then multiply its zero with the close of a feed that has not begun. `get_value([data])` would
    # book pending `add_cash` early.
    booked = strategy.broker.positions
    held = []
    for data, name in names.items():
        position = booked.get(data)
        if position is not None and position.size and len(data):
            held.append(_holding(strategy, data, position.size, name))
    return held


def account(strategy: Any, names: dict[Any, str]) -> tuple[float, float, list[Holding]]:
    """Return equity, cash and the holdings that make up the difference.

    Equity is the broker's own figure of this row, to the last bit: adding the holdings up here
    would round in another order.
    """
    held = holdings(strategy, names)
    return float(strategy.broker.get_value()), float(strategy.broker.get_cash()), held


def _holding(strategy: Any, data: Any, size: float, name: str) -> Holding:
    price = float(data.close[0])
    if not np.isfinite(price):
        date = str(utc_date(data.datetime[0]))[:10]
        raise DataRefused(
            f"{name}: close of {date} is {price} while {size:g} are held; a held position needs a "
            "finite close on every bar"
        )
    info = strategy.broker.getcommissioninfo(data)
    exposure = size * price * info.p.mult
    return Holding(name, size, price, _booked(strategy, data, info), exposure)


def _booked(strategy: Any, data: Any, info: Any) -> float:
    """Return the position's part of equity as `BackBroker._get_value` adds it up."""
    position, price = strategy.broker.positions[data], float(data.close[0])
    if strategy.broker.p.shortcash:
        value = info.getvaluesize(position.size, price)
    else:
        value = abs(info.getvalue(position, price))
    if value <= 0:
        return float(value)
    unrealized = info.profitandloss(position.size, position.price, price)
    return float((value - unrealized) / info.get_leverage() + unrealized)

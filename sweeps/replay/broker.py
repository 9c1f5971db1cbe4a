"""backtrader's broker, one small function for each of its rules.

Every function mirrors what `BackBroker` of backtrader 1.9.78.123 does with market orders on
stock-like assets without leverage, in the same order of additions and multiplications, so that
cash and values agree to the last bit. Compiled without fast-math: no reassociation, no fused
multiply-add.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ParamSpec, TypeVar, cast

import numpy as np
from numba import njit
from numpy.typing import NDArray

Floats = NDArray[np.float64]
P = ParamSpec("P")
R = TypeVar("R")


#: `error_model` spares a branch a division.
OPTIONS: dict[str, Any] = {
    "cache": True,
    "nogil": True,
    "error_model": "numpy",
    "fastmath": False,
}


def compiled(function: Callable[P, R]) -> Callable[P, R]:
    """Return the function compiled."""
    return cast(Callable[P, R], njit(**OPTIONS)(function))


def bare(function: Callable[P, R]) -> Callable[P, R]:
    """Return the function compiled without counting references to arrays; it may make none.

    numba counts them atomically at every touch of an array in a tuple, which would cost the
    replay more than half its time. Whoever calls keeps the arrays.
    """
    return cast(Callable[P, R], njit(**OPTIONS, _nrt=False)(function))


def inlined(function: Callable[P, R]) -> Callable[P, R]:
    """Return the function compiled into each of its callers, so that arguments cost nothing."""
    return cast(Callable[P, R], njit(**OPTIONS, forceinline=True)(function))


@bare
def fill_cost(
    size: float,
    price: float,
    buy_rate: float,
    sell_rate: float,
    levy: float,
    levy_above: float,
    impact: float,
) -> float:
    """Return what a fill costs: one side's rate, the levy, the impact (`costs.cost_total`).

    Shares times rate times price, in this order, as `CommInfoBase` charges a percentage.
    """
    shares = abs(size)
    cost = shares * (buy_rate if size > 0.0 else sell_rate) * price
    value = shares * price
    if value > levy_above:
        cost += levy
    if impact != 0.0:
        cost += impact * value * np.sqrt(value)
    return cost


@bare
def cash_if_submitted(
    cash: float, position: float, size: float, price: float, cost: float
) -> float:
    """Return the running cash of the check on submission (`BackBroker.check_submitted`).

    The order is executed in thought at the close of the bar it was created on. Cash runs on from
    order to order and stays negative after a rejection, so that a later sale can be rejected too.
    """
    if position != 0.0:  # the whole position is closed: its value comes back, profit unseen
        return cash + (-size) * price - cost
    return cash - size * price - cost


@bare
def cash_after_close(
    cash: float, position: float, entry_price: float, price: float, cost: float
) -> float:
    """Return cash after a whole position is closed (`BackBroker._execute`, closing part).

    The value at the entry price and the profit come back as two terms, then the cost leaves.
    """
    profit = position * (price - entry_price)
    return cash + (position * entry_price + profit) - cost


@bare
def cash_after_open(cash: float, size: float, price: float, cost: float) -> float:
    """Return cash after opening from flat; below zero the broker refuses (status Margin)."""
    return cash - size * price - cost


@bare
def with_position(total: float, size: float, entry_price: float, close: float) -> float:
    """Return a running value with one more position in it (`BackBroker._get_value`).

    Positions are added in the order in which the strategy first asked for them. A long one enters
    as its value less its unrealised profit and then the profit, two additions; a short one as its
    negative value. Cash is added last.
    """
    value = size * close
    unrealised = size * (close - entry_price)
    if value > 0.0:
        return (total + (value - unrealised)) + unrealised
    return total + value


@bare
def reported_price(size: float, price: float) -> float:
    """Return `executed.price`: an average over one fill, at times one ulp off the open."""
    return (size * price) / size

"""backtrader's broker, one small function for each of its rules.

Every function mirrors what `BackBroker` of backtrader 1.9.78.123 does with market orders on
stock-like assets without leverage, in the same order of additions and multiplications, so that
cash and values agree to the last bit. Compiled without fast-math: no reassociation, no fused
multiply-add.
"""

from __future__ import annotations

import numpy as np
from numba import njit

#: Compile flags of everything in this room; `error_model` spares a branch a division.
COMPILED = {"cache": True, "nogil": True, "error_model": "numpy", "fastmath": False}


@njit(**COMPILED)
def fill_cost(is_buy, value, buy_rate, sell_rate, levy, levy_above, impact):
    """Return what a fill costs: one side's rate, the levy, the impact (`costs.cost_total`)."""
    rate = buy_rate if is_buy else sell_rate
    due = levy if value > levy_above else 0.0
    return value * rate + due + impact * value * np.sqrt(value)


@njit(**COMPILED)
def cash_if_submitted(cash, position, size, price, cost):
    """Return the running cash of the check on submission (`BackBroker.check_submitted`).

    The order is executed in thought at the close of the bar it was created on. Cash runs on from
    order to order and stays negative after a rejection, so that a later sale can be rejected too.
    """
    if position != 0.0:  # the whole position is closed: its value comes back, profit unseen
        return cash + (-size) * price - cost
    return cash - size * price - cost


@njit(**COMPILED)
def cash_after_close(cash, position, entry_price, price, cost):
    """Return cash after a whole position is closed (`BackBroker._execute`, closing part).

    The value at the entry price and the profit come back as two terms, then the cost leaves.
    """
    profit = position * (price - entry_price)
    return cash + (position * entry_price + profit) - cost


@njit(**COMPILED)
def cash_after_open(cash, size, price, cost):
    """Return cash after opening from flat; below zero the broker refuses (status Margin)."""
    return cash - size * price - cost


@njit(**COMPILED)
def account_value(cash, size, entry_price, close):
    """Return the broker's value (`BackBroker._get_value`): positions in the order first asked for.

    A long position enters as its value less its unrealised profit and then the profit, two
    additions; a short one as its negative value.
    """
    total = 0.0
    for name in range(size.shape[0]):
        if size[name] != 0.0:
            value = size[name] * close[name]
            unrealised = size[name] * (close[name] - entry_price[name])
            if value > 0.0:
                total += value - unrealised
                total += unrealised
            else:
                total += value
    return cash + total


@njit(**COMPILED)
def reported_price(size, price):
    """Return `executed.price`: an average over one fill, at times one ulp off the open."""
    return (size * price) / size

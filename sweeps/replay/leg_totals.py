"""Figures of trades with hedge legs: the lines count, with the money of their legs."""

from __future__ import annotations

import numpy as np

from .compiling import compiled
from .inputs import (
    ENTRY,
    FILLED,
    LOG_COST,
    LOG_DECIDED,
    LOG_NAME,
    LOG_PRICE,
    LOG_REASON,
    LOG_ROW,
    LOG_SIZE,
    LOG_STATUS,
    Floats,
    Ints,
    MarketArrays,
    RowCalendar,
    RuleRows,
)
from .leg_state import LegRows
from .totals import CLOSED, DAYS, ENTRIES, HITS, RETURNS, SPELLS, totals_of_log


@compiled
def totals_with_legs(
    market: MarketArrays,
    rule: RuleRows,
    legs: LegRows,
    calendar: RowCalendar,
    log: Floats,
    n: int,
    ended: float,
    out: Floats,
) -> None:
    """Add up the order log of one combination with hedge legs.

    Costs, exposure and what was traded are of every column. Trades are the lines' own, with the
    money of the legs that were decided on while they were open (`analyzers.joined_trades`); a leg
    that is still open is marked at its last close.
    """
    totals_of_log(market, rule, calendar, log, n, ended, out)
    n_names = market.close.shape[1]
    last = np.full(n_names, -1)  # log place of each column's latest entry
    before, left = np.full(n, -1), np.full(n, -1)  # of an entry: the one before it, and its exit
    money = np.zeros(n)
    seen = np.zeros(rule.n_spells, np.bool_)
    for total in (ENTRIES, CLOSED, HITS, RETURNS, DAYS, SPELLS):
        out[total] = 0.0
    for i in range(n):
        if log[i, LOG_STATUS] != FILLED:
            continue
        name = int(log[i, LOG_NAME])
        if log[i, LOG_REASON] == ENTRY:
            before[i], last[name] = last[name], i
        else:
            left[last[name]] = i
    for i in range(n):
        if log[i, LOG_STATUS] != FILLED or log[i, LOG_REASON] != ENTRY:
            continue
        name, e = int(log[i, LOG_NAME]), i
        if legs.is_leg[name]:
            e = _episode(log, last[_partner(legs, name)], before, left, log[i, LOG_DECIDED])
        if e >= 0:
            money[e] += _net(market, log, i, left[i])
    for i in range(n):
        name = int(log[i, LOG_NAME])
        if legs.is_leg[name] or log[i, LOG_STATUS] != FILLED or log[i, LOG_REASON] != ENTRY:
            continue
        out[ENTRIES] += 1
        spell = rule.spell[int(log[i, LOG_DECIDED]), name]
        if spell >= 0 and not seen[spell]:
            seen[spell] = True
            out[SPELLS] += 1
        if left[i] >= 0:
            began, gone = int(log[i, LOG_ROW]), int(log[left[i], LOG_ROW])
            out[CLOSED] += 1
            out[HITS] += 1 if money[i] > 0.0 else 0
            out[RETURNS] += money[i] / (abs(log[i, LOG_SIZE]) * log[i, LOG_PRICE])
            out[DAYS] += market.bars[gone, name] - market.bars[began, name]


@compiled
def _partner(legs: LegRows, name: int) -> int:
    for place in range(legs.column.shape[0]):
        if legs.column[place] == name:
            return int(legs.partner[place])
    return -1


@compiled
def _episode(log: Floats, entry: int, before: Ints, left: Ints, decided: float) -> int:
    """Return the entry of the line's episode that was open when a leg was decided on, -1 for none.

    `analyzers.episodes_of_legs`: from the line's decision to enter to that to leave.
    """
    while entry >= 0:
        is_open = left[entry] < 0 or decided < log[left[entry], LOG_DECIDED]
        if is_open and log[entry, LOG_DECIDED] <= decided:
            return entry
        entry = before[entry]
    return -1


@compiled
def _net(market: MarketArrays, log: Floats, entry: int, leave: int) -> float:
    """Return what one episode of a column earned; marked at the last close while it is open."""
    size, price = log[entry, LOG_SIZE], log[entry, LOG_PRICE]
    if leave < 0:
        end = market.close[market.close.shape[0] - 1, int(log[entry, LOG_NAME])]
        return float(size * (end - price) - log[entry, LOG_COST])
    profit = size * (log[leave, LOG_PRICE] - price)
    return float(profit - log[leave, LOG_COST] - log[entry, LOG_COST])

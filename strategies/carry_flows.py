"""Interest, borrow, financing and rolls in backtrader, by the calendar day."""

from __future__ import annotations

from typing import Any, NamedTuple

import backtrader as bt
import numpy as np

from orebound.feeds import PanelFeed

from .carry import CarryRates, holding_rates, owed_a_year, rolls_between
from .commission import DatedCosts
from .declaration import Numbers


class Charged(NamedTuple):
    """A line that may owe something while it is held.

    Attributes
    ----------
    feed : PanelFeed
    rates : CarryRates
        A year.
    roll : float
        A roll, as a fraction of its value.
    rolls_a_year : int
    """

    feed: PanelFeed
    rates: CarryRates
    roll: float
    rolls_a_year: int


class Owed(NamedTuple):
    """What one position owes: a year, and a roll."""

    line: Charged
    kind: str
    yearly: float
    a_roll: float


class CarryFlows:
    """What a strategy's cash earns and its positions owe; `cash_flows` holds what was booked."""

    lines: Any
    broker: Any
    feeds: list[PanelFeed]
    numbers: Numbers
    getposition: Any
    partner_of: dict[PanelFeed, PanelFeed]
    _direction: Any

    def _set_up_carry(self) -> None:
        self.cash_flows: list[tuple[np.datetime64, str, str, float]] = []
        self._charged: list[Charged] = []
        self._owed: list[Owed] = []
        self._due: list[tuple[str, str, float]] = []
        self._carry_day: np.datetime64 | None = None
        self._cash_before = 0.0

    def _charged_lines(self) -> list[Charged]:
        """Return the lines that may owe something while they are held, and at what rate."""
        found = []
        for feed in self.feeds:
            charged = self.broker.getcommissioninfo(feed)
            if isinstance(charged, DatedCosts):
                line = Charged(feed, *holding_rates(charged.p.costs, feed.listing))
                if self._may_owe(line):
                    found.append(line)
        return found

    def _may_owe(self, line: Charged) -> bool:
        if line.feed in self.partner_of:
            # A leg is on the side that its ratio says, which may change from trade to trade.
            return bool(line.rates.short or line.rates.long or line.roll)
        is_short = self._direction(line.feed) < 0.0
        return bool(line.rates.short if is_short else line.rates.long)

    def _owed_now(self) -> list[Owed]:
        """Return what each position owes, at the last known prices."""
        owed = []
        for line in self._charged:
            size = self.getposition(line.feed).size
            if size:
                price = line.feed.lines.known_close[0]
                yearly = owed_a_year(size, price, *line.rates)
                kind = "borrow" if size < 0.0 else "financing"
                owed.append(Owed(line, kind, yearly, abs(size) * price * line.roll))
        return owed

    def _carry(self) -> None:
        """Credit interest on cash and charge borrow, financing and rolls, act/365.

        Reckoned on the first row of a new day, on what was held and known on the row before:
        today's fills have borne nothing yet. The broker books it on the next row.
        """
        today = np.datetime64(bt.num2date(self.lines.datetime[0]), "D")
        self.cash_flows += [(today, *flow) for flow in self._due]
        self._due = []
        if self._carry_day is not None and today > self._carry_day:
            days = int(np.timedelta64(today - self._carry_day, "D").astype(int))
            total = 0.0
            if self.numbers.cash_rate:
                total = self._cash_before * self.numbers.cash_rate * days / 365.0
                self._due += [("interest", "", total)] if total else []
            for owed in self._owed:
                total -= self._charge(owed.line, owed.kind, owed.yearly * days / 365.0)
                if owed.a_roll:
                    rolls = rolls_between(self._carry_day, today, owed.line.rolls_a_year)
                    total -= self._charge(owed.line, "roll", owed.a_roll * rolls)
            self.broker.add_cash(total)
        self._carry_day = today

    def _charge(self, line: Charged, kind: str, amount: float) -> float:
        if amount:
            self._due.append((kind, line.feed._name, -amount))
        return amount

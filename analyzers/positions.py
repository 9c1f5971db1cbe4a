"""What was held, by session and name."""

from __future__ import annotations

from typing import Any, ClassVar

import numpy as np

from .book import holdings, row_date, symbols
from .framed import TIME, Framed


class Positions(Framed):
    """Each open position at the last row of each UTC date, at its feed's last close.

    `value` is what the broker counts beside its cash: size x price, or the margin of a future.
    """

    columns: ClassVar[dict[str, str]] = {
        "date": TIME,
        "symbol": "str",
        "size": "size",
        "price": "float64",
        "value": "float64",
    }

    def start(self) -> None:
        self._names = symbols(self.datas)
        self._by_date: dict[np.datetime64, list[tuple[Any, ...]]] = {}

    def next(self) -> None:
        date = row_date(self.strategy)
        self._by_date[date] = [
            (date, holding.symbol, holding.size, holding.price, holding.value)
            for holding in holdings(self.strategy, self._names)
        ]

    def stop(self) -> None:
        self.rows = [row for rows in self._by_date.values() for row in rows]
        self._names, self._by_date = {}, {}

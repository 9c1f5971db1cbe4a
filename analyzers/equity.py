"""The account by session: value, cash, gross and net exposure."""

from __future__ import annotations

from typing import Any, ClassVar

import numpy as np

from .book import account, row_date, symbols
from .framed import TIME, Framed


class Equity(Framed):
    """What the account was worth at the last row of each UTC date, in base currency.

    `value` is `cash` plus the sum of the positions' values; `gross` adds the absolute exposures,
    `net` the signed ones.
    """

    columns: ClassVar[dict[str, str]] = {"date": TIME} | dict.fromkeys(
        ("value", "cash", "gross", "net"), "float64"
    )

    def start(self) -> None:
        self._names = symbols(self.datas)
        self._by_date: dict[np.datetime64, tuple[Any, ...]] = {}

    def next(self) -> None:
        date = row_date(self.strategy)
        value, cash, held = account(self.strategy, self._names)
        net = sum(holding.exposure for holding in held)
        gross = sum(abs(holding.exposure) for holding in held)
        self._by_date[date] = (date, value, cash, gross, net)

    def stop(self) -> None:
        self.rows = list(self._by_date.values())
        self._names, self._by_date = {}, {}

"""How much of the account was in the market, by session."""

from __future__ import annotations

from typing import Any, ClassVar

import numpy as np

from .book import account, row_date, symbols
from .framed import TIME, Framed


class Exposure(Framed):
    """Long, short, gross and net exposure at the last row of each UTC date.

    The first four are in base currency. `gross_share`, `net_share` and `largest_share` (the
    largest single name) are fractions of equity, NaN where equity is not positive; `names` counts
    the open positions.
    """

    columns: ClassVar[dict[str, str]] = {
        "date": TIME,
        "long": "float64",
        "short": "float64",
        "gross": "float64",
        "net": "float64",
        "gross_share": "float64",
        "net_share": "float64",
        "largest_share": "float64",
        "names": "int64",
    }

    def start(self) -> None:
        self._names = symbols(self.datas)
        self._by_date: dict[np.datetime64, tuple[Any, ...]] = {}

    def next(self) -> None:
        date = row_date(self.strategy)
        value, _, held = account(self.strategy, self._names)
        exposures = np.array([holding.exposure for holding in held], dtype=float)
        long, short = exposures[exposures > 0].sum(), -exposures[exposures < 0].sum()
        largest = np.abs(exposures).max(initial=0.0)
        money = np.array([long + short, long - short, largest])
        shares = money / value if value > 0 else np.full(3, np.nan)
        self._by_date[date] = (date, long, short, *money[:2], *shares, len(held))

    def stop(self) -> None:
        self.rows = list(self._by_date.values())
        self._names, self._by_date = {}, {}

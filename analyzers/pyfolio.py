"""The run in pyfolio's terms, right for several names."""

from __future__ import annotations

from typing import Any, ClassVar

import backtrader as bt
import pandas as pd

from orebound.feeds import ConfigError

from .book import symbols
from .equity import Equity
from .fills import Fill, fills_of
from .framed import TIME, Framed, table
from .positions import Positions
from .session_dates import utc_midnights

TRANSACTIONS = {
    "date": TIME,
    "amount": "size",
    "price": "float64",
    "sid": "int64",
    "symbol": "str",
    "value": "float64",
}


class PyFolio(Framed):
    """Daily returns, positions, transactions and gross leverage for ``pyfolio``.

    A drop-in for ``bt.analyzers.PyFolio``, which keeps only the cash and the last of several
    names. Every index is a session date at midnight UTC; the first return is against the starting
    cash.
    """

    # The stock analyzer's own parameters, accepted where they mean what this one does.
    params = (("timeframe", bt.TimeFrame.Days), ("compression", 1))
    columns: ClassVar[dict[str, str]] = {"date": TIME, "return": "float64", "gross_lev": "float64"}

    def __init__(self) -> None:
        if (self.p.timeframe, self.p.compression) not in ((bt.TimeFrame.Days, 1), (None, None)):
            raise ConfigError(
                "PyFolio works on daily rows: timeframe must be bt.TimeFrame.Days and compression "
                f"1, got {self.p.timeframe} and {self.p.compression}"
            )
        self._equity = Equity()
        self._positions = Positions()

    def start(self) -> None:
        self._names = symbols(self.datas)
        self._headers = list(self._names.values())
        self._cash_at_start = float(self.strategy.broker.startingcash)
        self._trades: list[tuple[Any, ...]] = []

    def notify_order(self, order: Any) -> None:
        self._trades += [self._transaction(fill) for fill in fills_of(order, self.strategy)]

    def stop(self) -> None:
        equity = self._equity.frame()
        before = equity["value"].shift(1, fill_value=self._cash_at_start)
        returns = equity["value"] / before - 1.0
        leverage = equity["gross"] / equity["value"]
        self.rows = list(zip(equity["date"], returns, leverage, strict=True))
        self._names = {}

    def get_analysis(self) -> dict[str, Any]:
        """Return the four pyfolio items by the stock analyzer's names."""
        names = ("returns", "positions", "transactions", "gross_lev")
        return dict(zip(names, self.get_pf_items(), strict=True))

    def get_pf_items(self) -> tuple[pd.Series, pd.DataFrame, pd.DataFrame, pd.Series]:
        """Return ``returns, positions, transactions, gross_lev`` as pyfolio wants them."""
        daily = _by_utc_midnight(self.frame())
        trades = _by_utc_midnight(table(self._trades, TRANSACTIONS))
        return daily["return"], self._wide_positions(), trades, daily["gross_lev"]

    def _wide_positions(self) -> pd.DataFrame:
        equity = self._equity.frame()
        held = self._positions.frame()
        wide = held.pivot(index="date", columns="symbol", values="value")
        # A name without a row on a date was not held then: its value is zero, not unknown.
        wide = wide.reindex(index=equity["date"], columns=self._headers).fillna(0.0)
        wide["cash"] = equity["cash"].to_numpy()
        wide.columns.name = None
        return _by_utc_midnight(wide.reset_index())

    def _transaction(self, fill: Fill) -> tuple[Any, ...]:
        name = self._names[fill.feed]
        value = -fill.size * fill.price
        return (fill.session, fill.size, fill.price, self._headers.index(name), name, value)


def _by_utc_midnight(frame: pd.DataFrame) -> pd.DataFrame:
    dates = utc_midnights(pd.DatetimeIndex(frame["date"])).rename("index")
    return frame.set_index(dates).drop(columns="date")

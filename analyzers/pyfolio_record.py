"""A run's files in pyfolio's terms: what `PyFolio` collects, rebuilt from the record."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from .record import RunRecord
from .session_dates import to_session_dates, utc_midnights


class PyFolioItems(NamedTuple):
    """What pyfolio's functions take, every index a session date at midnight UTC.

    Attributes
    ----------
    returns : Series
        Simple returns a session; the first is against the starting cash.
    positions : DataFrame
        Values by name, and ``cash``; 0 where a name is not held.
    transactions : DataFrame
        ``amount, price, sid, symbol, value``, one row a fill.
    gross_lev : Series
        Gross exposure over equity.
    """

    returns: pd.Series[Any]
    positions: pd.DataFrame
    transactions: pd.DataFrame
    gross_lev: pd.Series[Any]

    def without_zone(self) -> PyFolioItems:
        """Return the same under naive dates: some pictures of pyfolio mix both forms."""
        return PyFolioItems(
            self.returns.set_axis(to_session_dates(self.returns.index)),
            self.positions.set_axis(to_session_dates(self.positions.index), axis=0),
            self.transactions.set_axis(to_session_dates(self.transactions.index), axis=0),
            self.gross_lev.set_axis(to_session_dates(self.gross_lev.index)),
        )


def pyfolio_items(record: RunRecord) -> PyFolioItems:
    """Return the items of a record, equal to what the analyzer `PyFolio` collects in the run.

    Raises
    ------
    ValueError
        If equity is empty, not finite or not positive: no return is defined then.
    """
    equity = record.equity
    value = equity["value"].to_numpy(dtype=float)
    if not len(value):
        raise ValueError("no session was run")
    if not (np.isfinite(value).all() and (value > 0.0).all()):
        raise ValueError("equity is not positive throughout, so that returns are not defined")
    dates = utc_midnights(pd.DatetimeIndex(equity["date"])).rename("index")
    before = np.concatenate([[_cash_at_start(record, value)], value[:-1]])
    names = _names(record)
    return PyFolioItems(
        pd.Series(value / before - 1.0, index=dates, name="return"),
        _positions(record, names, dates),
        _transactions(record, names),
        pd.Series(equity["gross"].to_numpy(dtype=float) / value, index=dates, name="gross_lev"),
    )


def _cash_at_start(record: RunRecord, value: np.ndarray[Any, Any]) -> float:
    sizing = record.info["config"] if isinstance(record.info["config"], dict) else {}
    stated = sizing.get("sizing", {})
    cash = stated.get("cash") if isinstance(stated, dict) else None
    is_known = isinstance(cash, int | float) and np.isfinite(cash) and cash > 0.0
    return float(cash) if is_known and cash is not None else float(value[0])


def _names(record: RunRecord) -> list[str]:
    universe = record.info.get("universe")
    found = universe.get("names") if isinstance(universe, dict) else None
    declared = [str(name) for name in found] if isinstance(found, list) else []
    seen = sorted({*record.positions["symbol"], *record.orders["symbol"]} - set(declared))
    return [*dict.fromkeys(declared), *map(str, seen)]


def _positions(record: RunRecord, names: list[str], dates: pd.DatetimeIndex) -> pd.DataFrame:
    held = record.positions.pivot_table(
        index="date", columns="symbol", values="value", aggfunc="sum"
    )
    # A name without a row on a date was not held then: its value is zero, not unknown.
    wide = held.reindex(index=record.equity["date"], columns=names).fillna(0.0)
    wide["cash"] = record.equity["cash"].to_numpy(dtype=float)
    wide.columns.name = None
    return wide.set_axis(dates, axis=0)


def _transactions(record: RunRecord, names: list[str]) -> pd.DataFrame:
    filled = record.orders[record.orders["status"] == "Filled"]
    filled = filled[filled["fill_session"].notna()].sort_values("filled", kind="stable")
    sign = np.where(filled["side"] == "buy", 1, -1)
    amount = sign * filled["size"].to_numpy(dtype="int64")
    place = {name: k for k, name in enumerate(names)}
    columns = {
        "amount": amount,
        "price": filled["price"].to_numpy(dtype=float),
        "sid": [place[name] for name in filled["symbol"]],
        "symbol": filled["symbol"].to_numpy(),
        "value": -amount * filled["price"].to_numpy(dtype=float),
    }
    dates = utc_midnights(pd.DatetimeIndex(filled["fill_session"])).rename("index")
    return pd.DataFrame(columns, index=dates)

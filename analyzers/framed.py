"""The base of the native analyzers: rows collected during the run, one typed frame at the end."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import Any, ClassVar

import backtrader as bt
import numpy as np
import pandas as pd

TIME = "datetime64[ns]"
EPOCH_ORDINAL = date(1970, 1, 1).toordinal()
SAFE_FRACTION = 0.9999  # of a day: far from midnight, where bt.num2date rounds to the next date


def table(rows: Iterable[tuple[Any, ...]], columns: dict[str, str]) -> pd.DataFrame:
    """Return rows as a frame whose column types hold even when there are no rows."""
    frame = pd.DataFrame(list(rows), columns=list(columns))
    sizes = [name for name, kind in columns.items() if kind == "size"]
    frame = frame.astype({name: kind for name, kind in columns.items() if kind != "size"})
    return frame.assign(**{name: whole_numbers(frame[name]) for name in sizes})


def whole_numbers(sizes: pd.Series[Any]) -> pd.Series[Any]:
    """Return sizes as integers, or as they are if any of them is a fraction of a share."""
    numbers = sizes.astype("float64")
    return numbers.astype("int64") if bool((numbers % 1 == 0).all()) else numbers


def utc_time(number: float) -> np.datetime64:
    """Return backtrader's day number as a naive UTC time."""
    # bt.num2date and not arithmetic: it keeps the 23:59:59.999990 of daily files on its own date.
    return np.datetime64(bt.num2date(number).replace(tzinfo=None), "ns")


def utc_date(number: float) -> np.datetime64:
    """Return the UTC date of backtrader's day number, as midnight."""
    if number % 1.0 < SAFE_FRACTION:
        midnight: np.datetime64 = np.datetime64(int(number) - EPOCH_ORDINAL, "D").astype(TIME)
        return midnight
    return np.datetime64(bt.num2date(number).date(), "ns")


class Framed(bt.Analyzer):
    """An analyzer that ends as a frame.

    It keeps rows of plain values only, so that ``cerebro.optstrategy`` can send it between
    processes.
    """

    columns: ClassVar[dict[str, str]] = {}

    def create_analysis(self) -> None:
        self.rows: list[tuple[Any, ...]] = []

    def get_analysis(self) -> dict[str, list[Any]]:
        """Return the columns as lists, for backtrader's own writers."""
        # Not from the frame: Cerebro asks every analyzer at the end of every run.
        found = [list(values) for values in zip(*self.rows, strict=True)]
        return dict(zip(self.columns, found or ([] for _ in self.columns), strict=True))

    def frame(self) -> pd.DataFrame:
        """Return what was collected, one row an event or a session."""
        return table(self.rows, self.columns)

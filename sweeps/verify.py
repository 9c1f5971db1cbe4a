"""Chosen combinations again through real backtrader: equal in every order and every bit, or not."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import backtrader as bt
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from orebound.analyzers import Orders
from orebound.feeds import OreboundError

from .cerebro_run import Parameters
from .config import RunConfig
from .prepared import Prepared, Workshop
from .rerun import Again, orders, run_again

#: What must be equal of each order, its price and cost to the last bit.
COMPARED = (
    *("submitted", "filled", "symbol", "side", "size", "status", "reason"),
    *("session", "fill_session", "cost"),
)


class VerificationFailed(OreboundError):
    """A replayed combination that real backtrader does not confirm: nothing of it is to be used."""

    exit_code = 4


class Marks(bt.Analyzer):
    """The broker's own value on each row, as it is handed round."""

    def create_analysis(self) -> None:
        super().create_analysis()
        self.values: list[float] = []

    def notify_cashvalue(self, _cash: float, value: float) -> None:
        self.values.append(value)


def verify(workshop: Workshop, rows: Iterable[dict[str, Any]]) -> dict[str, Any]:
    """Return what was compared and the largest difference, which is 0.

    Parameters
    ----------
    rows : iterable of dict
        ``combination``, ``final_value`` as stored, and ``parameters`` by flat name.

    Raises
    ------
    VerificationFailed
        Naming the first combination, and the first order, date or value that differs.
    """
    done = []
    for row in rows:
        config = workshop.config(row["parameters"])
        prepared = workshop.prepared(row["parameters"])._replace(config=config)
        again = run_again(prepared)
        values, sent = through_backtrader(prepared, config)
        _compare(row, again, values, sent)
        done.append(
            {
                "combination": row["combination"],
                "orders": len(sent),
                "rows": len(values),
                "final_value": float(values[-1]),
                "largest_difference": float(np.max(np.abs(values - again.equity))),
            }
        )
    return {
        "combinations": done,
        "largest_difference": max((one["largest_difference"] for one in done), default=0.0),
    }


def through_backtrader(
    prepared: Prepared, config: RunConfig
) -> tuple[NDArray[np.float64], pd.DataFrame]:
    """Return the broker's value by row and every order, from backtrader's own loop and broker."""
    cerebro = bt.Cerebro(stdstats=False)
    cerebro.broker.setcash(config.sizing.cash)
    market, end = prepared.source, config.data.end
    parameters = Parameters(config.rule, config.regime, config.sizing, config.costs)
    market.add_to(
        cerebro,
        start=prepared.start,
        end=end,
        rule=config.rule,
        regime=config.regime,
        costs=config.costs,
        fast=False,
    )
    strategy_class, own = parameters.strategy()
    cerebro.addstrategy(strategy_class, **own)
    cerebro.addanalyzer(Orders, _name="orders")
    cerebro.addanalyzer(Marks, _name="marks")
    (strategy,) = cerebro.run()
    return np.array(strategy.analyzers.marks.values), strategy.analyzers.orders.frame()


def _compare(
    row: dict[str, Any], again: Again, values: NDArray[np.float64], sent: pd.DataFrame
) -> None:
    said = _order_difference(orders(again), sent) or _value_difference(again, values)
    if not said and float(again.equity[-1]) != row["final_value"]:
        said = (
            f"final value is stored as {row['final_value']!r}, backtrader says "
            f"{float(values[-1])!r}"
        )
    if said:
        written = ", ".join(f"{name} = {value}" for name, value in row["parameters"].items())
        raise VerificationFailed(
            f"combination {row['combination']} ({written}) is not what backtrader does: {said}"
        )


def _order_difference(ours: pd.DataFrame, theirs: pd.DataFrame) -> str:
    for place, (mine, real) in enumerate(
        zip(ours.to_dict("records"), theirs.to_dict("records"), strict=False), start=1
    ):
        for name in COMPARED:
            if not _equal(mine[name], real[name]):
                return (
                    f"order {place} ({real['symbol']}, {real['submitted']}): {name} is "
                    f"{mine[name]!r} in the replay and {real[name]!r} in backtrader"
                )
        # `executed.price` is an average over one fill, at times one ulp off the open.
        if mine["status"] == "Filled" and abs(mine["price"] / real["price"] - 1.0) > 4e-16:
            return f"order {place}: price {mine['price']!r} against {real['price']!r}"
    if len(ours) != len(theirs):
        return f"{len(ours)} orders in the replay, {len(theirs)} in backtrader"
    return ""


def _value_difference(again: Again, values: NDArray[np.float64]) -> str:
    if len(values) != len(again.equity):
        return f"{len(again.equity)} rows in the replay, {len(values)} in backtrader"
    bad = np.flatnonzero(values != again.equity)
    if not len(bad):
        return ""
    first, panel = int(bad[0]), again.prepared.source.panel
    moment = panel.closes[again.prepared.window[0] + first]
    return (
        f"value at {moment} is {again.equity[first]!r} in the replay and {values[first]!r} in "
        "backtrader"
    )


def _equal(mine: Any, real: Any) -> bool:
    return bool(mine == real) or (bool(pd.isna(mine)) and bool(pd.isna(real)))

"""What the rule holds and orders on a day, run through backtrader up to it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from orebound.feeds import Market
from orebound.strategies import arrays_of

from .cerebro_run import Parameters, backtest
from .config import RunConfig
from .windows import first_ready

HELD = ("symbol", "since", "size", "weight", "leg_of")
ORDERS = ("symbol", "side", "size", "reason", "submitted")


@dataclass(frozen=True, eq=False)
class RunningBook:
    """The account of a rule that has run since its first possible decision.

    Attributes
    ----------
    start : datetime64[D]
        First possible decision, not before the day of the universe's list; NaT where no name was
        ready up to the day, or the run starts later.
    held : DataFrame
        By position, longest first: ``symbol, since`` (session of the fill), ``size`` (units,
        negative if short), ``weight`` (of the account at the last close), ``leg_of`` (the name
        that a hedge belongs to, else empty).
    orders : DataFrame
        Open orders, which act at the next open of their line: ``symbol, side, size, reason,
        submitted`` (session of the decision).
    """

    start: np.datetime64
    held: pd.DataFrame
    orders: pd.DataFrame


def running_book(market: Market, config: RunConfig) -> RunningBook:
    """Return what the rule holds and orders after the last closes of a market, arranged for it."""
    panel = market.panel
    ready = arrays_of(config.rule, panel, config.regime, config.sizing).ready
    last = panel.closes[-1].astype("datetime64[D]")
    start = _start(market, config, ready)
    if not start <= last:
        none = pd.DataFrame(columns=HELD), pd.DataFrame(columns=ORDERS)
        return RunningBook(np.datetime64("NaT", "D"), *none)
    parameters = Parameters(config.rule, config.regime, config.sizing, config.costs)
    outcome = backtest(market, parameters, start=start)
    account = float(outcome.equity["value"].iloc[-1])
    values = outcome.positions[outcome.positions["date"] == outcome.equity["date"].iloc[-1]]
    open_ones = outcome.trades[outcome.trades["status"] == "open"]
    held = open_ones.rename(columns={"entry_date": "since"}).merge(
        values[["symbol", "value"]], on="symbol", how="left", validate="many_to_one"
    )
    held["weight"] = held["value"] / account
    waiting = outcome.orders[outcome.orders["status"] == "Waiting"]
    orders = waiting.assign(submitted=waiting["session"])
    return RunningBook(
        start,
        held.sort_values(["since", "symbol"])[list(HELD)].reset_index(drop=True),
        orders[list(ORDERS)].reset_index(drop=True),
    )


def _start(market: Market, config: RunConfig, ready: Any) -> np.datetime64:
    """Return the first possible decision, NaT for none; a list is not traded before its day."""
    if config.data.start is not None:
        return np.datetime64(config.data.start, "D")
    if not ready.any():
        return np.datetime64("NaT", "D")
    first = np.datetime64(first_ready(market, ready), "D")
    valid = None if market.allow_hindsight else market.universe.valid_from
    return first if valid is None else max(first, np.datetime64(valid, "D"))


def book_records(book: RunningBook) -> dict[str, Any]:
    """Return the book in plain types, sessions as ISO text."""
    return {
        "start": None if np.isnat(book.start) else str(book.start),
        "held": _dated(book.held, "since"),
        "orders": _dated(book.orders, "submitted"),
    }


def _dated(frame: pd.DataFrame, column: str) -> list[dict[str, Any]]:
    return [
        {str(key): value for key, value in row.items()}
        | {column: f"{pd.Timestamp(row[column]):%Y-%m-%d}"}
        for row in frame.to_dict("records")
    ]

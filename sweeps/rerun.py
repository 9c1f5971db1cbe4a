"""One combination again, through the scalar replay: its curve, its orders, its trades."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from orebound.strategies import ORPHAN, Exit, Numbers, numbers_of

from .prepared import Prepared
from .replay.inputs import (
    ENTRY,
    FILLED,
    LOG_COLUMNS,
    LOG_COST,
    LOG_DECIDED,
    LOG_NAME,
    LOG_PRICE,
    LOG_REASON,
    LOG_ROW,
    LOG_SIZE,
    LOG_STATUS,
    WAITING,
)
from .replay.leg_state import LEG_LOG_COLUMNS, LOG_SENT
from .replay.leg_state import ORPHAN as ORPHAN_CODE
from .replay.scalar import replay
from .replay.scalar_legs import replay_legs

STATUS = {FILLED: "Filled", WAITING: "Waiting"}  # the others are Margin
ROOM = 4_096


class Again(NamedTuple):
    """What one combination did: equity by panel row of its window, and its order log."""

    prepared: Prepared
    equity: NDArray[np.float64]
    log: NDArray[np.float64]


def run_again(prepared: Prepared) -> Again:
    """Return one combination's equity and orders; `prepared.config` holds its numbers, too."""
    config = prepared.config
    numbers = numbers_of(config.rule, config.sizing, prepared.source.panel.n_declared)
    equity = np.empty(len(prepared.market.days))
    columns = LOG_COLUMNS if prepared.legs is None else LEG_LOG_COLUMNS
    log = np.empty((ROOM, columns))
    n = _run(prepared, numbers, equity, log)
    if n > len(log):
        log = np.empty((n, columns))
        _run(prepared, numbers, equity, log)
    return Again(prepared, equity, log[:n])


def equity_of(prepared: Prepared, numbers: Numbers) -> NDArray[np.float64]:
    """Return one combination's equity by panel row of its window; its orders are not kept."""
    equity = np.empty(len(prepared.market.days))
    columns = LOG_COLUMNS if prepared.legs is None else LEG_LOG_COLUMNS
    _run(prepared, numbers, equity, np.empty((0, columns)))
    return equity


def _run(
    prepared: Prepared, numbers: Numbers, equity: NDArray[np.float64], log: NDArray[np.float64]
) -> int:
    market, rule, legs = prepared.market, prepared.rule, prepared.legs
    if legs is None:
        return replay(market, rule, numbers, equity, log)
    return replay_legs(market, rule, legs, numbers, equity, log)


def _as_sent(again: Again) -> NDArray[np.float64]:
    """Return the log in the order in which orders were sent."""
    log = again.log
    if again.prepared.legs is None:
        return log[np.lexsort((log[:, LOG_NAME], log[:, LOG_DECIDED]))]
    return log[np.argsort(log[:, LOG_SENT])]


def _decided_by(again: Again, name: NDArray[np.int64], row: NDArray[np.int64]) -> Any:
    """Return the column whose session an order was decided in: a leg's partner without a bar."""
    legs = again.prepared.legs
    if legs is None:
        return name
    partner = np.arange(len(legs.is_leg))
    partner[legs.column] = legs.partner
    return np.where(again.prepared.market.has_bar[row, name], name, partner[name])


def curve(again: Again) -> pd.Series[Any]:
    """Return the equity at each session's end, by UTC date."""
    dates = pd.DatetimeIndex(session_dates(again.prepared).astype("datetime64[ns]"), name="date")
    return pd.Series(again.equity[again.prepared.calendar.session_rows], index=dates, name="value")


def session_dates(prepared: Prepared) -> NDArray[np.datetime64]:
    """Return the UTC date of each session's end."""
    closes = prepared.source.panel.closes[slice(*prepared.window)]
    return closes[prepared.calendar.session_rows].astype("datetime64[D]")


def orders(again: Again) -> pd.DataFrame:
    """Return every order in the order in which they were sent, columns as in ``orders.csv``."""
    panel, first = again.prepared.source.panel, again.prepared.window[0]
    log = _as_sent(again)
    name, decided = (log[:, k].astype(np.int64) for k in (LOG_NAME, LOG_DECIDED))
    is_filled = log[:, LOG_STATUS] == FILLED
    fill = np.where(is_filled, log[:, LOG_ROW], 0).astype(np.int64)
    never = np.datetime64("NaT", "ns")
    session = panel.session.astype("datetime64[ns]")
    price, size = log[:, LOG_PRICE], np.abs(log[:, LOG_SIZE])
    return pd.DataFrame(
        {
            "submitted": panel.closes[first + decided] + panel.latency,
            "filled": np.where(is_filled, panel.opened_at[first + fill, name], never),
            "symbol": np.array(panel.names)[name],
            "side": np.where(log[:, LOG_SIZE] > 0, "buy", "sell"),
            "size": size.astype(np.int64),
            "price": np.where(is_filled, price, np.nan),
            "value": np.where(is_filled, size * price, 0.0),
            "cost": np.where(is_filled, log[:, LOG_COST], 0.0),
            "status": [STATUS.get(int(code), "Margin") for code in log[:, LOG_STATUS]],
            "reason": [_reason(int(code)) for code in log[:, LOG_REASON]],
            "session": session[first + decided, _decided_by(again, name, decided)],
            "fill_session": np.where(is_filled, session[first + fill, name], never),
        }
    )


def trades(again: Again) -> pd.DataFrame:
    """Return one row an episode, entry to flat; what is still held is marked at the last close.

    ``leg_of`` names the line that a leg hedges, as in ``trades.csv``; it is empty elsewhere.
    """
    sent = orders(again)
    filled = sent[sent["status"] == "Filled"]
    last = dict(zip(again.prepared.source.names, again.prepared.market.close[-1], strict=True))
    partners = _partners(again.prepared)
    rows = [
        (*_trade(steps, last[str(symbol)]), partners.get(str(symbol), ""))
        for symbol, own in filled.groupby("symbol")
        for steps in _pairs(own)
    ]
    frame = pd.DataFrame(rows, columns=list(TRADE_COLUMNS))
    return frame.sort_values(["entry_date", "symbol"], ignore_index=True)


TRADE_COLUMNS = (
    *("symbol", "side", "entry_decision", "entry_date", "exit_decision", "exit_date", "size"),
    *("entry_price", "exit_price", "gross", "costs", "net", "net_return", "exit_reason", "status"),
    "leg_of",
)


def _partners(prepared: Prepared) -> dict[str, str]:
    """Return the line that each leg hedges, by symbol."""
    legs, names = prepared.legs, prepared.source.panel.names
    if legs is None:
        return {}
    pairs = zip(legs.column.tolist(), legs.partner.tolist(), strict=True)
    return {names[column]: names[partner] for column, partner in pairs}


def _pairs(own: pd.DataFrame) -> list[list[dict[str, Any]]]:
    """Return entry and exit of each episode of one name; it is flat between two episodes."""
    steps = own.sort_values("filled").to_dict("records")
    return [
        [{str(k): v for k, v in step.items()} for step in steps[place : place + 2]]
        for place in range(0, len(steps), 2)
    ]


def _trade(steps: list[dict[str, Any]], last: float) -> tuple[Any, ...]:
    entry, *rest = steps
    sign = 1.0 if entry["side"] == "buy" else -1.0
    side = "long" if sign > 0.0 else "short"
    opened = (entry["symbol"], side, entry["submitted"], entry["fill_session"])
    leave = rest[0] if rest else {"price": last, "cost": 0.0}
    gross = sign * entry["size"] * (leave["price"] - entry["price"])
    costs = entry["cost"] + leave["cost"]
    figures = (gross, costs, gross - costs, (gross - costs) / entry["value"])
    if not rest:
        opening = (entry["size"], entry["price"], np.nan)
        return (*opened, pd.NaT, pd.NaT, *opening, *figures, "", "open")
    closed = (leave["submitted"], leave["fill_session"], entry["size"])
    return (*opened, *closed, entry["price"], leave["price"], *figures, leave["reason"], "closed")


def _reason(code: int) -> str:
    if code == ORPHAN_CODE:
        return ORPHAN
    return "entry" if code == ENTRY else Exit(code).name.lower()

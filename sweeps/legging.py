"""Legs that did not trade when the line they hedge did, and days a line went without one."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from orebound.analyzers import episodes_of_legs, own_lines
from orebound.feeds import Panel
from orebound.strategies import ORPHAN, Exit

LEGGING = {
    "decided": "datetime64[ns]", "leg": "str", "leg_of": "str", "side": "str", "reason": "str",
    "leg_day": "datetime64[ns]", "partner_day": "datetime64[ns]", "why": "str",
}  # fmt: skip
UNHEDGED = {
    "symbol": "str", "leg": "str", "first": "datetime64[ns]", "last": "datetime64[ns]",
    "sessions": "int64", "why": "str",
}  # fmt: skip
NO_ORDER = "its line had no order then"
DATA_HOLE = Exit.DATA_HOLE.name.lower()


def legging(orders: pd.DataFrame, panel: Panel, partners: Mapping[str, str]) -> pd.DataFrame:
    """Return the orders of legs that were filled on another day than their line's, or alone.

    Parameters
    ----------
    orders : DataFrame
        Columns of `analyzers.Orders`.
    panel : Panel
        Whose columns were traded.
    partners : dict of str to str
        The line that each leg hedges, by symbol.

    Returns
    -------
    DataFrame
        ``decided, leg, leg_of, side, reason, leg_day, partner_day, why``: days of the fills, NaT
        where there was none, and in words which of the two could not trade.
    """
    of_line = {
        str(name): mine.sort_values("submitted")
        for name, mine in orders[~orders["symbol"].isin(partners)].groupby("symbol")
    }
    rows: list[dict[str, Any]] = []
    for leg in orders[orders["symbol"].isin(partners)].to_dict("records"):
        name = partners[leg["symbol"]]
        line = _of_line(leg, of_line.get(name))
        leg_day = leg["fill_session"]
        partner_day = pd.NaT if line is None else line["fill_session"]
        are_waiting = line is not None and {leg["status"], line["status"]} == {"Waiting"}
        if leg_day == partner_day or are_waiting:  # the data ended before either could fill
            continue
        rows.append(
            {
                "decided": leg["submitted"],
                "leg": leg["symbol"],
                "leg_of": name,
                "side": leg["side"],
                "reason": leg["reason"],
                "leg_day": leg_day,
                "partner_day": partner_day,
                "why": NO_ORDER if line is None else _why(name, leg, line, panel),
            }
        )
    return pd.DataFrame(rows, columns=list(LEGGING)).astype(LEGGING)


def _of_line(leg: dict[Any, Any], orders: pd.DataFrame | None) -> dict[str, Any] | None:
    """Return the order of the line that a leg's goes with: the last decided before or with it."""
    if orders is None or leg["reason"] == ORPHAN:
        return None
    before = orders[orders["submitted"] <= leg["submitted"]]
    if not len(before):
        return None
    line = {str(key): value for key, value in before.iloc[-1].items()}
    is_entry = (leg["reason"] == "entry", line["reason"] == "entry")
    is_end = (leg["reason"] == DATA_HOLE, line["reason"] == DATA_HOLE)
    return line if is_entry[0] == is_entry[1] and is_end[0] <= is_end[1] else None


def _why(name: str, leg: dict[Any, Any], line: dict[str, Any], panel: Panel) -> str:
    if pd.isna(line["fill_session"]):
        return f"{name} was not filled ({line['status'].lower()})"
    if pd.isna(leg["fill_session"]):
        return f"the leg was not filled ({leg['status'].lower()})"
    if leg["fill_session"] < line["fill_session"]:
        return _closed(name, leg["fill_session"], panel)
    return _closed(leg["symbol"], line["fill_session"], panel)


def _closed(symbol: str, day: Any, panel: Panel) -> str:
    has_bar = (panel.session[:, panel.names.index(symbol)] == np.datetime64(day, "D")).any()
    return f"{symbol} {'opened at another time' if has_bar else 'could not trade'} that day"


def unhedged_days(trades: pd.DataFrame, panel: Panel, legs: Mapping[str, str]) -> pd.DataFrame:
    """Return the stretches in which a line was held without one of its legs.

    Parameters
    ----------
    trades : DataFrame
        Columns of ``trades.csv``.
    legs : dict of str to str
        The line that each leg hedges, by symbol.

    Returns
    -------
    DataFrame
        ``symbol, leg, first, last, sessions, why``: from the leg's fill back to the line's exit, or
        the last session where it is held still; `sessions` are the line's own.
    """
    rows: list[dict[str, Any]] = []
    columns = {line.symbol: line.column for line in panel.lines}
    places = episodes_of_legs(trades)
    for place, line in enumerate(own_lines(trades).to_dict("records")):
        mine = trades[places == place]
        session = panel.session[:, columns[line["symbol"]]]
        session = session[~np.isnat(session)]
        last = session[-1] if pd.isna(line["exit_date"]) else line["exit_date"]
        for leg in mine.to_dict("records"):
            if pd.isna(leg["exit_date"]) or leg["exit_date"] >= pd.Timestamp(last):
                continue
            first, until = (np.datetime64(day, "D") for day in (leg["exit_date"], last))
            count = int(((session >= first) & (session < until)).sum())
            rows.append(
                {"symbol": line["symbol"], "leg": leg["symbol"], "first": leg["exit_date"]}
                | {"last": pd.Timestamp(last), "sessions": count, "why": leg["exit_reason"]}
            )
        if not len(mine) and line["symbol"] in legs.values():
            first, until = (np.datetime64(day, "D") for day in (line["entry_date"], last))
            count = int(((session >= first) & (session < until)).sum())
            rows.append(
                {"symbol": line["symbol"], "leg": "any", "first": line["entry_date"]}
                | {"last": pd.Timestamp(last), "sessions": count, "why": "no leg was filled"}
            )
    return pd.DataFrame(rows, columns=list(UNHEDGED)).astype(UNHEDGED)

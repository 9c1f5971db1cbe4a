"""One name on one session: what was known, what the rule saw, what was done, or why nothing was."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from orebound.feeds import ConfigError, unknown_name
from orebound.strategies import Regime, regime_table

from .record import RunRecord, plain

STATES = {"1": "ON", "0": "OFF", "-1": "TIGHT"}


@dataclass(frozen=True)
class Explanation:
    """What stands behind one session of one name.

    Attributes
    ----------
    verdict : str
        One sentence: bought, sold, held, or not bought and why.
    signal : dict
        The row of the signals table.
    inputs : DataFrame
        The last value of each series known at the decision, with its ``known_at``.
    events : list of str
        Announcements behind the regime's score, the weightiest first.
    orders, costs : DataFrame
        The orders decided at this session, and the cost lines of their fills.
    """

    symbol: str
    date: str
    verdict: str
    signal: dict[str, Any]
    inputs: pd.DataFrame
    events: list[str]
    orders: pd.DataFrame
    costs: pd.DataFrame

    @property
    def text(self) -> str:
        """The whole explanation in plain lines."""
        blocks = [
            [self.verdict],
            _input_lines(self.inputs),
            _signal_lines(self.signal),
            _event_lines(self.events),
            _order_lines(self.orders, self.costs),
        ]
        return "\n\n".join("\n".join(block) for block in blocks if block)

    def as_dict(self) -> dict[str, Any]:
        """Return everything in plain JSON types."""
        frames = {"inputs": self.inputs, "orders": self.orders, "costs": self.costs}
        return {
            "symbol": self.symbol,
            "date": self.date,
            "verdict": self.verdict,
            "signal": plain(self.signal),
            "events": self.events,
            **{name: plain(frame.to_dict("records")) for name, frame in frames.items()},
        }

    def __str__(self) -> str:
        return self.text


def explain(record: RunRecord, symbol: str, date: Any) -> Explanation:
    """Return why a name was, or was not, bought or sold at one of its sessions.

    Raises
    ------
    ConfigError
        If the run does not hold the name, whatever its case, or the date is no session of it; the
        message names the near ones.
    """
    day = _day(date)
    symbol = _as_written(record, symbol)
    rows = _rows_of(record, symbol)
    row = _row_on(rows, symbol, day)
    orders = _orders_on(record, symbol, day)
    return Explanation(
        symbol=symbol,
        date=f"{day:%Y-%m-%d}",
        verdict=f"{symbol} on {day:%Y-%m-%d}: {_verdict(record, rows, row, orders)}.",
        signal={str(key): value for key, value in row.to_dict().items()},
        inputs=_known_inputs(record.inputs, row["time"]),
        events=_events(record, symbol, day),
        orders=orders,
        costs=_costs_of(record.costs, orders),
    )


def _day(date: Any) -> pd.Timestamp:
    try:
        return pd.Timestamp(date).normalize()
    except ValueError:
        raise ConfigError(f"date must be YYYY-MM-DD, got {date!r}") from None


def _as_written(record: RunRecord, symbol: str) -> str:
    """Return the run's own spelling of a symbol typed in any case."""
    excluded = record.info.get("universe", {}).get("excluded", {})
    known = [*record.signals["symbol"].unique(), *excluded]
    alike = [str(name) for name in known if str(name).lower() == symbol.lower()]
    return alike[0] if len(alike) == 1 and symbol not in known else symbol


def _rows_of(record: RunRecord, symbol: str) -> pd.DataFrame:
    rows = record.signals[record.signals["symbol"] == symbol]
    if len(rows):
        return rows
    excluded = record.info.get("universe", {}).get("excluded", {})
    if symbol in excluded:
        raise ConfigError(f"{symbol} was not traded in this run: {excluded[symbol]}")
    raise ConfigError(unknown_name("symbol in this run", symbol, record.signals["symbol"].unique()))


def _row_on(rows: pd.DataFrame, symbol: str, day: pd.Timestamp) -> pd.Series[Any]:
    found = rows[rows["date"] == day]
    if len(found):
        return found.iloc[-1]
    before = rows.loc[rows["date"] < day, "date"].max()
    after = rows.loc[rows["date"] > day, "date"].min()
    near = " and ".join(f"{moment:%Y-%m-%d}" for moment in (before, after) if not pd.isna(moment))
    raise ConfigError(
        f"{day:%Y-%m-%d} is no session of {symbol} in this run; the nearest sessions: {near}"
    )


def _orders_on(record: RunRecord, symbol: str, day: pd.Timestamp) -> pd.DataFrame:
    orders = record.orders
    return orders[(orders["symbol"] == symbol) & (orders["session"] == day)]


def _costs_of(costs: pd.DataFrame, orders: pd.DataFrame) -> pd.DataFrame:
    wanted = set(zip(orders["fill_session"], orders["symbol"], orders["side"], strict=True))
    keys = zip(costs["date"], costs["symbol"], costs["side"], strict=True)
    return costs[np.array([key in wanted for key in keys], dtype=bool)]


def _known_inputs(inputs: pd.DataFrame, time: pd.Timestamp) -> pd.DataFrame:
    known = inputs[inputs["time"] <= time].sort_values("time", kind="stable")
    return known.groupby("series", sort=False).tail(1).sort_values(["kind", "series"])


def _events(record: RunRecord, symbol: str, day: pd.Timestamp) -> list[str]:
    """Return the announcements behind the score that day, each with what is left of it."""
    settings = Regime(**record.info["config"]["regime"])
    if settings.regime == "none":
        return []
    behind = regime_table(_exchange(record, symbol), day, day, settings)["behind"]
    known = {event["id"]: event for event in record.info["regime"]["events"]}
    lines = []
    for part in filter(None, (behind.iloc[-1] if len(behind) else "").split(", ")):
        name, _, share = part.rpartition(" ")
        event = known.get(name, {"date": "", "description": "not in the run's own record"})
        lines.append(f"{share}  {event['date']}  {event['description']} ({name})")
    return lines


def _exchange(record: RunRecord, symbol: str) -> str:
    """Return the exchange whose closes decide when an announcement counts for the name."""
    clocks = record.info["data"].get(symbol, {})
    return str(clocks.get("clock") or record.info["regime"]["calendar"])


def _verdict(
    record: RunRecord, rows: pd.DataFrame, row: pd.Series[Any], orders: pd.DataFrame
) -> str:
    if len(orders):
        return "; ".join(_order_verdict(order) for order in orders.to_dict("records"))
    trades = record.trades[record.trades["symbol"] == row["symbol"]]
    decided = row["time"]
    held = trades[
        (trades["entry_decision"] <= decided)
        & (trades["exit_decision"].isna() | (trades["exit_decision"] > decided))
    ]
    if len(held):
        return f"held since {held.iloc[-1]['entry_date']:%Y-%m-%d}; no exit rule fired"
    return "not bought: " + ("; ".join(_against(record, rows, row, trades)) or "no order was sent")


def _order_verdict(order: dict[Any, Any]) -> str:
    verb = {"buy": "bought", "sell": "sold"}.get(order["side"], order["side"])
    why = f" ({order['reason']})" if order["reason"] else ""
    if order["status"] == "Filled":
        return f"{verb} {order['size']:,} at {order['price']:,.4f}{why}"
    return f"sent an order to {order['side']} {order['size']:,}{why}, which ended {order['status']}"


def _against(
    record: RunRecord, rows: pd.DataFrame, row: pd.Series[Any], trades: pd.DataFrame
) -> Iterable[str]:
    """Yield each thing that stood against an entry: the signal's own words, then the rest."""
    reason = str(row["reason"])
    if reason and reason != "none":
        yield reason
    cool_down = int(record.info["config"].get("rule", {}).get("cool_down", 0))
    exits = trades.loc[trades["exit_decision"] < row["time"], "exit_decision"]
    if len(exits):
        since = int(((rows["time"] > exits.max()) & (rows["time"] <= row["time"])).sum())
        if since <= cool_down:
            yield f"cool-down: {since} of {cool_down} sessions since the last exit"
    opening = record.info["config"].get("data", {}).get("start")
    if opening and row["date"] < pd.Timestamp(opening):
        yield f"before the first possible decision, {opening}"


def _input_lines(inputs: pd.DataFrame) -> list[str]:
    lines = [
        f"  {row['kind']:<7}{row['series']:<14}{row['value']:>14,.4f}  known "
        f"{row['known_at']:%Y-%m-%d %H:%M} UTC, {row['missed']} sessions missed"
        for row in inputs.to_dict("records")
    ]
    return ["What was known:", *lines] if lines else []


def _signal_lines(signal: dict[str, Any]) -> list[str]:
    names = ("known_close", "gap", "z", "lag", "beta_metal", "beta_market", "half_life")
    more = ("volatility", "coverage", "score")
    lines = [f"  {name:<16}{_figure(signal[name])}" for name in (*names, *more)]
    state = STATES.get(str(signal["state"]), str(signal["state"]))
    lines += [f"  {'regime':<16}{state}", f"  {'size multiplier':<16}"]
    lines[-1] += _figure(signal["size_multiplier"])
    return [f"What the rule saw, decided after {signal['time']:%Y-%m-%d %H:%M} UTC:", *lines]


def _event_lines(events: list[str]) -> list[str]:
    return ["Announcements behind the regime:", *(f"  {line}" for line in events)] if events else []


def _order_lines(orders: pd.DataFrame, costs: pd.DataFrame) -> list[str]:
    lines = []
    for order in orders.to_dict("records"):
        lines.append(
            f"  {order['side']} {order['size']:,}, sent {order['submitted']:%Y-%m-%d %H:%M} UTC, "
            f"{order['status']}" + (f": {order['reason']}" if order["reason"] else "")
        )
        if order["status"] == "Filled":
            lines.append(
                f"  filled {order['filled']:%Y-%m-%d %H:%M} UTC at {order['price']:,.4f}, "
                f"value {order['value']:,.2f}, costs {order['cost']:,.2f}"
            )
    lines += [f"    {c['kind']:<12}{c['amount']:>12,.2f}" for c in costs.to_dict("records")]
    return ["What was done:", *lines] if lines else []


def _figure(value: Any) -> str:
    return "n/a" if pd.isna(value) else f"{value:,.4f}"

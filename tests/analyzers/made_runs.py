"""Small runs made by hand: orders at stated prices, and the books that follow from them."""

from __future__ import annotations

from copy import deepcopy
from typing import Any

import pandas as pd

from orebound.analyzers.record import RunRecord
from orebound.sweeps.config import RunConfig

#: A Monday to the Friday of the next week.
DAYS = pd.bdate_range("2024-01-08", periods=10)
CASH = 1000.0
FLOATS = (
    *("gap", "z", "lag", "beta_metal", "beta_market", "half_life", "volatility", "coverage"),
    *("score", "size_multiplier"),
)


def day(number: int) -> pd.Timestamp:
    return DAYS[number]


def order(
    decided: int, symbol: str, side: str, size: int, price: float, cost: float = 0.0, **more: Any
) -> dict[str, Any]:
    """Return an order decided at a day's close and filled at the next day's open."""
    is_filled = more.get("status", "Filled") == "Filled"
    row = {
        "submitted": DAYS[decided] + pd.Timedelta(hours=21),
        "filled": DAYS[decided + 1] + pd.Timedelta(hours=14) if is_filled else pd.NaT,
        "symbol": symbol,
        "side": side,
        "size": size,
        "price": price if is_filled else float("nan"),
        "value": size * price if is_filled else 0.0,
        "cost": cost,
        "status": "Filled",
        "reason": "entry" if side == "buy" else "captured",
        "session": DAYS[decided],
        "fill_session": DAYS[decided + 1] if is_filled else pd.NaT,
    }
    return row | more


def made_run(
    orders: list[dict[str, Any]],
    closes: dict[str, list[float]],
    *,
    first: int = 0,
    last: int = len(DAYS) - 1,
    flows: tuple[tuple[int, str, float], ...] = (),
    config: dict[str, dict[str, Any]] | None = None,
    legs: dict[str, str] | None = None,
    signals: dict[tuple[int, str], dict[str, Any]] | None = None,
    **info: Any,
) -> RunRecord:
    """Return a run of the days `first` to `last`: cash, positions and equity follow by hand."""
    days = DAYS[first : last + 1]
    frame = pd.DataFrame(orders) if orders else RunRecord(_info({}, closes), _equity(days)).orders
    positions, equity, cash = [], [], CASH
    held: dict[str, int] = {}
    for number in range(first, last + 1):
        for row in orders:
            if row["fill_session"] == DAYS[number]:
                sign = 1 if row["side"] == "buy" else -1
                cash -= sign * row["value"] + row["cost"]
                held[row["symbol"]] = held.get(row["symbol"], 0) + sign * row["size"]
        cash += sum(amount for place, _, amount in flows if place == number)
        now = {name: size for name, size in held.items() if size}
        positions += [
            {"date": DAYS[number], "symbol": name, "size": size, "price": closes[name][number]}
            | {"value": size * closes[name][number]}
            for name, size in now.items()
        ]
        value = cash + sum(size * closes[name][number] for name, size in now.items())
        equity.append(
            {"date": DAYS[number], "value": value, "cash": cash, "gross": 0.0, "net": 0.0}
        )
    tables: dict[str, Any] = {"orders": frame, "equity": pd.DataFrame(equity)}
    if positions:
        tables["positions"] = pd.DataFrame(positions)
    if flows:
        columns = ["date", "kind", "symbol", "amount"]
        rows = [(DAYS[place], kind, "", amount) for place, kind, amount in flows]
        tables["cash"] = pd.DataFrame(rows, columns=columns)
    charged = [
        {"date": row["fill_session"], "symbol": row["symbol"], "side": row["side"]}
        | {"kind": "commission", "amount": row["cost"]}
        for row in orders
        if row["cost"]
    ]
    if charged:
        tables["costs"] = pd.DataFrame(charged)
    if legs:
        tables["trades"] = pd.DataFrame([_trade(name, of) for name, of in legs.items()])
    tables["signals"] = _signals(days, closes, signals or {}, legs or {})
    begun = {"data": {"start": str(days[0].date())}}
    return RunRecord(info=_info(_merged(begun, config or {}), closes) | info, **tables)


def _merged(*changes: dict[str, dict[str, Any]]) -> dict[str, dict[str, Any]]:
    out: dict[str, dict[str, Any]] = {}
    for change in changes:
        for section, values in change.items():
            out.setdefault(section, {}).update(values)
    return out


def _equity(days: pd.DatetimeIndex) -> pd.DataFrame:
    return pd.DataFrame({"date": days, "value": CASH, "cash": CASH, "gross": 0.0, "net": 0.0})


def _info(config: dict[str, dict[str, Any]], closes: dict[str, Any]) -> dict[str, Any]:
    values = deepcopy(RunConfig().as_dict())
    values["sizing"]["cash"] = CASH
    for section, chosen in config.items():
        values[section].update(chosen)
    return {
        "id": "ab12cd34",
        "command": "",
        "source": "sample",
        "synthetic": True,
        "config": values,
        "data": {name: series(name) for name in closes},
        "code": {"version": "1", "commit": "c0", "dirty": False},
        "packages": {"numpy": "2.2"},
        "seed": 0,
        "started": "2026-01-02T03:04:05+00:00",
        "seconds": 1.0,
        "sessions": 10,
        "orders": {},
        "order_hash": "0" * 64,
        "metrics": {"sharpe": {"value": 0.5, "n": 9, "unit": "a year", "note": ""}},
        "warnings": [],
        "universe": {"name": "made", "names": list(closes), "excluded": {}},
        "regime": {"calendar": "XNYS", "events": []},
    }


def series(symbol: str, **more: Any) -> dict[str, Any]:
    """Return what run.json says of a series."""
    row = {"role": symbol, "symbol": symbol, "rows": 10, "first": "2024-01-08"}
    row |= {"last": "2024-01-19", "currency": "USD", "unit": "USD", "clock": "XNYS"}
    return row | {"adjustment": "total_return", "sha256": "a" * 64} | more


def _signals(
    days: pd.DatetimeIndex,
    closes: dict[str, list[float]],
    changes: dict[tuple[int, str], dict[str, Any]],
    legs: dict[str, str],
) -> pd.DataFrame:
    rows = []
    for name in closes:
        for moment in days if name not in legs else ():
            number = DAYS.get_loc(moment)
            row = {"date": moment, "symbol": name, "time": moment + pd.Timedelta(hours=21)}
            row |= dict.fromkeys(FLOATS, 0.5) | {"z": -2.0, "known_close": closes[name][number]}
            row |= {"state": "ON", "blocked": 0, "reason": "none"}
            rows.append(row | changes.get((number, name), {}))
    return pd.DataFrame(rows)


def _trade(symbol: str, of: str) -> dict[str, Any]:
    texts = dict.fromkeys(("exit_reason", "entry_regime", "exit_regime"), "")
    times = {"entry_decision": DAYS[0], "entry_date": DAYS[1]}
    times |= {"exit_decision": pd.NaT, "exit_date": pd.NaT}
    floats = (
        "entry_price exit_price entry_gap exit_gap anchored_gap entry_z exit_z half_life gross "
        "costs net net_return closing equity_share metal_share market_share roll_off"
    )
    row = {"symbol": symbol, "size": -1, "days_held": 1, "status": "open", "leg_of": of}
    return row | texts | times | dict.fromkeys(floats.split(), float("nan"))

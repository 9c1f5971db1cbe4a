"""Records to print: a long ordinary run, and the edges of what a run can leave."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import pandas as pd

NAMES = ("RIO", "BHP", "FCX", "SCCO", "VALE", "NEM", "AA", "TECK")
REASONS = ("captured", "stop", "time stop", "hole")
STATES = ("OFF", "ON", "TIGHT")
#: Column names as docs/design.md section 4 gives them.
TABLES = {
    "equity": "date,value,cash,gross,net",
    "orders": "submitted,filled,symbol,side,size,price,value,cost,status,reason,session,"
    "fill_session",
    "costs": "date,symbol,side,kind,amount",
    "trades": "symbol,entry_decision,entry_date,exit_decision,exit_date,size,entry_price,"
    "exit_price,entry_gap,exit_gap,anchored_gap,entry_z,exit_z,half_life,days_held,gross,costs,"
    "net,net_return,exit_reason,entry_regime,exit_regime,closing,equity_share,metal_share,"
    "market_share,roll_off,status",
    "positions": "date,symbol,size,price,value",
    "cash": "date,kind,symbol,amount",
    "baselines": "date,rule,rule_no_regime,equal_weight_miners,metal_basket,market",
    "signals": "date,symbol,time,known_close,gap,z,lag,beta_metal,beta_market,half_life,"
    "volatility,coverage,score,state,size_multiplier,blocked,reason",
    "inputs": "time,series,kind,value,known_at,missed,age_days",
}


def nothing(table: str) -> pd.DataFrame:
    """An empty table with its columns."""
    return pd.DataFrame({column: [] for column in TABLES[table].split(",")})


@dataclass(frozen=True)
class FakeRecord:
    """The attributes of a run's record, and nothing else of it."""

    info: dict[str, Any]
    equity: pd.DataFrame = field(default_factory=lambda: nothing("equity"))
    orders: pd.DataFrame = field(default_factory=lambda: nothing("orders"))
    costs: pd.DataFrame = field(default_factory=lambda: nothing("costs"))
    trades: pd.DataFrame = field(default_factory=lambda: nothing("trades"))
    positions: pd.DataFrame = field(default_factory=lambda: nothing("positions"))
    cash: pd.DataFrame = field(default_factory=lambda: nothing("cash"))
    baselines: pd.DataFrame = field(default_factory=lambda: nothing("baselines"))
    signals: pd.DataFrame = field(default_factory=lambda: nothing("signals"))
    inputs: pd.DataFrame = field(default_factory=lambda: nothing("inputs"))


def info(**more: Any) -> dict[str, Any]:
    """run.json of an ordinary run."""
    return {
        "id": "20260701T060000Z-base-1a2b3c",
        "command": "orebound backtest --universe nyse-miners",
        "source": "csv",
        "synthetic": False,
        "config": {
            "rule": {"gap": "cumulative", "z_in": 1.5, "trigger": "auto"},
            "regime": {"regime": "level"},
            "sizing": {"cash": 1e6, "cash_rate": 0.0},
            "run": {"name": "nyse-miners, base case"},
        },
        "data": {
            name: {
                "rows": 3780,
                "first": "2010-01-04",
                "last": "2024-12-31",
                "unit": "USD",
                "currency": "USD",
                "clock": "XNYS",
                "adjustment": "total_return",
                "sha256": "ab" * 32,
            }
            for name in (*NAMES, "SPY", "DBB", "GLD")
        },
        "code": {"version": "0.1.0", "commit": "f0e7287", "dirty": False},
        "packages": {"backtrader": "1.9.78.123", "numpy": "2.4.0", "pandas": "3.1.0"},
        "seed": 1,
        "started": "2026-07-01T06:00:00Z",
        "seconds": 12.3,
        "sessions": 3780,
        "orders": {"Filled": 160, "Margin": 3},
        "order_hash": "9f" * 32,
        "metrics": {},
        "warnings": ["SLV: 2 sessions masked (high below close)"],
        "universe": {
            "name": "nyse-miners",
            "names": [
                {"name": n, "issuer": n.lower(), "mic": "XNYS", "currency": "USD"} for n in NAMES
            ],
            "excluded": {"B": "no data before 2025-05-09"},
            "exposures": [
                {
                    "issuer": "rio",
                    "commodity": "iron_ore",
                    "weight": 0.66,
                    "valid_from": "2025-02-19",
                    "source": "annual results 2024",
                    "confidence": "high",
                }
            ],
        },
        "first_decisions": dict.fromkeys(NAMES, "2011-01-05"),
        "base_rates": {name: 0.05 + 0.01 * k for k, name in enumerate(NAMES)},
        "null": {
            "statistic": "mean gross return",
            "observed": 0.031,
            "p_value": 0.214,
            "mean": 0.021,
            "p05": -0.004,
            "p95": 0.047,
            "trades": 80,
            "draws": 1000,
        },
        "findings": [
            {
                "symbol": "SLV",
                "date": "2013-04-15",
                "rule": "high >= close",
                "outcome": "masked",
                "detail": "high 22.1 below close 22.4",
            }
        ],
        "regime": {"preset": "level"},
        "verdict": "Beats equal-weight miners by 2.1 % a year, yet random entries do as well one "
        "time in five.",
        **more,
    }


def long_record(years: int = 15, n_trades: int = 80, seed: int = 7) -> FakeRecord:
    """Fifteen years, eight names, eighty episodes of seeded noise."""
    rng = np.random.default_rng(seed)
    dates = pd.bdate_range("2010-01-04", periods=252 * years)
    market = rng.normal(0.0004, 0.010, len(dates))
    rule = 0.4 * market + rng.normal(0.0002, 0.006, len(dates))
    value = 1e6 * np.exp(np.cumsum(rule) - rule[0])
    gross = np.clip(np.convolve(rng.random(len(dates)), np.ones(60) / 60, "same") - 0.3, 0, 1)
    equity = pd.DataFrame(
        {"date": dates, "value": value, "cash": value * (1 - gross), "gross": gross, "net": gross}
    )
    signals = _signals(rng, dates)
    trades = _trades(rng, dates, n_trades)
    return FakeRecord(
        info=info(),
        equity=equity,
        baselines=_baselines(rng, dates, market, value),
        signals=signals,
        trades=trades,
        orders=_orders(trades),
        costs=_costs(trades),
    )


def _baselines(rng: Any, dates: pd.DatetimeIndex, market: Any, value: Any) -> pd.DataFrame:
    def curve(mean: float, sd: float, beta: float) -> Any:
        r = beta * market + rng.normal(mean, sd, len(dates))
        return np.exp(np.cumsum(r) - r[0])

    return pd.DataFrame(
        {
            "date": dates,
            "rule": value / value[0],
            "rule_no_regime": curve(0.0, 0.007, 0.5),
            "equal_weight_miners": curve(0.0, 0.012, 1.2),
            "metal_basket": curve(0.0, 0.008, 0.4),
            "market": curve(0.0, 0.0, 1.0),
        }
    )


def _signals(rng: Any, dates: pd.DatetimeIndex) -> pd.DataFrame:
    state = np.array(STATES)[(np.arange(len(dates)) // 230) % 3]
    frames = []
    for name in NAMES:
        z = np.zeros(len(dates))
        for t in range(1, len(dates)):
            z[t] = 0.985 * z[t - 1] + rng.normal(0, 0.17)
        z[:252] = np.nan
        frame = pd.DataFrame(
            {
                "date": dates,
                "symbol": name,
                "gap": 0.16 * z,
                "z": z,
                "lag": np.expm1(0.16 * z),
                "state": state,
            }
        )
        frame["time"] = dates + pd.Timedelta(hours=21)
        frames.append(frame)
    return pd.concat(frames, ignore_index=True).reindex(columns=TABLES["signals"].split(","))


def _trades(rng: Any, dates: pd.DatetimeIndex, n: int) -> pd.DataFrame:
    start = np.sort(rng.integers(260, len(dates) - 200, n))
    held = rng.integers(15, 190, n)
    net_return = rng.normal(0.02, 0.11, n)
    gross = 150_000 * net_return + 600
    frame = pd.DataFrame(
        {
            "symbol": rng.choice(NAMES, n),
            "entry_decision": dates[start] + pd.Timedelta(hours=21, minutes=5),
            "entry_date": dates[start + 1],
            "exit_decision": dates[start + held] + pd.Timedelta(hours=21, minutes=5),
            "exit_date": dates[start + held + 1],
            "size": rng.integers(100, 9000, n),
            "entry_price": 30.0,
            "exit_price": 31.0,
            "entry_gap": rng.uniform(-0.5, -0.24, n),
            "exit_gap": rng.uniform(-0.3, 0.1, n),
            "anchored_gap": rng.uniform(-0.3, 0.1, n),
            "entry_z": rng.uniform(-2.6, -1.5, n),
            "exit_z": rng.uniform(-1.6, 0.6, n),
            "half_life": 60.0,
            "days_held": held,
            "gross": gross,
            "costs": 600.0,
            "net": gross - 600,
            "net_return": net_return,
            "exit_reason": rng.choice(REASONS, n),
            "entry_regime": "ON",
            "exit_regime": "OFF",
            "closing": rng.uniform(0, 0.4, n),
            "equity_share": 0.7,
            "metal_share": 0.2,
            "market_share": 0.1,
            "roll_off": rng.normal(0, 0.05, n),
            "status": "closed",
        }
    )
    return frame[TABLES["trades"].split(",")]


def _orders(trades: pd.DataFrame) -> pd.DataFrame:
    filled = [
        {
            "submitted": trade[f"{end}_decision"],
            "filled": trade[f"{end}_date"],
            "symbol": trade["symbol"],
            "side": side,
            "size": trade["size"],
            "price": 30.0,
            "value": 30.0 * trade["size"],
            "cost": 300.0,
            "status": "Filled",
            "reason": end,
        }
        for trade in trades.to_dict("records")
        for end, side in (("entry", "buy"), ("exit", "sell"))
    ]
    late = {
        "submitted": pd.Timestamp("2020-03-16 20:05"),
        "symbol": "FCX",
        "side": "buy",
        "size": 900,
        "status": "Margin",
        "reason": "cash 1,204 below 8,910 needed",
    }
    return pd.DataFrame([*filled, late]).reindex(columns=TABLES["orders"].split(","))


def _costs(trades: pd.DataFrame) -> pd.DataFrame:
    return pd.DataFrame(
        [
            {
                "date": trade["entry_date"],
                "symbol": trade["symbol"],
                "side": "buy",
                "kind": kind,
                "amount": amount,
            }
            for trade in trades.to_dict("records")
            for kind, amount in (("commission", 90.0), ("spread", 60.0), ("impact", 450.0))
        ],
        columns=TABLES["costs"].split(","),
    )


def with_curve(values: Any, **more: Any) -> FakeRecord:
    """A record that holds an equity curve and nothing else."""
    dates = pd.bdate_range("2020-01-01", periods=len(values))
    equity = pd.DataFrame(
        {"date": dates, "value": values, "cash": values, "gross": 0.0, "net": 0.0}
    )
    return FakeRecord(info=info(**more), equity=equity)


def only_trades(record: FakeRecord, n: int) -> FakeRecord:
    """The same record with its first episodes only."""
    return replace(record, trades=record.trades.head(n))

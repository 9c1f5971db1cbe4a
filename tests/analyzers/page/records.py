"""Records to print: a long ordinary run, and the edges of what a run can leave."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd

from orebound.analyzers import RunRecord, page

NAMES = ("RIO", "BHP", "FCX", "SCCO", "VALE", "NEM", "AA", "TECK")
REASONS = ("captured", "stop", "time stop", "hole")
STATES = ("OFF", "ON", "TIGHT")


def render(record: RunRecord) -> str:
    """The page without pyfolio's sections, which would double the time of every test."""
    return page.render(record, page.draw_nothing)


def nothing(table: str) -> pd.DataFrame:
    """An empty table with its columns."""
    empty: pd.DataFrame = getattr(RunRecord(info=info(), equity=_no_equity()), table)
    return empty


def _no_equity() -> pd.DataFrame:
    return pd.DataFrame({name: [] for name in ("date", "value", "cash", "gross", "net")})


def info(**more: Any) -> dict[str, Any]:
    """run.json of an ordinary run."""
    return {
        "id": "20260701T060000Z-base-1a2b3c",
        "command": "orebound backtest --universe nyse-miners",
        "source": "csv",
        "synthetic": False,
        "config": {
            "data": {"start": "2010-01-04", "universe": "nyse-miners"},
            "rule": {"gap": "cumulative", "z_in": 1.5, "lag_in": 0.2, "trigger": "auto"},
            "regime": {"regime": "level"},
            "sizing": {"cash": 1e6, "cash_rate": 0.0},
            "run": {"name": "base-case", "periods_per_year": 252, "risk_free": 0.0},
        },
        "data": {
            name: {
                "role": name,
                "symbol": name,
                "rows": 3780,
                "first": "2010-01-04",
                "last": "2024-12-31",
                "unit": "USD",
                "currency": "USD",
                "clock": "XNYS",
                "adjustment": "total_return",
                "masked": 0,
                "findings": 0,
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
            "description": "NYSE lines",
            "valid_from": None,
            "hindsight": "",
            "allow_hindsight": False,
            "names": list(NAMES),
            "excluded": {"B": "no data before 2025-05-09"},
            "stand_ins": {},
            "hindsight_exposure": {},
            "exposures": [
                {
                    "symbol": "RIO",
                    "issuer": "Rio Tinto plc",
                    "commodity": "iron_ore",
                    "weight": 0.66,
                    "valid_from": "2025-02-19",
                    "source": "annual results 2024",
                    "confidence": "H",
                }
            ],
        },
        "hindsight_exposure": {},
        "first_decisions": dict.fromkeys(NAMES, "2011-01-05"),
        "base_rates": {
            name: {"sessions": 3780, "observed": 0.05 + 0.01 * k, "noise": 0.0668}
            for k, name in enumerate(NAMES)
        },
        "null": {
            "statistic": "mean gross return",
            "observed": 0.031,
            "p_value": 0.214,
            "mean": 0.021,
            "p05": -0.004,
            "p95": 0.047,
            "trades": 80,
            "draws": 1000,
            "note": "names are placed independently",
        },
        "findings": [
            {
                "file": "SLV.csv",
                "symbol": "SLV",
                "row": 9,
                "column": "high",
                "date": "2013-04-15",
                "rule": "high >= close",
                "outcome": "masked",
                "detail": "high 22.1 below close 22.4",
            }
        ],
        "regime": {
            "preset": "level",
            "calendar": "XNYS",
            "spells": [],
            "episodes_with_entries": 0,
            "events": [],
        },
        "verdict": "Beats equal-weight miners by 2.1 % a year, yet random entries do as well one "
        "time in five.",
        **more,
    }


def long_record(years: int = 15, n_trades: int = 80, seed: int = 7) -> RunRecord:
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
    return RunRecord(
        info=info(regime=_regime(dates, signals)),
        equity=equity,
        baselines=_baselines(rng, dates, market, value),
        signals=signals,
        trades=trades,
        orders=_orders(trades),
        costs=_costs(trades),
    )


def _regime(dates: pd.DatetimeIndex, signals: pd.DataFrame) -> dict[str, Any]:
    """The states of the signals as run.json states them: first session ON, first one after it."""
    state = signals[signals["symbol"] == NAMES[0]]["state"].to_numpy()
    days = [str(day.date()) for day in dates]
    on = np.append(state == "ON", False)
    starts = [k for k in range(len(state)) if on[k] and not (k and on[k - 1])]
    ends = [next(k for k in range(start, len(on)) if not on[k]) for start in starts]
    spells = [
        [days[a], days[b] if b < len(days) else None] for a, b in zip(starts, ends, strict=True)
    ]
    return {"preset": "level", "calendar": "XNYS", "spells": spells} | {
        "episodes_with_entries": len(spells),
        "events": [],
    }


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
        gap = 0.16 * z
        frames.append(
            pd.DataFrame(
                {"date": dates, "symbol": name, "time": dates + pd.Timedelta(hours=21)}
                | {"known_close": 30.0, "gap": gap, "z": z, "lag": np.expm1(gap)}
                | {"beta_metal": 1.0, "beta_market": 0.5, "half_life": 60.0, "volatility": 0.02}
                | {"coverage": 1.0, "score": 5.0, "state": state, "size_multiplier": 1.0}
                | {"blocked": 0, "reason": "none"}
            )
        )
    return pd.concat(frames, ignore_index=True)


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
    return frame


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
            "session": trade[f"{end}_date"],
            "fill_session": trade[f"{end}_date"],
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
    return pd.DataFrame([*filled, late])


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
        ]
    )


def with_curve(values: Any, **more: Any) -> RunRecord:
    """A record that holds an equity curve and nothing else."""
    dates = pd.bdate_range("2020-01-01", periods=len(values))
    equity = pd.DataFrame(
        {"date": dates, "value": values, "cash": values, "gross": 0.0, "net": 0.0}
    )
    rule = np.asarray(values, dtype=float) / (values[0] if len(values) else 1.0)
    baselines = pd.DataFrame({"date": dates, "rule": rule})
    return RunRecord(info=info(**more), equity=equity, baselines=baselines)


def only_trades(record: RunRecord, n: int) -> RunRecord:
    """The same record with its first episodes only."""
    return replace(record, trades=record.trades.head(n))

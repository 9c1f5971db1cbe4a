"""One combination through real backtrader, with the metrics and monthly sums of the replay."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from orebound.analyzers import Metric, own_lines, summary, trade_summary
from orebound.feeds import Market
from orebound.strategies import arrays_of

from .cerebro_run import Outcome, Parameters, backtest
from .config import RunConfig
from .replay.totals import METRICS
from .windows import first_ready, refuse_hindsight

#: Our name of a metric, by the replay's.
SAME = {
    "mean_net_return": "expectancy_return",
    "days_held": "average_days_held",
}
#: Metrics in the order of `METRICS`, monthly sums of shape (n_months, 2), and their first month.
RowFigures = tuple[NDArray[np.float64], NDArray[np.float64], int]
KINDS = ("commission", "spread", "stamp_duty", "ptm_levy", "fx", "impact")


def row_metrics(market: Market, config: RunConfig) -> RowFigures:
    """Return what the analyzers say of one run, as the replay would."""
    market = market.arranged(config.rule.lines(market))
    known = arrays_of(config.rule, market.panel, config.regime, config.sizing)
    start = config.data.start or first_ready(market, known.ready)
    refuse_hindsight(config, market, start)
    parameters = Parameters(config.rule, config.regime, config.sizing, config.costs)
    outcome = backtest(market, parameters, start=start, end=config.data.end)
    found: dict[str, Metric] = summary(
        outcome.equity,
        risk_free=config.run.risk_free,
        periods_per_year=config.run.periods_per_year,
        orders=outcome.orders,
    ) | trade_summary(outcome.trades)
    values = {name: metric.value for name, metric in found.items()}
    values |= _from_orders(outcome) | {"regime_episodes": _episodes(market, outcome, known.spell)}
    values["final_value"] = float(outcome.equity["value"].iloc[-1])
    if values["sharpe"] is not None:
        values["sharpe_per_session"] = values["sharpe"] / config.run.periods_per_year**0.5
    row = [values.get(SAME.get(name, name)) for name in METRICS]
    sums, first = _monthly(outcome.equity)
    return np.array([np.nan if value is None else value for value in row]), sums, first


def _from_orders(outcome: Outcome) -> dict[str, float | None]:
    orders, costs, trades = outcome.orders, outcome.costs, own_lines(outcome.trades)
    filled = orders[orders["status"] == "Filled"]
    traded = float(filled["value"].sum())
    paid = costs.groupby("kind")["amount"].sum()
    out: dict[str, float | None] = {kind: float(paid.get(kind, 0.0)) for kind in KINDS}
    return out | {
        "costs": float(filled["cost"].sum()),
        "closed": float((trades["status"] == "closed").sum()),
        "orders": float(len(orders)),
        "not_filled": float(len(orders) - len(filled)),
        "break_even_bps": float(outcome.trades["gross"].sum()) / traded * 1e4 if traded else None,
    }


def _episodes(market: Market, outcome: Outcome, spell: NDArray[np.int64]) -> float:
    """Return how many spells of the regime saw an entry."""
    panel, entries = market.panel, own_lines(outcome.trades)
    rows = np.searchsorted(panel.closes + panel.latency, entries["entry_decision"].to_numpy())
    columns = [panel.names.index(symbol) for symbol in entries["symbol"]]
    numbers = spell[rows, columns] if len(entries) else np.zeros(0)
    return float(len(set(numbers[numbers >= 0].tolist())))


def _monthly(equity: pd.DataFrame) -> tuple[NDArray[np.float64], int]:
    """Return sums of r and of r squared by calendar month, shape (n_months, 2)."""
    dates = equity["date"].to_numpy().astype("datetime64[M]").astype(np.int64)
    value: Any = equity["value"].to_numpy()
    returns = value[1:] / value[:-1] - 1.0
    out = np.zeros((int(dates[-1] - dates[0]) + 1, 2))
    place = dates[1:] - dates[0]
    np.add.at(out[:, 0], place, returns)
    np.add.at(out[:, 1], place, returns**2)
    return out, int(dates[0])

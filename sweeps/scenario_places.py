"""Forecasts without a view at many days, and where among their paths what came lay."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np
import pandas as pd

from orebound.feeds import Market, clock
from orebound.strategies import Horizon, ScenarioSettings, ScenarioTarget, run_scenario

from .config import RunConfig
from .scenario_inputs import scenario_of

COLUMNS = ("day", "symbol", "place", "realised")


def forecast_places(
    market: Market,
    config: RunConfig,
    metal: str,
    days: Iterable[Any],
    *,
    sessions: int = 252,
    settings: ScenarioSettings | None = None,
) -> pd.DataFrame:
    """Return by day and name the share of driftless paths below what came `sessions` later.

    Each forecast is made from data up to its day. A name whose data end before the horizon is left
    out. Places of a sound forecast are uniform; those of overlapping forecasts hang together.

    Returns
    -------
    DataFrame
        ``day, symbol, place, realised`` (log return).
    """
    settings = settings or ScenarioSettings(method="bootstrap", paths=2_000, draws=200)
    calendar = clock(market.panel.listings[0].mic)
    lines = []
    for day in days:
        start = np.datetime64(day, "D")
        ahead = calendar.sessions(start + 1, start + 2 * sessions)[sessions - 1]
        horizon = Horizon(ahead.item(), ahead.item())
        target = ScenarioTarget(metal, None, 0.0, horizon, "end")
        known = scenario_of(market, config, target, settings, day=start)
        drawn = run_scenario(known.inputs, settings).returns_no_view
        for place, symbol in enumerate(known.inputs.names):
            realised = _realised(market, symbol, known.start, ahead)
            if np.isfinite(realised):
                share = float((drawn[:, place] <= realised).mean())
                lines.append((start, symbol, share, realised))
    return pd.DataFrame(lines, columns=list(COLUMNS))


def _realised(market: Market, symbol: str, start: np.datetime64, end: np.datetime64) -> float:
    panel = market.panel
    column = panel.names.index(symbol)
    rows = panel.priced_rows(column)
    days = panel.closes[rows].astype("datetime64[D]")
    if days[-1] < end:
        return float("nan")
    first, last = np.searchsorted(days, [start, end], side="right") - 1
    prices = panel.known_close[rows[[first, last]], column]
    return float(np.log(prices[1] / prices[0]))

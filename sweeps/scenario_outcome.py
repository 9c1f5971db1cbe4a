"""A scenario beside what happened: never read by the scenario itself."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from orebound.feeds import Market
from orebound.strategies import ScenarioResult, chance_of_low

from .scenario_inputs import Scenario

SESSIONS_A_YEAR = 252


@dataclass(frozen=True, eq=False)
class ScenarioOutcome:
    """What became of the metal and of the names.

    Attributes
    ----------
    metal : dict
        ``until`` (last close within the horizon), ``is_complete`` (the data reach its end),
        ``low, low_date`` and ``p_low`` (share of the view's paths that fell as far),
        ``p_low_formula`` (by reflection, for a bridge to the middle of the horizon),
        ``first_at_target`` (date or None), ``reached`` (mean or last close of the horizon, as the
        target means it; None where it has not begun), ``last``.
    names : DataFrame
        ``symbol, expected, realised, until, percentile``: the share of the view's paths that
        ended lower; NaN where the name's data end before the horizon.
    """

    metal: dict[str, Any]
    names: pd.DataFrame


def outcome_of(
    market: Market, scenario: Scenario, result: ScenarioResult, *, volatility: float
) -> ScenarioOutcome | None:
    """Return what happened since, None where the data end with the scenario's day."""
    metal = _metal(market, scenario, result, volatility)
    names = _names(market, scenario, result)
    return None if metal is None else ScenarioOutcome(metal, names)


def _metal(
    market: Market, scenario: Scenario, result: ScenarioResult, volatility: float
) -> dict[str, Any] | None:
    target = scenario.target
    whole = market.parts.metals[target.metal].frame["close"]
    after = whole.loc[pd.Timestamp(scenario.start) + pd.Timedelta(days=1) :]
    after = after.loc[: pd.Timestamp(target.horizon.last)]
    if after.empty:
        return None
    stretch = after.loc[pd.Timestamp(target.horizon.first) :]
    low = float(after.min())
    lows = np.exp(result.simulation.view.min(axis=1)) * scenario.spot
    first, last = scenario.inputs.stretch
    above = after[after >= scenario.level] if scenario.level >= scenario.spot else None
    below = after[after <= scenario.level] if scenario.level < scenario.spot else None
    touched = above if above is not None else below
    is_complete = _reaches(market, target.metal, scenario)
    reached = None
    if len(stretch):
        reached = float(stretch.mean() if target.statistic == "avg" else stretch.iloc[-1])
    return {
        "until": str(after.index[-1].date()),
        "is_complete": is_complete,
        "low": low,
        "low_date": _day(after.idxmin()),
        "p_low": float(result.simulation.weights[lows <= low].sum()),
        "p_low_formula": chance_of_low(
            scenario.spot,
            scenario.level,
            low,
            (first + last) // 2 / SESSIONS_A_YEAR,
            volatility,
        ),
        "first_at_target": None if touched is None or touched.empty else _day(touched.index[0]),
        "reached": reached,
        "last": float(after.iloc[-1]),
    }


def _day(stamp: Any) -> str:
    return str(stamp.date())


def _reaches(market: Market, metal: str, scenario: Scenario) -> bool:
    """Whether the metal's data go on to within three sessions of the horizon's end."""
    last = market.parts.metals[metal].sessions[-1]
    return bool(last >= scenario.days[max(0, len(scenario.days) - 4)])


def _names(market: Market, scenario: Scenario, result: ScenarioResult) -> pd.DataFrame:
    panel, end = market.panel, np.datetime64(scenario.target.horizon.last, "D")
    expected = result.ranking.set_index("symbol")["expected"]
    lines = []
    for place, symbol in enumerate(scenario.inputs.names):
        column = panel.names.index(symbol)
        rows = panel.priced_rows(column)
        days = panel.closes[rows].astype("datetime64[D]")
        before, within = rows[days <= scenario.start], rows[(days > scenario.start) & (days <= end)]
        line: dict[str, Any] = {"symbol": symbol, "expected": float(expected[symbol])}
        line |= {"realised": np.nan, "until": None, "percentile": np.nan}
        if len(within):
            prices = panel.known_close[[before[-1], within[-1]], column]
            log = float(np.log(prices[1] / prices[0]))
            line |= {"realised": float(np.expm1(log)), "until": str(days[days <= end][-1])}
            if days[days <= end][-1] >= scenario.days[max(0, len(scenario.days) - 4)]:
                lower = result.returns[:, place] <= log
                line["percentile"] = float(result.simulation.weights[lower].sum())
        lines.append(line)
    return pd.DataFrame(lines)

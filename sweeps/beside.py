"""What stands beside a run: baselines, base rates, the exposure-matched null."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from orebound.analyzers import (
    NullResult,
    baseline_table,
    ended_names,
    equal_weight_curve,
    exposure_matched_null,
    noise_base_rate,
    observed_base_rate,
    weighted_curve,
)
from orebound.feeds import Market, Panel, clock
from orebound.strategies import Regime, Rule
from orebound.strategies.signals import Bits, Blocked, Signals, gap_kinds

from .cerebro_run import Outcome, Parameters, backtest

Rows = NDArray[np.int64]


def baselines(
    market: Market,
    parameters: Parameters,
    outcome: Outcome,
    window: tuple[int, int],
    **dates: Any,
) -> pd.DataFrame:
    """Return the rule's curve beside those it must beat; index curves are not traded."""
    regime_off = Regime(**{**dict(parameters.regime), "when_off": "ignore"})
    curves = {"rule": _curve(outcome)}
    if parameters.regime.when_off != "ignore" and parameters.regime.looks:
        without = replace(parameters, regime=regime_off)
        curves["rule_no_regime"] = _curve(backtest(market, without, only_equity=True, **dates))
    rule = parameters.rule
    # Metals are sold by stated exposures: a mode that sells them has no fitted twin.
    is_stated = (
        isinstance(rule, Rule)
        and rule.exposures == "fundamental"
        and "metals" not in rule.hedges_needed()
    )
    if is_stated and dates["start"] is not None and market.exposure_hindsight(dates["start"]):
        fitted = Rule(**{**dict(rule), "exposures": "regression"})
        other = backtest(market, replace(parameters, rule=fitted), only_equity=True, **dates)
        curves["rule_regression_exposures"] = _curve(other)
    curves["equal_weight_miners"] = equal_weight_curve(_prices(market.panel, window))
    curves["metal_basket"] = _metal_basket(market.panel, window)
    if market.panel.market is not None:
        curves["market"] = _by_date(market.panel.market.value, market.panel, window)
    return baseline_table(outcome.equity["date"], **curves)


def _curve(outcome: Outcome) -> pd.Series[Any]:
    return outcome.equity.set_index("date")["value"]


def _dates(panel: Panel, window: tuple[int, int]) -> pd.DatetimeIndex:
    days = panel.closes[slice(*window)].astype("datetime64[D]")
    return pd.DatetimeIndex(days.astype("datetime64[ns]"), name="date")


def _by_date(values: NDArray[np.float64], panel: Panel, window: tuple[int, int]) -> pd.Series[Any]:
    """Return the last value of each UTC date."""
    series = pd.Series(values[slice(*window)], index=_dates(panel, window))
    return series.groupby(level=0).last()


def _prices(panel: Panel, window: tuple[int, int]) -> pd.DataFrame:
    tradable = np.where(panel.has_bar & ~panel.is_settlement, panel.close, np.nan)
    own = list(panel.targets)  # a short side or a hedge leg is no name of the universe
    frame = pd.DataFrame(
        tradable[slice(*window), own],
        index=_dates(panel, window),
        columns=[panel.names[k] for k in own],
    )
    prices = frame.groupby(level=0).last()
    days = prices.index.to_numpy().astype("datetime64[D]")
    is_open = np.column_stack([clock(panel.listings[k].mic).is_session(days) for k in own])
    # A closed market holds its last price; one that was open and gave no price has no return.
    return prices.where(prices.notna() | is_open, prices.ffill())


def basket_notes(market: Market, window: tuple[int, int]) -> list[str]:
    """Return what the index of equal-weight miners still holds at its end, where it has shrunk."""
    prices = _prices(market.panel, window)
    ended = ended_names(prices)
    left = [str(name) for name in prices if name not in ended]
    if not ended or not left:
        return []
    by_day: dict[str, list[str]] = {}
    for name, day in ended.items():
        by_day.setdefault(f"{day:%Y-%m-%d}", []).append(name)
    said = "; ".join(f"{', '.join(names)} until {day}" for day, names in by_day.items())
    return [
        f"The index of equal-weight miners ends as {len(left)} of {prices.shape[1]} names, "
        f"{', '.join(left)}: it counts {said}"
    ]


def _metal_basket(panel: Panel, window: tuple[int, int]) -> pd.Series[Any]:
    """Return the curve of the names' average exposures, absolute weights, dated."""
    prices = pd.DataFrame(
        {
            metal: _by_date(series.value, panel, window)
            for metal, series in zip(panel.metals, panel.metal, strict=True)
        }
    )
    step = panel.exposure.at(panel.closes[slice(*window)])
    own = list(panel.targets)
    share = np.abs(panel.exposure.weights[:, own]) / panel.exposure.total[:, own, None]
    weights = pd.DataFrame(
        share.mean(axis=1)[step], index=_dates(panel, window), columns=list(panel.metals)
    )
    return weighted_curve(prices, weights.groupby(level=0).last())


def base_rates(
    panel: Panel, signals: Signals, rule: Rule, window: tuple[int, int]
) -> dict[str, dict[str, float | None]]:
    """Return by name how often the gap alone met the entry condition, and how often noise would."""
    rows = slice(*window)
    ready = signals.ready[rows]
    met = ready & ((signals.blocked[rows] & Bits(Blocked.GAP_TOO_SMALL)) == 0)
    own = list(panel.targets)
    observed = observed_base_rate(met[:, own], ready[:, own], [panel.names[k] for k in own])
    out: dict[str, dict[str, float | None]] = {}
    for k, line in zip(own, observed.to_dict("records"), strict=True):
        out[line["symbol"]] = {
            "sessions": int(line["n_ready"]),
            "observed": float(line["rate"]) if line["n_ready"] else None,
            "noise": _noise(panel, signals, rule, k, window[0] + np.flatnonzero(ready[:, k])),
        }
    return out


def _noise(panel: Panel, signals: Signals, rule: Rule, name: int, rows: Rows) -> float | None:
    """Return how often noise meets the rule's entry condition on the rows that could decide.

    None where two gaps are needed: it then depends on how they move together.
    """
    if not len(rows) or rule.gap_needs in ("any", "both"):
        return None
    typical = float(np.median(signals.relative_volatility[rows, name]))
    window, first = rule.gap_window, 1
    if rule.gap == "anchored":
        first, window = _sessions_since(panel, rule.anchor_date, rows[[0, -1]], name)
    hedges_market = len(gap_kinds(panel, rule)) == 3
    return noise_base_rate(
        rule.gap,
        trigger=rule.entry_trigger,
        at=rule.z_in if rule.entry_trigger == "z" else rule.lag_in,
        window=window,
        first=first,
        daily_vol=typical,
        fit_window=rule.hedge_window,
        factors=2 if hedges_market else 1,
    )


def _sessions_since(panel: Panel, date: str, rows: Rows, name: int) -> tuple[int, int]:
    """Return a name's own sessions from a date to each of two rows."""
    sessions = panel.session[panel.bar_rows(name), name]
    at = np.searchsorted(sessions, panel.session[rows, name])
    since = at - (np.searchsorted(sessions, np.datetime64(date, "D"), side="right") - 1)
    return int(since[0]), int(since[1])


def null_of(
    panel: Panel,
    signals: Signals,
    trades: pd.DataFrame,
    window: tuple[int, int],
    *,
    draws: int,
    seed: int,
) -> NullResult:
    """Return the run's mean trade return beside the same holdings at random entries."""
    opens: dict[str, tuple[Any, Any]] = {}
    ready: dict[str, NDArray[np.bool_]] = {}
    for k, name in enumerate(panel.names):
        if panel.lines[k].kind == "leg":
            continue
        rows = panel.bar_rows(k)
        rows = rows[(rows >= window[0]) & (rows < window[1])]
        dates = panel.closes[rows].astype("datetime64[D]").astype("datetime64[ns]")
        opens[name] = (dates, panel.open[rows, k])
        fills = np.zeros(len(rows), bool)
        fills[1:] = signals.ready[rows[:-1], k]
        ready[name] = fills
    return exposure_matched_null(trades, opens, ready, draws=draws, seed=seed)

"""One name on its own sessions: its returns, its metals' and the market's over the same steps."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from orebound.feeds import TOO_OLD, AsOf, Panel

from ..parameters import Rule
from ..rolling import Array
from .basket import exposure_basket, regression_weights


class OwnClock:
    """One name's returns on its own sessions, and the metals' over the same sessions."""

    def __init__(self, panel: Panel, name: int, rule: Rule) -> None:
        self.panel, self.name, self.rule = panel, name, rule
        self.rows = panel.priced_rows(name)
        rows = self.rows
        self.miner = _returns(panel.known_close[rows, name], panel.segment[rows, name])
        self.metal = np.column_stack(
            [_as_of_returns(metal, rows) for metal in panel.metal] or [np.empty((len(rows), 0))]
        )
        is_hedged = rule.market_factor and rule.gap not in rule.UNHEDGED
        is_read = is_hedged or rule.gap_needs != "metal"
        self.market = _as_of_returns(panel.market, rows) if is_read and panel.market else None
        self.hedges_market = is_hedged and self.market is not None
        step = panel.exposure.at(panel.closes[rows])
        self.weights = panel.exposure.weights[step, name]
        self.total = panel.exposure.total[step, name]
        self.basket, self.coverage = self._basket()

    def _basket(self) -> tuple[Array, Array]:
        rule = self.rule
        fundamental, coverage = exposure_basket(
            self.metal, self.weights, self.total, min_coverage=rule.min_coverage
        )
        if rule.exposures == "fundamental":
            return fundamental, coverage
        out = np.full(len(self.rows), np.nan)
        hedged = self.market if self.hedges_market else None
        for rows in stretches(np.isfinite(self.miner) & self._has_market()):
            metal = self.metal[rows]
            shares = regression_weights(
                np.cumsum(self.miner[rows]),
                _levels(metal),
                None if hedged is None else np.cumsum(hedged[rows]),
                declared=self.weights[rows] != 0.0,
                refit=_week_begins(self.panel.session[self.rows[rows], self.name]),
                window=rule.hedge_window,
                horizon=rule.hedge_horizon,
            )
            known = np.full(shares.shape, np.nan)
            known[1:] = shares[:-1]  # weights fitted up to the session before
            used = np.where(np.isfinite(metal), known * np.nan_to_num(metal), 0.0).sum(axis=1)
            is_fitted = np.nansum(known, axis=1) > 0.0
            out[rows] = np.where(is_fitted, used, np.nan)
        return np.where(coverage >= rule.min_coverage, out, np.nan), coverage

    def _has_market(self) -> NDArray[np.bool_]:
        if self.market is None:
            return np.ones(len(self.rows), dtype=bool)
        return np.isfinite(self.market)

    def runs(self) -> list[NDArray[np.int64]]:
        """Return the unbroken stretches, each as positions on the own clock."""
        is_whole = np.isfinite(self.miner) & np.isfinite(self.basket) & self._has_market()
        return stretches(is_whole)


def _returns(price: Array, segment: NDArray[np.int64]) -> Array:
    """Return log returns between rows of one segment, NaN elsewhere."""
    out = np.full(len(price), np.nan)
    joined = (segment[1:] == segment[:-1]) & (segment[1:] >= 0)
    out[1:] = np.where(joined, np.diff(np.log(price)), np.nan)
    return out


def _as_of_returns(series: AsOf, rows: NDArray[np.int64]) -> Array:
    return _returns(series.value[rows], series.segment[rows])


def _week_begins(sessions: NDArray[np.datetime64]) -> NDArray[np.bool_]:
    """Whether each session is the first of its calendar week (1970-01-01 was a Thursday)."""
    week = (sessions.astype("datetime64[D]").astype(np.int64) + 3) // 7
    begins: NDArray[np.bool_] = np.diff(week, prepend=week[0] - 1) != 0
    return begins


def _levels(returns: Array) -> Array:
    """Cumulate returns by column from each column's first value on; NaN before it."""
    has = np.isfinite(returns)
    begun = np.maximum.accumulate(has, axis=0)
    return np.where(begun, np.cumsum(np.where(has, returns, 0.0), axis=0), np.nan)


def stretches(flags: NDArray[np.bool_]) -> list[NDArray[np.int64]]:
    edges = np.flatnonzero(np.diff(np.concatenate([[False], flags, [False]]).astype(np.int8)))
    return [np.arange(a, b) for a, b in zip(edges[::2], edges[1::2], strict=True)]


def missed_sessions(panel: Panel, own: OwnClock) -> NDArray[np.int64]:
    """Return how many sessions the name's worst input has missed; `TOO_OLD` beyond ten days.

    Its inputs are the metals that its weights in force name, the market factor and its exchange
    rate; a metal without a row yet is not stale but uncovered.
    """
    rows = own.rows
    worst: NDArray[np.int64] = panel.rate_stale[rows, own.name].copy()
    inputs = [(metal, own.weights[:, k] != 0.0) for k, metal in enumerate(panel.metal)]
    if own.market is not None and panel.market is not None:
        inputs.append((panel.market, np.ones(len(rows), dtype=bool)))
    for series, is_used in inputs:
        has = ~np.isnat(series.known_at[rows]) & is_used
        missed = np.where(series.is_old[rows], TOO_OLD, series.missed[rows])
        worst = np.maximum(worst, np.where(has, missed, 0))
    return worst

"""From panel to signals: every array the rule reads, computed once outside the engine."""

from __future__ import annotations

from dataclasses import dataclass, fields
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from orebound.feeds import AsOf, Panel, PolicyEvents, china_events, clock, commodity_betas

from ..parameters import Regime, Rule
from ..regime import StimulusPath, stimulus_path
from ..reversion import rolling_half_life
from ..rolling import Array, rolling_std, rolling_sum
from .basket import exposure_basket, regression_weights
from .blocked import Blocked
from .gap import cumulative_gap, ratio_gap
from .hedge import fixed_hedge, ols_hedge

#: Signals are rounded before they meet a threshold, so that the last bits of a logarithm on
#: another processor cannot move an order.
DECIMALS = 10


@dataclass(frozen=True)
class Signals:
    """What the rule knows at each row about each name; shape (n_rows, n_names) throughout.

    Entry `t` depends on rows `<= t` only. Float arrays are NaN where a name has no bar or the
    window is not filled; log indices are NaN outside a run.

    Attributes
    ----------
    gap, z : float
        The gap in logs, and in standard deviations.
    lag : float
        Simple change of the miner relative to its basket over the gap window: -0.2 is 20 %.
    beta_metal, beta_market : float
        Hedge ratios known at the row.
    half_life : float
        Sessions; infinite where the spread does not revert.
    volatility : float
        Daily standard deviation of the name's own log returns.
    coverage : float
        Share of absolute exposures that had data.
    score : float
        Stimulus score of the listing's exchange.
    state : int8
        1 ON, 0 OFF, -1 TIGHT.
    size_multiplier : float
        What the regime leaves of a full position.
    ln_equity, ln_basket, ln_market : float
        Log indices within a run: only their changes between rows of one run mean something.
    run : int
        Number of the unbroken stretch of returns; -1 outside.
    time_stop : float
        Sessions a position entered here may last.
    stop : float
        Loss, as a fraction of the fill price, that ends a position entered here; inf = none.
    relative_volatility : float
        Daily standard deviation of the gap's own increments, for the noise base rate.
    blocked : uint8
        Bits of `Blocked`; 0 where the rule would buy.
    """

    gap: Array
    z: Array
    lag: Array
    beta_metal: Array
    beta_market: Array
    half_life: Array
    volatility: Array
    relative_volatility: Array
    coverage: Array
    score: Array
    state: NDArray[np.int8]
    size_multiplier: Array
    ln_equity: Array
    ln_basket: Array
    ln_market: Array
    run: NDArray[np.int64]
    time_stop: Array
    stop: Array
    blocked: NDArray[np.uint8]

    @property
    def ready(self) -> NDArray[np.bool_]:
        """Where the rule could decide: windows filled, whatever the gap and the regime."""
        hard = Blocked.WARM_UP | Blocked.COVERAGE | Blocked.NO_BAR
        is_ready: NDArray[np.bool_] = (self.blocked & np.uint8(hard)) == 0
        return is_ready


def compute(
    panel: Panel, rule: Rule, regime: Regime, events: PolicyEvents | None = None
) -> Signals:
    """Return all signals of a panel.

    Parameters
    ----------
    events : PolicyEvents, optional
        The China policy events; the shipped table by default.
    """
    events = china_events() if events is None else events
    out = {key: array.copy() for key, array in _measured(panel, rule).items()}
    paths: dict[str, StimulusPath] = {}
    for name, listing in enumerate(panel.listings):
        if listing.mic not in paths:
            paths[listing.mic] = _stimulus(panel, listing.mic, regime, events)
        _write_regime(out, panel, name, regime, paths[listing.mic])
    return Signals(**out)  # type: ignore[arg-type]


@lru_cache(maxsize=8)
def _measured(panel: Panel, rule: Rule) -> dict[str, NDArray[np.generic]]:
    """Return every array that does not depend on the regime."""
    out = _empty(panel.n_rows, panel.n_names)
    for name in range(panel.n_names):
        own = _OwnClock(panel, name, rule)
        for run, rows in enumerate(own.runs()):
            _write_run(out, own, rows, run)
        out["coverage"][own.rows, name] = own.coverage
        _write_blocked(out, panel, own)
    return out


def _empty(n_rows: int, n_names: int) -> dict[str, NDArray[np.generic]]:
    shape = (n_rows, n_names)
    special: dict[str, NDArray[np.generic]] = {
        "state": np.zeros(shape, np.int8),
        "run": np.full(shape, -1, np.int64),
        "blocked": np.full(shape, Blocked.NO_BAR, np.uint8),
    }
    plain = [f.name for f in fields(Signals) if f.name not in special]
    return special | {name: np.full(shape, np.nan) for name in plain}


class _OwnClock:
    """One name's returns on its own sessions, and the metals' over the same sessions."""

    def __init__(self, panel: Panel, name: int, rule: Rule) -> None:
        self.panel, self.name, self.rule = panel, name, rule
        self.rows = panel.priced_rows(name)
        rows = self.rows
        self.miner = _returns(panel.known_close[rows, name], panel.segment[rows, name])
        self.metal = np.column_stack(
            [_as_of_returns(metal, rows) for metal in panel.metal] or [np.empty((len(rows), 0))]
        )
        has_market = rule.market_factor and rule.gap != "ratio" and panel.market is not None
        self.market = _as_of_returns(panel.market, rows) if has_market and panel.market else None
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
        declared = np.flatnonzero(np.abs(self.weights).max(axis=0) > 0.0)
        for rows in _stretches(np.isfinite(self.miner) & self._has_market()):
            metal = self.metal[rows][:, declared]
            shares = regression_weights(
                np.cumsum(self.miner[rows]),
                _levels(metal),
                None if self.market is None else np.cumsum(self.market[rows]),
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
        return _stretches(is_whole)


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


def _stretches(flags: NDArray[np.bool_]) -> list[NDArray[np.int64]]:
    edges = np.flatnonzero(np.diff(np.concatenate([[False], flags, [False]]).astype(np.int8)))
    return [np.arange(a, b) for a, b in zip(edges[::2], edges[1::2], strict=True)]


def _write_run(
    out: dict[str, NDArray[np.generic]], own: _OwnClock, rows: NDArray[np.int64], run: int
) -> None:
    rule = own.rule
    miner, basket = own.miner[rows], own.basket[rows]
    market = np.zeros(len(rows)) if own.market is None else own.market[rows]
    ln = {"equity": np.cumsum(miner), "basket": np.cumsum(basket), "market": np.cumsum(market)}
    beta_metal, beta_market = _hedge(own, rows, ln)
    if rule.gap == "cumulative":
        gap, z = cumulative_gap(miner, basket, market, beta_metal, beta_market, rule.gap_window)
    else:
        gap, z = ratio_gap(miner, basket, rule.gap_window)
    half_life = rolling_half_life(
        np.column_stack(list(ln.values())),
        np.column_stack([np.ones(len(rows)), -beta_metal, -beta_market]),
        rule.half_life_window,
    )
    volatility = _std(miner, rule.volatility_window)
    time_stop = _time_stop(half_life, rule)
    lasting = np.sqrt(time_stop / rule.time_stop_multiple)
    values: dict[str, Array] = {
        "gap": gap,
        "z": z,
        "lag": np.expm1(_sum(miner - basket, rule.gap_window)),
        "beta_metal": beta_metal,
        "beta_market": beta_market,
        "half_life": half_life,
        "volatility": volatility,
        "relative_volatility": _std(miner - basket, rule.gap_window),
        "time_stop": time_stop,
        "stop": rule.stop_multiple * volatility * lasting
        if rule.stop_multiple
        else np.full(len(rows), np.inf),
    } | {f"ln_{kind}": level for kind, level in ln.items()}
    place = own.rows[rows]
    for key, value in values.items():
        out[key][place, own.name] = np.round(value, DECIMALS)
    out["run"][place, own.name] = run


_sum, _std = rolling_sum, rolling_std


def _hedge(own: _OwnClock, rows: NDArray[np.int64], ln: dict[str, Array]) -> tuple[Array, Array]:
    rule = own.rule
    if rule.gap == "ratio":
        return np.ones(len(rows)), np.zeros(len(rows))
    table = fixed_hedge(own.weights[rows], _equity_betas(own.panel.metals))
    stated = np.clip(table, rule.beta_min, rule.beta_max)
    one = 0.0 if own.market is None else 1.0  # the market, one for one, beyond the metal
    if rule.hedge == "fixed":
        return stated, np.full(len(rows), one)
    beta_metal, beta_market = ols_hedge(
        ln["equity"],
        ln["basket"],
        None if own.market is None else ln["market"],
        window=rule.hedge_window,
        horizon=rule.hedge_horizon,
        bounds=(rule.beta_min, rule.beta_max),
    )
    if rule.hedge == "ols":
        return beta_metal, beta_market
    return 0.5 * stated + 0.5 * beta_metal, 0.5 * one + 0.5 * beta_market


def _equity_betas(metals: tuple[str, ...]) -> Array:
    known = commodity_betas()
    return np.array([known[metal] for metal in metals])


def _time_stop(half_life: Array, rule: Rule) -> Array:
    """Return whole sessions; an infinite half-life gets the longest, an unknown one none."""
    sessions = np.ceil(np.round(rule.time_stop_multiple * half_life, 6))
    return np.clip(sessions, rule.time_stop_min, rule.time_stop_max)


def _stimulus(panel: Panel, mic: str, regime: Regime, events: PolicyEvents) -> StimulusPath:
    """Return the regime on every session of one exchange up to the panel's last row."""
    return stimulus_path(clock(mic), panel.closes[-1].astype("datetime64[D]"), regime, events)


def _write_regime(
    out: dict[str, NDArray[np.generic]],
    panel: Panel,
    name: int,
    regime: Regime,
    path: StimulusPath,
) -> None:
    """Look the exchange's own stimulus path up at each bar of a name."""
    rows = panel.bar_rows(name)
    sessions = panel.session[rows, name]
    place = np.searchsorted(path.sessions, sessions, side="right") - 1
    state = path.state[place]
    out["score"][rows, name] = path.score[place]
    out["state"][rows, name] = state
    off = {"no_entries": 0.0, "reduced": regime.off_size, "ignore": 1.0}[regime.when_off]
    is_on = (state == 1) | (regime.regime == "none")
    multiplier = np.where(is_on, 1.0, off)
    out["size_multiplier"][rows, name] = multiplier
    out["blocked"][rows, name] |= np.where(multiplier == 0.0, np.uint8(Blocked.REGIME_OFF), 0)


def _write_blocked(out: dict[str, NDArray[np.generic]], panel: Panel, own: _OwnClock) -> None:
    rule, name, rows = own.rule, own.name, own.rows
    measure = out["z"] if rule.entry_trigger == "z" else out["lag"]
    limit = -rule.z_in if rule.entry_trigger == "z" else -rule.lag_in
    value = measure[rows, name]
    needed = ("gap", "z", "half_life", "volatility")
    is_ready = np.all(
        [np.isfinite(out[key][rows, name]) | np.isposinf(out[key][rows, name]) for key in needed],
        axis=0,
    )
    tests = {
        Blocked.WARM_UP: ~is_ready,
        Blocked.STALE: _is_stale(panel, own),
        Blocked.COVERAGE: own.coverage < rule.min_coverage,
        Blocked.GAP_TOO_SMALL: ~(value <= limit),
        Blocked.VETOED: panel.vetoed[rows, name],
    }
    bits = np.zeros(len(rows), np.uint8)
    for flag, holds in tests.items():
        bits |= np.where(holds, np.uint8(flag), np.uint8(0))
    out["blocked"][rows, name] = bits


def _is_stale(panel: Panel, own: _OwnClock) -> NDArray[np.bool_]:
    """Whether an input of the name is older than the rule allows: its metals, market or FX."""
    rows = own.rows
    stale: NDArray[np.bool_] = panel.rate_stale[rows, own.name] > own.rule.max_missed
    series = [m for k, m in enumerate(panel.metal) if np.any(own.weights[:, k])]
    if own.market is not None and panel.market is not None:
        series.append(panel.market)
    for one in series:
        has = ~np.isnat(one.known_at[rows])
        stale |= has & ((one.missed[rows] > own.rule.max_missed) | one.is_old[rows])
    return stale

"""Every array that no threshold enters: computed once, shared by all that differ in thresholds."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from orebound.feeds import Panel, commodity_betas

from ..costs import average_daily_value
from ..parameters import Rule
from ..reversion import rolling_half_life
from ..rolling import Array, rolling_std, rolling_sum
from .blocked import Blocked
from .gap import cumulative_gap, ratio_gap
from .hedge import fixed_hedge, ols_hedge
from .own_clock import OwnClock, missed_sessions

Arrays = dict[str, NDArray[Any]]

#: Signals are rounded before they meet a threshold, so that the last bits of a logarithm on
#: another processor cannot move an order.
DECIMALS = 10
MEASURED = (
    *("gap", "z", "lag", "beta_metal", "beta_market", "half_life", "volatility"),
    *("relative_volatility", "coverage", "ln_equity", "ln_basket", "ln_market"),
)
#: Parameters that are compared with the arrays and do not change them.
THRESHOLDS = (
    *("trigger", "z_in", "lag_in", "capture", "stop_multiple", "time_stop_multiple"),
    *("time_stop_min", "time_stop_max", "cool_down", "max_missed"),
)


def measured(panel: Panel, rule: Rule) -> Arrays:
    """Return the measured arrays of a panel, shape (n_rows, n_names); the caller must not write.

    Beside the floats of `Signals`: ``run``, ``missed`` (sessions missed by the worst input) and
    ``blocked`` with the bits that only data decide.
    """
    plain = {name: Rule.model_fields[name].default for name in THRESHOLDS}
    return _measured(panel, rule.model_copy(update=plain))


@lru_cache(maxsize=64)
def _measured(panel: Panel, rule: Rule) -> Arrays:
    shape = (panel.n_rows, panel.n_names)
    out: Arrays = {name: np.full(shape, np.nan) for name in MEASURED}
    out["run"] = np.full(shape, -1, np.int64)
    out["missed"] = np.zeros(shape, np.int64)
    out["blocked"] = np.full(shape, Blocked.NO_BAR, np.uint8)
    for name in range(panel.n_names):
        own = OwnClock(panel, name, rule)
        for run, rows in enumerate(own.runs()):
            _write_run(out, own, rows, run)
        out["coverage"][own.rows, name] = own.coverage
        out["missed"][own.rows, name] = missed_sessions(panel, own)
        out["blocked"][own.rows, name] = _data_bits(out, panel, own)
    for array in out.values():
        array.flags.writeable = False
    return out


def _data_bits(out: Arrays, panel: Panel, own: OwnClock) -> NDArray[np.uint8]:
    """Return what stands against an entry whatever the thresholds."""
    name, rows = own.name, own.rows
    needed = ("gap", "z", "half_life", "volatility")
    # A half-life may be infinite; NaN is what the windows do not fill yet.
    is_ready = ~np.any([np.isnan(out[key][rows, name]) for key in needed], axis=0)
    value_traded = panel.value_traded[rows, name]
    has_volume = bool(np.isfinite(value_traded).any())
    tests = {
        Blocked.WARM_UP: ~is_ready,
        Blocked.COVERAGE: own.coverage < own.rule.min_coverage,
        Blocked.VETOED: panel.vetoed[rows, name],
        Blocked.ILLIQUID: has_volume & ~(average_daily_value(value_traded) > 0.0),
    }
    bits = np.zeros(len(rows), np.uint8)
    for flag, holds in tests.items():
        bits |= np.where(holds, np.uint8(flag), np.uint8(0))
    return bits


def _write_run(out: Arrays, own: OwnClock, rows: NDArray[np.int64], run: int) -> None:
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
    values: dict[str, Array] = {
        "gap": gap,
        "z": z,
        "lag": np.expm1(rolling_sum(miner - basket, rule.gap_window)),
        "beta_metal": beta_metal,
        "beta_market": beta_market,
        "half_life": half_life,
        "volatility": rolling_std(miner, rule.volatility_window),
        "relative_volatility": rolling_std(miner - basket, rule.gap_window),
    } | {f"ln_{kind}": level for kind, level in ln.items()}
    place = own.rows[rows]
    for key, value in values.items():
        out[key][place, own.name] = np.round(value, DECIMALS)
    out["run"][place, own.name] = run


def _hedge(own: OwnClock, rows: NDArray[np.int64], ln: dict[str, Array]) -> tuple[Array, Array]:
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

"""Every array that no threshold enters: computed once, shared by all that differ in thresholds."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from orebound.feeds import ConfigError, Panel

from ..costs import average_daily_value
from ..keys.gap import GapKeys
from ..keys.hedge import HedgeKeys
from ..parameters import Rule
from ..reversion import rolling_half_life
from ..rolling import Array, rolling_std
from .blocked import Bits, Blocked
from .forms import Gap, Stretch
from .gap_needs import measured_gap
from .own_clock import OwnClock, missed_sessions

Arrays = dict[str, NDArray[Any]]

#: Signals are rounded before they meet a threshold, so that the last bits of a logarithm on
#: another processor cannot move an order.
DECIMALS = 10
MEASURED = (
    *("gap", "z", "lag", "beta_metal", "beta_market", "half_life", "volatility"),
    *("relative_volatility", "coverage", "ln_equity", "ln_basket", "ln_market"),
    *("lag_points", "residual"),
)
#: The parameters that the measures are made of. Every other is compared with them or gates them:
#: it must not make them again.
MEASURE_KEYS = (
    *GapKeys.model_fields,
    *HedgeKeys.model_fields,
    *("half_life_window", "volatility_window", "exposures", "market_factor", "min_coverage"),
)


def measured(panel: Panel, rule: Rule) -> Arrays:
    """Return the measured arrays of a panel, shape (n_rows, n_names); the caller must not write.

    Beside the floats of `Signals`: ``run``, ``residual`` (what the gap is made of, session by
    session), ``missed`` (sessions missed by the worst input) and ``blocked`` with the bits that
    only data and hedge decide.
    """
    return _measured(panel, of_measures(rule))


def of_measures(rule: Rule) -> Rule:
    """Return the rule with everything at its default that the measures are not made of."""
    return Rule(**{name: getattr(rule, name) for name in MEASURE_KEYS})


@lru_cache(maxsize=64)
def _measured(panel: Panel, rule: Rule) -> Arrays:
    if rule.gap_needs != "metal" and panel.market is None:
        raise ConfigError(
            f"rule.gap_needs: {rule.gap_needs!r} needs a market factor, and this universe has "
            "none; accepted: 'metal'"
        )
    shape = (panel.n_rows, panel.n_names)
    out: Arrays = {name: np.full(shape, np.nan) for name in MEASURED}
    out["run"] = np.full(shape, -1, np.int64)
    out["missed"] = np.zeros(shape, np.int64)
    out["blocked"] = np.full(shape, Blocked.NO_BAR, Bits)
    for name in panel.targets:
        own = OwnClock(panel, name, rule)
        out["blocked"][own.rows, name] = Bits(0)
        for run, rows in enumerate(own.runs()):
            _write_run(out, own, rows, run)
        out["coverage"][own.rows, name] = own.coverage
        out["missed"][own.rows, name] = missed_sessions(panel, own)
        out["blocked"][own.rows, name] |= _data_bits(out, panel, own)
    for array in out.values():
        for column, name in panel.copies:
            array[:, column] = array[:, name]
        array.flags.writeable = False
    return out


def _data_bits(out: Arrays, panel: Panel, own: OwnClock) -> NDArray[Bits]:
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
    bits = np.zeros(len(rows), Bits)
    for flag, holds in tests.items():
        bits |= np.where(holds, Bits(flag), Bits(0))
    return bits


def _write_run(out: Arrays, own: OwnClock, rows: NDArray[np.int64], run: int) -> None:
    rule = own.rule
    miner, basket = own.miner[rows], own.basket[rows]
    market = np.zeros(len(rows)) if own.market is None else own.market[rows]
    ln = {"equity": np.cumsum(miner), "basket": np.cumsum(basket), "market": np.cumsum(market)}
    hedged = market if own.hedges_market else np.zeros(len(rows))
    place = own.rows[rows]
    stretch = Stretch(
        miner=miner,
        basket=basket,
        market=hedged,
        ln=ln,
        has_market=own.hedges_market,
        sessions=own.panel.session[place, own.name],
        weights=own.weights[rows],
        metals=own.panel.metals,
        rule=rule,
    )
    hedge, found = measured_gap(stretch, market)
    half_life = rolling_half_life(
        np.column_stack(list(ln.values())),
        np.column_stack([np.ones(len(rows)), -hedge.beta_metal, -hedge.beta_market]),
        rule.half_life_window,
    )
    values: dict[str, Array] = {
        **found._asdict(),
        "beta_metal": hedge.beta_metal,
        "beta_market": hedge.beta_market,
        "half_life": half_life,
        "volatility": rolling_std(miner, rule.volatility_window),
        "relative_volatility": rolling_std(_increments(stretch, found, market), rule.gap_window),
    } | {f"ln_{kind}": level for kind, level in ln.items()}
    for key, value in values.items():
        out[key][place, own.name] = np.round(value, DECIMALS)
    out["run"][place, own.name] = run
    if hedge.absorbs is not None:
        bits = np.where(hedge.absorbs, Bits(Blocked.HEDGE_ABSORBS), Bits(0))
        out["blocked"][place, own.name] |= bits


def _increments(stretch: Stretch, found: Gap, market: Array) -> Array:
    """Return the changes that the lag of a rule's form is the sum of."""
    if stretch.rule.gap == "drawdown":
        return found.residual
    return stretch.miner - (market if stretch.rule.gap_needs == "market" else stretch.basket)

"""Gates on mean reversion: half-life, variance ratio, cointegration.

All look at the spread one would enter now over `half_life_window` sessions, of which 252 must be
there. Before that nothing is known to revert, and every gate that is switched on is closed.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from orebound.feeds import Panel

from ..cointegration import rolling_engle_granger
from ..parameters import Rule
from ..reversion import rolling_phi
from ..reversion_interval import half_life_interval
from ..rolling import Array
from ..variance_ratios import rolling_variance_ratio
from .blocked import Blocked
from .gates import Gate, GateForm, Known
from .measures import DECIMALS, Arrays, measured, of_measures

Rows = NDArray[np.int64]


def half_life_gate(known: Known) -> Gate | None:
    """Close where the spread reverts too slowly, too fast to be one, or not at all."""
    rule = known.rule
    if rule.half_life_gate == "off":
        return None
    high = _upper_ends(known.panel, of_measures(rule))
    value = high if rule.half_life_end == "upper" else known.arrays["half_life"]
    score = half_life_score(value, rule.half_life_low, rule.half_life_high)
    return _gate(Blocked.HALF_LIFE, score, rule.half_life_gate, {"half_life_high": high})


def variance_ratio_gate(known: Known) -> Gate | None:
    """Close where long moves of the residual are as large as a random walk's or larger."""
    rule = known.rule
    if rule.variance_ratio_gate == "off":
        return None
    ratio = _variance_ratios(known.panel, of_measures(rule), rule.variance_ratio_horizon)
    score = np.clip(2.0 * (1.0 - ratio), 0.0, 1.0)
    is_hard = rule.variance_ratio_gate == "hard"
    passed = np.where(np.isnan(ratio), np.nan, (ratio < 1.0).astype(float)) if is_hard else score
    return _gate(
        Blocked.VARIANCE_RATIO, passed, rule.variance_ratio_gate, {"variance_ratio": ratio}
    )


def cointegration_gate(known: Known) -> Gate | None:
    """Close where miner and metals are not seen to be tied together."""
    rule = known.rule
    if rule.cointegration_gate == "off":
        return None
    p = _cointegration(known.panel, of_measures(rule), rule.cointegration_lags)
    score = np.clip((0.5 - p) / (0.5 - rule.cointegration_p), 0.0, 1.0)
    return _gate(Blocked.COINTEGRATION, score, rule.cointegration_gate, {"cointegration_p": p})


def gap_kinds(panel: Panel, rule: Rule) -> tuple[str, ...]:
    """Return the levels that a rule's gap is made of: ``equity``, then what it is behind."""
    if rule.gap_needs == "market":
        return ("equity", "market")
    is_hedged = rule.market_factor and rule.gap not in rule.UNHEDGED and panel.market is not None
    return ("equity", "basket", "market") if is_hedged else ("equity", "basket")


def half_life_score(half_life: Array, low: float, high: float) -> Array:
    """Return 1 within the range, falling to 0 at half its low and twice its high end.

    Linear in the logarithm; 0 for no reversion, NaN where nothing is known.
    """
    with np.errstate(divide="ignore"):
        log = np.log2(half_life)
    above = 1.0 - np.maximum(log - np.log2(high), 0.0)
    below = 1.0 - np.maximum(np.log2(low) - log, 0.0) if low > 0.0 else np.ones(log.shape)
    score = np.clip(np.minimum(above, below), 0.0, 1.0)
    return np.where(np.isnan(half_life), np.nan, score)


def _gate(bit: Blocked, score: Array, switch: str, shown: dict[str, Array]) -> Gate:
    """Return a gate of a score in [0, 1]: hard where it is below 1, soft its size."""
    score = np.nan_to_num(np.round(score, DECIMALS), nan=0.0)
    if switch == "hard":
        return Gate(bit, score < 1.0, None, shown)
    return Gate(bit, score == 0.0, score, shown)


@lru_cache(maxsize=16)
def _upper_ends(panel: Panel, rule: Rule) -> Array:
    """Return the upper end of each half-life's 95 % interval."""

    def of(arrays: Arrays, rows: Rows, name: int) -> Array:
        levels = np.column_stack(
            [arrays[f"ln_{kind}"][rows, name] for kind in ("equity", "basket", "market")]
        )
        hedge = np.column_stack(
            [
                np.ones(len(rows)),
                -arrays["beta_metal"][rows, name],
                -arrays["beta_market"][rows, name],
            ]
        )
        return half_life_interval(*rolling_phi(levels, hedge, rule.half_life_window))[1]

    return _by_run(panel, rule, of)


@lru_cache(maxsize=16)
def _variance_ratios(panel: Panel, rule: Rule, horizon: int) -> Array:
    """Return the variance ratio of the gap's residuals."""

    def of(arrays: Arrays, rows: Rows, name: int) -> Array:
        residual = arrays["residual"][rows, name]
        return rolling_variance_ratio(residual, horizon, rule.half_life_window)

    return _by_run(panel, rule, of)


@lru_cache(maxsize=16)
def _cointegration(panel: Panel, rule: Rule, lags: int) -> Array:
    """Return p of no cointegration between the miner and what its gap is measured against."""
    kinds = gap_kinds(panel, rule)

    def of(arrays: Arrays, rows: Rows, name: int) -> Array:
        levels = np.column_stack([arrays[f"ln_{kind}"][rows, name] for kind in kinds])
        return rolling_engle_granger(levels, lags, rule.half_life_window)

    return _by_run(panel, rule, of)


def _by_run(panel: Panel, rule: Rule, of: Callable[[Arrays, Rows, int], Array]) -> Array:
    """Return a diagnostic made run by run, shape (n_rows, n_names), rounded; not to be written."""
    arrays = measured(panel, rule)
    out = np.full((panel.n_rows, panel.n_names), np.nan)
    for name in panel.targets:
        run = arrays["run"][:, name]
        for number in np.unique(run[run >= 0]):
            rows = np.flatnonzero(run == number)
            out[rows, name] = np.round(of(arrays, rows, name), DECIMALS)
    for column, name in panel.copies:
        out[:, column] = out[:, name]
    out.flags.writeable = False
    return out


#: In the order in which their multipliers apply.
GATES: tuple[GateForm, ...] = (half_life_gate, variance_ratio_gate, cointegration_gate)

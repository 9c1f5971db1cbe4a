"""Exits that arrays decide: where a rule must leave whatever its thresholds say, and why.

A forced exit is a measure of ``+inf``: beyond any level to leave above, and short of any level to
enter at, so that the same cell forbids entries. What the record calls it stands beside it.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from orebound.feeds import Panel

from .exits import Exit, stop_of
from .rolling import Array

if TYPE_CHECKING:
    from .parameters import Regime, Rule

#: The finite level that only a forced exit lies above.
FORCED_ABOVE = 1e300
#: Sessions whose noise a trailing stop allows for: the square root of 10 days' variance.
TRAIL_SESSIONS = 10.0


class Forced(NamedTuple):
    """Where a rule must leave, and the `Exit` that the record calls it; shape (n_rows, n_names).

    A rolling gap that closed leaves for no reason of its own: 0, a threshold.
    """

    is_forced: NDArray[np.bool_]
    reason: NDArray[np.int8]


def forced(
    panel: Panel, signals: Mapping[str, NDArray[Any]], rule: Rule, regime: Regime
) -> Forced | None:
    """Return what the exits that are switched on force; None where none is.

    Parameters
    ----------
    signals : dict of ndarray of shape (n_rows, n_names)
        ``z``, ``state`` and ``volatility``, as in `Signals`.
    """
    if not rule.forces_exits:
        return None
    shape = (panel.n_rows, panel.n_names)
    is_forced, reason = np.zeros(shape, bool), np.zeros(shape, np.int8)
    if rule.gap_exit != "captured":
        is_forced |= has_closed(signals["z"], rule.z_out)
    if rule.regime_exit != "none" and regime.regime != "none":
        ended = _regime_ended(panel, signals, rule)
        reason[ended] = Exit.REGIME
        is_forced |= ended
    if rule.event_exit:
        vetoed = panel.vetoed & panel.has_bar
        reason[vetoed] = Exit.EVENT
        is_forced |= vetoed
    return Forced(is_forced, reason)


def _regime_ended(
    panel: Panel, signals: Mapping[str, NDArray[Any]], rule: Rule
) -> NDArray[np.bool_]:
    out = np.zeros((panel.n_rows, panel.n_names), bool)
    for name in range(panel.n_names):
        rows = panel.bar_rows(name)
        is_on = signals["state"][rows, name] == 1
        if rule.regime_exit == "immediate":
            out[rows, name] = while_not_on(is_on)
        else:
            close, volatility = panel.known_close[rows, name], signals["volatility"][rows, name]
            out[rows, name] = trailing(close, volatility, is_on, rule.trail_multiple)
    return out


def while_not_on(is_on: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Return where a regime that must be ON to stay is not."""
    return ~is_on


def trailing(
    close: Array, volatility: Array, is_on: NDArray[np.bool_], multiple: float
) -> NDArray[np.bool_]:
    """Return where a price has fallen too far from its highest since the regime ended.

    On one name's own bars: ``1 - close / highest >= multiple x volatility x sqrt(10)``, the
    highest taken from the first bar of the stretch without the regime. Measured from the end of
    the regime and not from an entry, so that it is the same for every position.

    Parameters
    ----------
    close, volatility : ndarray of shape (n,)
        Last known price, and a day's standard deviation; NaN forces nothing.
    is_on : ndarray of shape (n,), bool

    Returns
    -------
    ndarray of shape (n,), bool
        Entry `t` depends on rows `<= t` only.
    """
    off = ~is_on
    stretch = np.cumsum(np.diff(off.astype(np.int8), prepend=0) == 1)
    highest = np.full(len(close), np.nan)
    for number in np.unique(stretch[off]):
        rows = np.flatnonzero(off & (stretch == number))
        highest[rows] = np.fmax.accumulate(close[rows])
    fallen = np.rint((1.0 - close / highest) * 1e10) / 1e10
    with np.errstate(invalid="ignore"):
        is_far: NDArray[np.bool_] = off & (fallen >= stop_of(volatility, TRAIL_SESSIONS, multiple))
    return is_far


def has_closed(z: Array, z_out: float) -> NDArray[np.bool_]:
    """Return where a rolling gap has closed: ``z >= -z_out``; an unknown one has not.

    A rolling gap closes by mere roll-off of old losses too; the anchored one does not.
    """
    with np.errstate(invalid="ignore"):
        closed: NDArray[np.bool_] = z >= -z_out
    return closed

"""From panel to signals: every array the rule reads, computed once outside the engine."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields

import numpy as np
from numpy.typing import NDArray

from orebound.feeds import Announcements, Panel, PolicyEvents, as_announcements

from ..context.states import RegimeStates, regime_states
from ..exits import stop_of, time_stop_of
from ..parameters import Regime, Rule
from ..rolling import Array
from .between import against_others
from .blocked import Bits, Blocked
from .entry_measure import entry_measure
from .gate_order import GATES
from .gates import Known
from .measures import Arrays, measured


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
        Simple change of the miner relative to its basket over the gap's stretch: -0.2 is 20 %.
    lag_points : float
        Simple change of the miner less that of its basket over the same: a difference in points.
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
        What the regime and the gates leave of a full position.
    ln_equity, ln_basket, ln_market : float
        Log indices within a run: only their changes between rows of one run mean something.
    run : int
        Number of the unbroken stretch of returns; -1 outside.
    time_stop : float
        Sessions a position entered here may last.
    stop : float
        Loss, as a fraction of the fill price, that ends a position entered here; infinite where
        the half-life is, and without effect at 1 or more.
    relative_volatility : float
        Daily standard deviation of the gap's own increments, for the noise base rate.
    blocked : uint32
        Bits of `Blocked`; 0 where the rule would buy.
    more : dict of float
        What the gates that are switched on show, by name.
    """

    gap: Array
    z: Array
    lag: Array
    lag_points: Array
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
    blocked: NDArray[Bits]
    more: Mapping[str, Array]

    @property
    def ready(self) -> NDArray[np.bool_]:
        """Where the rule could decide: windows filled, whatever the gap and the regime."""
        hard = Blocked.WARM_UP | Blocked.COVERAGE | Blocked.NO_BAR
        is_ready: NDArray[np.bool_] = (self.blocked & Bits(hard)) == 0
        return is_ready


#: The arrays of `Signals`.
BY_ROW = tuple(field.name for field in fields(Signals) if field.name != "more")


def compute(
    panel: Panel,
    rule: Rule,
    regime: Regime,
    events: PolicyEvents | Announcements | None = None,
    *,
    states: RegimeStates | None = None,
) -> Signals:
    """Return all signals of a panel.

    Parameters
    ----------
    events : Announcements or PolicyEvents, optional
        What was announced, or China's part of it; the shipped tables by default.
    states : RegimeStates, optional
        In place of the regime's own; a placebo moves them in time.
    """
    known = as_announcements(events)
    arrays = dict(against_others(panel, measured(panel, rule), rule))
    bits = arrays.pop("blocked").copy()
    states = regime_states(panel, regime, known) if states is None else states
    arrays |= {"score": states.score, "state": states.state}
    arrays["size_multiplier"] = _regime_size(panel, regime, states)
    bounds = (rule.time_stop_multiple, rule.time_stop_min, rule.time_stop_max)
    time_stop = time_stop_of(arrays["half_life"], *bounds)
    bits |= _where(arrays["missed"] > rule.max_missed, Blocked.STALE)
    bits |= _where(arrays["size_multiplier"] == 0.0, Blocked.REGIME_OFF)
    bits |= _where(~_is_wide(panel, arrays, rule), Blocked.GAP_TOO_SMALL)
    more = states.shown | _pass_gates(arrays, bits, Known(panel, rule, regime, known, dict(arrays)))
    arrays |= {"blocked": bits, "time_stop": time_stop, "stop": _stop(arrays, rule)}
    return Signals(**{name: arrays[name] for name in BY_ROW}, more=more)


def _pass_gates(arrays: Arrays, bits: NDArray[Bits], known: Known) -> dict[str, Array]:
    """Let the gates that are switched on close entries and lower sizes; return what they show."""
    more: dict[str, Array] = {}
    for form in GATES:
        gate = form(known)
        if gate is None:
            continue
        closed = gate.closed
        if gate.multiplier is not None:
            arrays["size_multiplier"] = arrays["size_multiplier"] * gate.multiplier
            closed = closed | (gate.multiplier == 0.0)
        bits |= _where(closed, gate.bit)
        more |= gate.shown
    return more


def _where(holds: NDArray[np.bool_], flag: Blocked) -> NDArray[Bits]:
    return np.where(holds, Bits(flag), Bits(0))


def _is_wide(panel: Panel, arrays: Arrays, rule: Rule) -> NDArray[np.bool_]:
    """Whether the gap is wide enough to enter; a lag without a gap to close is not."""
    limit = -rule.z_in if rule.entry_trigger == "z" else -rule.lag_in
    wide: NDArray[np.bool_] = entry_measure(panel, arrays, rule) <= limit
    wide &= arrays["gap"] < 0.0
    return wide


def _stop(arrays: Arrays, rule: Rule) -> Array:
    if not rule.stop_multiple:
        return np.full(arrays["volatility"].shape, np.inf)
    loss: Array = stop_of(arrays["volatility"], arrays["half_life"], rule.stop_multiple)
    return loss


def _regime_size(panel: Panel, regime: Regime, states: RegimeStates) -> Array:
    """Return what the regime leaves of a full position; NaN where a name has no bar."""
    off = {"no_entries": 0.0, "reduced": regime.off_size, "ignore": 1.0}[regime.when_off]
    on = np.where(states.reinforced, regime.reinforced_size, 1.0)
    return np.where(panel.has_bar, np.where(states.state == 1, on, off), np.nan)

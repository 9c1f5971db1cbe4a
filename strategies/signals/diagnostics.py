"""What each name's spread looked like on the last session of a run: does it revert at all?"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from orebound.feeds import Panel

from ..cointegration import engle_granger
from ..parameters import Rule
from ..reversion import rolling_phi
from ..reversion_interval import half_life_interval
from ..variance_ratios import variance_ratio
from .blocked import Bits, Blocked
from .gates_reversion import gap_kinds
from .measures import Arrays, measured
from .stages import Signals

#: The reason that each gate stands for, by its key.
GATES = {
    "half_life_gate": Blocked.HALF_LIFE,
    "variance_ratio_gate": Blocked.VARIANCE_RATIO,
    "cointegration_gate": Blocked.COINTEGRATION,
}


def spread_diagnostics(
    panel: Panel, signals: Signals, rule: Rule, window: tuple[int, int]
) -> dict[str, dict[str, Any]]:
    """Return, by name, ratios and tests on the last session that could decide.

    Whatever gates are switched on: ``session, beta_metal, beta_market, half_life,
    half_life_low, half_life_high, variance_ratio, variance_ratio_z, cointegration_p``, and
    ``open``: the share of sessions that could decide on which each gate that is on let an entry
    pass. A name that was never ready has none of it.
    """
    arrays, rows = measured(panel, rule), slice(*window)
    ready = signals.ready[rows]
    out: dict[str, dict[str, Any]] = {}
    for name in panel.targets:
        could = np.flatnonzero(ready[:, name])
        found = {}
        if len(could):
            found = _last(panel, rule, arrays, name, window[0] + int(could[-1]))
            found["open"] = _open(signals.blocked[rows, name][could], rule)
        out[panel.names[name]] = found
    return out


def _open(blocked: NDArray[np.uint32], rule: Rule) -> dict[str, float]:
    return {
        key: float(np.mean((blocked & Bits(bit)) == 0))
        for key, bit in GATES.items()
        if getattr(rule, key) != "off"
    }


def _last(panel: Panel, rule: Rule, arrays: Arrays, name: int, row: int) -> dict[str, Any]:
    own = np.flatnonzero(arrays["run"][: row + 1, name] == arrays["run"][row, name])
    own = own[-rule.half_life_window :]
    levels = {kind: arrays[f"ln_{kind}"][own, name] for kind in ("equity", "basket", "market")}
    metal, market = (arrays[f"beta_{kind}"][row, name] for kind in ("metal", "market"))
    hedge = np.tile([1.0, -metal, -market], (len(own), 1))
    phi, pairs = rolling_phi(np.column_stack(list(levels.values())), hedge, rule.half_life_window)
    low, high = half_life_interval(phi[-1], pairs[-1])
    found: dict[str, Any] = {
        "session": panel.session[row, name],
        "beta_metal": metal,
        "beta_market": market,
        "half_life": arrays["half_life"][row, name],
        "half_life_low": float(low),
        "half_life_high": float(high),
    }
    residual = arrays["residual"][own, name]
    residual = residual[np.isfinite(residual)]
    if len(residual) > rule.variance_ratio_horizon and np.ptp(residual) > 0.0:
        ratio = variance_ratio(residual, rule.variance_ratio_horizon)
        found |= {"variance_ratio": ratio.ratio, "variance_ratio_z": ratio.z}
    against = [levels[kind] for kind in gap_kinds(panel, rule)[1:]]
    if all(np.ptp(level) > 0.0 for level in against):
        tied = engle_granger(levels["equity"], np.column_stack(against), rule.cointegration_lags)
        found["cointegration_p"] = tied.p
    return found

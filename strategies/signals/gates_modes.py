"""Names that a hedged mode cannot hedge."""

from __future__ import annotations

import numpy as np

from ..legs import legs_of_mode, unhedged
from .blocked import Blocked
from .gates import Gate, GateForm, Known


def no_hedge(known: Known) -> Gate | None:
    """Close entries of names whose metals or market nothing with a price hedges."""
    rule, panel = known.rule, known.panel
    wanted = rule.hedges_needed()
    if not wanted:
        return None
    metal, market = known.arrays["beta_metal"], known.arrays["beta_market"]
    legs = legs_of_mode(panel, metal, market, wanted, min_coverage=rule.min_coverage)
    # Before its windows are filled a name has no ratio, which is another reason.
    has_ratio = np.isfinite(metal) & np.isfinite(market)
    return Gate(Blocked.NO_HEDGE, unhedged(panel, legs, wanted) & has_ratio)


GATES: tuple[GateForm, ...] = (no_hedge,)

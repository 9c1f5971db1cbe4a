"""A rule of one's own: buy a miner far below its mean of the last weeks while China stimulates.

orebound sweep examples/my_rules.toml
"""

from collections.abc import Mapping
from typing import Any, ClassVar

import numpy as np
import pandas as pd
from pydantic import Field

from orebound.feeds import Panel
from orebound.strategies import DeclaredRule, RuleArrays, declared_arrays


class Reversion(DeclaredRule):
    """Buy below the mean, sell when half the way back or after some weeks."""

    # Compared with the arrays only: combinations that differ in these alone share their arrays.
    THRESHOLDS: ClassVar[tuple[str, ...]] = ("z_in", "z_out", "hold")
    window: int = Field(40, ge=5, le=250, description="bars of mean and deviation")
    z_in: float = Field(1.5, gt=0.0, le=6.0, description="enter at z < -z_in")
    z_out: float = Field(0.5, ge=-3.0, le=3.0, description="leave at z > -z_out")
    hold: int = Field(30, ge=1, le=500, description="longest stay, bars")

    def arrays(self, panel: Panel, regime: Any, events: Any = None) -> RuleArrays:  # noqa: ARG002
        z = np.full((panel.n_rows, panel.n_names), np.nan)
        for name in range(panel.n_names):
            rows = panel.bar_rows(name)  # a name's own bars: exchanges keep different days
            close = pd.Series(np.log(panel.known_close[rows, name]))
            windows = close.rolling(self.window)
            z[rows, name] = (close - windows.mean()) / windows.std()
        return declared_arrays(panel, measure=np.round(z, 10), may_enter=np.isfinite(z))

    def numbers(self, of: Any) -> Mapping[str, Any]:
        # Arithmetic only: in a sweep the thresholds are arrays of many combinations.
        return {
            "enter_at": np.nextafter(-of.z_in, -np.inf),  # strictly below
            "leave_above": -of.z_out,
            "time_stop_max": of.hold,
        }

"""When a position ends."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar, Literal

import numpy as np
from pydantic import Field

from ..leaving import FORCED_ABOVE
from .part import Part


class LeavingKeys(Part):
    """Exits, and the pause after one."""

    THRESHOLDS: ClassVar[tuple[str, ...]] = (
        *("capture", "stop_multiple", "cool_down", "time_stop_multiple"),
        *("time_stop_min", "time_stop_max"),
    )

    capture: float = Field(
        0.8, gt=0.0, le=1.5, description="exit when this share of the gap closed"
    )
    stop_multiple: float = Field(
        2.5, ge=0.0, le=20.0, description="stop: times daily volatility x sqrt(half-life); 0 = none"
    )
    time_stop_multiple: float = Field(2.0, gt=0.0, le=10.0, description="time stop in half-lives")
    time_stop_min: int = Field(63, ge=1, le=1260, description="shortest time stop, sessions")
    time_stop_max: int = Field(252, ge=1, le=2520, description="longest time stop, sessions")
    gap_exit: Literal["captured", "z", "either"] = Field(
        "captured", description="exit on the share of the anchored gap, on the rolling z, or both"
    )
    z_out: float = Field(0.25, ge=0.0, le=3.0, description="gap_exit z: exit at z >= -z_out")
    regime_exit: Literal["none", "immediate", "trail"] = Field(
        "none", description="when the regime ends: no entries only, exit, or a trailing stop"
    )
    trail_multiple: float = Field(
        2.5, gt=0.0, le=20.0, description="trail: times daily volatility x sqrt(10)"
    )
    event_exit: bool = Field(False, description="exit when a corporate event vetoes a name")
    cool_down: int = Field(10, ge=0, le=252, description="sessions without entry after an exit")

    @property
    def forces_exits(self) -> bool:
        """Whether some exit is stated by arrays (`leaving.forced`)."""
        return self.gap_exit != "captured" or self.regime_exit != "none" or self.event_exit

    def numbers_of_part(self, of: Any) -> Mapping[str, Any]:
        """Return the thresholds, and the level that only a forced exit lies above."""
        stated = {name: getattr(of, name) for name in LeavingKeys.THRESHOLDS}
        if self.gap_exit == "z":
            stated["capture"] = np.nan
        if self.forces_exits:
            stated["leave_above"] = FORCED_ABOVE
        return stated

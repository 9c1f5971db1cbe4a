"""When a position ends."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from pydantic import Field

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
    cool_down: int = Field(10, ge=0, le=252, description="sessions without entry after an exit")

    def numbers_of_part(self, of: Any) -> Mapping[str, Any]:
        return {name: getattr(of, name) for name in LeavingKeys.THRESHOLDS}

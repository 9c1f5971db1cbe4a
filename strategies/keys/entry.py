"""What is wide enough to enter."""

from __future__ import annotations

from typing import ClassVar, Literal

from pydantic import Field

from .part import Part


class EntryKeys(Part):
    """The measure that triggers an entry, and its level."""

    THRESHOLDS: ClassVar[tuple[str, ...]] = ("z_in", "lag_in")

    market_factor: bool = Field(True, description="hedge against the market factor as well")
    trigger: Literal["auto", "z", "lag"] = Field(
        "auto",
        description="enter on z or on the lag; auto: z for sums and levels, lag for ratios, "
        "anchored and drawdown",
    )
    z_in: float = Field(1.5, gt=0.0, le=6.0, description="enter at z <= -z_in")
    lag_in: float = Field(
        0.20, gt=0.0, lt=0.95, description="enter at lag <= -lag_in (0.20 = 20 %)"
    )

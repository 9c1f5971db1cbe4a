"""What the sector and the public make of a name: breadth of the recovery, and neglect."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from .part import Part

Switch = Literal["off", "soft", "hard"]


class BreadthKeys(Part):
    """Gates on how many names recover, and on how little a name is wanted."""

    breadth: Switch = Field(
        "off", description="ask for names that recover together: soft scales size, hard forbids"
    )
    breadth_share: float = Field(
        0.60, gt=0.0, lt=1.0, description="share of ready names that must be exceeded"
    )
    breadth_window: int = Field(
        50, ge=10, le=252, description="sessions whose mean relative price a recovery exceeds"
    )
    neglect: Switch = Field(
        "off", description="ask for a name that nobody wants: soft scales size, hard forbids"
    )
    neglect_percentile: float = Field(
        0.20, ge=0.01, le=0.45, description="mean rank of return and volume must lie below"
    )
    neglect_window: int = Field(
        504, ge=63, le=1008, description="sessions of the return beyond the market"
    )
    neglect_past: int = Field(
        1260, ge=252, le=2520, description="sessions of such returns that it is ranked among"
    )
    neglect_volume: int = Field(
        756, ge=252, le=2520, description="sessions that the share of traded value is ranked among"
    )

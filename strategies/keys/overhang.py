"""Tariff overhang and scheduled decisions."""

from __future__ import annotations

from typing import Literal

from pydantic import Field, model_validator

from ..section import Section


class OverhangKeys(Section):
    """What US trade policy does to entries."""

    overhang: Literal["ignore", "half_size", "no_entries", "on_resolution"] = Field(
        "half_size", description="what a tariff overhang that is ON does to entries"
    )
    overhang_from: Literal["events", "premium", "either"] = Field(
        "events", description="ON by announcements, by the COMEX-LME copper premium, or by either"
    )
    overhang_scope: Literal["pooled", "name"] = Field(
        "pooled", description="one level for all names, or each name's by exposure and sign"
    )
    overhang_memory_days: float = Field(
        90.0, ge=10.0, le=365.0, description="half-life of the level, calendar days"
    )
    overhang_in: float = Field(2.0, gt=0.0, le=20.0, description="ON at this level or above")
    overhang_out: float = Field(1.0, ge=0.0, le=20.0, description="OFF at this level or below")
    overhang_size: float = Field(
        0.5, ge=0.0, le=1.0, description="size multiplier while ON, for overhang = half_size"
    )
    resolution_drop: float = Field(
        1.0, gt=0.0, le=10.0, description="fall by announcements within 5 sessions that resolves"
    )
    resolution_window: int = Field(
        20, ge=1, le=252, description="sessions of entries from a resolution on"
    )
    premium_z: float = Field(
        5.0, gt=0.0, le=50.0, description="premium ON at so many deviations of its own past"
    )
    scheduled_days_before: int = Field(
        0, ge=0, le=20, description="sessions before a scheduled decision of smaller size; 0 = off"
    )
    scheduled_size: float = Field(
        0.5, ge=0.0, le=1.0, description="size multiplier then; 0 stands aside"
    )

    @model_validator(mode="after")
    def _overhang_in_order(self) -> OverhangKeys:
        if self.overhang_out >= self.overhang_in:
            raise ValueError(
                f"overhang_out must lie below overhang_in, got {self.overhang_out} >= "
                f"{self.overhang_in}"
            )
        if self.overhang == "on_resolution" and self.overhang_from == "premium":
            raise ValueError(
                "overhang_from must be events or either where overhang is on_resolution: a "
                "premium that falls is no announcement, got 'premium'"
            )
        return self

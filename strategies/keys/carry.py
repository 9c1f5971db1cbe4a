"""What holding costs."""

from __future__ import annotations

from pydantic import Field

from ..section import Section


class CarryKeys(Section):
    """Borrow and financing by calendar day, act/365, and rolls, on the last known value."""

    borrow_bps: float = Field(
        40.0, ge=0.0, le=2000.0, description="a year, on the value of what is sold short"
    )
    financing_bps: float = Field(
        0.0, ge=0.0, le=2000.0, description="a year, on longs held as instrument = cfd"
    )
    roll_bps: float = Field(
        2.0, ge=0.0, le=500.0, description="a roll of a future that hedges, on its value"
    )

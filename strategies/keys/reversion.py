"""Whether the gap reverts at all."""

from __future__ import annotations

from typing import Literal

from pydantic import Field, model_validator

from .part import Part

Switch = Literal["off", "soft", "hard"]


class ReversionKeys(Part):
    """Diagnostics of mean reversion, and the gates on them.

    Soft scales the size of an entry by a score from 0 to 1, hard forbids it.
    """

    half_life_gate: Switch = Field("off", description="half-life within half_life_low and _high")
    half_life_low: float = Field(5.0, ge=0.0, le=60.0, description="shortest half-life, sessions")
    half_life_high: float = Field(
        150.0, ge=20.0, le=1000.0, description="longest half-life, sessions"
    )
    half_life_end: Literal["point", "upper"] = Field(
        "point", description="what the gate reads: the estimate, or its 95 % interval's upper end"
    )
    variance_ratio_gate: Switch = Field("off", description="variance ratio of residuals below 1")
    variance_ratio_horizon: int = Field(20, ge=2, le=120, description="sessions of the long moves")
    cointegration_gate: Switch = Field("off", description="Engle-Granger p below cointegration_p")
    cointegration_p: float = Field(0.10, ge=0.01, lt=0.5, description="largest p of the hard gate")
    cointegration_lags: int = Field(1, ge=0, le=10, description="past changes in its second step")

    @model_validator(mode="after")
    def _half_lives_in_order(self) -> ReversionKeys:
        if self.half_life_low >= self.half_life_high:
            got = f"{self.half_life_low:g} >= {self.half_life_high:g}"
            raise ValueError(f"half_life_low must lie below half_life_high, got {got}")
        return self

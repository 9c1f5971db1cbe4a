"""How a full position is sized."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from ..section import Section


class WeightKeys(Section):
    """Weights beside equal shares, and caps."""

    sizing: Literal["equal", "inverse_volatility", "volatility_target"] = Field(
        "equal", description="equal shares, calmer names larger, or such a book at a volatility"
    )
    size_volatility_window: int = Field(
        60, ge=20, le=252, description="sessions of the volatility that sizes are read from"
    )
    target_volatility: float = Field(
        0.12, ge=0.02, le=0.6, description="of the whole book a year, for volatility_target"
    )
    covariance: Literal["ewma", "shrunk"] = Field(
        "ewma", description="decay .94 a day, or 60 sessions shrunk to constant correlation"
    )
    conviction: bool = Field(
        False, description="size by |z| / 2, between a half and one and a half"
    )
    adv_cap: float = Field(
        0.0, ge=0.0, le=1.0, description="largest share of a day's value in one entry; 0 = none"
    )
    metal_cap: float = Field(
        0.0, ge=0.0, le=3.0, description="largest share of equity exposed to one metal; 0 = none"
    )
    gross_cap: float = Field(
        0.0, ge=0.0, le=5.0, description="largest sum of positions over equity; 0 = none"
    )

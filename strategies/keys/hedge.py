"""How the ratios of a miner to its metals and the market are found."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from .part import Part


class HedgeKeys(Part):
    """The hedge ratios and their bounds."""

    hedge: Literal["fixed", "ols", "ewls", "kalman", "shrunk"] = Field(
        "ols", description="how the hedge ratios are found"
    )
    hedge_returns: Literal["overlapping", "weekly", "dimson"] = Field(
        "overlapping",
        description="returns they are fitted on: over hedge_horizon, Wednesday to Wednesday, or "
        "daily with the factors a day early and late",
    )
    hedge_window: int = Field(252, ge=60, le=1260, description="sessions of the regression")
    hedge_horizon: int = Field(5, ge=1, le=20, description="sessions of one return in it")
    ewls_half_life: float = Field(
        120.0, ge=10.0, le=1260.0, description="ewls: sessions after which a return counts half"
    )
    shrink: float = Field(
        0.5, ge=0.0, le=1.0, description="shrunk: weight of the stated ratio against the fitted"
    )
    beta_min: float = Field(0.2, ge=0.0, le=5.0, description="lowest metal hedge ratio")
    beta_max: float = Field(3.5, gt=0.0, le=10.0, description="highest metal hedge ratio")
    kalman_noise: float = Field(
        1e-5, ge=1e-7, le=1e-3, description="kalman: variance of a step of the ratios, over R"
    )
    kalman_step: float = Field(
        0.01, ge=0.001, le=1.0, description="kalman: largest change of the metal ratio a session"
    )
    kalman_least_half_life: float = Field(
        10.0,
        ge=0.0,
        le=60.0,
        description="kalman: half-life of what is left, for an entry",
    )

"""What must confirm a gap before it is bought."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from .part import Part

Switch = Literal["off", "soft", "hard"]


class ConfirmationKeys(Part):
    """Gates on the turn of the gap, on the metals' own trend and on their supply."""

    v_shape: Switch = Field(
        "off", description="ask for a gap that has turned up: soft scales size, hard forbids"
    )
    v_window: int = Field(40, ge=10, le=250, description="sessions in which the trough lies")
    v_recovered: float = Field(
        0.25, ge=0.05, le=0.9, description="share of the trough that must be won back"
    )
    v_high: int = Field(
        10, ge=2, le=60, description="sessions whose highest relative price is exceeded"
    )
    v_entry: Literal["now", "recent"] = Field(
        "now", description="which gap must be wide enough: today's, or the widest of v_window"
    )
    momentum: Switch = Field(
        "off", description="ask for metals that do not fall: soft scales size, hard forbids"
    )
    momentum_window: int = Field(60, ge=20, le=250, description="sessions of the metals' return")
    momentum_floor: float = Field(
        -0.05, ge=-0.5, le=0.5, description="the metals' return must exceed it"
    )
    tightness: Switch = Field(
        "off", description="ask for low stocks and backwardation: soft scales size, hard forbids"
    )
    tight_window: int = Field(
        1260, ge=252, le=2520, description="sessions of the past that percentiles are taken in"
    )
    tight_score: float = Field(
        0.5, ge=0.0, le=1.0, description="least tightness: mean of 1 - stock and spread percentile"
    )
    tight_stock: float = Field(
        0.20, ge=0.0, le=1.0, description="highest stock percentile, for tightness = hard; 1 = any"
    )

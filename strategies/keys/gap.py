"""How the lag behind the metal is measured."""

from __future__ import annotations

from datetime import date
from typing import ClassVar, Literal

from pydantic import Field, field_validator

from .part import Part


class GapKeys(Part):
    """The form of the gap and how far it looks back.

    A further form names itself in `gap` and, where they apply, in the two lists.
    """

    #: Forms whose trigger ``auto`` is the lag; of the others it is z.
    BY_LAG: ClassVar[tuple[str, ...]] = ("anchored", "drawdown", "ratio")
    #: Forms of the bare ratio of miner to metal: hedge ratio 1 and no market factor.
    UNHEDGED: ClassVar[tuple[str, ...]] = ("anchored", "ratio")

    gap: Literal["cumulative", "ratio", "anchored", "drawdown", "cointegration"] = Field(
        "cumulative",
        description="how the lag is measured: summed residuals, the literal ratio over the window "
        "or since anchor_date, the fall from the window's high, or the level residual",
    )
    gap_window: int = Field(252, ge=20, le=1260, description="sessions the gap looks back")
    anchor_date: str = Field(
        "2023-12-29", description="ISO date that the anchored gap is measured since"
    )
    gap_needs: Literal["metal", "market", "any", "both"] = Field(
        "metal", description="behind the metal, the market, either or both"
    )
    z_scale: Literal["sd", "mad"] = Field(
        "sd", description="deviation in z: standard, or 1.4826 x median absolute"
    )
    winsorise: float = Field(
        0.0,
        ge=0.0,
        le=10.0,
        description="clip residuals at this many median absolute deviations of the hedge window "
        "before; 0 = none, else 3 to 10",
    )

    @field_validator("anchor_date")
    @classmethod
    def _is_a_date(cls, text: str) -> str:
        try:
            return date.fromisoformat(text).isoformat()
        except ValueError:
            said = f"anchor_date must be an ISO date like 2023-12-29, got {text!r}"
            raise ValueError(said) from None

    @field_validator("winsorise")
    @classmethod
    def _clips_tails_only(cls, width: float) -> float:
        if 0.0 < width < 3.0:
            raise ValueError(f"winsorise must be 0 or lie between 3 and 10, got {width:g}")
        return width

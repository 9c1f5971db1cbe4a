"""What a position consists of."""

from __future__ import annotations

from typing import Any, ClassVar, Literal

from pydantic import Field, model_validator

from orebound.feeds import Line, Market

from .part import Part


class ModeKeys(Part):
    """The mode of a trade: the miner alone, or one miner against another; in one part or thirds."""

    #: How many parts a position of ``tranches = "thirds"`` is bought in.
    THIRDS: ClassVar[int] = 3

    mode: Literal["long_only", "cross_sectional"] = Field(
        "long_only", description="buy laggards, or buy the widest lags and sell the narrowest"
    )
    cross_top: int = Field(
        3, ge=1, le=20, description="cross_sectional: names on either side that may be entered"
    )
    tranches: Literal["single", "thirds"] = Field(
        "single", description="buy at once, or a third at a time as the gap widens"
    )
    tranche_step: float = Field(
        0.5, gt=0.0, le=3.0, description="thirds: standard deviations from one to the next"
    )

    @model_validator(mode="after")
    def _tranches_fit(self) -> ModeKeys:
        if self.tranches == "single":
            return self
        if self.mode == "cross_sectional":
            raise ValueError(
                'tranches = "thirds" buys one name as its gap widens; accepted with '
                'mode = "cross_sectional": "single"'
            )
        trigger: Any = getattr(self, "entry_trigger", "z")
        if trigger != "z":
            raise ValueError(
                'tranches = "thirds" steps in standard deviations; accepted with an entry on the '
                'lag: "single"'
            )
        return self

    def lines(self, market: Market) -> tuple[Line, ...] | None:
        """Return the columns that are traded; None for the market's names."""
        names = [series.symbol for _, series in market.parts.traded]
        if self.mode == "cross_sectional":
            copies = [Line(f"{name}-short", 0, "short", name) for name in names]
        elif self.tranches == "thirds":
            copies = [
                Line(f"{name}-{part}", 0, "tranche", name)
                for part in range(2, self.THIRDS + 1)
                for name in names
            ]
        else:
            return None
        own = [Line(name, 0, "name", name) for name in names]
        return tuple(line._replace(column=k) for k, line in enumerate((*own, *copies)))

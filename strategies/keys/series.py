"""Conditions on a user's own monthly and fundamental series."""

from __future__ import annotations

from typing import Literal

from pydantic import Field, field_validator, model_validator

from .part import Part


class SeriesKeys(Part):
    """A gate on known series, by conditions in a small grammar."""

    series_gate: str = Field(
        "", description="conditions on known series, as cpi:change6<0 and yield_sd:level<1"
    )
    series_mode: Literal["off", "soft", "hard"] = Field(
        "off", description="what series_gate does: nothing, scale size, or forbid entries"
    )

    @field_validator("series_gate")
    @classmethod
    def _parsed(cls, value: str) -> str:
        # Imported late: the context reads the parameters that this is one of.
        from ..context.conditions import parse_conditions

        parse_conditions(value)
        return value

    @model_validator(mode="after")
    def _has_conditions(self) -> SeriesKeys:
        if self.series_mode != "off" and not self.series_gate.strip():
            raise ValueError(
                f"series_mode = {self.series_mode} needs series_gate, got {self.series_gate!r}"
            )
        return self

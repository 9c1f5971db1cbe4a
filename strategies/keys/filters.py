"""Regime filters beside the announcements."""

from __future__ import annotations

from typing import Literal

from pydantic import Field, field_validator

from orebound.feeds import unknown_name

from ..section import Section

#: Names of the ready filters; `context.filters.READY` says what each is.
FILTERS = ("copper_gold", "credit_impulse", "csi300", "lme_stocks", "m1", "markov", "pmi", "tsf")


class FilterKeys(Section):
    """Filters, and how they join the events' state."""

    filters: str = Field("", description=f"regime filters joined by +: {', '.join(FILTERS)}")
    combine: Literal["events", "any", "all", "vote"] = Field(
        "events", description="ON by the events alone, or by filters and events together"
    )
    vote_share: float = Field(
        0.5, gt=0.0, le=1.0, description="vote: ON where this share of those that know is ON"
    )
    markov_on: float = Field(
        0.7, ge=0.5, le=0.95, description="markov: ON at this probability of the higher regime"
    )
    series_max_age: int = Field(
        100, ge=1, le=1000, description="days after its release from which a number says nothing"
    )
    reinforced_size: float = Field(
        1.0, ge=1.0, le=2.0, description="times a position while a second kind of easing is recent"
    )
    reinforce_days: int = Field(
        200, ge=1, le=1000, description="calendar days within which two kinds reinforce"
    )

    @field_validator("filters")
    @classmethod
    def _ready(cls, value: str) -> str:
        names = value.split("+") if value else []
        for name in names:
            if name not in FILTERS:
                raise ValueError(unknown_name("regime filter", name, FILTERS))
        if len(set(names)) < len(names):
            raise ValueError(f"accepted: each regime filter once, got {value!r}")
        return value

    @property
    def filter_names(self) -> tuple[str, ...]:
        """The filters asked for, in order."""
        return tuple(self.filters.split("+")) if self.filters else ()

    @property
    def is_combined(self) -> bool:
        """Whether filters decide the state, with the announcements or without."""
        return self.combine != "events" and bool(self.filters)

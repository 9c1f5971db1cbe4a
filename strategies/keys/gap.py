"""How the lag behind the metal is measured."""

from __future__ import annotations

from typing import ClassVar, Literal

from pydantic import Field

from .part import Part


class GapKeys(Part):
    """The form of the gap and how far it looks back.

    A further form names itself in `gap` and, where they apply, in the two lists.
    """

    #: Forms whose trigger ``auto`` is the lag; of the others it is z.
    BY_LAG: ClassVar[tuple[str, ...]] = ("ratio",)
    #: Forms of the bare ratio of miner to metal: hedge ratio 1 and no market factor.
    UNHEDGED: ClassVar[tuple[str, ...]] = ("ratio",)

    gap: Literal["cumulative", "ratio"] = Field(
        "cumulative", description="how the lag is measured: summed residuals, or the literal ratio"
    )
    gap_window: int = Field(252, ge=20, le=1260, description="sessions the gap looks back")

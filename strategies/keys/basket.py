"""Which metals a name is measured against."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from .part import Part


class BasketKeys(Part):
    """Where the weights of the metal basket come from."""

    exposures: Literal["fundamental", "regression"] = Field(
        "fundamental", description="basket weights from the dated table, or fitted on the past"
    )

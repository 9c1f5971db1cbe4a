"""What a position consists of."""

from __future__ import annotations

from .part import Part


class ModeKeys(Part):
    """The mode of a trade: the miner alone, or with hedge legs."""

"""How a full position is sized."""

from __future__ import annotations

from ..section import Section


class WeightKeys(Section):
    """Weights beside equal shares, and caps."""

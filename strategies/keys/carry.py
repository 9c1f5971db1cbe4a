"""What holding costs."""

from __future__ import annotations

from ..section import Section


class CarryKeys(Section):
    """Borrow, rolls and financing."""

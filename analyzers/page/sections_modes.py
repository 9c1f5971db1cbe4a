"""Legs, borrow and net beta of the mode."""

from __future__ import annotations

from ..record import RunRecord
from .views import Section


def modes_section(_record: RunRecord) -> Section | None:
    """Return None: nothing of it is recorded yet."""
    return None

"""The daily record with its outcome since."""

from __future__ import annotations

from ..record import RunRecord
from .views import Section


def record_section(_record: RunRecord) -> Section | None:
    """Return None: nothing of it is recorded yet."""
    return None

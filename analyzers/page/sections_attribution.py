"""The result by regime and momentum."""

from __future__ import annotations

from ..record import RunRecord
from .views import Section


def attribution_section(_record: RunRecord) -> Section | None:
    """Return None: nothing of it is recorded yet."""
    return None

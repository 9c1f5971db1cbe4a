"""Regime filters beside the announcements."""

from __future__ import annotations

from ..section import Section


class FilterKeys(Section):
    """Filters, and how they join the events' state."""

"""Whether the gap reverts at all."""

from __future__ import annotations

from .part import Part


class ReversionKeys(Part):
    """Diagnostics of mean reversion, and the gates on them."""

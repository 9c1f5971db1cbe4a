"""What must confirm a gap before it is bought."""

from __future__ import annotations

from .part import Part


class ConfirmationKeys(Part):
    """Gates on the turn of the gap and on the metals' own trend."""

"""How many of what, as a sentence says it."""

from __future__ import annotations


def counted(n: int, one: str, many: str = "") -> str:
    """Return a count with its noun: ``1 combination``, ``1,200 combinations``, ``2 entries``."""
    return f"{n:,} {one if n == 1 else many or one + 's'}"

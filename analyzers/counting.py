"""How many of what, how long and how large, as a sentence says it."""

from __future__ import annotations


def counted(n: int, one: str, many: str = "") -> str:
    """Return a count with its noun: ``1 combination``, ``1,200 combinations``, ``2 entries``."""
    return f"{n:,} {one if n == 1 else many or one + 's'}"


def lasting(seconds: float) -> str:
    """Return a duration in the unit that suits it: ``8 s``, ``12 min``, ``3.4 h``, ``2.1 days``."""
    if seconds < 99.5:
        return f"{max(seconds, 1.0):,.0f} s"
    if seconds < 99.5 * 60.0:
        return f"{seconds / 60.0:,.0f} min"
    return (
        f"{seconds / 3600.0:,.1f} h" if seconds < 48 * 3600.0 else f"{seconds / 86_400.0:,.1f} days"
    )


def sized(n_bytes: float) -> str:
    """Return a size in the unit that suits it: ``0 bytes``, ``1.5 kB``, ``12 MB``, ``3.2 GB``."""
    for unit, size in (("GB", 1e9), ("MB", 1e6), ("kB", 1e3)):
        if n_bytes >= size:
            return f"{n_bytes / size:,.{1 if n_bytes < 10 * size else 0}f} {unit}"
    return f"{n_bytes:,.0f} bytes"

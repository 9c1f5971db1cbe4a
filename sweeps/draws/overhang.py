"""Draws of `OverhangKeys`."""

from __future__ import annotations

from .drawing import Draw, between, one_of

DRAWS: dict[str, Draw] = {
    # Resolutions are rare, and where entries wait for one little happens.
    "overhang": one_of(*["ignore"] * 4, *["half_size"] * 3, *["no_entries"] * 2, "on_resolution"),
    "overhang_from": one_of("events"),  # HG is not in every market; its own proof has it
    "overhang_scope": one_of("pooled", "name"),
    "overhang_memory_days": one_of(30.0, 90.0, 180.0),
    "overhang_in": between(1.0, 3.0, 2),
    "overhang_out": between(0.0, 0.9, 2),
    "overhang_size": one_of(0.0, 0.5, 0.8),
    "resolution_drop": between(0.25, 1.5, 2),
    "resolution_window": one_of(5, 20, 120),
    "scheduled_days_before": one_of(0, 0, 3, 20),
    "scheduled_size": one_of(0.0, 0.5),
}

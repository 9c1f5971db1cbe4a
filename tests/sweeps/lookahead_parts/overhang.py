"""Confirmation, tightness, overhang and awaited dates."""

from __future__ import annotations

from typing import Any

from orebound.feeds import Market
from tests.copper_world import copper_world
from tests.sweeps.lookahead_parts.rows import Row

ALONE: dict[str, dict[str, Any]] = {
    "v_shape hard": {"v_shape": "hard"},
    "v_shape soft, recent": {"v_shape": "soft", "v_entry": "recent"},
    "momentum hard": {"momentum": "hard", "momentum_floor": 0.0},
    "momentum soft": {"momentum": "soft"},
    "tightness hard": {"tightness": "hard", "tight_stock": 0.5},
    "tightness soft": {"tightness": "soft"},
    "half_size": {"overhang": "half_size"},
    "no_entries by name": {"overhang": "no_entries", "overhang_scope": "name"},
    "on_resolution": {"overhang": "on_resolution"},
    "premium": {"overhang": "no_entries", "overhang_from": "premium"},
    "scheduled": {"scheduled_days_before": 10},
}
ALL_SOFT = {
    **{"v_shape": "soft", "v_entry": "recent", "momentum": "soft", "tightness": "soft"},
    **{"overhang": "half_size", "overhang_from": "either", "scheduled_days_before": 10},
}
BY_NAME = {
    **{"overhang": "on_resolution", "overhang_scope": "name", "resolution_drop": 0.3},
    **{"resolution_window": 60, "scheduled_days_before": 10, "scheduled_size": 0.0},
}


def _copper() -> Market:
    return copper_world("FCX", "ANTO.L")


def _row(keys: dict[str, Any], in_ci: bool) -> Row:
    """Return a row in the months of the tariffs and of what resolved them."""
    always = {"regime": "none", "z_in": 0.8}
    return Row(always | keys, _copper, "2024-10-01", "2025-09-30", in_ci)


ROWS: dict[str, Row] = {
    "all soft": _row(ALL_SOFT, in_ci=True),
    "on_resolution by name": _row(BY_NAME, in_ci=False),
    **{name: _row(keys, in_ci=False) for name, keys in ALONE.items()},
}

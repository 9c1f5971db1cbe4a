"""Exits that arrays decide, sizing, caps, modes and tranches."""

from __future__ import annotations

from typing import Any

from orebound.feeds import Market
from tests.markets import small_sample
from tests.sweeps.lookahead_parts.rows import Row


def _two_exchanges() -> Market:
    return small_sample("FCX", "RIO", "ANTO.L")


def _row(in_ci: bool = False, **keys: Any) -> Row:
    return Row({"z_in": 0.8, "when_off": "ignore"} | keys, _two_exchanges, in_ci=in_ci)


ROWS: dict[str, Row] = {
    "target, ewma, conviction, trail": _row(
        sizing="volatility_target", conviction=True, regime_exit="trail", trail_multiple=0.5,
        adv_cap=0.02, event_exit=True, in_ci=True,
    ),
    "target, shrunk, z": _row(sizing="volatility_target", covariance="shrunk", gap_exit="z"),
    "inverse volatility, immediate": _row(sizing="inverse_volatility", regime_exit="immediate"),
    "cross_sectional": _row(mode="cross_sectional", cross_top=1),
    "thirds": _row(tranches="thirds", tranche_step=0.2),
    "book caps, either": _row(metal_cap=0.15, gross_cap=0.3, gap_exit="either"),
}  # fmt: skip

"""Draws of `ModeKeys`. Thirds go with some parameters only, and are proven apart."""

from __future__ import annotations

from typing import Any

from orebound.strategies import Rule

from .drawing import Draw, Random, one_of

DRAWS: dict[str, Draw] = {
    "mode": one_of(*["long_only"] * 3, "cross_sectional"),
    "cross_top": one_of(1, 2, 3),
    "tranches": one_of("single"),
}

#: What of a position is sold against its name: metals, the market or both.
HEDGED = one_of("hedged_metal", "hedged_bench", *["two_factor"] * 2)


def hedged(drawn: dict[str, Any], generator: Random) -> dict[str, Any]:
    """Return a set with a hedged mode, and with what goes with it."""
    mode = HEDGED(generator)
    has_market = drawn["gap"] not in Rule.UNHEDGED
    return drawn | {
        "mode": mode if has_market else "hedged_metal",
        "exposures": "fundamental",
        "gap_needs": "metal" if drawn["gap_needs"] == "market" else drawn["gap_needs"],
        "market_factor": True,
    }

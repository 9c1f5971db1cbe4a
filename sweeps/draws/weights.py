"""Draws of `WeightKeys`."""

from __future__ import annotations

from .drawing import Draw, between, one_of

DRAWS: dict[str, Draw] = {
    "sizing": one_of(*["equal"] * 3, "inverse_volatility", "volatility_target"),
    "size_volatility_window": one_of(20, 60, 120),
    "target_volatility": between(0.05, 0.4),
    "covariance": one_of("ewma", "shrunk"),
    "conviction": one_of(*[False] * 3, True),
    "adv_cap": one_of(*[0.0] * 3, 0.01, 0.05),
    "metal_cap": one_of(*[0.0] * 8, 0.15, 0.4),
    "gross_cap": one_of(*[0.0] * 8, 0.25, 0.7),
}

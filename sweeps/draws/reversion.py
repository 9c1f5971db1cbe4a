"""Draws of `ReversionKeys`."""

from __future__ import annotations

from .drawing import Draw, one_of, whole

#: Gates that are often on would leave little to compare.
SWITCH = one_of(*["off"] * 10, "soft", "hard")

DRAWS: dict[str, Draw] = {
    "half_life_gate": SWITCH,
    "half_life_low": one_of(0.0, 2.0, 5.0),
    "half_life_high": one_of(150.0, 600.0, 900.0),
    "half_life_end": one_of("point", "point", "upper"),
    "variance_ratio_gate": SWITCH,
    "variance_ratio_horizon": whole(2, 30),
    "cointegration_gate": SWITCH,
    "cointegration_p": one_of(0.1, 0.3, 0.45),
    "cointegration_lags": whole(0, 3),
}

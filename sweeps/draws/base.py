"""Draws of what no part owns."""

from __future__ import annotations

from .drawing import Draw, between, one_of

DRAWS: dict[str, Draw] = {
    # A regression of exposures is slow and changes arrays alone: now and then is enough.
    "exposures": one_of(*["fundamental"] * 7, "regression"),
    "z_in": between(0.2, 1.5, 2),
    "lag_in": between(0.01, 0.08),
    "half_life_window": one_of(252, 400),
    "volatility_window": one_of(20, 63, 100),
    "max_missed": one_of(1, 3, 3, 8),
    "min_coverage": one_of(0.3, 0.5, 0.8),
    "memory_days": one_of(30.0, 60.0, 120.0),
    "on_score": one_of(2.0, 3.0, 4.0),
    "off_score": between(0.3, 1.7, 2),
    "impulse_window": one_of(5, 20, 40),
    "impulse_on": one_of(1.5, 3.0),
    "impulse_hold": one_of(20, 120),
    "day_cap": one_of(2.0, 4.0),
    # Where entries wait for the regime little happens.
    "when_off": one_of(*["ignore"] * 5, *["reduced"] * 3, *["no_entries"] * 2),
    "off_size": one_of(0.0, 0.25, 0.6),
    "cash": one_of(0.02, 1.0),  # of the account configured
    "max_weight": one_of(0.2, 0.5, 1.0),
    "cash_rate": one_of(0.0, 0.03, -0.01),
    "commission_bps": one_of(0.0, 3.0, 40.0),
    "spread_scale": one_of(0.0, 1.0, 3.0),
    "stamp_duty": one_of(0.0, 0.005, 0.01),
    "ptm_levy": one_of(0.0, 1.5, 25.0),
    "ptm_threshold": one_of(0.0, 2_500.0, 10_000.0),
    "fx_bps": one_of(0.0, 1.5, 20.0),
    "impact_bps": one_of(0.0, 10.0, 60.0),
    "slippage_bps": one_of(0.0, 5.0, 60.0),
}

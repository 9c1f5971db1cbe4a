"""Draws of `HedgeKeys`."""

from __future__ import annotations

from .drawing import Draw, between, one_of

DRAWS: dict[str, Draw] = {
    "hedge_window": one_of(60, 90, 126),
    "hedge_horizon": one_of(1, 3, 5, 10),
    "ewls_half_life": one_of(10.0, 60.0, 120.0),
    "shrink": one_of(0.0, 0.3, 0.5, 1.0),
    "beta_min": between(0.0, 0.5),
    "beta_max": between(1.5, 4.0),
    "kalman_noise": one_of(1e-7, 1e-5, 1e-3),
    "kalman_step": one_of(0.001, 0.01, 1.0),
    "kalman_least_half_life": one_of(0.0, 0.0, 2.0, 10.0),
}

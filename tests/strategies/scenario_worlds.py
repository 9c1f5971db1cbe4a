"""Small scenarios whose answers are known in closed form."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from orebound.strategies import Estimates, ScenarioInputs, Shocks

SESSIONS = 320


def inputs(
    *,
    ratio: float = 1.15,
    sessions: int = SESSIONS,
    gap: tuple[float, ...] = (-0.20,),
    half_life: tuple[float, ...] = (60.0,),
    beta: tuple[float, ...] = (1.3,),
    market_beta: float = 0.0,
    residual_sd: float = 0.015,
    loading: tuple[float, ...] = (1.0, 0.0),
    **other: Any,
) -> ScenarioInputs:
    """Names on one metal and a market; hedge ratios and half-lives as stated."""
    names = tuple("ABCDEFGH"[: len(gap)])
    count = len(names)
    rng = np.random.default_rng(11)
    rows = rng.normal(0.0, 0.01, (500, 2))
    estimates = Estimates(np.array([beta]), np.full((1, count), market_beta), np.array([half_life]))
    shocks = Shocks(
        rows=rows,
        residual_rows=rng.normal(0.0, residual_sd, (500, count)),
        target=0,
        loading=np.array(loading),
        spread=np.diag([0.0, 1e-4]),
        gap=np.array(gap),
        half_life=np.array([half_life]),
        residual_sd=np.full(count, residual_sd),
    )
    given: dict[str, Any] = {
        "names": names,
        "metals": ("copper",),
        "ratio": ratio,
        "sessions": sessions,
        "stretch": (sessions, sessions),
        "weights": np.ones((count, 1)),
        "elasticity": np.full((count, 1), 1.8),
        "estimates": estimates,
        "draws": estimates,
        "shocks": shocks,
        "facts": pd.DataFrame({"symbol": names}),
    }
    return ScenarioInputs(**(given | other))

"""What a scenario is worked out from, and how."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from pydantic import Field

from .scenario_equity import BetaMode
from .scenario_simulation import Method, Shocks
from .section import Section

Array = NDArray[np.float64]


class ScenarioSettings(Section):
    """How a scenario is worked out."""

    paths: int = Field(20_000, ge=1_000, le=50_000, description="paths that are simulated")
    method: Method = Field("bridge", description="Brownian bridge, or tilted block bootstrap")
    volatility: float = Field(0.22, ge=0.05, le=1.0, description="of the metal, a year")
    block: int = Field(60, ge=5, le=250, description="sessions of a bootstrap block")
    beta: BetaMode = Field("average", description="of share on metal: measured, by EBITDA, or both")
    others: Literal["flat", "joint"] = Field(
        "joint", description="metals and market follow the target metal, or do not"
    )
    permanence: float = Field(0.6, ge=0.0, le=1.0, description="share of an EBITDA change to last")
    compression: float = Field(
        0.3, ge=0.0, le=1.0, description="of it that the multiple takes back"
    )
    ev_to_equity: float = Field(1.2, gt=0.2, le=10.0, description="assumed, for every name")
    hurdle: float = Field(0.10, ge=-1.0, le=10.0, description="return that must be beaten")
    draws: int = Field(1_000, ge=1, le=10_000, description="of hedge ratios and half-lives")
    parameters: Literal["drawn", "point"] = Field(
        "drawn", description="paths take drawn ratios and half-lives, or the estimates themselves"
    )
    seed: int = Field(0, ge=0, lt=2**32, description="of all random draws")


@dataclass(frozen=True, eq=False)
class Estimates:
    """Hedge ratios and half-lives, shape (n_draws, n_names) each."""

    beta_metal: Array
    beta_market: Array
    half_life: Array


@dataclass(frozen=True, eq=False)
class ScenarioInputs:
    """All that is known on the day a scenario starts.

    Attributes
    ----------
    names, metals : tuple of str
    ratio : float
        Target over today's price.
    sessions : int
        From the day to the horizon's last.
    stretch : tuple of int
        First and last session of the horizon, counted from 1.
    weights, elasticity : ndarray of shape (n_names, n_metals)
        Of the basket, and of EBITDA.
    estimates : Estimates
        One row: the estimates themselves.
    draws : Estimates
        What they might have been.
    shocks : Shocks
        Its half-lives are those of `estimates`.
    facts : DataFrame
        One row a name, columns that the ranking carries as they are.
    """

    names: tuple[str, ...]
    metals: tuple[str, ...]
    ratio: float
    sessions: int
    stretch: tuple[int, int]
    weights: Array
    elasticity: Array
    estimates: Estimates
    draws: Estimates
    shocks: Shocks
    facts: pd.DataFrame

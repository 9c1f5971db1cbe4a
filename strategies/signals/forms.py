"""What a form of the hedge or of the gap is: a function of one unbroken run of returns."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from orebound.feeds import commodity_betas

from ..parameters import Rule
from ..rolling import Array
from .hedge import fixed_hedge


@dataclass(frozen=True, eq=False)
class Stretch:
    """One name's unbroken run of returns on its own sessions; arrays of shape (n,).

    Attributes
    ----------
    miner, basket, market : ndarray
        Log returns; `market` is 0 throughout where the rule does not hedge it.
    ln : dict of ndarray
        The same cumulated, by kind: ``equity``, ``basket``, ``market``.
    has_market : bool
        Whether the market factor is hedged.
    sessions : ndarray of datetime64[D]
    weights : ndarray of shape (n, n_metals)
        Exposures known at each session.
    metals : tuple of str
    rule : Rule
    """

    miner: Array
    basket: Array
    market: Array
    ln: Mapping[str, Array]
    has_market: bool
    sessions: NDArray[np.datetime64]
    weights: Array
    metals: tuple[str, ...]
    rule: Rule

    def __len__(self) -> int:
        return len(self.miner)

    @cached_property
    def stated_beta(self) -> Array:
        """The metal ratio stated by exposures, within the rule's bounds."""
        known = commodity_betas()
        table = fixed_hedge(self.weights, np.array([known[metal] for metal in self.metals]))
        stated: Array = np.clip(table, self.rule.beta_min, self.rule.beta_max)
        return stated

    @property
    def stated_market(self) -> float:
        """The market, one for one, beyond the metal; 0 where it is not hedged."""
        return 1.0 if self.has_market else 0.0


class Hedge(NamedTuple):
    """Ratios known at each session; shape (n,).

    Attributes
    ----------
    beta_metal, beta_market : ndarray
        NaN until the window is full.
    absorbs : ndarray of bool, or None
        Where the ratio follows the gap so closely that no entry is made; None for nowhere.
    """

    beta_metal: Array
    beta_market: Array
    absorbs: NDArray[np.bool_] | None = None


class Gap(NamedTuple):
    """How far the miner trails at each session; shape (n,), NaN until the window is full.

    Attributes
    ----------
    gap, z : ndarray
        In logs, and in standard deviations.
    lag : ndarray
        Simple change of the ratio of miner to basket over the form's own stretch: "ratio".
    lag_points : ndarray
        Simple change of the miner less that of the basket over the same: "difference in points".
    residual : ndarray
        What the gap is made of, session by session.
    """

    gap: Array
    z: Array
    lag: Array
    lag_points: Array
    residual: Array


HedgeForm = Callable[[Stretch], Hedge]
GapForm = Callable[[Stretch, Hedge], Gap]

"""Hedges by the value of `rule.hedge`: stated, fitted, and half of each."""

from __future__ import annotations

import numpy as np

from .forms import Hedge, Stretch
from .hedge import ols_hedge


def unhedged_form(stretch: Stretch) -> Hedge:
    """Return the bare ratio's: 1 and no market."""
    return Hedge(np.ones(len(stretch)), np.zeros(len(stretch)))


def fixed_form(stretch: Stretch) -> Hedge:
    """Return what exposures state, and the market one for one beyond it."""
    return Hedge(stretch.stated_beta, np.full(len(stretch), stretch.stated_market))


def ols_form(stretch: Stretch) -> Hedge:
    """Return rolling least squares on overlapping returns."""
    rule, ln = stretch.rule, stretch.ln
    return Hedge(
        *ols_hedge(
            ln["equity"],
            ln["basket"],
            ln["market"] if stretch.has_market else None,
            window=rule.hedge_window,
            horizon=rule.hedge_horizon,
            bounds=(rule.beta_min, rule.beta_max),
        )
    )


def shrunk_form(stretch: Stretch) -> Hedge:
    """Return half of least squares and half of what is stated."""
    fitted = ols_form(stretch)
    return Hedge(
        0.5 * stretch.stated_beta + 0.5 * fitted.beta_metal,
        0.5 * stretch.stated_market + 0.5 * fitted.beta_market,
    )

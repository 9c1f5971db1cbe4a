"""Hedges by the value of `rule.hedge`: stated, fitted, and some of each."""

from __future__ import annotations

import numpy as np

from .forms import Hedge, Stretch
from .hedge_ewls import ewls_hedge
from .hedge_returns import HedgeReturns, overlapping_returns, regressed
from .returns_dimson import dimson_returns
from .returns_weekly import weekly_returns


def unhedged_form(stretch: Stretch) -> Hedge:
    """Return the bare ratio's: 1 and no market."""
    return Hedge(np.ones(len(stretch)), np.zeros(len(stretch)))


def fixed_form(stretch: Stretch) -> Hedge:
    """Return what exposures state, and the market one for one beyond it."""
    return Hedge(stretch.stated_beta, np.full(len(stretch), stretch.stated_market))


def ols_form(stretch: Stretch) -> Hedge:
    """Return rolling least squares."""
    rule = stretch.rule
    return Hedge(*regressed(returns_of(stretch), (rule.beta_min, rule.beta_max)))


def ewls_form(stretch: Stretch) -> Hedge:
    """Return rolling least squares that remember recent returns better."""
    rule = stretch.rule
    bounds = (rule.beta_min, rule.beta_max)
    return Hedge(*ewls_hedge(returns_of(stretch), half_life=rule.ewls_half_life, bounds=bounds))


def shrunk_form(stretch: Stretch) -> Hedge:
    """Return least squares drawn towards what is stated."""
    fitted, share = ols_form(stretch), stretch.rule.shrink
    return Hedge(
        share * stretch.stated_beta + (1.0 - share) * fitted.beta_metal,
        share * stretch.stated_market + (1.0 - share) * fitted.beta_market,
    )


def returns_of(stretch: Stretch) -> HedgeReturns:
    """Return the returns that fitted ratios rest on, by `rule.hedge_returns`."""
    rule, ln = stretch.rule, stretch.ln
    levels = (ln["equity"], ln["basket"], ln["market"] if stretch.has_market else None)
    if rule.hedge_returns == "weekly":
        return weekly_returns(*levels, stretch.sessions, window=rule.hedge_window)
    if rule.hedge_returns == "dimson":
        return dimson_returns(*levels, window=rule.hedge_window)
    return overlapping_returns(*levels, window=rule.hedge_window, horizon=rule.hedge_horizon)

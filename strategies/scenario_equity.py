"""From metal to share price: beta by fundamentals, and a gap that closes by half-lives."""

from __future__ import annotations

from typing import Any, Literal

import numpy as np

BetaMode = Literal["average", "empirical", "fundamental"]
LN2 = float(np.log(2.0))


def fundamental_beta(
    elasticity: Any, ev_to_equity: Any, permanence: float = 0.6, compression: float = 0.3
) -> Any:
    """Return the log change of a share for one of the metal, by its EBITDA.

    ``(EV / E) (permanence - compression) e0``: of a change in EBITDA the share `permanence` is
    believed to last, and the multiple shrinks by `compression` of it.
    """
    return ev_to_equity * (permanence - compression) * elasticity


def decay(half_life: Any, sessions: Any) -> Any:
    """Return what is left of a gap: 1/2 after each half-life, all of it where that is infinite."""
    with np.errstate(divide="ignore", invalid="ignore"):
        ages = np.divide(sessions, np.asarray(half_life, dtype=float))
    return np.exp(-LN2 * ages)


def expected_log_return(
    beta: Any,
    metal: Any,
    market_beta: Any,
    market: Any,
    *,
    gap: Any,
    half_life: Any,
    sessions: Any,
) -> Any:
    """Return the expected log return of a share, given the metal's and the market's.

    ``b m + c i + s0 (2^(-T / HL) - 1)``: a negative gap adds what of it closes in the time.

    Parameters
    ----------
    metal, market : float or ndarray
        Log returns over the horizon.
    gap : float or ndarray
        In logs, negative where the share trails.
    half_life, sessions : float or ndarray
        Sessions; an infinite half-life closes nothing.
    """
    closing = gap * (decay(half_life, sessions) - 1.0)
    return beta * metal + market_beta * market + closing


def gap_variance(residual_sd: Any, half_life: Any, sessions: Any) -> Any:
    """Return the variance of the gap after some sessions, from the sd of its daily shocks.

    ``sd^2 (1 - phi^(2T)) / (1 - phi^2)`` with ``phi = 2^(-1 / HL)``: the stationary variance times
    ``1 - e^(-2kT)``; ``sd^2 T`` where the half-life is infinite.
    """
    phi = decay(half_life, 1.0)
    is_walk = phi == 1.0
    with np.errstate(divide="ignore", invalid="ignore"):
        grown = np.where(is_walk, sessions, (1.0 - phi ** (2.0 * sessions)) / (1.0 - phi**2))
    return residual_sd**2 * grown


def stationary_sd(residual_sd: Any, half_life: Any) -> Any:
    """Return the long-run standard deviation of the gap; infinite where it does not revert."""
    with np.errstate(divide="ignore"):
        return residual_sd / np.sqrt(1.0 - decay(half_life, 1.0) ** 2)

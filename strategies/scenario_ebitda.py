"""What metal prices do to earnings before interest, tax, depreciation and amortisation.

For fixed volumes and costs the change is linear in price, so that the *elasticity* falls as the
price rises: profit grows faster than revenue, and the margin with it.
"""

from __future__ import annotations

from datetime import date
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from orebound.feeds import ConfigError, Issuer

Array = NDArray[np.float64]

#: Log EBITDA is not taken below this share of today's: a miner under water has no multiple.
LEAST_EBITDA = 0.1
#: EBITDA for one of the metal, by unit of exposure, where reports state none: a little below one
#: over a margin of a half.
ASSUMED_ELASTICITY = 1.9
REST = "other"


class Elasticities(NamedTuple):
    """EBITDA of an issuer by commodity, as published on a day; whether any part is assumed."""

    values: dict[str, float]
    published: date
    is_assumed: bool


def elasticities_known(issuer: Issuer, day: date) -> Elasticities:
    """Return the elasticities that were public before a day; before the first, the first.

    Where a row states none it is `ASSUMED_ELASTICITY` times the exposure.

    Raises
    ------
    ConfigError
        If no exposures are known for the issuer.
    """
    if not issuer.exposures:
        raise ConfigError(f"no exposures are known for {issuer.id}")
    dates = sorted({row.valid_from for row in issuer.exposures})
    published = max((known for known in dates if known < day), default=dates[0])
    rows = [
        row for row in issuer.exposures if row.valid_from == published and row.commodity != REST
    ]
    values = {
        row.commodity: ASSUMED_ELASTICITY * row.weight if row.elasticity is None else row.elasticity
        for row in rows
    }
    return Elasticities(values, published, any(row.elasticity is None for row in rows))


def elasticity_at(elasticity: Any, ratio: Any) -> Any:
    """Return the elasticity of EBITDA once the price has changed to `ratio` times today's.

    ``e(P) = e0 r / (1 + e0 (r - 1))``: 1.391 at copper of 4 dollars is 1.290 at 5.
    """
    return elasticity * ratio / (1.0 + elasticity * (ratio - 1.0))


def ebitda_change(elasticity: Any, ratio: Any) -> Any:
    """Return the relative change of EBITDA when the price changes to `ratio` times today's."""
    return elasticity * (ratio - 1.0)


def log_ebitda(elasticities: Array, log_changes: Array) -> Array:
    """Return the log change of EBITDA under log price changes of several metals.

    Parameters
    ----------
    elasticities : ndarray of shape (n_metals,)
    log_changes : ndarray of shape (..., n_metals)

    Returns
    -------
    ndarray of shape (...)
        Never below ``ln(LEAST_EBITDA)``.
    """
    change = (elasticities * np.expm1(log_changes)).sum(axis=-1)
    logs: Array = np.log(np.maximum(1.0 + change, LEAST_EBITDA))
    return logs


def mtm_upgrade(
    elasticities: Array,
    spot: Array,
    deck: Array,
    *,
    fx_elasticity: float = 0.0,
    fx: float = 1.0,
    fx_deck: float = 1.0,
) -> float:
    """Return by how much EBITDA estimates rise when they are marked to the market.

    ``sum_k e_k ln(spot_k / deck_k) + e_fx ln(fx / fx_deck)``, in logs.

    Parameters
    ----------
    elasticities, spot, deck : ndarray of shape (n_metals,)
        A metal that is not finite in any of the three must have been taken out before.

    Raises
    ------
    ValueError
        If a price is not above 0.
    """
    if not (np.all(spot > 0.0) and np.all(deck > 0.0) and fx > 0.0 and fx_deck > 0.0):
        raise ValueError(f"prices must be above 0, got spot {spot}, deck {deck}, fx {fx}/{fx_deck}")
    metals = float((elasticities * np.log(spot / deck)).sum())
    return metals + fx_elasticity * float(np.log(fx / fx_deck))

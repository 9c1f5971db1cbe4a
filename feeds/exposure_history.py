"""Exposures as steps in time: which weights were public when."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .clocks import NS, Times
from .universe import Issuer, Listing, Universe

Array = NDArray[np.float64]

#: Metals on which the United States levy duties of their own.
TARIFF_METALS = ("steel", "aluminium", "copper")


@dataclass(frozen=True)
class ExposureSteps:
    """Dated weights of each name in each metal.

    Attributes
    ----------
    starts : ndarray of shape (n_steps,), datetime64[ns]
        When each step begins: the day after a publication, ascending; the first is the earliest
        publication of any name, whose weights are carried back before it.
    weights : ndarray of shape (n_steps, n_names, n_metals)
        Weight in each metal with data, 0 where the name has none.
    total : ndarray of shape (n_steps, n_names)
        Sum of absolute weights over all commodities, with data or not.
    published : ndarray of shape (n_names,), datetime64[ns]
        First publication of each name; rows before it carry hindsight. NaT of a hedge leg.
    tariff : ndarray of shape (n_steps, n_names, 3)
        Weight in each of `TARIFF_METALS`, with data or not.
    tariff_sign : ndarray of shape (n_names, 3)
        +1 where a US duty on the metal helps the name, -1 where it hurts, 0 where neither is
        stated.
    """

    starts: Times
    weights: Array
    total: Array
    published: Times
    tariff: Array
    tariff_sign: Array

    def at(self, times: Times) -> NDArray[np.int64]:
        """Return the step in force at each moment; before the first, the first."""
        return np.maximum(np.searchsorted(self.starts, times, side="right") - 1, 0)


def exposure_steps(
    universe: Universe, listings: Sequence[Listing | None], metals: tuple[str, ...]
) -> ExposureSteps:
    """Return the weights of each listing's issuer by date of publication; None has none."""
    issuers = [None if listing is None else universe.issuer_of(listing) for listing in listings]
    dates = sorted({row.valid_from for issuer in issuers if issuer for row in issuer.exposures})
    weights = np.zeros((len(dates), len(listings), len(metals)))
    total = np.zeros((len(dates), len(listings)))
    tariff = np.zeros((len(dates), len(listings), len(TARIFF_METALS)))
    published = np.full(len(listings), np.datetime64("NaT"), dtype=NS)
    for name, issuer in enumerate(issuers):
        if issuer is None:
            continue
        own = sorted({row.valid_from for row in issuer.exposures})
        published[name] = np.datetime64(own[0], "ns")
        for step, day in enumerate(dates):
            current = max((d for d in own if d <= day), default=own[0])
            for row in issuer.exposures:
                if row.valid_from == current:
                    total[step, name] += abs(row.weight)
                    if row.commodity in metals:
                        weights[step, name, metals.index(row.commodity)] = row.weight
                    if row.commodity in TARIFF_METALS:
                        tariff[step, name, TARIFF_METALS.index(row.commodity)] = row.weight
    starts = np.array(dates, dtype="datetime64[D]") + 1
    signs = np.array([_signs(issuer) for issuer in issuers])
    return ExposureSteps(starts.astype(NS), weights, total, published, tariff, signs)


def _signs(issuer: Issuer | None) -> list[float]:
    stated = dict(issuer.tariff_sign) if issuer else {}
    return [float(stated.get(metal, 0)) for metal in TARIFF_METALS]

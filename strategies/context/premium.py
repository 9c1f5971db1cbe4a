"""The COMEX-LME premium of copper: the tariff overhang as the market prices it.

COMEX copper is delivered in the United States, LME copper is not. A duty in the air lifts the
first over the second: +29 % on 2025-07-25, -1 % on 2025-07-31, after the duty had spared cathode.
A miner that trails COMEX copper then trails a customs duty and no metal.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

from orebound.feeds import COMEX_COPPER, LME_COPPER, AsOf, ConfigError, Panel

from ..rolling import Array

POUNDS_PER_TONNE = 2204.62262
#: Scales a median absolute deviation to the standard deviation of a normal distribution.
MAD_TO_SD = 1.4826
WINDOW, LEAST = 1260, 252
#: A premium older than this says nothing of today.
MAX_AGE = np.timedelta64(10, "D").astype("timedelta64[ns]")
DECIMALS = 10
CHUNK = 512

Times = NDArray[np.datetime64]


@dataclass(frozen=True, eq=False)
class PremiumPath:
    """The premium by session of both venues.

    Attributes
    ----------
    sessions : ndarray of shape (n,), datetime64[D]
        Dates on which both venues published.
    known_at : ndarray of shape (n,), datetime64[ns]
        When the later of the two was known: the COMEX settlement.
    premium, z : ndarray of shape (n,)
    """

    sessions: Times
    known_at: Times
    premium: Array
    z: Array

    def place(self, times: Times) -> NDArray[np.intp]:
        """Return the last session known at each moment, -1 before the first."""
        return np.searchsorted(self.known_at, times, side="right") - 1

    def at(self, times: Times) -> tuple[Array, Array]:
        """Return premium and z last known at each moment, NaN before the first or if too old."""
        place = self.place(times)
        row = np.maximum(place, 0)
        is_known = (place >= 0) & (times - self.known_at[row] <= MAX_AGE)
        return np.where(is_known, self.premium[row], np.nan), np.where(
            is_known, self.z[row], np.nan
        )


def comex_premium(comex: Array, lme: Array) -> Array:
    """Return how much dearer COMEX copper (USD/lb) is than LME 3-month copper (USD/t).

    The two are known some five hours apart, so that a day of news between them is in it: the
    standard deviation was 1.2 % from 2010 to 2023.
    """
    return np.asarray(comex * POUNDS_PER_TONNE / lme - 1.0)


def premium_z(premium: Array, window: int = WINDOW, least: int = LEAST) -> Array:
    """Return the premium in robust standard deviations of the sessions **before** each.

    Centre and scale are the median and 1.4826 x the median absolute deviation of up to `window`
    earlier values, never the sample of later years, and never the value judged.

    Returns
    -------
    ndarray of shape (n,)
        NaN before `least` earlier values or where they do not vary; rounded to 1e-10.
    """
    n = len(premium)
    padded = np.concatenate([np.full(window, np.nan), premium])
    before = sliding_window_view(padded, window)[:n]
    centre, scale = np.full(n, np.nan), np.full(n, np.nan)
    for t in range(least, min(window, n)):  # while the window fills
        centre[t : t + 1], scale[t : t + 1] = _centre_and_scale(premium[None, :t])
    for begin in range(window, n, CHUNK):
        part = slice(begin, begin + CHUNK)
        centre[part], scale[part] = _centre_and_scale(before[part])
    z = np.divide(premium - centre, scale, out=np.full(n, np.nan), where=scale > 0.0)
    return np.asarray(np.round(z, DECIMALS))


def _centre_and_scale(past: Array) -> tuple[Array, Array]:
    """Return median and scaled median absolute deviation of each row."""
    centre = np.median(past, axis=1)
    return centre, MAD_TO_SD * np.median(np.abs(past - centre[:, None]), axis=1)


def premium_path(comex: tuple[Times, Times, Array], lme: tuple[Times, Times, Array]) -> PremiumPath:
    """Return premium and z on the dates that both venues have.

    Parameters
    ----------
    comex, lme : tuple of ndarray
        Session dates, the moments at which their prices were known (UTC), and the prices; COMEX
        in USD/lb, LME 3-month in USD/t.
    """
    sessions, at_comex, at_lme = np.intersect1d(comex[0], lme[0], return_indices=True)
    known_at = np.maximum(comex[1][at_comex], lme[1][at_lme])
    premium = comex_premium(comex[2][at_comex], lme[2][at_lme])
    is_priced = np.isfinite(premium)
    sessions, known_at, premium = sessions[is_priced], known_at[is_priced], premium[is_priced]
    return PremiumPath(sessions, known_at, premium, premium_z(premium))


@lru_cache(maxsize=8)
def panel_premium(panel: Panel) -> PremiumPath:
    """Return the premium of a panel's further series; what its rows never saw is not in it.

    Raises
    ------
    ConfigError
        If one of the two venues is absent.
    """
    found = []
    for names in (COMEX_COPPER, (LME_COPPER,)):
        series = next((panel.extra[name] for name in names if name in panel.extra), None)
        if series is None:
            raise ConfigError(
                f"overhang_from needs COMEX and LME copper in data.extra: {' or '.join(names)} is "
                f"absent, got {', '.join(panel.extra) or 'no further series'}"
            )
        found.append(by_session(series))
    return premium_path(*found)


def by_session(series: AsOf) -> tuple[Times, Times, Array]:
    """Return session dates, the moments they were known and values, one each, as rows saw them.

    Metals settle in the afternoon of London or New York, so the UTC date is the session's.
    """
    seen = np.flatnonzero(~np.isnat(series.known_at))
    known_at, first = np.unique(series.known_at[seen], return_index=True)
    return known_at.astype("datetime64[D]"), known_at, series.value[seen[first]]


def implied_probability(premium: float | Array, announced_rate: float) -> Array:
    """Return the share of an announced duty that the premium prices in, within [0, 1].

    Raises
    ------
    ValueError
        If the rate is not above 0.
    """
    if not announced_rate > 0.0:
        raise ValueError(f"announced_rate must be above 0, got {announced_rate}")
    return np.asarray(np.clip(np.asarray(premium) / announced_rate, 0.0, 1.0))

"""A market in which miners do not catch up, made of the returns of one in which they might."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from orebound.analyzers import optimal_block_length, stationary_rows
from orebound.feeds import ConfigError, Listing, Market, Series, missed_before

Floats = NDArray[np.float64]
Days = NDArray[np.datetime64]
#: Fewer joint sessions of metals, market and exchange rates are no history to draw from.
FEWEST_JOINT, FEWEST_OWN = 252, 120
#: Sessions by which the listing's clock may lead or trail a factor's: Dimson's leads and lags.
SHIFTS = (-1, 0, 1)
SHAPED = ("open", "high", "low")


@dataclass(frozen=True, eq=False)
class NullWorlds:
    """What null worlds of one market are drawn from, made once.

    Attributes
    ----------
    block : float
        Mean length of a joint block in sessions.
    """

    market: Market
    factors: dict[str, Series]
    days: Days
    steps: (
        Floats  # log returns by day and factor, 0 on days without a session, NaN before the first
    )
    joint: slice  # the days on which every factor has begun and none has ended
    block: float
    fits: tuple[Fit, ...]

    @classmethod
    def of(cls, market: Market, block: float | None = None) -> NullWorlds:
        """Return the worlds of a market.

        Raises
        ------
        ConfigError
            If metals, market and exchange rates share less than a year, or a listing has too few
            sessions for its hedge.
        """
        factors = _factors(market)
        days = np.unique(np.concatenate([one.sessions for one in factors.values()]))
        steps = np.column_stack([_steps(one, days) for one in factors.values()])
        joint = _joint(factors, days)
        drawn = steps[joint]
        length = float(np.median(optimal_block_length(drawn))) if block is None else block
        fits = tuple(
            _fit(series, columns, days, steps) for series, columns in _fitted(market, factors)
        )
        return cls(market, factors, days, steps, joint, length, fits)

    def world(self, seed: int) -> Market:
        """Return one world; the same seed gives the same."""
        generator = np.random.default_rng(seed)
        path = np.cumsum(np.nan_to_num(self.steps[self._rows(generator)]), axis=0)
        made: dict[int, Series] = {
            id(one): _moved(one, path[:, place], self.days)
            for place, one in enumerate(self.factors.values())
        }
        for fit in self.fits:
            made[id(fit.series)] = fit.drawn(path, self.days, generator)
        return self.market.rebuilt(lambda one: made.get(id(one), one), end=self.market.end)

    def _rows(self, generator: np.random.Generator) -> NDArray[np.int64]:
        """Return for every day the joint day that is drawn for it."""
        n = self.joint.stop - self.joint.start
        draws = -(-len(self.days) // n)
        rows = np.concatenate(list(stationary_rows(n, draws, self.block, generator)))
        return np.asarray(rows[: len(self.days)] + self.joint.start)


@dataclass(frozen=True, eq=False)
class Fit:
    """The hedge of one listing, and what is left of its returns.

    Attributes
    ----------
    beta : ndarray of shape (n_factors,)
        0 for factors that the listing is not fitted to.
    residual : ndarray of shape (n_sessions,)
        Log returns beyond the hedge, their mean included.
    sources : ndarray of int
        Sessions that residuals, ranges and volumes are drawn from.
    """

    series: Series
    beta: Floats
    residual: Floats
    sources: NDArray[np.int64]

    def drawn(self, path: Floats, days: Days, generator: np.random.Generator) -> Series:
        """Return the listing on a path of the factors, each session's own part drawn alone."""
        frame = self.series.frame
        place = np.searchsorted(days, self.series.sessions, side="right") - 1
        level = np.where(place >= 0, (path @ self.beta)[np.maximum(place, 0)], 0.0)
        rows = generator.choice(self.sources, len(frame))
        rows[0] = 0
        own = self.residual[rows]
        own[0] = 0.0
        close = frame["close"].to_numpy()
        made = close[0] * np.exp(level - level[0] + np.cumsum(own))
        columns: dict[str, Floats] = {"close": made, "volume": frame["volume"].to_numpy()[rows]}
        for side in SHAPED:
            columns[side] = made * (frame[side].to_numpy() / close)[rows]
        if "raw_close" in frame:
            # What dividends and splits took from the price stays where it was in time.
            columns["raw_close"] = made * (frame["raw_close"].to_numpy() / close)
        return replace(self.series, frame=frame.assign(**columns))


def null_market(market: Market, seed: int, block: float | None = None) -> Market:
    """Return a history like this one in which no gap between miners and metals reverts.

    The returns of metals, market and exchange rates are drawn together, in blocks of sessions
    (stationary bootstrap). Each listing, and what a hedge leg trades, follows them by its fitted
    hedge at once; what it does beyond them is drawn apart from them, session by session, so that
    it is a random walk of the same size and drift. The day's range and the volume come with it.
    Calendars, listings, holes, vetoes, exposures and known series stay as they are.

    Parameters
    ----------
    block : float, optional
        Mean length of a joint block in sessions; by default the median over the factors of the
        optimal one.

    Notes
    -----
    Clusters of volatility of a listing's own part are not kept. The hedge is the sum of the
    coefficients of the same session and of the ones before and after it, because exchanges close
    at different hours.

    References
    ----------
    Politis and Romano (1994), The stationary bootstrap, JASA 89(428); Dimson (1979), Risk
    measurement when shares are subject to infrequent trading, JFE 7(2).
    """
    return NullWorlds.of(market, block).world(seed)


def _factors(market: Market) -> dict[str, Series]:
    """Return what listings are hedged by, by role."""
    parts = market.parts
    out = {f"metal {metal}": series for metal, series in parts.metals.items()}
    out |= {} if parts.market is None else {"market": parts.market}
    return out | {f"fx {pair}": series for pair, series in parts.pairs.items()}


def _steps(series: Series, days: Days) -> Floats:
    own = np.log(series.frame["close"].to_numpy())
    out = np.zeros(len(days))
    out[np.searchsorted(days, series.sessions)] = np.diff(own, prepend=own[0])
    out[days <= series.sessions[0]] = np.nan
    return out


def _joint(factors: Mapping[str, Series], days: Days) -> slice:
    late = max(factors, key=lambda role: factors[role].sessions[0])
    early = min(factors, key=lambda role: factors[role].sessions[-1])
    first = int(np.searchsorted(days, factors[late].sessions[0], side="right"))
    last = int(np.searchsorted(days, factors[early].sessions[-1], side="right"))
    if last - first < FEWEST_JOINT:
        raise ConfigError(
            f"null market: {late} begins on {factors[late].sessions[0]} and {early} ends on "
            f"{factors[early].sessions[-1]}: {max(last - first, 0)} sessions that all factors "
            f"share, at least {FEWEST_JOINT} are needed to draw from"
        )
    return slice(first, last)


def _fitted(market: Market, factors: Mapping[str, Series]) -> Iterator[tuple[Series, list[int]]]:
    """Yield what follows the factors, with the places of those that it is fitted to.

    A listing follows its own metals, what a hedge leg trades all of them; both follow the market
    and the exchange rates of their currency.
    """
    for listing, series in market.parts.traded:
        exposures = {row.commodity for row in market.universe.issuer_of(listing).exposures}
        yield series, _places(factors, listing, exposures)
    for listing, series in market.parts.hedges.values():
        yield series, _places(factors, listing, set(market.parts.metals))


def _places(factors: Mapping[str, Series], listing: Listing, metals: set[str]) -> list[int]:
    out = []
    for place, role in enumerate(factors):
        kind, _, name = role.partition(" ")
        is_own = kind == "metal" and name in metals
        if is_own or role == "market" or (kind == "fx" and listing.currency in name):
            out.append(place)
    return out


def _fit(series: Series, columns: list[int], days: Days, steps: Floats) -> Fit:
    place = np.searchsorted(days, series.sessions, side="right") - 1
    path = np.cumsum(np.nan_to_num(steps[:, columns]), axis=0)
    levels = np.where(place[:, None] >= 0, path[np.maximum(place, 0)], np.nan)
    moves = np.diff(levels, axis=0, prepend=np.nan)
    returns = np.diff(np.log(series.frame["close"].to_numpy()), prepend=np.nan)
    follows = missed_before(series) == 0
    follows[0] = False
    shifted = np.concatenate([_shifted(moves, by) for by in SHIFTS], axis=1)
    rows = np.flatnonzero(follows & np.isfinite(shifted).all(axis=1))
    if len(rows) < FEWEST_OWN:
        raise ConfigError(
            f"null market: {series.symbol} has {len(rows)} sessions beside its metals, at least "
            f"{FEWEST_OWN} are needed to fit its hedge"
        )
    design = np.column_stack([np.ones(len(rows)), shifted[rows]])
    found = np.linalg.lstsq(design, returns[rows], rcond=None)[0]
    own = np.zeros(len(returns))
    own[rows] = returns[rows] - design[:, 1:] @ found[1:]
    beta = np.zeros(steps.shape[1])
    beta[columns] = found[1:].reshape(len(SHIFTS), len(columns)).sum(axis=0)
    return Fit(series, beta, own, rows)


def _shifted(moves: Floats, by: int) -> Floats:
    """Return the moves of so many sessions later, NaN where there are none."""
    out = np.full_like(moves, np.nan)
    if by > 0:
        out[:-by] = moves[by:]
    elif by < 0:
        out[-by:] = moves[:by]
    else:
        out[:] = moves
    return out


def _moved(series: Series, path: Floats, days: Days) -> Series:
    """Return a factor with the closes of a path, from the level at which it begins."""
    frame = series.frame
    level = path[np.searchsorted(days, series.sessions)]
    close = frame["close"].to_numpy()
    made = close[0] * np.exp(level - level[0])
    prices = [name for name in (*SHAPED, "raw_close") if name in frame]
    moved: dict[str, pd.Series[float]] = {name: frame[name] * (made / close) for name in prices}
    return replace(series, frame=frame.assign(close=made, **moved))

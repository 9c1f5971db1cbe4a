"""The dollar log paths of the sample market: factors, miners that lag and catch up, and the pins.

A pin moves a group of paths by one common line, so a daily rebalanced equal-weight index of the
group moves by exactly that line: the planted figures hold by construction, whatever the seed.
"""

from __future__ import annotations

import math
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from ..clocks import clock
from .sample_noise import (
    Dates,
    Floats,
    calm_and_storm,
    dips,
    generator,
    grid_days,
    ramp,
    reverting_walk,
    shock_size,
    shocks,
    yearly,
)
from .sample_tables import (
    COMPANIES,
    DIPS,
    EUROPE_BETA,
    EUROPE_OWN_VOLATILITY,
    EUROPE_PIN,
    EUROPE_TREND,
    FACTOR_HALF_LIFE,
    FACTORS,
    FIRST_PHASE,
    GAP_KNOTS,
    GAP_SPREAD,
    GOLDEN,
    GROUP_COMMON,
    INDEX_METALS,
    INDEX_MINERS,
    MARKET_HALF_LIFE,
    MARKET_TREND,
    MARKET_VOLATILITY,
    METAL_SHARES,
    METALS_WITH_MARKET,
    MINER_TREND,
    OWN_VOLATILITY,
    PINS,
    POINTS,
    RELATIVE_PINS,
    VARIANCE_SHARES,
    VENUE_POINTS,
    Factor,
    Pin,
)

Paths = dict[str, Floats]


@lru_cache(maxsize=2)
def world(seed: int) -> Paths:
    """Return the log dollar path of every factor, index and company, shape (n_days, n_points)."""
    days = grid_days()
    common = _common_shocks(seed, len(days))
    paths = {name: _factor(seed, name, factor, common) for name, factor in FACTORS.items()}
    paths["SPY"] = math.log(90.0) + _market(common["market"])
    for pin in PINS:
        _pin(days, paths, pin)
    paths |= {name: _company(seed, name, paths, common["storm"]) for name in COMPANIES}
    _pin_miners(days, paths)
    paths |= _funds(seed, days, paths)
    for path in paths.values():
        path.flags.writeable = False
    return paths


def _common_shocks(seed: int, n_days: int) -> Paths:
    """Return unit shocks of the market, of all metals and of each group, and the day's storm."""
    storm = calm_and_storm(generator(seed, "storm"), n_days)[:, None]
    drawn = {name: shocks(generator(seed, f"common {name}"), n_days) for name in GROUP_COMMON}
    market = shocks(generator(seed, "market"), n_days)
    metals = _mix(market, shocks(generator(seed, "metals"), n_days), METALS_WITH_MARKET)
    groups = {name: _mix(metals, own, GROUP_COMMON[name]) * storm for name, own in drawn.items()}
    return groups | {"market": market * storm, "storm": storm}


def _mix(common: Floats, own: Floats, correlation: float) -> Floats:
    return correlation * common + math.sqrt(1.0 - correlation**2) * own


def _factor(seed: int, name: str, factor: Factor, common: Paths) -> Floats:
    own = shocks(generator(seed, name), len(common["storm"])) * common["storm"]
    moves = factor.volatility * _mix(common[factor.group], own, factor.common)
    if factor.group != "fx":
        moves = moves * np.sqrt(np.divide(METAL_SHARES, VARIANCE_SHARES))
    walk = reverting_walk(moves, FACTOR_HALF_LIFE)
    return math.log(factor.start) + walk + yearly(factor.trend, len(walk))


def _market(moves: Floats) -> Floats:
    """Return the log change of the equity market since the first day."""
    walk = reverting_walk(MARKET_VOLATILITY * moves, MARKET_HALF_LIFE)
    return walk + yearly(MARKET_TREND, len(walk))


def _company(seed: int, name: str, paths: Paths, storm: Floats) -> Floats:
    """Return a miner's log price: basket, market, the common gap, its own gap and plain noise."""
    firm, rng, n_days = COMPANIES[name], generator(seed, f"company {name}"), len(storm)
    total = sum(firm.basket.values())
    basket = np.zeros_like(paths["SPY"])
    for metal, weight in firm.basket.items():
        basket += weight / total * (paths[metal] - paths[metal][0, 0])
    market = paths["SPY"] - paths["SPY"][0, 0]
    noise = reverting_walk(OWN_VOLATILITY * storm * shocks(rng, n_days), FACTOR_HALF_LIFE)
    fair = math.log(firm.start) + firm.beta_metal * basket + firm.beta_market * market
    return np.asarray(fair + yearly(MINER_TREND, n_days) + noise + _gap(rng, name, storm))


def _gap(rng: np.random.Generator, name: str, storm: Floats) -> Floats:
    """Return how far a miner stands from its fair price: common knots, own reversion, own dips."""
    days, half_life = grid_days(), COMPANIES[name].half_life
    moves = shock_size(GAP_SPREAD, half_life) * storm * shocks(rng, len(days))
    own = reverting_walk(moves, half_life)
    # Multiples of the golden section spread the starts evenly: else falls that happen to bunch
    # would rival the trough that the pins draw.
    phase = (FIRST_PHASE + GOLDEN * list(COMPANIES).index(name)) % 1.0
    daily = np.concatenate([[0.0], dips(rng, days, DIPS, phase)])
    # A day's part of a dip arrives with the day's variance: nothing jumps between two days.
    through = np.linspace(1 / len(POINTS), 1.0, len(POINTS))
    dipped = daily[:-1, None] + np.diff(daily)[:, None] * through
    return own + dipped + ramp(days, "new_york_close", list(GAP_KNOTS))


def index_returns(paths: Paths, names: tuple[str, ...], clock_name: str) -> tuple[Dates, Floats]:
    """Return sessions and the log path of the daily rebalanced equal-weight index at the close."""
    days, column = grid_days(), POINTS.index(VENUE_POINTS[clock_name][1])
    sessions = clock(clock_name).sessions(days[0], days[-1])
    rows = np.searchsorted(days, sessions)
    closes = np.exp(np.stack([paths[name][rows, column] for name in names]))
    daily = np.log(np.mean(closes[:, 1:] / closes[:, :-1], axis=0))
    return sessions, np.concatenate([[0.0], np.cumsum(daily)])


def _at(sessions: Dates, path: Floats, dates: NDArray[np.datetime64]) -> Floats:
    """Return the last value of a path on or before each date."""
    return path[np.searchsorted(sessions, dates, side="right") - 1]


def _corrections(
    pins: tuple[tuple[str, float], ...], dates: Dates, actual: Floats
) -> list[tuple[str, float]]:
    """Return what must be added on each pinned date, counted from the first."""
    wanted = np.array([value for _, value in pins])
    add = (wanted - wanted[0]) - (actual - actual[0])
    return [(str(date), float(value)) for date, value in zip(dates, add, strict=True)]


def _dates(pins: tuple[tuple[str, float], ...]) -> Dates:
    return np.array([date for date, _ in pins], dtype="datetime64[D]")


def _pin(days: Dates, paths: Paths, pin: Pin) -> None:
    """Bring an index of factors onto its pins; the factors of its group follow."""
    dates = _dates(pin.path)
    knots = _corrections(pin.path, dates, _at(*index_returns(paths, pin.index, pin.clock), dates))
    line = ramp(days, VENUE_POINTS[pin.clock][1], knots)
    for name in pin.followers:
        paths[name] = paths[name] + line


def _pin_miners(days: Dates, paths: Paths) -> None:
    """Bring the ten miners relative to the base metals onto `RELATIVE_PINS`; all miners follow."""
    dates = _dates(RELATIVE_PINS)
    miners = _at(*index_returns(paths, INDEX_MINERS, "XNYS"), dates)
    metals = _at(*index_returns(paths, INDEX_METALS, "LME official"), dates)
    line = ramp(days, "new_york_close", _corrections(RELATIVE_PINS, dates, miners - metals))
    for name in COMPANIES:
        paths[name] = paths[name] + line


def _funds(seed: int, days: Dates, paths: Paths) -> Paths:
    """Return the index funds: Europe (pinned to the miners), base metals, global miners."""
    miners = np.mean([paths[name] for name in INDEX_MINERS], axis=0)
    metals = np.mean([paths[name] for name in INDEX_METALS], axis=0)
    return {
        "IEUR": _europe(seed, days, paths),
        "DBB": math.log(18.0) + metals - metals[0, 0] + yearly(-0.0075, len(days)),
        "PICK": math.log(14.0) + miners - miners[0, 0] + yearly(-0.004, len(days)),
    }


def _europe(seed: int, days: Dates, paths: Paths) -> Floats:
    """Return European shares: the market, own noise, and the line that meets `EUROPE_PIN`."""
    first, last, difference = EUROPE_PIN
    own = EUROPE_OWN_VOLATILITY * shocks(generator(seed, "europe"), len(days))
    market = paths["SPY"] - paths["SPY"][0, 0]
    free = EUROPE_BETA * market + reverting_walk(own, FACTOR_HALF_LIFE)
    path = math.log(28.0) + free + yearly(EUROPE_TREND, len(days))
    dates = np.array([first, last], dtype="datetime64[D]")
    change = np.diff(_at(*index_returns({"IEUR": path}, ("IEUR",), "XNYS"), dates))[0]
    miners = np.diff(_at(*index_returns(paths, INDEX_MINERS, "XNYS"), dates))[0]
    wanted = math.log(math.exp(float(miners)) - difference)
    line = ramp(days, "new_york_close", [(first, 0.0), (last, wanted - float(change))])
    return np.asarray(path + line)

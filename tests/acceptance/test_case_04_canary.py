"""Case 4: what the metal does after the miner's close must not be seen at it.

A metal's return is ``m = e1 + e2``; ``e2``, 12 % of its variance, comes after London's close. The
miner's return of a day is ``b (e1_t + e2_{t-1}) + noise``: nothing known at its close predicts it.
Joined by date the full ``m_t`` stands beside that close, and every form of the gap seems to earn
money. Joined by time it does not.
"""

from __future__ import annotations

from datetime import date
from typing import Any

import numpy as np
import pandas as pd
import pytest

from orebound.feeds import (
    Announcements,
    Exposure,
    Issuer,
    Listing,
    Market,
    Panel,
    Parts,
    Series,
    SeriesFacts,
    Universe,
    clock,
)
from orebound.feeds.policy import all_announcements
from orebound.strategies import Regime, Rule, compute
from orebound.strategies.context import filtered_probabilities, fit_markov, regime_states
from orebound.strategies.context import markov_probability as markov
from orebound.strategies.context.filters import weekly_returns
from orebound.strategies.signals.measures import measured
from orebound.sweeps.lookahead import other_world
from tests.markets import small_sample

#: Ten miners on ten metals for twenty years are 200 years.
METALS = (
    *("aluminium", "coal", "copper", "gold", "iron_ore"),
    *("lead", "nickel", "silver", "steel", "zinc"),
)
NAMES, YEARS = len(METALS), 20
BETA, SIGMA, LATE, NOISE = 1.0, 0.015, 0.12, 0.010
FORMS: dict[str, dict[str, Any]] = {
    "cumulative": {},
    "cumulative, fixed": {"hedge": "fixed"},
    "cumulative, ewls": {"hedge": "ewls"},
    "cumulative, shrunk": {"hedge": "shrunk"},
    "cumulative, kalman": {"hedge": "kalman"},
    "cumulative, weekly": {"hedge_returns": "weekly"},
    "cumulative, dimson": {"hedge_returns": "dimson"},
    "cumulative, winsorised": {"winsorise": 5.0, "z_scale": "mad"},
    "ratio": {"gap": "ratio"},
    "anchored": {"gap": "anchored", "anchor_date": "2006-06-30"},
    "drawdown": {"gap": "drawdown"},
    "cointegration": {"gap": "cointegration"},
}


def canary_market(metal_clock: str, names: int = NAMES, years: int = YEARS) -> Market:
    """Return miners that close in London and metals that are settled by some clock."""
    generator = np.random.default_rng(4)
    first, last = "2005-01-03", f"{2004 + years}-12-31"
    london = clock("XLON").sessions(first, last)
    days = london[np.isin(london, clock("COMEX settlement").sessions(first, last))]
    n = len(days)
    lines, issuers, metals = [], {}, {}
    for k in range(names):
        before = generator.normal(0.0, SIGMA * np.sqrt(1.0 - LATE), n)
        after = generator.normal(0.0, SIGMA * np.sqrt(LATE), n)
        late = np.concatenate([[0.0], after[:-1]])
        miner = BETA * (before + late) + generator.normal(0.0, NOISE, n)
        name, metal = f"N{k}", METALS[k]
        listing = Listing(name, name, "XLON", "USD", "USD", {"csv": name}, half_spread_bps=1.0)
        rows = (Exposure(name, metal, 1.0, date(2000, 1, 1), None, "made", "H"),)
        issuers[name] = Issuer(name, name, "", rows)
        lines.append((listing, made(name, miner, days, "XLON", has_opens=True)))
        metals[metal] = made(metal.upper(), before + after, days, metal_clock)
    universe = Universe("canary", tuple(line for line, _ in lines), issuers, {}, ())
    parts = Parts(tuple(lines), metals, None, {}, "USD", {}, {}, ())
    return Market._of("frames", universe, parts, True, np.timedelta64(300, "s"), None)


def made(
    symbol: str, returns: np.ndarray, days: np.ndarray, at: str, *, has_opens: bool = False
) -> Series:
    close = 100.0 * np.exp(np.cumsum(returns))
    values: dict[str, Any] = dict.fromkeys(("open", "high", "low"), np.nan)
    if has_opens:
        opened = np.concatenate([close[:1], close[:-1]])
        values = {"open": opened, "high": np.maximum(opened, close)}
        values["low"] = np.minimum(opened, close)
    index = pd.DatetimeIndex(days.astype("M8[ns]"))
    frame = pd.DataFrame({**values, "close": close, "volume": 1e6}, index=index)
    return Series(SeriesFacts(symbol, "frames", "USD", "USD", at, "total_return"), frame)


def sharpe(position: np.ndarray, returns: np.ndarray) -> float:
    """Return the yearly Sharpe ratio of positions taken at a close and held to the next."""
    earned = position[:-1] * returns[1:]
    earned = earned[np.isfinite(earned)]
    return float(earned.mean() / earned.std() * np.sqrt(252.0))


def sharpe_of_gap(panel: Panel, rule: Rule) -> float:
    """Bet against each session's change of the gap, every name at the same risk."""
    gap = measured(panel, rule)["gap"]
    earned = []
    for name in range(panel.n_names):
        rows = panel.priced_rows(name)
        change = np.diff(gap[rows, name], prepend=np.nan)
        returns = np.diff(np.log(panel.known_close[rows, name]), prepend=np.nan)
        bet = -change / np.nanstd(change)
        earned.append(np.append(bet[:-1] * returns[1:], np.nan))
    every = np.concatenate(earned)
    every = every[np.isfinite(every)]
    assert len(every) > 0.8 * NAMES * YEARS * 245
    return float(every.mean() / every.std() * np.sqrt(252.0))


@pytest.fixture(scope="module")
def honest() -> Panel:
    return canary_market("COMEX settlement").panel


@pytest.fixture(scope="module")
def unsafe() -> Panel:
    """The join by date: the metal is stamped as if it had been settled at London's close."""
    return canary_market("XLON").panel


SOME = ("cumulative", "ratio", "drawdown", "cointegration")


@pytest.mark.parametrize(
    "form", [form if form in SOME else pytest.param(form, marks=pytest.mark.slow) for form in FORMS]
)
def test_only_the_join_by_date_finds_money_in_a_form_of_the_gap(
    honest: Panel, unsafe: Panel, form: str
) -> None:
    rule = Rule(**FORMS[form], market_factor=False)
    assert sharpe_of_gap(unsafe, rule) > 0.8
    assert abs(sharpe_of_gap(honest, rule)) < 0.2


@pytest.mark.parametrize(
    "form", [form if form in SOME else pytest.param(form, marks=pytest.mark.slow) for form in FORMS]
)
def test_signals_are_the_same_without_the_future_and_with_another(form: str) -> None:
    market = small_sample("FCX", "ANTO.L")
    moment = np.datetime64("2012-05-16T16:36", "ns")
    keys = FORMS[form] if form != "anchored" else {"gap": "anchored", "anchor_date": "2008-06-30"}
    whole = compute(market.panel, Rule(**keys), Regime())
    for how in ("truncate", "perturb"):
        other = other_world(market, moment, how, np.random.default_rng(4)).panel  # type: ignore[arg-type]
        found = compute(other, Rule(**keys), Regime())
        past, seen = (int((panel.closes <= moment).sum()) for panel in (market.panel, other))
        assert past == seen
        for name in ("gap", "z", "lag", "lag_points", "half_life", "beta_metal", "blocked"):
            mine, again = getattr(whole, name)[:past], getattr(found, name)[:past]
            np.testing.assert_array_equal(mine, again, err_msg=f"{how} {name}")


@pytest.mark.parametrize("preset", ["level", "impulse"])
def test_the_regime_is_the_same_whatever_is_announced_later(preset: str) -> None:
    panel, known = small_sample("FCX", "ANTO.L").panel, all_announcements()
    whole = regime_states(panel, Regime(regime=preset), known)
    later_differs = 0
    for moment in np.array(["2015-08-25T12:00", "2020-03-30T16:36", "2024-09-23T20:00"], "M8[ns]"):
        past = panel.closes <= moment
        worlds: tuple[Announcements, ...] = (known.until(moment), known.reversed_after(moment))
        for world in worlds:
            found = regime_states(panel, Regime(regime=preset), world)
            np.testing.assert_array_equal(found.state[past], whole.state[past])
            np.testing.assert_array_equal(found.score[past], whole.score[past])
            later_differs += int((found.state[~past] != whole.state[~past]).any())
    assert later_differs > 0, "the moments must have a future that matters"


def test_a_markov_state_earns_nothing_where_only_the_week_itself_would_tell() -> None:
    """Returns are noise: a state known on the week's first day from all of it trades the week."""
    panel = canary_market("COMEX settlement", names=2).panel
    ends, returns = weekly_returns(panel)
    price = np.log(np.mean([metal.value for metal in panel.metal], axis=0))
    daily = np.diff(price, prepend=np.nan)
    state = markov(panel)
    later = np.full(panel.n_rows, np.nan)
    told = filtered_probabilities(fit_markov(returns), returns)
    week = np.searchsorted(ends, np.arange(panel.n_rows), side="left")
    inside = week < len(ends)
    later[inside] = told[week[inside]]
    centred = [one - np.nanmean(one) for one in (state, later)]
    # Twenty years: one standard error is 0.22.
    assert abs(sharpe(centred[0], daily)) < 3.0 * 0.22
    assert sharpe(centred[1], daily) > 0.8

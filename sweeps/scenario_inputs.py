"""What a scenario starts from: signals, betas, gaps and metals as they were known on a day."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from orebound.feeds import ConfigError, DataRefused, Market, Series, clock, unknown_name
from orebound.strategies import (
    ASSUMED_ELASTICITY,
    Estimates,
    ScenarioInputs,
    ScenarioSettings,
    ScenarioTarget,
    Shocks,
    Signals,
    in_words,
    signals_of,
)

from .config import RunConfig
from .known_market import at_close_of, catch_up_rule, half_life_ends
from .scenario_name import NameKnown, is_reference, weights_at

Array = NDArray[np.float64]
#: Sessions of joint returns that loadings and bootstrap blocks come from, and the fewest.
HISTORY, LEAST_HISTORY = 756, 252
#: Sessions of one return in the loadings: London rings and New York closes differ by hours.
HORIZON = 5
DECK_WINDOW = 126


@dataclass(frozen=True, eq=False)
class Scenario:
    """A target and what was known on its day.

    Attributes
    ----------
    start : datetime64[D]
        Last session known.
    market : Market
        Cut at the end of the start.
    series : Series
        Of the target metal, as it was then.
    spot, level : float
        Its last close and the target, in its quote unit.
    days : ndarray of datetime64[D]
        Sessions from the start to the horizon's last, the first exchange's.
    inputs : ScenarioInputs
    left_out : dict of str to str
        Names that could not be worked out, and why.
    notes : tuple of str
        Assumptions that stand behind the figures.
    """

    start: np.datetime64
    target: ScenarioTarget
    market: Market
    series: Series
    spot: float
    level: float
    days: NDArray[np.datetime64]
    inputs: ScenarioInputs
    left_out: dict[str, str]
    notes: tuple[str, ...]


def scenario_of(
    market: Market,
    config: RunConfig,
    target: ScenarioTarget,
    settings: ScenarioSettings,
    *,
    day: Any = None,
    deck_window: int = DECK_WINDOW,
) -> Scenario:
    """Return a target and all that was known on its day; later rows of the market are not read.

    Raises
    ------
    ConfigError, DataRefused
        For an unknown metal, a day without data, a horizon that is over, or a level in a unit that
        the metal's series does not have.
    """
    cut, start = at_close_of(market, day)
    rule = catch_up_rule(config)
    signals = signals_of(cut.panel, rule, config.regime)
    series = _target_series(cut, target)
    spot = float(series.frame["close"].iloc[-1])
    level = target.level_from(spot)
    days, stretch = _sessions(cut, start, target)
    panel = cut.panel
    rows, metals = _history(cut, target)
    columns = [panel.metals.index(metal) for metal in metals]
    ready, left_out = _ready(cut, signals, columns)
    if not ready:
        raise DataRefused(
            "no name can be worked out on that day: "
            + "; ".join(f"{name}: {why}" for name, why in left_out.items())
        )
    ends = half_life_ends(panel, signals, rule)
    names = [
        NameKnown(cut, signals, rule, config, k, rows, columns, deck_window, ends[panel.names[k]])
        for k in ready
    ]
    draws = [name.draws(settings) for name in names]
    factors = _factor_rows(cut, rows, columns)
    loading, spread = _loadings(factors, metals.index(target.metal))
    half_life = np.array([[name.half_life for name in names]])
    shocks = Shocks(
        rows=factors,
        residual_rows=np.column_stack([name.residual_rows for name in names]),
        target=metals.index(target.metal),
        loading=loading,
        spread=spread,
        gap=np.array([name.gap for name in names]),
        half_life=half_life,
        residual_sd=np.array([name.residual_sd for name in names]),
    )
    inputs = ScenarioInputs(
        names=tuple(name.symbol for name in names),
        metals=tuple(metals),
        ratio=level / spot,
        sessions=len(days),
        stretch=stretch,
        weights=np.array([name.weights for name in names]),
        elasticity=np.array([name.elasticity for name in names]),
        estimates=Estimates(
            np.array([[name.beta_metal for name in names]]),
            np.array([[name.beta_market for name in names]]),
            half_life,
        ),
        draws=Estimates(*(np.column_stack(columns) for columns in zip(*draws, strict=True))),
        shocks=shocks,
        facts=pd.DataFrame([name.facts() for name in names]),
    )
    notes = _notes(names, settings, metals, panel.metals, loading)
    return Scenario(start, target, cut, series, spot, level, days, inputs, left_out, tuple(notes))


def _target_series(market: Market, target: ScenarioTarget) -> Series:
    series = market.parts.metals.get(target.metal)
    if series is None:
        raise ConfigError(unknown_name("metal of this market", target.metal, market.parts.metals))
    stands_for = market.parts.stand_ins.get(target.metal, "")
    if target.level is not None and stands_for:
        raise ConfigError(
            f"--level {target.level:g}: {target.metal} is measured by a stand-in ({stands_for}) at "
            f"{series.frame['close'].iloc[-1]:,.2f} {series.facts.unit}; use --percent, or name a "
            f"series in the metal's own unit with --set data.metals.{target.metal}=SYMBOL"
        )
    return series


def _sessions(
    market: Market, start: np.datetime64, target: ScenarioTarget
) -> tuple[NDArray[np.datetime64], tuple[int, int]]:
    """Return the sessions ahead and the first and last of them that the target speaks of."""
    last = np.datetime64(target.horizon.last, "D")
    first = np.datetime64(target.horizon.first, "D")
    if last <= start:
        raise ConfigError(f"--by {last} is over on {start}: a scenario looks ahead")
    days = clock(market.panel.listings[0].mic).sessions(start + 1, last)
    if target.statistic == "end":
        return days, (len(days), len(days))
    begins = int(np.searchsorted(days, max(first, start + 1))) + 1
    if begins > len(days):
        raise ConfigError(f"no session between {first} and {last}")
    return days, (begins, len(days))


def _history(market: Market, target: ScenarioTarget) -> tuple[NDArray[np.int64], list[str]]:
    """Return rows of the first listing's exchange and the metals that have a price on all of them.

    A metal that begins within the shortest history is left out; the others hand on its weight.
    """
    panel = market.panel
    rows = np.flatnonzero(panel.has_bar.any(axis=1) & is_reference(market))[-(HISTORY + 1) :]
    values = {
        metal: series.value[rows] for metal, series in zip(panel.metals, panel.metal, strict=True)
    }
    least = min(LEAST_HISTORY + 1, len(rows))
    metals = [m for m in panel.metals if np.isfinite(values[m][-least:]).all()]
    if target.metal not in metals:
        raise DataRefused(
            f"{target.metal} has fewer than {LEAST_HISTORY} sessions before the scenario's day"
        )
    known = np.all([np.isfinite(values[metal]) for metal in metals], axis=0)
    if panel.market is not None:
        known &= np.isfinite(panel.market.value[rows])
    begins = int(np.flatnonzero(~known)[-1]) + 1 if (~known).any() else 0
    if len(rows) - begins < LEAST_HISTORY + 1:
        raise DataRefused(
            f"a scenario needs {LEAST_HISTORY} sessions of metals and market before its day, "
            f"{len(rows) - begins} are there"
        )
    return rows[begins:], metals


def _ready(
    market: Market, signals: Signals, columns: list[int]
) -> tuple[list[int], dict[str, str]]:
    """Return the names whose windows are full and whose metals have data; why of the others."""
    panel, ready = market.panel, []
    left_out = dict(market.excluded)
    for k, name in enumerate(panel.names):
        row = panel.priced_rows(k)[-1]
        if panel.closes[-1] - panel.closes[row] > np.timedelta64(10, "D"):
            left_out[name] = f"its data end on {panel.session[row, k]}"
        elif not signals.ready[row, k]:
            left_out[name] = in_words(int(signals.blocked[row, k]))
        elif not weights_at(market, k, row)[columns].any():
            left_out[name] = "none of its metals has enough history"
        else:
            ready.append(k)
    return ready, left_out


def _factor_rows(market: Market, rows: NDArray[np.int64], columns: list[int]) -> Array:
    """Return daily log returns of the metals and, last, of the market (0 without one)."""
    panel = market.panel
    levels = [panel.metal[column].value[rows] for column in columns]
    levels += [np.ones(len(rows)) if panel.market is None else panel.market.value[rows]]
    segments = [panel.metal[column].segment[rows] for column in columns]
    segments += [
        np.zeros(len(rows), np.int64) if panel.market is None else panel.market.segment[rows]
    ]
    returns = np.diff(np.log(np.column_stack(levels)), axis=0)
    # No return spans a hole.
    return np.where(np.diff(np.column_stack(segments), axis=0) == 0, returns, 0.0)


def _loadings(rows: Array, target: int) -> tuple[Array, Array]:
    """Return each factor's return for one of the target, and the covariance of the rest a session.

    On overlapping returns of five sessions, by least squares.
    """
    total = np.cumsum(np.concatenate([np.zeros((1, rows.shape[1])), rows]), axis=0)
    moves = total[HORIZON:] - total[:-HORIZON]
    moves = moves - moves.mean(axis=0)
    own = moves[:, target]
    loading = (moves * own[:, None]).sum(axis=0) / (own * own).sum()
    rest = moves - own[:, None] * loading
    spread = (rest[:, :, None] * rest[:, None, :]).mean(axis=0) / HORIZON
    return loading, spread


def _notes(
    names: list[NameKnown],
    settings: ScenarioSettings,
    metals: list[str],
    of_market: tuple[str, ...],
    loading: Array,
) -> list[str]:
    notes = []
    if settings.beta != "empirical":
        notes.append(
            f"EV/equity of {settings.ev_to_equity:g} is assumed for every name; of a change in "
            f"EBITDA {settings.permanence:.0%} is taken to last and the multiple takes "
            f"{settings.compression:.0%} back"
        )
        assumed = [name.symbol for name in names if name.is_assumed]
        if assumed:
            notes.append(
                f"elasticity of EBITDA assumed at {ASSUMED_ELASTICITY:g} x exposure where reports "
                f"state none: {', '.join(assumed)}"
            )
    if settings.others == "joint":
        moves = ", ".join(
            f"{name} {value:.2f}" for name, value in zip([*metals, "market"], loading, strict=True)
        )
        notes.append(f"for one of the target the other factors move by (5-session): {moves}")
    else:
        notes.append("the other metals and the market do not answer to the view")
    dropped = [metal for metal in of_market if metal not in metals]
    if dropped:
        notes.append(f"too little history for {', '.join(dropped)}: the others carry their weight")
    late = [
        name.symbol
        for name in names
        if name.market.exposure_hindsight(name.market.panel.session[name.row, name.name]).get(
            name.symbol
        )
    ]
    if late:
        notes.append(f"exposures published later are carried back for {', '.join(late)}")
    return notes

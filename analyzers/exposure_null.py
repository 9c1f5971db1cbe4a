"""Would the same holdings have earned as much at random entries?"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from .placement import place

Bools = NDArray[np.bool_]
Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Opens = pd.DataFrame | Mapping[str, tuple[Any, Any]]

# Each random order of a name's holding lengths serves this many draws; more orders cost time and
# change nothing that 1,000 draws could show.
DRAWS_AN_ORDER = 20


@dataclass(frozen=True)
class NullResult:
    """The observed mean trade return beside its distribution at random entries.

    `p_value` is one-sided: (1 + draws at or above the observed) / (draws + 1); None, like
    `observed`, where there is no closed trade.
    """

    observed: float | None
    distribution: Floats = field(repr=False)
    p_value: float | None
    n_trades: int
    draws: int
    statistic: str = "mean gross return of a trade, open to open"
    note: str = (
        "names are placed independently of each other: entries that crowd into the same weeks make "
        "the p-value too small"
    )


@dataclass(frozen=True)
class NameTrades:
    """The closed trades of one name on its own sessions."""

    symbol: str
    opens: Floats
    ready: Bools
    entries: Ints
    lengths: Ints
    signs: Floats


def exposure_matched_null(
    trades: pd.DataFrame,
    opens: Opens,
    ready: Mapping[str, Bools],
    *,
    draws: int = 1000,
    seed: int = 0,
) -> NullResult:
    """Return how the mean gross trade return compares with that of random entries.

    Each draw keeps every name's holding lengths (in its own sessions) and directions and moves the
    entries, disjoint, uniformly over the sessions on which the name was eligible.

    Parameters
    ----------
    trades : DataFrame
        Episodes with ``symbol, entry_date, exit_date, size, status``; closed ones count.
    opens : DataFrame by session date with one column a name, or dict of (dates, open prices)
        In a frame, NaN marks dates that are not sessions of the name.
    ready : dict of bool arrays, one entry a session of the name
        Where an entry may **fill**: the session after one that could have decided to buy.

    Raises
    ------
    ValueError
        If a trade's name, dates or prices are not in `opens`, or its holdings cannot be placed.

    References
    ----------
    Davison and Hinkley (1997), Bootstrap Methods and their Application, section 4.2: the p-value.
    """
    if draws < 0:
        raise ValueError(f"draws must not be negative, got {draws}")
    closed = trades[trades["status"] == "closed"]
    if closed.empty:
        return NullResult(None, np.empty(0), None, 0, draws)
    names = list(_names(closed, opens, ready))
    generator = np.random.default_rng(seed)
    observed = sum(_returns(name, name.entries[None, :]).sum() for name in names) / len(closed)
    if draws == 0:
        return NullResult(float(observed), np.empty(0), None, len(closed), 0)
    totals = sum((_random_totals(name, draws, generator) for name in names), np.zeros(draws))
    distribution = totals / len(closed)
    # The tolerance keeps equal sums equal when they were added in another order.
    reached = int((distribution >= observed - 1e-12).sum())
    p_value = (1 + reached) / (draws + 1)
    return NullResult(float(observed), distribution, p_value, len(closed), draws)


def _names(closed: pd.DataFrame, opens: Opens, ready: Mapping[str, Bools]) -> Iterator[NameTrades]:
    """Yield each name's trades, by name: the draws must not depend on the order of the rows."""
    ordered = closed.sort_values(["symbol", "entry_date"])
    for symbol, group in ordered.groupby("symbol"):
        name = str(symbol)
        dates, prices = _sessions(opens, name)
        eligible = _ready(ready, name, len(dates))
        entries = _places(dates, group["entry_date"], name)
        lengths = _places(dates, group["exit_date"], name) - entries
        signs = np.sign(group["size"].to_numpy(dtype=float))
        name_trades = NameTrades(name, prices, eligible, entries, lengths, signs)
        _check(name_trades, dates)
        yield name_trades


def _sessions(opens: Opens, name: str) -> tuple[NDArray[np.datetime64], Floats]:
    if name not in opens:
        raise ValueError(
            f"opens has no {name}, which has trades; it has {', '.join(map(str, opens))}"
        )
    if isinstance(opens, pd.DataFrame):
        known = opens[name].dropna()
        dates, prices = known.index.to_numpy(), known.to_numpy(dtype=float)
    else:
        dates, prices = (np.asarray(part) for part in opens[name])
    return dates.astype("datetime64[D]"), prices.astype(float)


def _ready(ready: Mapping[str, Bools], name: str, n_sessions: int) -> Bools:
    eligible = np.asarray(ready[name], dtype=bool) if name in ready else None
    if eligible is None or eligible.shape != (n_sessions,):
        got = "nothing" if eligible is None else str(eligible.shape)
        raise ValueError(
            f"ready of {name} must have one entry for each of its {n_sessions} sessions, got {got}"
        )
    return eligible


def _places(dates: NDArray[np.datetime64], wanted: pd.Series[Any], name: str) -> Ints:
    days = wanted.to_numpy().astype("datetime64[D]")
    place_of = np.minimum(np.searchsorted(dates, days), len(dates) - 1)
    absent = dates[place_of] != days
    if absent.any():
        raise ValueError(
            f"{name}: a trade filled on {days[absent][0]}, which is no session in opens"
        )
    return place_of.astype(np.int64)


def _check(name: NameTrades, dates: NDArray[np.datetime64]) -> None:
    ends = np.concatenate([name.entries, name.entries + name.lengths])
    bad = ends[~(name.opens[ends] > 0)]
    if len(bad):
        raise ValueError(
            f"{name.symbol}: open of {dates[bad[0]]} is {name.opens[bad[0]]}; a trade's opens must "
            "be positive"
        )


def _returns(name: NameTrades, entries: Ints) -> Floats:
    """Return the gross return of each trade at other entries, shape (draws, trades)."""
    growth: Floats = name.opens[entries + name.lengths] / name.opens[entries]
    return name.signs * (growth - 1.0)


def _random_totals(name: NameTrades, draws: int, generator: np.random.Generator) -> Floats:
    """Return the summed trade returns of one name in each draw."""
    totals = np.empty(draws)
    for start in range(0, draws, DRAWS_AN_ORDER):
        count = min(DRAWS_AN_ORDER, draws - start)
        order = generator.permutation(len(name.lengths))
        shuffled = NameTrades(
            name.symbol,
            name.opens,
            name.ready,
            name.entries[order],
            name.lengths[order],
            name.signs[order],
        )
        entries = _placed(shuffled, count, generator)
        totals[start : start + count] = _returns(shuffled, entries).sum(axis=1)
    return totals


def _placed(name: NameTrades, count: int, generator: np.random.Generator) -> Ints:
    try:
        return place(name.lengths, _allowed(name), count, generator)
    except ValueError as error:
        raise ValueError(f"{name.symbol}: {error}") from None


def _allowed(name: NameTrades) -> Bools:
    """Return by trade and session whether it may be entered there and left in time."""
    n_sessions = len(name.opens)
    priced = name.opens > 0
    exits = np.arange(n_sessions) + name.lengths[:, None]
    can_leave = priced[np.minimum(exits, n_sessions - 1)] & (exits < n_sessions)
    allowed: Bools = can_leave & (name.ready & priced)
    return allowed

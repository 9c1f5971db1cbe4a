"""Where the money was made: by the states of the world, day by day and trade by trade.

Both tables sum to the change of equity, in their cells, in either margin and in their total row.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from itertools import product
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from ..metrics import Annualisation
from .capture import capture_ratio

Floats = NDArray[np.float64]

#: Stands in a state's column where a row sums over it.
ALL = "all"
#: The state of what no state was recorded for.
UNKNOWN = "unknown"
#: Of the row that holds what neither trades nor cash flows explain.
REST = "not explained"
#: Share of the equity below which a difference is rounding.
ROUNDING = 1e-9
DAY_FIGURES = ("days", "episodes", "pnl", "return", "volatility", "sharpe")
ENTRY_FIGURES = ("trades", "closed", "episodes", "pnl", "return", "hit_rate", "capture")


def by_day(
    equity: pd.DataFrame,
    states: pd.DataFrame,
    *,
    periods_per_year: int = 252,
    risk_free: float = 0.0,
) -> pd.DataFrame:
    """Return what was earned under each combination of states, every session once.

    A session's profit belongs to the states known at the close before it.

    Parameters
    ----------
    equity : DataFrame
        ``date, value``, oldest first.
    states : DataFrame by date, one column a state, texts
        The state at each close; the last one before a session holds where it has no row.
    periods_per_year : int
        To annualise volatility and Sharpe ratio.
    risk_free : float
        A year, compounded, in the Sharpe ratio.

    Returns
    -------
    DataFrame
        The states' columns, then ``days, episodes, pnl, return, volatility, sharpe``: cells,
        margins and, last, the total, with "all" where a row sums over a state. `return` is
        compounded, so those of the cells compound to the total's; `episodes` are unbroken spells
        of a row's states, in the total those of all cells; volatility (ddof = 1) and Sharpe ratio
        are of the row's sessions alone, NaN with fewer than two of them or without
        variation.

    Raises
    ------
    ValueError
        If the equity has fewer than two rows or a value that is not positive.
    """
    value = equity["value"].to_numpy(dtype=float)
    if len(value) < 2 or not (np.isfinite(value) & (value > 0.0)).all():
        raise ValueError("equity must have at least two rows, all positive")
    dates = pd.DatetimeIndex(equity["date"])
    under = _known_before(states, dates)
    pnl, growth = np.diff(value), np.diff(np.log(value))
    rows, scale = [], math.sqrt(periods_per_year)
    riskless = Annualisation(periods_per_year).per_period(risk_free)
    for key, chosen, spells in _cells(under):
        days = growth[chosen]
        simple = np.expm1(days)
        deviation = float(np.std(simple, ddof=1)) if len(simple) > 1 else math.nan
        has_spread = deviation > 1e-12
        rows.append(
            dict(zip(under.columns, key, strict=True))
            | {
                "days": len(days),
                "episodes": len(np.unique(spells[chosen])),
                "pnl": math.fsum(pnl[chosen]),
                "return": math.expm1(math.fsum(days)),
                "volatility": deviation * scale,
                "sharpe": (float(simple.mean()) - riskless) / deviation * scale
                if has_spread
                else math.nan,
            }
        )
    return pd.DataFrame(rows, columns=[*under.columns, *DAY_FIGURES])


def by_entry(
    trades: pd.DataFrame,
    cash: pd.DataFrame,
    equity: pd.DataFrame,
    states: pd.DataFrame,
    *,
    at_entry: pd.DataFrame | None = None,
) -> pd.DataFrame:
    """Return what the trades earned by the states in which they were entered.

    Parameters
    ----------
    trades : DataFrame
        Columns of ``trades.csv``; open ones count with their marked profit, apart.
    cash : DataFrame
        ``date, kind, symbol, amount``: every flow that is not a trade, a row of its own by kind.
    equity : DataFrame
        ``date, value``, oldest first.
    states : DataFrame by date, one column a state, texts
        The state at each close, as for `by_day`; episodes are counted by it.
    at_entry : DataFrame with the columns of `states`, one row a trade, optional
        The states that each trade's own entry saw; those of its decision's date by default.

    Returns
    -------
    DataFrame
        The states' columns and ``part`` (``closed trades``, ``open trades``, the kind of a cash
        flow, or "all"), then ``trades, closed, episodes, pnl, return, hit_rate, capture``. The
        cells are the closed trades by state with their margins; then open trades, cash flows, and
        the total. `return` is the profit over the first equity, so that it adds up; `episodes` are
        distinct spells of a row's states with an entry; `hit_rate` and `capture` (mean capture
        ratio) are of closed trades. A row "not explained" stands before the total where trades and
        flows miss the change of equity by more than 1e-9 of it, and is absent otherwise.
    """
    value = equity["value"].to_numpy(dtype=float)
    if len(value) < 2 or not (np.isfinite(value) & (value > 0.0)).all():
        raise ValueError("equity must have at least two rows, all positive")
    change = float(value[-1] - value[0])
    known = _at_decision(trades, states) if at_entry is None else _own_states(at_entry, states)
    rows = list(_trade_rows(trades, known, states, value[0], "closed"))
    rows += list(_trade_rows(trades, known, states, value[0], "open"))
    rows += [
        _plain(states, str(kind), math.fsum(group["amount"]), value[0])
        for kind, group in cash.groupby("kind")
    ]
    explained = math.fsum([*trades["net"], *cash["amount"]])
    if abs(change - explained) > ROUNDING * float(value.max()):
        rows.append(_plain(states, REST, change - explained, value[0]))
    spells = _spell_of(trades, states, list(states.columns), dict.fromkeys(states.columns, ALL))
    total = _plain(states, ALL, change, value[0]) | _figures(trades, spells)
    return pd.DataFrame([*rows, total], columns=[*states.columns, "part", *ENTRY_FIGURES])


def distinct_spells(states: pd.Series[Any], value: str) -> list[tuple[Any, Any]]:
    """Return the unbroken spells of a value: the first date, and the first one after it or NaT."""
    inside = (states == value).to_numpy()
    edges = np.diff(inside.astype(np.int8), prepend=0, append=0)
    dates = [*states.index, pd.NaT]
    starts, ends = np.flatnonzero(edges == 1), np.flatnonzero(edges == -1)
    return [(dates[a], dates[b]) for a, b in zip(starts, ends, strict=True)]


def _known_before(states: pd.DataFrame, dates: pd.DatetimeIndex) -> pd.DataFrame:
    """Return the states known at the close before each session but the first."""
    held = states.sort_index().reindex(dates, method="ffill").fillna(UNKNOWN)
    before = held.iloc[:-1].astype(str)
    before.index = dates[1:]
    return before


def _cells(states: pd.DataFrame) -> Iterator[tuple[tuple[str, ...], NDArray[np.bool_], Any]]:
    """Yield each combination of states, margins and total: its key, its rows, numbers of spells."""
    values = [[*sorted(states[name].unique()), ALL] for name in states]
    for key in product(*values):
        chosen = _matches(states, key)
        # A margin of one state is the total; so is no state at all.
        if chosen.any() or set(key) == {ALL}:
            yield key, chosen, _numbered(states, key)


def _matches(states: pd.DataFrame, key: tuple[str, ...]) -> NDArray[np.bool_]:
    chosen = np.ones(len(states), dtype=bool)
    for name, wanted in zip(states.columns, key, strict=True):
        if wanted != ALL:
            chosen &= (states[name] == wanted).to_numpy()
    return chosen


def _numbered(states: pd.DataFrame, key: tuple[str, ...]) -> NDArray[np.int64]:
    """Number the unbroken spells of a row's states, in the total those of all cells; -1 outside."""
    chosen = _matches(states, key)
    if set(key) == {ALL}:
        changed = (states != states.shift()).any(axis=1).to_numpy()
        return np.cumsum(changed) - 1
    begins = np.diff(chosen.astype(np.int8), prepend=0) == 1
    return np.where(chosen, np.cumsum(begins) - 1, -1)


def _at_decision(trades: pd.DataFrame, states: pd.DataFrame) -> pd.DataFrame:
    """Return the states of each trade's entry decision."""
    days = pd.DatetimeIndex(trades["entry_decision"]).normalize()
    known = states.sort_index().reindex(days, method="ffill").fillna(UNKNOWN).astype(str)
    return known.reset_index(drop=True)


def _own_states(at_entry: pd.DataFrame, states: pd.DataFrame) -> pd.DataFrame:
    own = at_entry[list(states.columns)].reset_index(drop=True).astype(object)
    return own.where(own.notna() & (own != ""), UNKNOWN).astype(str)


def _spell_of(
    trades: pd.DataFrame, states: pd.DataFrame, names: list[str], key: dict[str, str]
) -> NDArray[np.int64]:
    """Return the number of the spell of a row's states in which each trade was decided."""
    ordered = states.sort_index().fillna(UNKNOWN).astype(str)
    numbers = _numbered(ordered[names], tuple(key[name] for name in names))
    days = pd.DatetimeIndex(trades["entry_decision"]).normalize()
    place = ordered.index.searchsorted(days, side="right") - 1
    return np.where(place >= 0, numbers[np.maximum(place, 0)], -1)


def _trade_rows(
    trades: pd.DataFrame, known: pd.DataFrame, states: pd.DataFrame, cash: float, status: str
) -> Iterator[dict[str, Any]]:
    inside = (trades["status"] == status).to_numpy()
    if not inside.any():
        return
    part = f"{status} trades"
    names = [str(name) for name in states.columns]
    mine, under = trades[inside], known[inside]
    if status == "open":
        yield _plain(states, part, math.fsum(mine["net"]), cash) | {"trades": len(mine)}
        return
    for key, chosen, _ in _cells(under):
        row = dict(zip(names, key, strict=True))
        spells = _spell_of(mine[chosen], states, names, row)
        pnl = math.fsum(mine.loc[chosen, "net"])
        yield (
            row | {"part": part, "pnl": pnl, "return": pnl / cash} | _figures(mine[chosen], spells)
        )


def _figures(trades: pd.DataFrame, spells: NDArray[np.int64]) -> dict[str, Any]:
    closed = trades[trades["status"] == "closed"]
    net = closed["net"].to_numpy(dtype=float)
    return {
        "trades": len(trades),
        "closed": len(closed),
        "episodes": len(np.unique(spells[spells >= 0])),
        "hit_rate": float((net > 0.0).mean()) if len(net) else math.nan,
        "capture": capture_ratio(closed).mean,
    }


def _plain(states: pd.DataFrame, part: str, pnl: float, cash: float) -> dict[str, Any]:
    nothing = {"trades": 0, "closed": 0, "episodes": 0, "hit_rate": math.nan, "capture": math.nan}
    row: dict[str, Any] = dict.fromkeys(map(str, states.columns), ALL)
    return row | nothing | {"part": part, "pnl": pnl, "return": pnl / cash}

"""Hedged trades as one: each line's episode with the money of its legs."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

MONEY = ("gross", "costs", "net")
#: In place of an episode: a row is a line itself, or a leg without one.
OWN, ALONE = -1, -2


def own_lines(trades: pd.DataFrame) -> pd.DataFrame:
    """Return the episodes of the names themselves, hedge legs left out.

    Parameters
    ----------
    trades : DataFrame
        Columns of ``trades.csv``; without ``leg_of`` (an older run) all of it.
    """
    if "leg_of" not in trades or not len(trades):
        return trades
    is_own = trades["leg_of"].fillna("") == ""
    return trades if is_own.all() else trades[is_own].reset_index(drop=True)


def lone_legs(trades: pd.DataFrame) -> pd.DataFrame:
    """Return the legs whose line was not entered with them: its order was not filled."""
    if "leg_of" not in trades or not len(trades):
        return trades.iloc[:0]
    places = episodes_of_legs(trades)
    alone: pd.DataFrame = trades[places == ALONE].reset_index(drop=True)
    return alone


def episodes_of_legs(trades: pd.DataFrame) -> NDArray[np.int64]:
    """Return by row the place among `own_lines` of the episode that a leg belongs to.

    It was open when the leg was decided on: entered then or, where the leg's market was in session,
    hours before. `OWN` for a line itself, `ALONE` for a leg whose line was not entered.
    """
    places = np.full(len(trades), OWN)
    if "leg_of" not in trades or not len(trades):
        return places
    own = own_lines(trades)
    began, ended = own["entry_decision"], own["exit_decision"]
    names, decided = trades["leg_of"].fillna("").tolist(), trades["entry_decision"].tolist()
    for row, (name, moment) in enumerate(zip(names, decided, strict=True)):
        if not name:
            continue
        is_it = (own["symbol"] == name) & (began <= moment)
        is_it &= ended.isna() | (moment < ended)
        found = np.flatnonzero(is_it)
        places[row] = found[-1] if len(found) else ALONE
    return places


def joined_trades(trades: pd.DataFrame, *, keep_lone: bool = False) -> pd.DataFrame:
    """Return the names' episodes whose gross, costs and net hold those of their legs.

    A leg belongs to the episode of the line it hedges that was open when it was decided on.
    `net_return` stays a fraction of the line's own entry value; a leg still open is marked at its
    last close.

    Parameters
    ----------
    trades : DataFrame
        Columns of ``trades.csv``.
    keep_lone : bool
        Keep legs without a line as rows of their own, so that the money sums to that of `trades`.
    """
    own = own_lines(trades)
    if own is trades:
        return trades
    added = np.zeros((len(own), len(MONEY)))
    places, money = episodes_of_legs(trades), trades[list(MONEY)].to_numpy(dtype=float)
    np.add.at(added, places[places >= 0], money[places >= 0])
    out = own.copy()
    out[list(MONEY)] = own[list(MONEY)].to_numpy() + added
    invested = np.abs(own["size"].to_numpy(dtype=float)) * own["entry_price"].to_numpy()
    out["net_return"] = np.divide(
        out["net"].to_numpy(), invested, out=np.full(len(own), np.nan), where=invested > 0.0
    )
    if not keep_lone:
        return out
    lone = lone_legs(trades)
    return pd.concat([out, lone], ignore_index=True) if len(lone) else out

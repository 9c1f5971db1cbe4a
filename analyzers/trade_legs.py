"""Hedged trades as one: each line's episode with the money of its legs."""

from __future__ import annotations

import numpy as np
import pandas as pd

MONEY = ("gross", "costs", "net")
KEY = ["symbol", "entry_decision"]


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
    legs = trades[trades["leg_of"].fillna("") != ""]
    entered = pd.MultiIndex.from_frame(own_lines(trades)[KEY])
    wanted = pd.MultiIndex.from_arrays([legs["leg_of"], legs["entry_decision"]])
    return legs[~wanted.isin(entered)].reset_index(drop=True)


def joined_trades(trades: pd.DataFrame, *, keep_lone: bool = False) -> pd.DataFrame:
    """Return the names' episodes whose gross, costs and net hold those of their legs.

    A leg belongs to the episode of the line it hedges that was decided at the same moment.
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
    legs = trades[trades["leg_of"].fillna("") != ""]
    sums = legs.groupby(["leg_of", "entry_decision"])[list(MONEY)].sum()
    keys = pd.MultiIndex.from_frame(own[KEY])
    added = sums.reindex(keys).fillna(0.0).to_numpy()
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

"""What is left of a book's bet on metals and on the market after its hedges."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd


def net_beta(
    positions: pd.DataFrame,
    signals: pd.DataFrame,
    equity: pd.DataFrame,
    legs: Mapping[str, str] | None = None,
) -> pd.DataFrame:
    """Return by session the net metal and market beta of the book, by unit of equity.

    A name counts its value times the hedge ratios known at its last own bar, a leg its value times
    1 of what it stands for: that a fund moves as the metals it stands for is assumed here as it
    is by the hedge.

    Parameters
    ----------
    positions : DataFrame
        ``date, symbol, value``, signed, of ``positions.csv``.
    signals : DataFrame
        ``date, symbol, beta_metal, beta_market``; of several bars a day the last counts.
    equity : DataFrame
        ``date, value``.
    legs : dict of str to str, optional
        ``metal`` or ``market`` by symbol of a leg.

    Returns
    -------
    DataFrame by date
        ``metal, market`` of the sessions on which anything was held; empty where nothing was.
    """
    legs = legs or {}
    values = positions.pivot_table(index="date", columns="symbol", values="value", aggfunc="sum")
    values = values.fillna(0.0)
    out = pd.DataFrame(0.0, index=values.index, columns=["metal", "market"])
    known = signals.drop_duplicates(["date", "symbol"], keep="last")
    for kind in ("metal", "market"):
        betas = known.pivot(index="date", columns="symbol", values=f"beta_{kind}").ffill()
        betas = betas.reindex(values.index, method="ffill")
        for symbol in values:
            if symbol in legs:
                out[kind] += values[symbol] * (legs[str(symbol)] == kind)
            else:
                out[kind] += (values[symbol] * betas[symbol]).where(values[symbol] != 0.0, 0.0)
    worth = equity.drop_duplicates("date", keep="last").set_index("date")["value"]
    net = out.div(worth.reindex(out.index), axis=0)
    return net[np.any(values.to_numpy() != 0.0, axis=1)]

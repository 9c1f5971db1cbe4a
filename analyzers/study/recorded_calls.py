"""What came of calls that were written down before it did."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from .placebo import forward_relative

#: Sessions followed: a month, a quarter, half a year, a year.
HORIZONS = (21, 63, 126, 252)


def recorded_outcomes(
    calls: Sequence[Mapping[str, Any]],
    signals: pd.DataFrame,
    horizons: Sequence[int] = HORIZONS,
) -> pd.DataFrame:
    """Return what each recorded name did beyond its metals after each recorded session.

    Parameters
    ----------
    calls : sequence of mapping
        ``session`` (ISO text) and ``is_in`` (bool by symbol).
    signals : DataFrame
        ``date, symbol, time, ln_equity, ln_basket, run`` of a run whose data reach further.

    Returns
    -------
    DataFrame
        One row a session and name, by symbol and date: ``date, symbol, is_in, call`` (the number
        of the unbroken stretch of recorded sessions on which the name was in, 0 while out), and
        ``after_N``: log return beyond the metals over N own sessions from the next close on, NaN
        where the data end before.
    """
    lines = [
        {"date": pd.Timestamp(call["session"]), "symbol": symbol, "is_in": bool(is_in)}
        for call in calls
        for symbol, is_in in call["is_in"].items()
    ]
    frame = pd.DataFrame(lines, columns=["date", "symbol", "is_in"])
    frame = frame.sort_values(["symbol", "date"], ignore_index=True)
    before = frame.groupby("symbol")["is_in"].shift(fill_value=False).astype(bool)
    is_in = frame["is_in"] = frame["is_in"].astype(bool)
    frame["call"] = np.where(is_in, (is_in & ~before).cumsum(), 0)
    return frame.merge(_ahead(signals, horizons), on=["date", "symbol"], how="left")


def outcome_summary(outcomes: pd.DataFrame, horizons: Sequence[int] = HORIZONS) -> pd.DataFrame:
    """Return, by horizon, the mean outcome of names that were in, and of those that were out.

    Returns
    -------
    DataFrame
        ``horizon, calls`` (distinct, with an outcome), ``sessions_in, mean_in, sessions_out,
        mean_out, difference``, in logs.
    """
    rows = []
    for horizon in horizons:
        known = outcomes.dropna(subset=[f"after_{horizon}"])
        inside, outside = known[known["is_in"]], known[~known["is_in"]]
        means = [float(part[f"after_{horizon}"].mean()) for part in (inside, outside)]
        rows.append(
            {
                "horizon": horizon,
                "calls": int(inside["call"].nunique()),
                "sessions_in": len(inside),
                "mean_in": means[0],
                "sessions_out": len(outside),
                "mean_out": means[1],
                "difference": means[0] - means[1],
            }
        )
    return pd.DataFrame(rows)


def _ahead(signals: pd.DataFrame, horizons: Sequence[int]) -> pd.DataFrame:
    parts = []
    for _, own in signals.sort_values("time", kind="stable").groupby("symbol"):
        equity, basket = (own[[key]].to_numpy(np.float64) for key in ("ln_equity", "ln_basket"))
        run, rows = own[["run"]].to_numpy(np.float64), [np.arange(len(own))]
        part = own[["date", "symbol"]].reset_index(drop=True)
        for horizon in horizons:
            part[f"after_{horizon}"] = forward_relative(equity, basket, run, rows, horizon)[:, 0]
        parts.append(part)
    columns = ["date", "symbol", *(f"after_{horizon}" for horizon in horizons)]
    return pd.concat(parts, ignore_index=True) if parts else pd.DataFrame(columns=columns)

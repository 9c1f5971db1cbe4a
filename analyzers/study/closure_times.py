"""How many sessions the gap anchored at entry took to close by a half, by 80 % and whole."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

Floats = NDArray[np.float64]

LEVELS = (0.5, 0.8, 1.0)
#: Columns of the signals without which no path of an anchored gap can be drawn.
NEEDED = ("beta_metal", "beta_market", "ln_equity", "ln_basket", "ln_market", "run")
COLUMNS = ("symbol", "entry_decision", "level", "sessions", "is_closed")


def sessions_to_close(
    trades: pd.DataFrame,
    signals: pd.DataFrame,
    *,
    levels: tuple[float, ...] = LEVELS,
    follow: int | None = None,
) -> pd.DataFrame:
    """Return by episode and level when that share of the anchored gap had closed, if it had.

    Watching begins at the entry decision and ends at the exit decision, at the last row of an
    episode still open, or where an input lapses so that the anchored gap is unknown. With `follow`
    it ends after so many sessions instead, whatever the rule did: a rule that leaves at 80 % of the
    gap, or at a stop, ends the watching of just those that are about to close or are far from it,
    and a survival curve takes censoring for chance.

    Parameters
    ----------
    trades : DataFrame
        Columns of ``trades.csv``; episodes without an entry gap are left out.
    signals : DataFrame
        Columns of ``signals.parquet`` with ``ln_equity, ln_basket, ln_market, run``.
    levels : tuple of float
        Shares of the gap at entry.
    follow : int, optional
        Sessions to watch from the entry decision.

    Returns
    -------
    DataFrame
        ``symbol, entry_decision, level, sessions, is_closed``; `sessions` counts the name's own
        from the entry decision to the closing, or to the end of the watching.

    Raises
    ------
    ValueError
        If `signals` lacks a column, or holds no row at an entry decision.
    """
    missing = [name for name in NEEDED if name not in signals]
    if missing:
        raise ValueError(f"signals must hold {', '.join(NEEDED)}; {', '.join(missing)} missing")
    by_name = {
        str(symbol): group.sort_values("time") for symbol, group in signals.groupby("symbol")
    }
    rows: list[tuple[Any, ...]] = []
    for trade in trades.to_dict("records"):
        if not abs(trade["entry_gap"]) > 0.0:
            continue
        own = by_name.get(trade["symbol"])
        closed = _closed_share(trade, own, follow)
        for level in levels:
            reached = np.flatnonzero(closed >= level)
            at = int(reached[0]) if len(reached) else len(closed) - 1
            key = (trade["symbol"], trade["entry_decision"], level)
            rows.append((*key, at, bool(len(reached))))
    frame = pd.DataFrame(rows, columns=list(COLUMNS))
    return frame.astype({"level": float, "sessions": np.int64, "is_closed": bool})


def _closed_share(trade: dict[Any, Any], own: pd.DataFrame | None, follow: int | None) -> Floats:
    """Return the share of the anchored gap that had closed, by session from the entry decision."""
    times = np.empty(0, "M8[ns]") if own is None else own["time"].to_numpy().astype("M8[ns]")
    entry = np.datetime64(trade["entry_decision"], "ns")
    first = int(np.searchsorted(times, entry, side="right")) - 1
    # The decision follows its row by the latency, minutes to hours; not by a day.
    if own is None or first < 0 or entry - times[first] > np.timedelta64(1, "D"):
        raise ValueError(f"{trade['symbol']}: signals hold no row at the entry decision {entry}")
    last = _last_row(trade, times, first, follow)
    path = own.iloc[first : last + 1]
    run = path["run"].to_numpy()
    lapsed = np.flatnonzero(run != run[0])
    path = path.iloc[: int(lapsed[0])] if len(lapsed) else path
    equity, basket, market = (
        path[f"ln_{kind}"].to_numpy(dtype=float) for kind in ("equity", "basket", "market")
    )
    beta_metal, beta_market = (float(path[name].iloc[0]) for name in ("beta_metal", "beta_market"))
    closing = equity - equity[0] - beta_metal * (basket - basket[0])
    if beta_market:
        closing = closing - beta_market * (market - market[0])
    shares: Floats = closing / -float(trade["entry_gap"])
    return shares


def _last_row(trade: dict[Any, Any], times: NDArray[Any], first: int, follow: int | None) -> int:
    if follow is not None:
        return min(first + follow, len(times) - 1)
    if trade["status"] == "open":
        return len(times) - 1
    leave = np.datetime64(trade["exit_decision"], "ns")
    return int(np.searchsorted(times, leave, side="right")) - 1

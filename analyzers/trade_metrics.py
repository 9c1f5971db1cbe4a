"""What the episodes say; nothing here is computed from daily returns."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from .hole_exits import forced_exits
from .metrics import Metric
from .proportions import CONFIDENCE, wilson_interval
from .trade_legs import joined_trades, lone_legs

Floats = NDArray[np.float64]
REASON_COLUMNS = (
    "exit_reason",
    "trades",
    "hit_rate",
    "mean_net_return",
    "mean_days_held",
    "net",
)


def trade_summary(trades: pd.DataFrame) -> dict[str, Metric]:
    """Return the figures of the episodes by name; None where there is nothing to measure.

    `entries` counts open episodes too; every other figure is of closed ones, after costs unless
    its unit says gross. A hit is a closed episode with `net` above zero. Of hedged trades the
    lines themselves count, with the money of their legs.
    """
    lone, trades = lone_legs(trades), joined_trades(trades)
    closed = trades[trades["status"] == "closed"]
    net, returns = _floats(closed, "net"), _floats(closed, "net_return")
    wins, losses = returns[net > 0], returns[net <= 0]
    return {
        "entries": Metric(float(len(trades)), len(trades), "episodes", _notes(trades, lone)),
        **_hit_rate(net > 0),
        "forced_exits": _forced(closed),
        "average_win": _mean(wins, "net return"),
        "average_loss": _mean(losses, "net return"),
        "profit_factor": _profit_factor(net),
        "expectancy": _mean(net, "base currency an episode"),
        "expectancy_return": _mean(returns, "net return an episode"),
        "median_return": _median(returns, "net return an episode"),
        "largest_share": _largest_share(net),
        "average_days_held": _mean(_floats(closed, "days_held"), "sessions of the listing"),
        "cost_share": _cost_share(closed),
    }


def by_exit_reason(trades: pd.DataFrame) -> pd.DataFrame:
    """Return one row an exit reason of the closed episodes, the most frequent first."""
    trades = joined_trades(trades)
    closed = trades[trades["status"] == "closed"]
    rows = [_reason_row(str(reason), group) for reason, group in closed.groupby("exit_reason")]
    rows.sort(key=lambda row: (-row[1], row[0]))
    return pd.DataFrame(rows, columns=list(REASON_COLUMNS))


def _reason_row(reason: str, group: pd.DataFrame) -> tuple[Any, ...]:
    net = _floats(group, "net")
    return (
        reason,
        len(group),
        float(np.mean(net > 0)),
        float(_floats(group, "net_return").mean()),
        float(_floats(group, "days_held").mean()),
        float(net.sum()),
    )


def _floats(trades: pd.DataFrame, name: str) -> Floats:
    return trades[name].to_numpy(dtype=float)


def _notes(trades: pd.DataFrame, lone: pd.DataFrame) -> str:
    still_open = int((trades["status"] == "open").sum())
    notes = [f"{still_open} still open"] if still_open else []
    if len(lone):
        notes.append(f"{len(lone)} legs without their line, net {lone['net'].sum():,.0f}")
    return "; ".join(notes)


def _hit_rate(is_hit: Any) -> dict[str, Metric]:
    """Return the share of hits and the ends of its interval."""
    share = _mean(is_hit, "fraction of closed episodes")
    if share.value is None:
        return dict.fromkeys(("hit_rate", "hit_rate_low", "hit_rate_high"), share)
    note = f"{CONFIDENCE:.0%} interval of Wilson"
    ends = (Metric(end, share.n, share.unit, note) for end in wilson_interval(share.value, share.n))
    return dict(zip(("hit_rate", "hit_rate_low", "hit_rate_high"), (share, *ends), strict=True))


def _forced(closed: pd.DataFrame) -> Metric:
    """Return how many closed episodes ended for want of data, at a price nobody traded."""
    unit = "closed episodes"
    if not len(closed):
        return Metric(None, 0, unit, "no closed episode")
    return Metric(float(len(forced_exits(closed))), len(closed), unit)


def _mean(figures: Any, unit: str) -> Metric:
    if not len(figures):
        return Metric(None, 0, unit, "no such episode")
    mean = float(np.mean(figures))
    if not np.isfinite(mean):
        return Metric(None, len(figures), unit, "an episode lacks this figure")
    return Metric(mean, len(figures), unit)


def _median(figures: Floats, unit: str) -> Metric:
    if not len(figures):
        return Metric(None, 0, unit, "no closed episode")
    return Metric(float(np.median(figures)), len(figures), unit)


def _largest_share(net: Floats) -> Metric:
    """Return how much of the net profit the best episode alone made."""
    unit = "fraction of the net profit of closed episodes"
    total = float(net.sum()) if len(net) else 0.0
    if total <= 0.0:
        return Metric(None, len(net), unit, "no net profit")
    return Metric(float(net.max()) / total, len(net), unit)


def _profit_factor(net: Floats) -> Metric:
    won, lost = net[net > 0].sum(), -net[net <= 0].sum()
    if not lost > 0:
        return Metric(None, len(net), "", "no losing episode" if len(net) else "no such episode")
    return Metric(float(won / lost), len(net), "", "net profits over net losses")


def _cost_share(closed: pd.DataFrame) -> Metric:
    gross, costs = _floats(closed, "gross").sum(), _floats(closed, "costs").sum()
    if not gross > 0:
        return Metric(None, len(closed), "fraction of gross profit", "no gross profit to share")
    return Metric(float(costs / gross), len(closed), "fraction of gross profit")

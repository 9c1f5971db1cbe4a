"""Who closed the gaps: the miners by catching up, or the metals by falling."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

Floats = NDArray[np.float64]

#: A smaller closing (in logs) has no shares worth reading: they are rounding over rounding.
LEAST_CLOSING = 0.01
PARTS = ("equity_local", "fx", "metal", "market")


@dataclass(frozen=True)
class CaptureRatio:
    """What share of the closings the miners made themselves.

    Attributes
    ----------
    mean, error : float
        Mean over episodes of equity part / closing, and its standard error (ddof = 1).
    pooled : float
        Sum of the equity parts over the sum of the closings: wide gaps weigh more.
    n, n_closed : int
        Episodes whose gap closed by more than 0.01, and all closed episodes.

    NaN where there is no such episode; `error` also where there is one.
    """

    mean: float
    error: float
    pooled: float
    n: int
    n_closed: int


@dataclass(frozen=True)
class MetalFell:
    """What share of the closings the metals made by falling.

    Attributes
    ----------
    pooled : float
        Sum of the metal parts over the sum of the closings; negative where metals rose.
    share : float
        Share of the closings to which the metal contributed by falling.
    n : int
    """

    pooled: float
    share: float
    n: int


def closing_parts(trades: pd.DataFrame) -> pd.DataFrame:
    """Return what moved the anchored gap of each closed episode, part by part.

    Parameters
    ----------
    trades : DataFrame
        Columns of ``trades.csv``; without ``fx_share`` (an older run) the currency stays in the
        miner's part and `fx` is NaN.

    Returns
    -------
    DataFrame
        ``symbol, entry_decision, closing, equity, equity_local, fx, metal, market, roll_off`` in
        logs and ``costs`` as a fraction of the entry value; ``equity_local + fx`` is ``equity``,
        and ``equity + metal + market`` is ``closing``. Parts are NaN where no closing is known.
    """
    closed = trades[trades["status"] == "closed"].reset_index(drop=True)
    closing = closed["closing"].to_numpy(dtype=float)
    parts = {name: _share(closed, name) * closing for name in ("equity", "fx", "metal", "market")}
    # A gap that did not move has no shares, and parts that are not known one by one.
    return pd.DataFrame(
        {
            "symbol": closed["symbol"],
            "entry_decision": closed["entry_decision"],
            "closing": closing,
            "equity": parts["equity"],
            "equity_local": parts["equity"] - parts["fx"],
            "fx": parts["fx"],
            "metal": parts["metal"],
            "market": parts["market"],
            "roll_off": closed["roll_off"].to_numpy(dtype=float),
            "costs": closed["costs"].to_numpy(dtype=float) / _entry_value(closed),
        }
    )


def capture_ratio(trades: pd.DataFrame) -> CaptureRatio:
    """Return the catch-up capture ratio: the miners' own part of the closings.

    Only episodes whose anchored gap closed by more than 0.01 count: a gap that widened was not
    captured by anybody. 1 means that the miners did all of it; 0 that metals and market did; more
    than 1 that metals moved the other way.
    """
    parts = closing_parts(trades)
    shut = parts[parts["closing"] > LEAST_CLOSING]
    equity, closing = _floats(shut, "equity"), _floats(shut, "closing")
    return CaptureRatio(
        mean=_mean(equity / closing),
        error=_error(equity / closing),
        pooled=_ratio(equity.sum(), closing.sum()),
        n=len(shut),
        n_closed=len(parts),
    )


def metal_fell_share(trades: pd.DataFrame) -> MetalFell:
    """Return how much of the closings came from falling metals, and in how many of them."""
    parts = closing_parts(trades)
    shut = parts[parts["closing"] > LEAST_CLOSING]
    metal = _floats(shut, "metal")
    return MetalFell(
        pooled=_ratio(metal.sum(), _floats(shut, "closing").sum()),
        share=_mean(metal > 0.0),
        n=len(shut),
    )


def capture_efficiency(trades: pd.DataFrame) -> pd.Series[Any]:
    """Return by closed episode what it earned of what its gap promised.

    ``net / (|entry gap| x entry value)``: 1 is a gap earned whole after costs. Where a trade has
    hedge legs, `net` must hold their money as well.

    Returns
    -------
    Series
        In the order of the closed rows; NaN where the entry had no gap.
    """
    closed = trades[trades["status"] == "closed"]
    promised = np.abs(_floats(closed, "entry_gap")) * _entry_value(closed)
    earned = _floats(closed, "net")
    has = promised > 0.0
    values = np.divide(earned, promised, out=np.full(len(closed), np.nan), where=has)
    return pd.Series(values, index=closed.index, name="capture_efficiency")


def _share(closed: pd.DataFrame, part: str) -> Floats:
    name = f"{part}_share"
    return _floats(closed, name) if name in closed else np.full(len(closed), np.nan)


def _entry_value(trades: pd.DataFrame) -> Floats:
    return np.abs(_floats(trades, "size")) * _floats(trades, "entry_price")


def _floats(frame: pd.DataFrame, name: str) -> Floats:
    return frame[name].to_numpy(dtype=float)


def _mean(values: Any) -> float:
    return float(np.mean(values)) if len(values) else np.nan


def _error(values: Floats) -> float:
    return float(np.std(values, ddof=1) / np.sqrt(len(values))) if len(values) > 1 else np.nan


def _ratio(part: float, whole: float) -> float:
    return float(part / whole) if whole else np.nan

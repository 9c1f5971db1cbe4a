"""pyfolio's own tables as frames, in its own definitions; nothing of its printed text is used."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from ..pyfolio_record import PyFolioItems
from .pyfolio_pictures import CONE, DENOMINATOR, rolling
from .pyfolio_quiet import PyFolioModules

CONE_SEED, PATHS = 0, 1_000
QUANTILES = (0.01, 0.05, 0.25, 0.5, 0.75, 0.95, 0.99)


def statistics(
    found: PyFolioModules, items: PyFolioItems, live: pd.Timestamp | None
) -> pd.DataFrame:
    """Return pyfolio's statistics by name: all sessions, and both sides of the live date."""
    days = items.returns.index
    spans = {"all": np.ones(len(days), dtype=bool)}
    if live is not None:
        spans |= {"before": np.asarray(days < live), "after": np.asarray(days >= live)}
    parts = {name: _statistics(found, items, inside) for name, inside in spans.items()}
    return pd.DataFrame(parts).rename_axis("statistic").reset_index()


def _statistics(
    found: PyFolioModules, items: PyFolioItems, inside: np.ndarray[Any, Any]
) -> pd.Series[Any]:
    returns, positions = items.returns[inside], items.positions[inside]
    fills = items.transactions
    fills = fills[fills.index.isin(returns.index)]
    with np.errstate(divide="ignore", invalid="ignore"):
        # A ratio to nothing is pyfolio's NaN or infinity, and n/a on the page.
        stated = found.timeseries.perf_stats(
            returns, positions=positions, transactions=fills, turnover_denom=DENOMINATOR
        )
    figures: pd.Series[Any] = stated.astype(float)
    return figures


def cone_bounds(
    found: PyFolioModules, items: PyFolioItems, live: pd.Timestamp | None
) -> pd.DataFrame:
    """Return the growth that the sample spans after it, one column a number of deviations.

    1,000 paths drawn from the sample's returns with a fixed seed; one row a session after it.
    pyfolio's own drawing takes a path at a time, half a second a page; the summary is its own.
    """
    if live is None:
        return pd.DataFrame()
    growth = (1.0 + items.returns).cumprod()
    before = np.asarray(items.returns.index < live)
    sample = items.returns.to_numpy(dtype=float)[before]
    paths = np.random.default_rng(CONE_SEED).choice(sample, (PATHS, int((~before).sum())))
    bounds: pd.DataFrame = found.timeseries.summarize_paths(
        paths, cone_std=list(CONE), starting_value=float(growth[before].iloc[-1])
    )
    return bounds


def cone(items: PyFolioItems, bounds: pd.DataFrame, live: pd.Timestamp | None) -> pd.DataFrame:
    """Return the cone and the growth inside it at the last session of each month."""
    columns = ["date", "low2", "low1", "growth", "high1", "high2"]
    if live is None:
        return pd.DataFrame(columns=columns)
    growth = (1.0 + items.returns).cumprod()
    after = growth[growth.index >= live]
    ends = {"low2": -2.0, "low1": -1.0, "high1": 1.0, "high2": 2.0}
    shown = {name: bounds[at].to_numpy(dtype=float) for name, at in ends.items()}
    frame = pd.DataFrame(shown | {"growth": after.to_numpy(), "date": after.index})
    days = pd.DatetimeIndex(frame["date"])
    return frame.groupby([days.year, days.month]).tail(1)[columns].reset_index(drop=True)


def drawdowns(found: PyFolioModules, items: PyFolioItems, top: int = 5) -> pd.DataFrame:
    """Return the deepest drawdowns: ``depth`` as a negative share, dates, and business days."""
    table = found.timeseries.gen_drawdown_table(items.returns, top=top)
    frame = pd.DataFrame(
        {
            "depth": -table["Net drawdown in %"].astype(float) / 100.0,
            "peak": table["Peak date"],
            "valley": table["Valley date"],
            "recovery": table["Recovery date"],
            "days": table["Duration"].astype(float),
        }
    )
    return frame[frame["depth"] < 0.0].reset_index(drop=True)


def by_year(found: PyFolioModules, items: PyFolioItems) -> pd.DataFrame:
    """Return one row a year: return, growth at its end, rolling figures there, and the book."""
    returns, half_years = items.returns, rolling(found, items)
    year = pd.DatetimeIndex(returns.index).year
    stocks = items.positions.drop(columns="cash")
    equity = items.positions.sum(axis=1)
    columns = {
        "return": (1.0 + returns).groupby(year).prod() - 1.0,
        "growth": (1.0 + returns).cumprod().groupby(year).last(),
        "volatility": _last(half_years["volatility"], year),
        "sharpe": _last(half_years["sharpe"], year),
        "long": (stocks.clip(lower=0.0).sum(axis=1) / equity).groupby(year).mean(),
        "short": (stocks.clip(upper=0.0).sum(axis=1) / equity).groupby(year).mean(),
        "net": (stocks.sum(axis=1) / equity).groupby(year).mean(),
        "names": (stocks != 0.0).sum(axis=1).groupby(year).mean(),
    }
    if len(items.transactions):
        traded = found.txn.get_turnover(items.positions, items.transactions, DENOMINATOR)
        columns["turnover"] = traded.groupby(pd.DatetimeIndex(traded.index).year).mean()
    frame = pd.DataFrame(columns).replace([np.inf, -np.inf], np.nan)
    return frame.rename_axis("year").reset_index()


def _last(rolling: pd.Series[Any], year: pd.Index[Any]) -> pd.Series[Any]:
    """Return the value at each year's last session, unknown where the window was not full."""
    ends = np.append(np.flatnonzero(np.diff(np.asarray(year))), len(year) - 1)
    return rolling.iloc[ends].set_axis(pd.Index(year)[ends])


def quantiles(items: PyFolioItems) -> pd.DataFrame:
    """Return the quantiles of returns by day, by ISO week and by month, and their number."""
    days = pd.DatetimeIndex(items.returns.index)
    weeks = days.isocalendar()
    keys: dict[str, list[Any]] = {
        "Daily": [days],
        "Weekly": [weeks["year"].to_numpy(), weeks["week"].to_numpy()],
        "Monthly": [days.year, days.month],
    }
    rows = []
    for span, key in keys.items():
        returns = (1.0 + items.returns).groupby(key).prod() - 1.0
        known = {f"q{round(100 * level):02d}": returns.quantile(level) for level in QUANTILES}
        rows.append({"span": span, "n": len(returns), **known, "mean": float(returns.mean())})
    return pd.DataFrame(rows)


def largest_holdings(found: PyFolioModules, items: PyFolioItems) -> pd.DataFrame:
    """Return the names held largest: ``symbol, side, largest`` as a share of equity."""
    shares = found.pos.get_percent_alloc(items.positions)
    longs, shorts, _both = found.pos.get_top_long_short_abs(shares, top=10)
    rows = [
        {"symbol": str(symbol), "side": side, "largest": float(share)}
        for side, held in (("long", longs), ("short", shorts))
        for symbol, share in held.items()
    ]
    return pd.DataFrame(rows, columns=["symbol", "side", "largest"])


def round_trip_tables(found: PyFolioModules, trips: pd.DataFrame) -> dict[str, pd.DataFrame]:
    """Return pyfolio's statistics of round trips: of all, and by name."""
    stated = found.round_trips.gen_round_trip_stats(trips)
    whole = [stated[part].assign(part=part) for part in ("summary", "pnl", "duration", "returns")]
    every = pd.concat([part.rename_axis("statistic").reset_index() for part in whole])
    names = stated["symbols"].T.rename_axis("symbol").reset_index()
    counts = trips.groupby("symbol")["pnl"].agg(["size", "sum"])
    names = names.merge(counts, left_on="symbol", right_index=True)
    return {"trips": every.reset_index(drop=True), "names": names}


def interesting_times(found: PyFolioModules, items: PyFolioItems) -> pd.DataFrame:
    """Return pyfolio's named market episodes that the run lived through."""
    spans = found.timeseries.extract_interesting_date_ranges(items.returns, found.periods)
    rows = [
        {"name": name, "first": inside.index[0], "last": inside.index[-1], "n": len(inside)}
        | {"total": float((1.0 + inside).prod() - 1.0), "mean": float(inside.mean())}
        | {"low": float(inside.min()), "high": float(inside.max())}
        for name, inside in spans.items()
    ]
    columns = ["name", "first", "last", "n", "total", "mean", "low", "high"]
    return pd.DataFrame(rows, columns=columns)

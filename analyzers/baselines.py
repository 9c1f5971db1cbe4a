"""Index curves to stand beside the rule: gross of costs, not traded."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

#: More missing sessions than this are a hole, and no return spans a hole.
LONGEST_GAP = 5


def rebased(prices: pd.Series[Any]) -> pd.Series[Any]:
    """Return prices as a curve that starts at 1 on their first row with a price.

    Raises
    ------
    ValueError
        If there is no price at all.
    """
    known = prices.dropna()
    if known.empty:
        raise ValueError(f"{prices.name or 'the series'} has no price to rebase an index curve on")
    return prices / float(known.iloc[0])


def equal_weight_curve(prices: pd.DataFrame) -> pd.Series[Any]:
    """Return the curve of holding all names in equal weights, rebalanced every session.

    Parameters
    ----------
    prices : DataFrame by session date, one column a name
        NaN where a name has no bar: that session is the mean of the others. Over up to 5 such
        sessions its return is counted when it is back; over a longer hole, none is. A name counts
        from its second bar. A market that is closed holds its last price; the caller states it.
    """
    weights = pd.DataFrame(1.0, index=prices.index, columns=prices.columns)
    return weighted_curve(prices, weights)


def weighted_curve(prices: pd.DataFrame, weights: pd.DataFrame) -> pd.Series[Any]:
    """Return the curve of a basket whose weights are those of the session before.

    Weights are scaled to sum to 1 over the names that have a return that session; a session
    without any leaves the curve where it was.
    """
    _ascending(prices)
    held_at = prices.ffill(limit=LONGEST_GAP)
    returns = held_at.pct_change(fill_method=None).where(prices.notna())
    known = weights.reindex(index=prices.index, columns=prices.columns).ffill().shift(1)
    held = known.where(returns.notna()).fillna(0.0)
    total = held.sum(axis=1)
    gain = (held * returns.fillna(0.0)).sum(axis=1)
    daily = (gain / total.where(total > 0)).fillna(0.0)
    return (1.0 + daily).cumprod()


def ended_names(prices: pd.DataFrame) -> dict[str, pd.Timestamp]:
    """Return the names that a basket has lost by its end, with the date of their last price.

    Those that lack more sessions at the end than a return may span, in the order of their dates.
    """
    days = pd.DatetimeIndex(prices.index)
    lost = {}
    for name in prices:
        priced = days[prices[name].notna().to_numpy()]
        if len(priced) and (days > priced[-1]).sum() > LONGEST_GAP:
            lost[str(name)] = priced[-1]
    return dict(sorted(lost.items(), key=lambda item: item[1]))


def baseline_table(dates: Any, **curves: pd.Series[Any]) -> pd.DataFrame:
    """Return the curves side by side on the run's session dates, each 1 at its first row.

    A date without a row of its own carries the curve's last value; dates before a curve begins are
    NaN.
    """
    index = pd.DatetimeIndex(dates, name="date")
    columns = {}
    for name, curve in curves.items():
        both = curve.dropna().index.union(index)
        columns[name] = rebased(curve.dropna().reindex(both).ffill().reindex(index).rename(name))
    return pd.DataFrame(columns, index=index).reset_index()


def _ascending(prices: pd.DataFrame) -> None:
    if not (prices.index.is_monotonic_increasing and prices.index.is_unique):
        raise ValueError("prices must have ascending session dates, each once")
    wrong = (prices <= 0).to_numpy() | np.isinf(prices.to_numpy(dtype=float))
    if wrong.any():
        row, column = np.argwhere(wrong)[0]
        raise ValueError(
            f"{prices.columns[column]!s}: price of {prices.index[row]!s:.10} is "
            f"{prices.iat[row, column]!s}; an index curve needs positive prices"
        )

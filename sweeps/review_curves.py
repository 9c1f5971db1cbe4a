"""The curves of a sweep's page: monthly sums of its best rows, of the middle row, of baselines."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

import numpy as np
import pandas as pd
import pyarrow.compute as pc
from numpy.typing import NDArray

AROUND = "sharpe_around"
#: Rows whose monthly sums are kept for the curves, and that the middle row's months rest on.
CURVES, MIDDLE = 20, 2_000


def curves_of(
    data: Any,
    info: Mapping[str, Any],
    combination: NDArray[np.int64],
    figures: Mapping[str, NDArray[np.float64]],
    n_sampled: int,
) -> tuple[dict[int, NDArray[np.float64]], NDArray[np.float64] | None, str]:
    """Return the months of the best rows, those of the middle row, and why there are none.

    Of rows that earned the same only the first counts; `combination` and `figures` are the rows'
    of the page, of which the first `n_sampled` stand for all.
    """
    if not info["months"]["stored"]:
        return {}, None, "no equity: this sweep kept no monthly sums, it exceeds keep_monthly"
    if "sharpe" not in figures:
        return {}, None, ""
    best = combination[_best(figures, CURVES)]
    step = -(-n_sampled // MIDDLE) if n_sampled else 1
    evenly = combination[:n_sampled:step]
    months = _months(data, int(info["months"]["n"]), {*best.tolist(), *evenly.tolist()})
    curves = {int(one): months[int(one)] for one in best}
    stack = np.stack([months[int(one)] for one in evenly])
    is_known = np.isfinite(stack).any(axis=0)
    middle = np.full(stack.shape[1], np.nan)
    middle[is_known] = np.nanmedian(stack[:, is_known], axis=0)
    return curves, middle, ""


def _best(figures: Mapping[str, NDArray[np.float64]], n: int) -> NDArray[np.int64]:
    """Return the places of the best by Sharpe ratio, and by the rows around; equals count once."""
    found: list[int] = []
    for name in ("sharpe", AROUND):
        if name not in figures:
            continue
        values = figures[name]
        order = np.argsort(np.where(np.isnan(values), np.inf, -values), kind="stable")
        seen: set[tuple[float, ...]] = set()
        for place in order[: 50 * n]:
            alike = tuple(figures[key][place] for key in ("sharpe", "total_return")
                          if key in figures)  # fmt: skip
            if len(seen) < n // 2 and alike not in seen and not np.isnan(values[place]):
                seen.add(alike)
                found.append(int(place))
    return np.array(list(dict.fromkeys(found)), np.int64)


def _months(data: Any, n: int, wanted: Collection[int]) -> dict[int, NDArray[np.float64]]:
    chosen = pc.field("combination").isin(sorted(wanted))
    table = data.to_table(columns=["combination", "monthly"], filter=chosen).combine_chunks()
    flat = pc.list_flatten(table["monthly"]).to_numpy()
    sums = np.asarray(flat, np.float64).reshape(len(table), n, 2)[:, :, 0]
    return dict(zip(table["combination"].to_pylist(), sums, strict=True))


def monthly_sums(curve: pd.Series[Any], first_month: str, n_months: int) -> NDArray[np.float64]:
    """Return the sums of a curve's daily returns by calendar month, as a sweep stores them.

    NaN in months without a return.

    Parameters
    ----------
    curve : Series by date
    first_month : str
        As ``2007-06``.
    """
    returns = curve.dropna().pct_change().dropna()
    months = pd.DatetimeIndex(returns.index).to_numpy().astype("datetime64[M]").astype(np.int64)
    places = months - int(np.datetime64(first_month, "M").astype(np.int64))
    is_inside = (places >= 0) & (places < n_months)
    places, values = places[is_inside], returns.to_numpy()[is_inside]
    out = np.bincount(places, values, n_months)
    return np.where(np.bincount(places, minlength=n_months) > 0, out, np.nan)

"""May a run be set against a curve date by date? Overlap, and which one moves first."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import Any

import pandas as pd

from ..session_dates import by_session
from .relative import LEAST, Lead, lead_or_lag


@dataclass(frozen=True)
class Alignment:
    """How the dates of two curves fit.

    Attributes
    ----------
    n : int
        Common returns: each between two sessions that both curves have.
    first, last : Timestamp or None
        Of the common sessions.
    only_curve, only_benchmark : int
        Sessions that the other lacks.
    lead : Lead or None
        Correlations at -2 to +2 sessions; None where they do not exist.
    reason : str
        Why alpha and beta of the same dates would be wrong; empty where they may stand.
    """

    n: int
    first: pd.Timestamp | None
    last: pd.Timestamp | None
    only_curve: int
    only_benchmark: int
    lead: Lead | None
    reason: str


def check_alignment(curve: pd.Series[Any], benchmark: pd.Series[Any]) -> Alignment:
    """Return whether two curves may be compared date by date, with the reason where they may not.

    Parameters
    ----------
    curve, benchmark : Series by date
        Levels, in any time zone (`to_session_dates`); an unknown level is a session without one.

    Raises
    ------
    ValueError
        If a session has two rows, or a level is not positive.
    """
    own, other = (_levels(one) for one in (curve, benchmark))
    common = own.index.intersection(other.index)
    n = max(len(common) - 1, 0)
    first, last = (common[0], common[-1]) if len(common) else (None, None)
    found = partial(Alignment, n, first, last, len(own) - len(common), len(other) - len(common))
    if n < LEAST:
        return found(None, f"{n} common returns, at least {LEAST} are needed")
    returns, factor = (one[common].pct_change(fill_method=None).iloc[1:] for one in (own, other))
    if float(factor.abs().max()) == 0.0:
        return found(None, "the benchmark never moved")
    if float(returns.abs().max()) == 0.0:
        return found(None, "the curve itself never moved")
    lead = lead_or_lag(returns, factor)
    return found(lead, lead.reason)


def _levels(curve: pd.Series[Any]) -> pd.Series[Any]:
    known = by_session(curve.dropna().astype(float))
    if (known <= 0.0).any():
        bad = known.index[known <= 0.0][0]
        raise ValueError(f"levels must be positive, {bad:%Y-%m-%d} is {known[bad]:g}")
    return known
